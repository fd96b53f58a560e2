package mailer

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// headerText makes one line of s and encodes it where a header needs it
// (RFC 2047). Words of ASCII that are too long to fold, or that look encoded
// themselves, are encoded too.
func headerText(s string) string {
	s = oneLine(s)
	plain := isASCII(s) && !strings.Contains(s, "=?")
	for word := range strings.SplitSeq(s, " ") {
		plain = plain && len(word) <= 60
	}
	if plain {
		return s
	}
	return encodedWords(s)
}

// encodedWords writes s as words of at most 52 characters: short enough for the
// first to stand on the line of its header's name. A word holds whole
// characters only (RFC 2047 5).
func encodedWords(s string) string {
	const bytesPerWord = 30
	var words []string
	for s != "" {
		piece := clip(s, bytesPerWord)
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(piece))+"?=")
		s = s[len(piece):]
	}
	return strings.Join(words, " ")
}

// appendFolded writes a header's line, with a break before each word that would
// go beyond 76 bytes (RFC 5322 2.2.3). Unfolding gives the line back.
func appendFolded(out []byte, line string) []byte {
	if len(line) <= longestLine { // as a rule
		return append(append(out, line...), "\r\n"...)
	}
	width := 0
	for i, word := range strings.Split(line, " ") {
		switch {
		case i == 0:
		case width+1+len(word) > longestLine:
			out, width = append(out, "\r\n "...), 1
		default:
			out, width = append(out, ' '), width+1
		}
		out, width = append(out, word...), width+len(word)
	}
	return append(out, "\r\n"...)
}

// oneLine replaces line breaks and other control characters by spaces and runs
// of spaces by one, so that no header can be injected and folding loses nothing.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(valid(s), func(r rune) bool {
		return r == ' ' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	}), " ")
}

// valid replaces bytes that are not UTF-8.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// clip cuts s to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
