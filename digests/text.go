package digests

import (
	"regexp"
	"strings"

	"github.com/rivo/uniseg"
)

// textWidth is the longest line of the text part, in columns. An address that
// is longer stands on a line of its own, whole.
const textWidth = 72

// markWidth is how much room a mark is given in a line, in columns: that of most
// addresses.
const markWidth = 36

// fill breaks text at spaces into lines of at most textWidth columns; a word
// that is wider gets a line of its own and is never broken.
func fill(s string) string { return fillAfter("", s) }

// fillAfter is fill with a first line that begins with the label and later
// lines that are indented by its width, or by textWidth where that is less.
func fillAfter(label, s string) string {
	indent := strings.Repeat(" ", min(uniseg.StringWidth(label), textWidth))
	var b strings.Builder
	b.WriteString(label)
	column, atStart := len(indent), true
	for _, word := range strings.Fields(s) {
		width := uniseg.StringWidth(word)
		if strings.Contains(word, markBegin) { // what will stand there is wider
			width = max(width, markWidth)
		}
		switch {
		case atStart:
		case column+1+width > textWidth:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
		atStart = false
	}
	return b.String()
}

// underline sets text as a heading: filled, and under it as many rules as its
// widest line has columns.
func underline(rule, s string) string {
	s = fill(s)
	widest := 0
	for line := range strings.SplitSeq(s, "\n") {
		widest = max(widest, uniseg.StringWidth(line))
	}
	return s + "\n" + strings.Repeat(rule, max(1, min(widest, textWidth)))
}

var (
	lineEnds = regexp.MustCompile(`[ \t]+\n`)
	gaps     = regexp.MustCompile(`\n{2,}`)
	moreGaps = regexp.MustCompile(`\n{3,}`)
)

// tidy takes out what a template's lines leave behind: spaces at the ends of
// lines, more than one empty line, and empty lines at both ends.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = lineEnds.ReplaceAllString(s, "\n")
	s = moreGaps.ReplaceAllString(s, "\n\n")
	return strings.TrimSpace(s) + "\n"
}
