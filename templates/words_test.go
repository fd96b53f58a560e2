package templates

import (
	"strings"
	"testing"
	"time"
)

func TestWordsOfALanguage(t *testing.T) {
	m := builtInWords(t)
	fifth, first := time.Date(2024, 9, 5, 23, 0, 0, 0, time.UTC), time.Date(2024, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ tag, language, direction, date, first, number, issue string }{
		{"en", "en", "ltr", "5 September 2024", "1 October 2024", "-1,234,567", "Vol. 12, No. 9"},
		{"en-GB", "en-GB", "ltr", "5 September 2024", "1 October 2024", "-1,234,567", "Vol. 12, No. 9"},
		{"ar", "ar", "rtl", "٥ سبتمبر ٢٠٢٤", "١ أكتوبر ٢٠٢٤", "-١٬٢٣٤٬٥٦٧", "المجلد ١٢، العدد ٩"},
		{"ar-EG", "ar-EG", "rtl", "٥ سبتمبر ٢٠٢٤", "١ أكتوبر ٢٠٢٤", "-١٬٢٣٤٬٥٦٧", "المجلد ١٢، العدد ٩"},
		{"AR_tn", "ar-TN", "rtl", "5 سبتمبر 2024", "1 أكتوبر 2024", "-1,234,567", "المجلد 12، العدد 9"},
		{"ar-u-nu-latn", "ar-u-nu-latn", "rtl", "5 سبتمبر 2024", "1 أكتوبر 2024", "-1,234,567", "المجلد 12، العدد 9"},
		{"fr-CA", "fr-CA", "ltr", "5 septembre 2024", "1er octobre 2024", "-1\u202f234\u202f567", "Vol. 12, nº 9"},
		{"sw", "en", "ltr", "5 September 2024", "1 October 2024", "-1,234,567", "Vol. 12, No. 9"},
		{"", "en", "ltr", "5 September 2024", "1 October 2024", "-1,234,567", "Vol. 12, No. 9"},
		{"no language", "en", "ltr", "5 September 2024", "1 October 2024", "-1,234,567", "Vol. 12, No. 9"},
	} {
		w := m.In(c.tag)
		got := []string{w.Language, w.Direction, w.Date(fifth), w.Date(first), w.Number(-1234567), w.Issue("12", "9")}
		for i, want := range []string{c.language, c.direction, c.date, c.first, c.number, c.issue} {
			if got[i] != want {
				t.Errorf("%s: %q, want %q", c.tag, got[i], want)
			}
		}
	}
	if got := m.In("sw", "fr").Language; got != "fr" {
		t.Errorf("of Swahili and French it speaks %s", got)
	}
	if m.Speaks("sw") || !m.Speaks("ar-SY") {
		t.Error("it speaks other languages")
	}
}

func TestPluralForms(t *testing.T) {
	for tag, want := range map[string]map[int]string{
		"en": {0: "0 articles", 1: "1 article", 2: "2 articles", 1234: "1,234 articles"},
		"fr": {0: "0 article", 1: "1 article", 2: "2 articles", 1_000_000: "1\u202f000\u202f000 d’articles"},
		"ar": {0: "لا مقالات", 1: "مقال واحد", 2: "مقالان", 3: "٣ مقالات", 10: "١٠ مقالات", 11: "١١ مقالًا", 99: "٩٩ مقالًا", 100: "١٠٠ مقال", 102: "١٠٢ مقال", 103: "١٠٣ مقالات", 111: "١١١ مقالًا"},
	} {
		for n, text := range want {
			if got := builtInWords(t).In(tag).T("authors.articles", "count", n); got != text {
				t.Errorf("%s, %d: %s, want %s", tag, n, got, text)
			}
		}
	}
}

// A name of the other direction is kept apart, and nothing in it turns the rest.
func TestValuesAreKeptApart(t *testing.T) {
	m := builtInWords(t)
	for _, c := range []struct{ tag, publication, want string }{
		{"en", "The Lamp", "Everybody who writes for The Lamp."},
		{"en", "المصباح", "Everybody who writes for \u2068المصباح\u2069."},
		{"ar", "The Lamp", "كل من يكتب في \u2068The Lamp\u2069."},
		{"ar", "المصباح ٢", "كل من يكتب في المصباح ٢."},
		{"en", "a\u202egro\u2069", "Everybody who writes for agro."},
		{"en", "by \u2068سلمى\u2069 or B", "Everybody who writes for by \u2068سلمى\u2069 or B."},
		{"en", "\u2067eve", "Everybody who writes for \u2067eve\u2069."},
		{"ar", "\u2069\u202dx", "كل من يكتب في \u2068x\u2069."},
		{"en", "{publication}", "Everybody who writes for {publication}."},
	} {
		if got := m.In(c.tag).T("authors.about", "publication", c.publication); got != c.want {
			t.Errorf("%s: %q, want %q", c.tag, got, c.want)
		}
	}
	if got := m.In("ar").List([]string{"أمل", "Joren", "ليلى"}, "and"); got != "أمل، \u2068Joren\u2069 وليلى" {
		t.Errorf("%q", got)
	}
}

func TestMessagesInTemplates(t *testing.T) {
	own := over("mail/confirm.html", `{{define "request"}}<p title="{{t "look.hello" "name" .}}">{{t "look.hello" "name" .}} {{t "look.page" "page" "/a?b=1&c"}} {{t "look.page" "page" "javascript:alert(1)"}}</p>{{end}}`,
		"messages/en.yaml", "look.hello: \"<b> & {name}\"\nlook.page: \"See {page}the <page>{/page}.\"")
	m, err := own.Messages()
	if err != nil {
		t.Fatal(err)
	}
	set, err := own.HTML(dialect(m), "request", "mail/confirm.html")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := set.Execute(&out, "<i>"); err != nil {
		t.Fatal(err)
	}
	want := `<p title="&lt;b&gt; &amp; &lt;i&gt;">&lt;b&gt; &amp; &lt;i&gt; See <a href="/a?b=1&amp;c">the &lt;page&gt;</a>. See <a href="#">the &lt;page&gt;</a>.</p>`
	if out.String() != want {
		t.Errorf("got %s\nwant %s", out.String(), want)
	}
	if got := m.In("en").T("look.page", "page", "/a"); got != "See the <page>." {
		t.Errorf("as text: %s", got)
	}
}
