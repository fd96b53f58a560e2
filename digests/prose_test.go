package digests

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParagraphs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"One line\nand its second.\n \n\r\n\rTwo.\n", "One line and its second.|Two."},
		{"See https://example.org/a?b=1&c=2.", "See |<https://example.org/a?b=1&c=2>|."},
		{"(at https://example.org/a_(b)) and HTTP://EXAMPLE.org!", "(at |<https://example.org/a_(b)>|) and |<HTTP://EXAMPLE.org>|!"},
		{"اقرأ https://example.org/مد، ثم", "اقرأ |<https://example.org/مد>|، ثم"},
		{"javascript:alert(1) xhttps://example.org https:// ftp://example.org https://user@example.org/", "javascript:alert(1) xhttps://example.org https:// ftp://example.org https://user@example.org/"},
		{"\"https://example.org\" <https://example.org/x>", "\"|<https://example.org>|\" <|<https://example.org/x>|>"},
	} {
		var got []string
		for _, p := range paragraphs(c.text) {
			for _, one := range p {
				if one.URL != "" {
					one.Text = "<" + one.Text + ">"
				}
				got = append(got, one.Text)
			}
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%q: %q, want %q", c.text, strings.Join(got, "|"), c.want)
		}
	}
}

// Whatever people write, nothing of it is lost and every link is an address.
func FuzzParagraphs(f *testing.F) {
	for _, seed := range []string{"One.\n\nTwo: https://example.org/a(b), and more", "https://https://x", "(((https://a.b)))", "\uFDD0unsubscribe\uFDD1 [[email]] \u202E", "https://xn--a/ https://[::1]:80/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var words []string
		for _, p := range paragraphs(text) {
			words = append(words, p.String())
			for _, one := range p {
				if one.URL != "" && (one.URL != address(one.URL) || !strings.HasPrefix(one.URL, "http") || strings.ContainsAny(one.Text, " \n")) {
					t.Errorf("%q became a link to %q", one.Text, one.URL)
				}
			}
		}
		if got, want := strings.Join(words, " "), clean(text); got != want || !utf8.ValidString(got) {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	})
}
