package magazine

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"
)

// What RFC 6531 allows is taken, in its one spelling; the rest is told why not.
func TestParseEmail(t *testing.T) {
	long := strings.Repeat("a", 64)
	for written, want := range map[string]string{
		"a@b.example": "", "  amina+news@mail.harbour.example ": "amina+news@mail.harbour.example", "\u00a0a@b.example\t": "a@b.example", "o'neil@x.example": "", "!#$%&'*+-/=?^_`{|}~@x.example": "", "{{.}}@x.example": "",
		"first.last@x.example": "", "Amina@X.Example": "", long + "@b.example": "", "a@" + strings.Repeat("b", 63) + ".example": "", "1@2.example": "", "a@3com.example": "", "_@x.example": "",
		// other letters
		"пользователь@пример.example": "", "سالم@بحر.example": "", "用户@例子.example": "", "δοκιμή@παράδειγμα.example": "", "jürgen@bücher.example": "", "ju\u0308rgen@x.example": "", "अजय@डाटा.example": "", "😀@x.example": "",
		"a@xn--bcher-kva.example": "a@bücher.example", "a@BÜCHER.Example": "a@bücher.example", "a@bu\u0308cher.example": "a@bücher.example", "a@ｅxａmple.org": "a@example.org", "a@XN--E1AFMKFD.xn--p1ai": "a@пример.рф", "a@\u212Aate.example": "a@kate.example", "a@faß.example": "", "نامه\u200cای@x.example": "", "क्\u200dष@x.example": "", "a@l·l.example": "",
		// quotation marks
		`"a"@b.example`: "a@b.example", `"john doe"@b.example`: "", `"a@b"@c.example`: "", `"a\"b"@c.example`: "", `"a\\b"@c.example`: "", `"a..b"@c.example`: "", `".a"@c.example`: "", `"<script>"@c.example`: "",
		`"a\b"@c.example`: "ab@c.example", `"سالم"@b.example`: "سالم@b.example", `"a,b;c:d"@e.example`: "", `" "@b.example`: "",
		// alike, and each its own
		"раypal@x.example": "", "paypaI@x.example": "", "\u212Aate@x.example": "",
	} {
		if want == "" {
			want = written
		}
		if got, err := ParseEmail(written); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", written, got, err, want)
		} else if again, err := ParseEmail(got); err != nil || again != got {
			t.Errorf("%q: once more it is %q, %v", got, again, err)
		}
	}
	for message, all := range map[string][]string{
		"email.empty": {"", "  ", "\u3000"},
		"email.long":  {"a@" + strings.Repeat("b.", 130) + "example", strings.Repeat("a", 1<<20) + "@b.example", strings.Repeat("é", 200) + "@b.example"},
		"email.space": {"a b@c.example", "a@b.example\r\nBcc: x@y.example", "a@b.example\x00", "\xff@b.example", "a\u00a0b@c.example", "a\u3000@c.example", "a\u200b@c.example", "\u202egro.elpmaxe@a.example", "a@\u2066b.example",
			"a\ufeff@b.example", "a\u00ad@b.example", "a\u200d@b.example", "\u200dа@b.example", "ali\u200cce@b.example", "a@b\u200d.example", "\ufdd0email\ufdd1@b.example", "\ue000@b.example", "\"a\tb\"@c.example", "\"a\r\nb\"@c.example", "a@b.example x"},
		"email.form": {"a", "@b.example", "a@", "@", `""@b.example`, `"a"b@c.example`, `"a@b.example`, `"a" @b.example`, `"a".b@c.example`, `"`, `"@b.example`},
		"email.dots": {"a..b@c.example", ".a@c.example", "a.@c.example", "..@c.example"},
		"email.local": {"A<a@b.example", "a,b@c.example", "(c)a@b.example", "a@b@c.example", `a"b"@c.example`, `a\b@c.example`, "[a]@b.example", "a;b@c.example", "a@b.example,c@d.example", "mailto:a@b.example",
			long + "a@b.example", strings.Repeat("é", 33) + "@b.example", `"` + long + `"@b.example`},
		"email.domain": {"a@b", "a@localhost", "a@b..example", "a@.example", "a@b.example.", "a@[127.0.0.1]", "a@[IPv6:2001:db8::1]", "a@127.0.0.1", "a@b.123", "a@-b.example", "a@b-.example", "a@b_c.example", "a@b!.example", "a@b/c.example", "a@b#.example",
			"a@b.example>", "a@b.example(c)", "a@" + strings.Repeat("b", 64) + ".example", "a@b。example", "a@\u0338b/.example", "a@b.example?subject=x", "a@☃!.example", "a@{{.}}.example", "a@אa.example", "a@\u0301x.example", "a@xn--a.example", "a@xn--.example", "a@" + strings.Repeat("é", 60) + ".example"},
	} {
		for _, bad := range all {
			got, err := ParseEmail(bad)
			var e *Error
			if !errors.As(err, &e) || e.Code != Invalid || e.Message != message || len(e.Text) > 600 || !utf8.ValidString(e.Text) {
				t.Errorf("%.100q: %q, %v; want %s", bad, got, err, message)
			}
		}
	}
}

