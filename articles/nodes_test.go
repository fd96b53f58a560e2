package articles

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestCountWords(t *testing.T) {
	for text, want := range map[string]int{"": 0, " ": 0, "tide": 1, "the tide's 3 - - marks": 4, "--a--b--": 1, "مد\u00a0وجزر": 2, "– é –\u3000x": 2, "\xff\xfea \xff": 1} {
		if got := countWords(text); got != want {
			t.Errorf("%q has %d words, want %d", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab7 \n-.\u00a0\u3000éد–"))).Draw(t, "text")
		want := 0
		for _, word := range strings.FieldsFunc(text, unicode.IsSpace) {
			if strings.ContainsFunc(word, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
				want++
			}
		}
		if got := countWords(text); got != want {
			t.Fatalf("%q has %d words, want %d", text, got, want)
		}
	})
}
