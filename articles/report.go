package articles

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
)

// maxShown is how many bytes of a wrong value a problem shows.
const maxShown = 200

// report gathers the problems of one file.
type report struct {
	problems []magazine.Problem
	held     bool
}

// hold adds a problem that keeps the file from being an article.
func (r *report) hold(line int, field, value, text, mend string) {
	r.held = true
	r.add(magazine.Problem{Line: line, Field: field, Value: value, Text: text, Mend: mend})
}

// warn adds a problem that was repaired.
func (r *report) warn(line int, field, value, text, mend string) {
	r.add(magazine.Problem{Line: line, Field: field, Value: value, Text: text, Mend: mend, Warning: true})
}

func (r *report) add(p magazine.Problem) {
	p.Value = shorten(p.Value, maxShown)
	r.problems = append(r.problems, p)
}

// inOrder is the problems by line.
func (r *report) inOrder() []magazine.Problem {
	slices.SortStableFunc(r.problems, func(a, b magazine.Problem) int { return cmp.Compare(a.Line, b.Line) })
	return r.problems
}

// shorten makes a value fit to be shown: valid, without line ends, at most
// limit bytes.
func shorten(s string, limit int) string {
	if len(s) > 4*limit {
		s = s[:4*limit]
	}
	s = magazine.CleanText(s)
	if len(s) <= limit {
		return s
	}
	const dots = "…"
	cut := limit - len(dots)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.TrimSpace(s[:cut]) + dots
}
