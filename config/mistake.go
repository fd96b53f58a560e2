package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Mistake is one thing wrong in the configuration, and how to mend it.
type Mistake struct {
	Line     int    `json:"line,omitempty"`     // counted from 1; 0 where the file is not to blame
	Column   int    `json:"column,omitempty"`   // counted from 1, in characters
	Path     string `json:"path,omitempty"`     // the key, such as mail.relays[0].tls
	Variable string `json:"variable,omitempty"` // the environment variable to blame, instead of a line
	Text     string `json:"text"`               // what is wrong
	Mend     string `json:"mend,omitempty"`     // what to do
}

// String is the mistake on one line, without the file's name.
func (m Mistake) String() string {
	var b strings.Builder
	switch {
	case m.Variable != "":
		b.WriteString(join("", m.Variable) + ": ")
	case m.Line > 0:
		fmt.Fprintf(&b, "line %d, column %d: ", m.Line, m.Column)
	}
	if m.Path != "" && m.Variable == "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.Text)
	if m.Mend != "" {
		b.WriteString("; " + m.Mend)
	}
	return b.String()
}

// Mistakes are all mistakes of one configuration, in the order of the file;
// those of the environment come last.
type Mistakes []Mistake

// Error lists the mistakes, one a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// sort puts the mistakes in the order of the file.
func (ms Mistakes) sort() {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		fromFile := func(m Mistake) int {
			if m.Variable == "" {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(fromFile(a), fromFile(b)), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Variable, b.Variable))
	})
}

// covers reports whether a mistake stands at the path or at what holds it, so
// that more words about it would only repeat what is known.
func (ms Mistakes) covers(path string) bool {
	for _, m := range ms {
		if m.Path == path || strings.HasPrefix(path, m.Path+".") || strings.HasPrefix(path, m.Path+"[") {
			return true
		}
	}
	return false
}

// parent is the path of what holds the thing at path; "" is the whole file.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// quote shows a value in a message, cut to a length that fits a line.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