// Two spellings are one person's where they differ in capitals alone; what only looks
// alike is somebody else's.
func TestEmailKey(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Kate@X.Example", "kate@x.example", true}, {"ÄÖ@x.example", "äö@x.example", true}, {"ПОЧТА@x.example", "почта@x.example", true},
		{"\u212Aate@x.example", "kate@x.example", false}, {"\u0130ris@x.example", "iris@x.example", false}, {"раypal@x.example", "paypal@x.example", false}, {"paypaI@x.example", "paypal@x.example", false},
		{"ſalma@x.example", "salma@x.example", false}, {"a@x.example", "a@х.example", false}, {"ﬁ@x.example", "fi@x.example", false}, {"１@x.example", "1@x.example", false}, {"jürgen@x.example", "ju\u0308rgen@x.example", false},
		{"a@ｘ.example", "A@x.example", true}, {"a@bücher.example", "a@XN--bcher-kva.example", true}, {"a@bücher.example", "a@bu\u0308cher.example", true}, {"a@b\u0443cher.example", "a@bycher.example", false},
		{"a.b@x.example", "ab@x.example", false}, {"a+b@x.example", "a@x.example", false},
	} {
		a, err1 := ParseEmail(c.a)
		b, err2 := ParseEmail(c.b)
		if err1 != nil || err2 != nil || (EmailKey(a) == EmailKey(b)) != c.same {
			t.Errorf("%q and %q are one person's: %v, want %v (%v, %v)", c.a, c.b, !c.same, c.same, err1, err2)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"a@b.example", `"a b"@c.example`, "\u202ea@b.example", "a@b.example\r\nBcc: c@d.example", `"\"@b.example`, "é\u200dé@ü.example", "a@xn--bcher-kva.example", "a@ｅ.org", "a@FAß.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		email, err := ParseEmail(s)
		if err != nil {
			return
		}
		if again, err := ParseEmail(email); err != nil || again != email || len(email) > MaxEmail || strings.ContainsAny(email, "\r\n\x00\t") || !utf8.ValidString(email) {
			t.Fatalf("%q: %q, and then %q, %v", s, email, again, err)
		}
		if key := EmailKey(strings.TrimSpace(s)); key != EmailKey(email) && !strings.Contains(s, `"`) || EmailKey(EmailKey(email)) != EmailKey(email) {
			t.Fatalf("%q, which is %q, has the keys %q, %q and %q", s, email, key, EmailKey(email), EmailKey(EmailKey(email)))
		}
		if a, err := mail.ParseAddress("<" + email + ">"); err != nil || a.Name != "" {
			t.Fatalf("%q: no header takes %q: %v", s, email, err)
		}
	})
}

// What an address was known by before its domain had one spelling.
func TestFormerEmailKeys(t *testing.T) {
	for email, want := range map[string]string{
		"A@BÜCHER.Example": "[a@xn--bcher-kva.example]", "a@XN--bcher-kva.example": "[a@xn--bcher-kva.example]", "сал@пример.рф": "[сал@xn--e1afmkfd.xn--p1ai]",
		"a@example.org": "[]", "a@ｅxample.org": "[]", "é@example.org": "[]", "none": "[]",
	} {
		if got := fmt.Sprint(FormerEmailKeys(email)); got != want {
			t.Errorf("%s: %s, want %s", email, got, want)
		}
	}
}
