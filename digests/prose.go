package digests

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A paragraph is words of people, in pieces of which some are links.
type paragraph []piece

type piece struct{ Text, URL string } // no URL: it is no link

// String is the paragraph as plain text: the address of a link follows its words.
func (p paragraph) String() string {
	var b strings.Builder
	for _, one := range p {
		b.WriteString(one.Text)
		if one.URL != "" && !bareAddress.MatchString(one.Text) {
			b.WriteString(" (" + one.URL + ")")
		}
	}
	return b.String()
}

var emptyLines = regexp.MustCompile(`\n[ \t]*\n`)

// paragraphs are a text's, which an empty line parts; other line breaks are
// spaces. Web addresses in it become links.
func paragraphs(text string) []paragraph {
	var all []paragraph
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for _, one := range emptyLines.Split(text, -1) {
		if one = clean(one); one != "" {
			all = append(all, linked(one))
		}
	}
	return all
}

var bareAddress = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"“”«»]+`)

// linked cuts a line into words and addresses.
func linked(line string) paragraph {
	var p paragraph
	done := 0
	for _, at := range bareAddress.FindAllStringIndex(line, -1) {
		written := trimEnd(line[at[0]:at[1]])
		to := address(written)
		if to == "" {
			continue
		}
		if done < at[0] {
			p = append(p, piece{Text: line[done:at[0]]})
		}
		p = append(p, piece{written, to})
		done = at[0] + len(written)
	}
	if done < len(line) {
		p = append(p, piece{Text: line[done:]})
	}
	return p
}

// trimEnd takes from an address what belongs to the sentence around it: its
// stops, and a bracket that the address does not open.
func trimEnd(s string) string {
	for {
		last, size := utf8.DecodeLastRuneInString(s)
		open := map[rune]string{')': "(", ']': "[", '}': "{"}[last]
		switch {
		case strings.ContainsRune(".,;:!?…'’‘*_،؛؟。", last):
		case open != "" && strings.Count(s, open) < strings.Count(s, string(last)):
		default:
			return s
		}
		s = s[:len(s)-size]
	}
}
