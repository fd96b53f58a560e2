package main

import (
	"fmt"
	"strings"

	"postrider/config"
	"postrider/magazine"
)

// problem is what is wrong at a place, as the commands print it. The names are
// those of the lists that other programs read.
type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // counted from 1; 0 where none applies
	Column  int    `json:"column"` // likewise
	Field   string `json:"field"`
	Value   string `json:"value"` // as found, cut where it is long
	Text    string `json:"text"`
	Mend    string `json:"mend"`
	Warning bool   `json:"warning"` // it was repaired
}

// inFile is a problem of a source's file.
func inFile(file string, p magazine.Problem) problem {
	return problem{File: file, Line: p.Line, Field: p.Field, Value: p.Value, Text: p.Text, Mend: p.Mend, Warning: p.Warning}
}

// mistake is a problem of the configuration, or of a variable that overrides it.
func mistake(file string, m config.Mistake) problem {
	if m.Variable != "" {
		file = m.Variable
	}
	return problem{File: file, Line: m.Line, Column: m.Column, Field: m.Path, Text: m.Text, Mend: m.Mend}
}

// String is the problem on one line that begins as compilers' do, so that
// editors find the place.
func (p problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Column > 0 {
		fmt.Fprintf(&b, ":%d", p.Column)
	}
	if p.Warning {
		b.WriteString(": warning")
	}
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Text)
	if p.Value != "" {
		fmt.Fprintf(&b, " (%q)", p.Value)
	}
	if p.Mend != "" {
		b.WriteString("; " + p.Mend)
	}
	return magazine.CleanText(b.String())
}
