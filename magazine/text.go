package magazine

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// CleanText makes a string fit for XML, JSON, mail headers and pages: broken
// bytes become U+FFFD; control characters, noncharacters and line breaks in
// plain text become spaces or go; runs of white space become one space.
// XML 1.0 section 2.2 says which characters a document may hold.
func CleanText(s string) string {
	return strings.Join(strings.Fields(CleanRunes(s)), " ")
}

// CleanRunes drops the characters that XML 1.0 forbids, keeping tabs and line
// ends, and replaces broken bytes by U+FFFD.
func CleanRunes(s string) string {
	if !unclean(s) {
		return s
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return r
		case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0xFFFE, r == 0xFFFF, r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
			return -1
		}
		return r
	}, s)
}

// unclean tells quickly whether there may be anything to drop or to replace:
// control characters, of ASCII and beyond (which begin with 0xC2), noncharacters
// and bytes that are no UTF-8.
func unclean(s string) bool {
	ascii := true
	for i := 0; i < len(s); i++ {
		if plain(s[i:]) {
			i += 7
			continue
		}
		if odd[s[i]] && forbidden(s[i:]) {
			return true
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	return !ascii && !utf8.ValidString(s)
}

// plain tells that a text begins with eight printable characters of ASCII, as most of
// nearly all texts are: the highest bit is not set in any byte, nor in what is left of it
// without 0x20, nor in it and one more.
func plain(s string) bool {
	if len(s) < 8 {
		return false
	}
	const each = 0x0101010101010101
	b := binary.LittleEndian.Uint64([]byte(s[:8]))
	return (b|(b-0x20*each)|(b+each))&(0x80*each) == 0
}

// forbidden tells whether a text that begins with an odd byte begins with a
// character that CleanRunes drops.
func forbidden(s string) bool {
	switch c := s[0]; {
	case c == 0xc2:
		return len(s) > 1 && s[1] < 0xa0
	case c >= utf8.RuneSelf:
		return nonCharacter(s)
	}
	return true
}

// odd are the bytes that such characters begin with.
var odd = func() (odd [256]bool) {
	for c := range odd {
		odd[c] = c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f || c == 0xc2 || c >= 0xef
	}
	return odd
}()

// nonCharacter tells that a text begins with a noncharacter of Unicode (section
// 23.7), which CleanRunes drops: U+FDD0 to U+FDEF, or the last two of a plane.
func nonCharacter(s string) bool {
	switch {
	case s[0] == 0xef && len(s) > 2:
		return s[1] == 0xb7 && s[2] >= 0x90 && s[2] <= 0xaf || s[1] == 0xbf && s[2] >= 0xbe
	case s[0] >= 0xf0 && len(s) > 3:
		return s[1]&0x0f == 0x0f && s[2] == 0xbf && s[3] >= 0xbe
	}
	return false
}

// rightToLeft lists the languages written from right to left.
var rightToLeft = map[string]bool{"ar": true, "fa": true, "he": true, "ur": true, "yi": true, "ps": true, "sd": true, "ug": true, "dv": true, "ckb": true, "arc": true, "syr": true}

// Direction is "rtl" or "ltr" for a BCP 47 language.
func Direction(language string) string {
	base, rest, _ := strings.Cut(strings.ToLower(language), "-")
	if rightToLeft[base] && !strings.Contains(rest, "latn") {
		return "rtl"
	}
	return "ltr"
}
