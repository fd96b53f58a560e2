package templates

import (
	htmltemplate "html/template"
	"strings"
	"testing"
)

func TestAPublicationsMessages(t *testing.T) {
	own := over("messages/fr.yaml", `authors.title: "Plumes"`, "messages/en.yaml", `authors.title: "Pens"`, "messages/ar-SY.yaml", "month.9: \"أيلول\"\nauthors.articles:\n  other: \"{count}\"",
		"messages/sw.yaml", "\ufeff# Kiswahili\r\nmonth.1: Januari\r\nauthors.none: |\r\n  Hakuna\r\n  kitu.\r\n", "messages/notes.md", "")
	m, err := own.Messages()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ tag, id, want string }{
		{"en", "authors.title", "Pens"}, {"en", "month.1", "January"}, {"fr", "authors.title", "Plumes"}, {"fr-BE", "month.1", "janvier"},
		{"ar", "month.9", "سبتمبر"}, {"ar-SY", "month.9", "أيلول"}, {"ar-SY", "authors.title", "الكتّاب"},
		{"sw-KE", "month.1", "Januari"}, {"sw", "authors.none", "Hakuna kitu."}, {"sw", "authors.title", "Pens"},
	} {
		if got := m.In(c.tag).T(c.id); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.tag, c.id, got, c.want)
		}
	}
	if got := m.In("ar-SY").T("authors.articles", "count", 3); got != "٣" {
		t.Errorf("a form that is lacking: %q", got)
	}
	if again, _ := own.Messages(); again != m {
		t.Error("they are read twice")
	}
	var got []string
	for _, s := range own.Strays() {
		if !s.Warning {
			t.Errorf("no warning: %v", s)
		}
		got = append(got, s.Error())
	}
	want := []string{`look/messages/ar-SY.yaml:2: the message "authors.articles" lacks forms: few, many, one, two, zero; write them`, "look/messages/sw.yaml: "}
	if len(got) != len(want) {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got %s\nwant %s", got[i], want[i])
		}
	}
}

// What is wrong with a message file is told with file, line and mend.
func TestMistakesInMessages(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"en.yaml", "a.b: \"x", "look/messages/en.yaml:1: this is not YAML: "},
		{"en.yaml", "\n\nauthors.title: {count} articles", "look/messages/en.yaml:3: { means something else in YAML where it stands outside of quotes; put the words between quotes"},
		{"en.yaml", "authors.title: a: b", "look/messages/en.yaml:1: this is not YAML: "},
		{"en.yaml", "a: " + strings.Repeat("[", 400_000), "look/messages/en.yaml:1: [ means "},
		{"en.yaml", "a: &x 1\nb: *x", "look/messages/en.yaml:1: & means "},
		{"en.yaml", "- a", "look/messages/en.yaml:1: - means "},
		{"en.yaml", "just words", "look/messages/en.yaml:1: there is no message here; write each as in"},
		{"en.yaml", "\xff", "look/messages/en.yaml: the file is not UTF-8"},
		{"en.yaml", "Authors.Title: x", `look/messages/en.yaml:1: "Authors.Title" is no name of a message; `},
		{"en.yaml", "month.1: a\nmonth.1: b", `look/messages/en.yaml:2: the message "month.1" is here twice, first on line 1; `},
		{"en.yaml", "month.1:", `look/messages/en.yaml:1: the message "month.1" has no words; `},
		{"en.yaml", "authors.about: \"{publicaton}\"", `look/messages/en.yaml:1: the message "authors.about" has nothing for {publicaton}; here there is {publication}`},
		{"en.yaml", "authors.about: \"{publication}x{/publication}\"", `look/messages/en.yaml:1: the message "authors.about" has nothing for {publication}; `},
		{"en.yaml", "authors.title: \"{name}\"", `look/messages/en.yaml:1: the message "authors.title" has nothing for {name}; here nothing is filled in`},
		{"en.yaml", "\nauthors.title: \"{{range .}}x{{end}}\"", `look/messages/en.yaml:2: the message "authors.title": a brace here belongs to no {name}; `},
		{"en.yaml", "authors.title: \"{/name}\"", `look/messages/en.yaml:1: the message "authors.title": {/name} ends what did not begin; `},
		{"en.yaml", "authors.articles:\n  one: a\n  lots: b", `look/messages/en.yaml:3: "lots" is no plural form of "authors.articles", or is here twice; the forms are zero, `},
		{"en.yaml", "authors.articles:\n  one: a", `look/messages/en.yaml:1: the message "authors.articles" has no form other; `},
		{"en.yaml", "authors.title:\n  one: a\n  other: b", `look/messages/en.yaml:1: the message "authors.title" counts nothing, and so has no plural forms; write one text`},
		{"klingonese.yaml", "", `look/messages/klingonese.yaml: "klingonese" is no language tag; `},
		{"pt_br.yaml", "", "look/messages/pt_br.yaml: the language pt_br is written pt-BR; rename the file to pt-BR.yaml"},
		{"tlh.yaml", "", "look/messages/tlh.yaml: no plural rules are known for the language tlh; "},
	} {
		own := over("messages/"+c.file, c.text)
		m, err := own.Messages()
		all, rest := Collect(err)
		if m != nil && err != nil || rest != nil || len(all) != 1 || !strings.HasPrefix(all[0].Error(), c.want) || all[0].Mend == "" {
			t.Errorf("%.40q: got %v, want %s", c.text, err, c.want)
		}
	}
}

