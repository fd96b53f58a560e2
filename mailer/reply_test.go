package mailer

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEnhancedCode(t *testing.T) {
	for _, c := range []struct {
		code int
		text string
		want string
	}{
		{550, "5.1.1 <x@y>: no such user", "5.1.1"},
		{550, "5.1.10 null MX", "5.1.10"},
		{550, "5.7.26 unauthenticated\n5.7.26 see there", "5.7.26"},
		{450, "4.7.1", "4.7.1"},
		{250, "2.0.0 OK", "2.0.0"},
		{550, "4.1.1 odd", "4.1.1"},
		{550, "no such user", ""},
		{550, "5.1.1: no such user", ""},
		{550, "5.1 x", ""},
		{550, "5.1.1.1 x", ""},
		{550, "3.1.1 x", ""},
		{550, "5..1 x", ""},
		{550, "5.1.1000 x", ""},
		{550, "5.-1.1 x", ""},
		{354, "2.0.0 go on", ""},
		{550, "", ""},
	} {
		if got := enhancedCode(c.code, c.text); got != c.want {
			t.Errorf("enhancedCode(%d, %q) = %q, want %q", c.code, c.text, got, c.want)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add(550, "5.1.1 <x@y>: no such user")
	f.Add(421, "4.3.2 going\ndown\x00\u2028now")
	f.Add(250, "2.0.0")
	f.Add(554, strings.Repeat("ü", 400))
	f.Add(-1, "\xff\xfe..")
	f.Fuzz(func(t *testing.T, code int, text string) {
		r := newReply(code, text)
		if len(r.text) > longestReply || !utf8.ValidString(r.text) || strings.ContainsFunc(r.text, unicode.IsControl) {
			t.Errorf("text %q of %q is not printable", r.text, text)
		}
		if r.enhanced != "" {
			if !strings.HasPrefix(text, r.enhanced) || strings.Count(r.enhanced, ".") != 2 || len(r.enhanced) > 9 {
				t.Errorf("enhanced code %q of %q", r.enhanced, text)
			}
		}
		for _, phase := range []Phase{PhaseGreeting, PhaseMail, PhaseRcpt, PhaseData, PhaseMessage} {
			got := Judge(phase, code, r.enhanced, 1)
			if got.State == Sent && (code != 250 || phase != PhaseMessage) {
				t.Errorf("sent on %d in phase %s", code, phase)
			}
			if got.Suppress && (phase != PhaseRcpt || code/100 != 5) {
				t.Errorf("suppressed on %d %s in phase %s", code, r.enhanced, phase)
			}
		}
	})
}
