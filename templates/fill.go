package templates

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// TextWidth is the longest line of a mail in plain text, in columns. An address
// that is longer stands on a line of its own, whole.
const TextWidth = 72

// fill breaks text at spaces into lines of at most TextWidth columns; a word that
// is wider gets a line of its own and is never broken.
func fill(text string) string { return FillAfter("", text, uniseg.StringWidth) }

// FillAfter is fill with a first line that begins with the label and later lines
// that are indented by its width, or by TextWidth where that is less. width tells
// how many columns a word takes.
func FillAfter(label, text string, width func(word string) int) string {
	indent := strings.Repeat(" ", min(uniseg.StringWidth(label), TextWidth))
	var b strings.Builder
	b.WriteString(label)
	column, atStart := len(indent), true
	for _, word := range strings.FieldsFunc(text, parts) {
		wide := width(word)
		switch {
		case atStart:
		case column+1+wide > TextWidth:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += wide
		atStart = false
	}
	return b.String()
}

// parts tells the spaces at which a line may end, as one before a French colon may
// not.
func parts(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' }