// So it is with a template that asks for what no message has.
func TestMistakesInTheUseOfMessages(t *testing.T) {
	m := builtInWords(t)
	for text, want := range map[string]string{
		"{{define \"request\"}}\n{{t \"authors.titel\"}}{{end}}":                                      "look/mail/confirm.txt:2: there is no message \"authors.titel\"; those of authors are authors.about, ",
		"{{define \"request\"}}{{if false}}{{$.Words.T \"authors.about\" \"count\" 1}}{{end}}{{end}}": "look/mail/confirm.txt:1: the message \"authors.about\" is not given \"publication\"; write {{t \"authors.about\" \"publication\" …}}",
	} {
		_, err := over("mail/confirm.txt", text).Text(dialect(m), "mail/confirm.txt", "mail/confirm.txt")
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	stray := over("messages/en.yaml", "look.hello: \"Hello\"\nlook.bye: \"Bye\"", "mail/confirm.txt", `{{define "request"}}{{t "look.hello"}}{{end}}`).Strays()
	if len(stray) != 1 || !strings.HasPrefix(stray[0].Error(), `look/messages/en.yaml:2: nothing uses the message "look.bye"; `) {
		t.Errorf("got %v", stray)
	}
}

// Whatever stands in a message file, it is used or told of with its name.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{"authors.title: \"x\"", "authors.articles:\n  one: a\n  other: \"{count}\"", "a.b: |\n  x\n  y", "page.feeds: \"{all}x{/all} {rss}\"", "a: {", "a: [", "? a", "a: &b", "- a", "a: \"{{x}}\"", "\ufeffa: 'x'\r\n", "a: \"\\u00a0{name", "month.1: 1.5", "month.1: true\nmonth.2: ~", "# only words", "a:\n b:\n  c: d", "---\na: b\n...", "%YAML 1.2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		own := over("messages/en.yaml", text)
		m, err := own.Messages()
		all, rest := Collect(err)
		if rest != nil || (m == nil) != (len(all) > 0) {
			t.Fatalf("%q: %v, %v", text, rest, all)
		}
		for _, wrong := range append(all, own.Strays()...) {
			if wrong.File != "look/messages/en.yaml" || wrong.Text == "" || wrong.Mend == "" || wrong.Line < 0 || wrong.Line > 1+strings.Count(text, "\n")+strings.Count(text, "\r") {
				t.Errorf("%q: %+v", text, wrong)
			}
		}
		if m == nil {
			return
		}
		for id := range m.In("en").messages {
			got, err := m.In("en").HTML(id, "count", 3, "name", "<b>", "all", "/x")
			if made, ok := got.(htmltemplate.HTML); err != nil || ok && strings.Contains(string(made), "<b>") {
				t.Errorf("%q: %s is %v, %v", text, id, got, err)
			}
		}
	})
}
