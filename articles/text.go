package articles

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"postrider/magazine"
)

// decode makes text of a file's bytes: without byte order mark, line ends as
// \n. UTF-16 is understood where a byte order mark announces it. Bytes that are
// no UTF-8 are left for repair, which knows where they stand.
func decode(data []byte, rep *report) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		data = fromUTF16(data[2:], 0, 1)
		rep.warn(0, "", "UTF-16", "the file is in UTF-16, not in UTF-8; it was converted", "save it as UTF-8")
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		data = fromUTF16(data[2:], 1, 0)
		rep.warn(0, "", "UTF-16", "the file is in UTF-16, not in UTF-8; it was converted", "save it as UTF-8")
	}
	text := string(data)
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text
}

// fromUTF16 converts pairs of bytes whose low and high halves stand at the
// given places. A lone last byte is dropped.
func fromUTF16(data []byte, low, high int) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+low]) | uint16(data[2*i+high])<<8
	}
	return []byte(string(utf16.Decode(units)))
}

// repair makes text fit to be published: bytes that are no UTF-8 become U+FFFD,
// characters that XML 1.0 forbids go. Each is one warning. from is the line at
// which the text begins in its file.
func repair(text string, from int, rep *report) string {
	if at := firstInvalid(text); at >= 0 {
		rep.warn(from+lines(text[:at]), "", showByte(text[at]), "bytes that are no UTF-8 were replaced by "+string(utf8.RuneError), "save the file as UTF-8")
		text = strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	clean := magazine.CleanRunes(text)
	if len(clean) == len(text) {
		return text
	}
	at := 0
	for at < len(clean) && clean[at] == text[at] {
		at++
	}
	c, _ := utf8.DecodeRuneInString(text[at:])
	rep.warn(from+lines(text[:at]), "", strconv.QuoteRuneToASCII(c), "control characters were dropped", "remove them from the text")
	return clean
}

// firstInvalid is where the first byte stands that is no UTF-8, or -1.
func firstInvalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, c := range text {
		if c == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

// lines counts line ends.
func lines(text string) int { return strings.Count(text, "\n") }

func showByte(b byte) string { return "0x" + strconv.FormatUint(uint64(b), 16) }
