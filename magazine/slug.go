package magazine

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSlug bounds a slug's bytes; it must fit a file name.
const maxSlug = 120

// Slugify makes the last part of an address from a title or a name: letters
// and digits of any script in lower case with dashes between, Latin letters
// without their marks, at most 120 bytes. It is empty where nothing is left.
func Slugify(s string) string {
	var b strings.Builder
	dash := false
	for _, r := range s {
		switch r {
		case '\'', '’', 'ʼ', '‘', '`', '\u0640': // apostrophes and the Arabic lengthening stroke join
			continue
		}
		text := fold(unicode.ToLower(r))
		if text == "" {
			dash = true
			continue
		}
		room := maxSlug - b.Len() - 1
		if dash && len(text) > 1 && text[0] < utf8.RuneSelf { // two letters for one: made of the slug again, they come one by one
			room--
		}
		if len(text) > room {
			break
		}
		if dash && b.Len() > 0 {
			b.WriteByte('-')
		}
		dash = false
		b.WriteString(text)
	}
	return b.String()
}

// fold is a lower-case letter without its mark, or nothing for what is no letter or digit.
func fold(r rune) string {
	if r < 0x80 {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return string(r)
		}
		return ""
	}
	if plain, ok := latin[r]; ok {
		return plain
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
		return string(r)
	}
	return ""
}

// latin has the marked Latin letters of the European languages without marks.
var latin = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "ng"}
	for plain, marked := range map[string]string{
		"a": "àáâãäåāăą", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥ", "i": "ìíîïĩīĭį", "j": "ĵ", "k": "ķ",
		"l": "ĺļľ", "n": "ñńņň", "o": "òóôõöōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťț", "u": "ùúûüũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	} {
		for _, r := range marked {
			m[r] = plain
		}
	}
	return m
}()
