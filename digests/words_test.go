package digests

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"postrider/magazine"
	"postrider/templates"
)

func TestClip(t *testing.T) {
	tests := []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 10, "short"},
		{"exactly 10", 10, "exactly 10"},
		{"a few plain words", 12, "a few plain…"},
		{"a few plain words", 10, "a few…"},
		{"one, two, three", 10, "one, two…"},
		{"Donaudampfschifffahrt", 10, "Donaudamp…"},
		{"by 👩‍👩‍👧‍👦 the sea", 8, "by…"}, // a family is one character
		{"e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301…"},
	}
	for _, test := range tests {
		if got := clip(test.in, test.limit); got != test.want {
			t.Errorf("clip(%q, %d) = %q, want %q", test.in, test.limit, got, test.want)
		}
	}
}

func TestFirstSentence(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"What the fish no longer hear.", "What the fish no longer hear."},
		{"Dr. Said found the fault in a spring. Then it ran.", "Dr. Said found the fault in a spring."},
		{"It rose by 3.4 metres in a single night. Nobody slept.", "It rose by 3.4 metres in a single night."},
		{"Who keeps the lamp when the keeper sleeps? A cat.", "Who keeps the lamp when the keeper sleeps?"},
		{"كلّ صباح يكتب سالم ارتفاع الماء. لم يُخطئ.", "كلّ صباح يكتب سالم ارتفاع الماء."},
		{"No. No. No.", "No. No. No."},
	}
	for _, test := range tests {
		if got := firstSentence(test.in); got != test.want {
			t.Errorf("firstSentence(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestAddress(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://harbour.example/a/?b=c&d=e#f", "https://harbour.example/a/?b=c&d=e#f"},
		{"http://localhost:8080/", "http://localhost:8080/"},
		{"http://[::1]:8080/", "http://[::1]:8080/"},
		{"https://مرفأ.example:81/ميناء?س=ص", "https://xn--igb1ayco.example:81/%D9%85%D9%8A%D9%86%D8%A7%D8%A1?%D8%B3=%D8%B5"},
		{"https://harbour.example/a b\"<c>", "https://harbour.example/a%20b%22%3Cc%3E"},
		{"https://harbour.example/\uFDD0email\uFDD1", "https://harbour.example/%EF%B7%90email%EF%B7%91"},
		{"https://my_host.example/", "https://my_host.example/"},
		{"https://harbour.example@evil.example/", ""},
		{"http://0\"0/", ""},
		{"javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"//harbour.example/", ""},
		{"/articles/a/", ""},
		{"https:///nowhere", ""},
		{"https://harbour.example/a\nb", ""},
		{"https://harbour.example/" + strings.Repeat("a", 2000), ""},
		{"", ""},
	}
	for _, test := range tests {
		if got := address(test.in); got != test.want {
			t.Errorf("address(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"https://a.example/?q=%zz", "http://a@b:1/", "https://a.example/'()", "HTTP://A/", "https://a.example/%", "http://ß.example", "http://[fe80::1%25en0]/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := address(s)
		if got == "" {
			return
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>'`", r) }) {
			t.Errorf("address(%q) = %q", s, got)
		}
		if u, err := url.Parse(got); err != nil || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("address(%q) = %q: %v", s, got, err)
		}
	})
}

// wordsIn is our words in a language.
func wordsIn(t *testing.T, language string) *templates.Words {
	t.Helper()
	all, err := (*templates.Files)(nil).Messages()
	if err != nil {
		t.Fatal(err)
	}
	return all.In(language)
}

func TestMoreInArabic(t *testing.T) {
	for n, want := range map[int]string{1: "مقال آخر", 2: "مقالان آخران", 3: "٣ مقالات أخرى", 10: "١٠ مقالات أخرى", 11: "١١ مقالًا آخر", 100: "١٠٠ مقال آخر", 103: "١٠٣ مقالات أخرى"} {
		if got := wordsIn(t, "ar").T("digest.rest-alone", "count", n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	lead := &magazine.Article{Title: "Two Keepers", Language: "en"}
	if got, want := subject(lead, 5, wordsIn(t, "ar")), "\u2068Two Keepers\u2069، و٥ مقالات أخرى"; got != want {
		t.Errorf("the subject is %q, want %q", got, want)
	}
}

func TestSubject(t *testing.T) {
	long := strings.Repeat("Harbour lights and ", 20)
	tests := []struct {
		name, title, language string
		more                  int
		want                  string
	}{
		{"one", "Two Keepers, One Lamp", "en", 0, "Two Keepers, One Lamp"},
		{"several", "Two Keepers, One Lamp", "en", 6, "Two Keepers, One Lamp, and 6 more"},
		{"long", long, "en", 12, "Harbour lights and Harbour lights and Harbour lights and Harbour lights…, and 12 more"},
		{"another direction", "حارس المدّ", "ar", 3, "\u2068حارس المدّ\u2069, and 3 more"},
		{"another direction, alone", "حارس المدّ", "ar", 0, "حارس المدّ"},
		{"lines and turns", "One\r\nBcc: all\u202E\u2066 Two", "en", 1, "One Bcc: all Two, and 1 more"},
		{"nothing left", " \u202E\uFDD0\t", "en", 1, "Untitled, and 1 more"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := subject(&magazine.Article{Title: test.title, Language: test.language}, test.more, wordsIn(t, "en"))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if n := utf8.RuneCountInString(got); n > maxSubject {
				t.Errorf("%d characters", n)
			}
		})
	}
}

func TestPreheader(t *testing.T) {
	all := week()
	if got, want := preheader(rank(all[:1], "en", friday.Date), "-", wordsIn(t, "en")), "For forty years two families have shared a lighthouse and a quarrel."; got != want {
		t.Errorf("of one article: %q", got)
	}
	if got, want := preheader(rank(all[:3], "en", friday.Date), "-", wordsIn(t, "en")), "The Tide Clock That Ran Backwards for a Whole Monsoon Season · Quiet Nets"; got != want {
		t.Errorf("of three: %q", got)
	}
	if got := preheader(rank(all[5:], "en", friday.Date), "The tagline", wordsIn(t, "en")); got != "The tagline" {
		t.Errorf("of one without a summary: %q", got)
	}
}

// A line is never wider than 72 columns unless it is one word, and no word is
// lost or broken.
func TestFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.OneOf(rapid.StringMatching(`[a-z]{1,12}`), rapid.StringMatching(`https://[a-z/]{1,100}`),
			rapid.StringMatching(`[ء-ي]{1,12}`), rapid.StringMatching(`[港波]{1,9}`))).Draw(t, "words")
		label := rapid.SampledFrom([]string{"", "by ", "- "}).Draw(t, "label")
		filled := fillAfter(label, strings.Join(words, " "))
		if got := strings.Fields(strings.TrimPrefix(filled, label)); strings.Join(got, " ") != strings.Join(words, " ") {
			t.Fatalf("got %q, want %q", got, words)
		}
		for line := range strings.SplitSeq(filled, "\n") {
			words := len(strings.Fields(strings.TrimPrefix(line, label)))
			if uniseg.StringWidth(line) > templates.TextWidth && words > 1 {
				t.Fatalf("%d columns in %q", uniseg.StringWidth(line), line)
			}
		}
	})
}

func TestUnderline(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Tools", "Tools\n-----"},
		{"港の波", "港の波\n------"},
		{strings.Repeat("word ", 16), strings.TrimSpace(strings.Repeat("word ", 14)) + "\nword word\n" + strings.Repeat("-", 69)},
		{"", "\n-"},
	}
	for _, test := range tests {
		if got := underline("-", test.in); got != test.want {
			t.Errorf("underline(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestIsClean: what is taken for clean at first sight is what cleaning leaves as it is.
func TestIsClean(t *testing.T) {
	for text, want := range map[string]bool{"": true, "Person Number 1": true, "https://example.org/leave/a.b~c": true, " a": false, "a ": false, "a  b": false, "a\tb": false, "a\nb": false, "\x7f": false, "é": false} {
		if got := isClean(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
		if isClean(text) && magazine.CleanText(text) != text {
			t.Errorf("%q is not clean", text)
		}
	}
}
