package templates

import (
	"fmt"
	"slices"
	"strings"
)

// Mistake is what is wrong with a publication's own template, and how to mend it.
type Mistake struct {
	File    string // with the publication's folder
	Line    int    // counted from 1; 0 where none applies
	Text    string
	Mend    string
	Warning bool // the file does no harm
}

func (m *Mistake) Error() string {
	at := m.File
	if m.Line > 0 {
		at = fmt.Sprintf("%s:%d", m.File, m.Line)
	}
	if m.Mend == "" {
		return at + ": " + m.Text
	}
	return at + ": " + m.Text + "; " + m.Mend
}

// Mistakes are all that is wrong, in the order of files and lines. As text they
// are one to a line, all but the first indented.
type Mistakes []*Mistake

func (all Mistakes) Error() string {
	lines := make([]string, len(all))
	for i, m := range all {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n  ")
}

// Collect gathers the mistakes in errors, each once. An error that is none of a
// template is returned as rest.
func Collect(errs ...error) (all Mistakes, rest error) {
	for _, err := range errs {
		for _, m := range mistakesIn(err, &rest) {
			if !slices.ContainsFunc(all, func(other *Mistake) bool { return *other == *m }) {
				all = append(all, m)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *Mistake) int {
		if by := strings.Compare(a.File, b.File); by != 0 {
			return by
		}
		return a.Line - b.Line
	})
	return all, rest
}

func mistakesIn(err error, rest *error) Mistakes {
	for wrapped := err; wrapped != nil; {
		switch e := wrapped.(type) {
		case *Mistake:
			return Mistakes{e}
		case Mistakes:
			return e
		case interface{ Unwrap() error }:
			wrapped = e.Unwrap()
		default:
			wrapped = nil
		}
	}
	if err != nil && *rest == nil {
		*rest = err
	}
	return nil
}

// Join is the errors as one: Mistakes where every one is of a template, nil
// where there is none.
func Join(errs ...error) error {
	all, rest := Collect(errs...)
	if rest != nil {
		return rest
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
