package digests

import (
	"regexp"
	"strings"

	"github.com/rivo/uniseg"

	"postrider/templates"
)

// markWidth is how much room a mark is given in a line, in columns: that of most
// addresses.
const markWidth = 36

// fill breaks text into lines as all plain text of mails is, with room for what
// marks stand for.
func fill(s string) string { return fillAfter("", s) }

// fillAfter is fill behind a label.
func fillAfter(label, s string) string { return templates.FillAfter(label, s, widthOf) }

// widthOf is how many columns a word takes.
func widthOf(word string) int {
	width := uniseg.StringWidth(word)
	if strings.Contains(word, markBegin) { // what will stand there is wider
		width = max(width, markWidth)
	}
	return width
}

// underline sets text as a heading: filled, and under it as many rules as its
// widest line has columns.
func underline(rule, s string) string {
	s = fill(s)
	widest := 0
	for line := range strings.SplitSeq(s, "\n") {
		widest = max(widest, uniseg.StringWidth(line))
	}
	return s + "\n" + strings.Repeat(rule, max(1, min(widest, templates.TextWidth)))
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
