package config

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// at says where a mistake stands and a part of its text.
type at struct {
	line, column int
	path, text   string
}

// expect compares mistakes with what is wanted, in order.
func expect(t *testing.T, got Mistakes, want ...at) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d mistakes, want %d:\n%v", len(got), len(want), got)
	}
	for i, m := range got {
		w := want[i]
		if m.Line != w.line || m.Column != w.column || m.Path != w.path || !strings.Contains(m.Text, w.text) {
			t.Errorf("got  %+v\nwant %+v", m, w)
		}
	}
}

func TestStrictYAML(t *testing.T) {
	for _, test := range []struct {
		what, add string
		want      []at
	}{
		{"anchor and alias", "database: &d sqlite:x\ntemplates: *d\n", []at{{7, 11, "database", "anchor"}, {8, 12, "templates", "alias"}}},
		{"alias of nothing", "templates: *d\n", []at{{7, 12, "templates", "alias"}}},
		{"aliases in a list", "server: {trusted_proxies: [*a, *b]}\n", []at{{7, 28, "server.trusted_proxies[0]", "alias"}}},
		{"alias as key", "*a : b\n", []at{{7, 1, "", "alias"}}},
		{"merge key", "server:\n  <<: *d\n", []at{{8, 3, "server", "merge key"}, {8, 7, "", "alias"}}},
		{"merge key without alias", "server:\n  <<: {listen: x}\n", []at{{8, 3, "server", "merge key"}}},
		{"tag", "templates: !!str x\n", []at{{7, 12, "templates", "tag"}}},
		{"stars in quotes", "templates: \"*x\"\n", nil},
		{"key twice", "templates: x\ntemplates: y\n", []at{{8, 1, "templates", "twice, first on line 7"}}},
		{"key twice in a group", "feeds:\n  entries: 1\n  content: full\n  entries: 2\n", []at{{10, 3, "feeds.entries", "twice, first on line 8"}}},
		{"no value", "templates:\n", []at{{7, 1, "templates", "has no value"}}},
		{"null", "templates: ~\n", []at{{7, 1, "templates", "has no value"}}},
		{"empty value", "templates: ''\n", []at{{7, 12, "templates", "is empty"}}},
		{"empty lists and groups", "newsletters:\nschedules: []\nserver:\nfeeds: {}\n", nil},
		{"second document", "---\ndatabase: sqlite:x\n", []at{{8, 9, "", "second YAML document"}}},
		{"key that is a list", "? [a]\n: b\n", []at{{8, 1, "", "not YAML"}}},
		{"key that is a group", "? {a: b}\n: b\n", []at{{8, 1, "", "not YAML"}}},
		{"key of several lines", "? |\n  a\n: b\n", []at{{7, 3, "", "not one word"}}},
		{"explicit key", "? templates\n: x\n", nil},
		{"number as key", "1: x\n", []at{{7, 1, "1", "not a known key"}}},
		{"odd key", "\"a.b c\": x\n", []at{{7, 1, `"a.b c"`, "not a known key"}}},
		{"syntax", "server: a: b\n", []at{{7, 9, "", "not YAML: mapping value"}}},
		{"open quotes", "server: \"a\n", []at{{7, 9, "", "not YAML: could not find end"}}},
		{"tab", "server:\n\tlisten: x\n", []at{{8, 1, "", "not YAML"}}},
		{"reserved character", "templates: @x\n", []at{{7, 12, "", "reserved character"}}},
		{"deep lists", "templates: " + strings.Repeat("[", 50000) + "\n", []at{{7, 32, "", "deep"}}},
		{"deep dashes", "templates:\n" + strings.Repeat("- ", 50000) + "x\n", []at{{8, 41, "", "deep"}}},
	} {
		t.Run(test.what, func(t *testing.T) {
			if test.want == nil {
				load(t, least+test.add)
				return
			}
			expect(t, mistakes(t, least+test.add, nil), test.want...)
		})
	}
}

func TestWholeFile(t *testing.T) {
	needed := []at{{1, 1, "publication.title", "needed"}, {1, 1, "publication.url", "needed"}, {1, 1, "articles", "needed"}}
	for _, test := range []struct {
		what, text string
		want       []at
	}{
		{"empty", "", needed},
		{"comments only", "# nothing\n", needed},
		{"a list", "- a\n- b\n", []at{{1, 1, "", "holds a list"}}},
		{"text", "\nhello\n", []at{{2, 1, "", "holds text"}}},
		{"not UTF-8", "# ü\nünter: \xff\n", []at{{2, 8, "", "not UTF-8"}}},
		{"too large", strings.Repeat("#", maxSize+1), []at{{1, 1, "", "larger than 1 MiB"}}},
	} {
		t.Run(test.what, func(t *testing.T) {
			expect(t, mistakes(t, test.text, nil), test.want...)
		})
	}
}

// Windows' line ends and byte order mark change no place.
func TestWindowsFile(t *testing.T) {
	text := "# a comment\n" + least + "feeds:\n  # another\n  entries: 0\n"
	plain := mistakes(t, text, nil)
	expect(t, plain, at{10, 12, "feeds.entries", "out of range"})
	windows := mistakes(t, "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"), nil)
	if !slices.Equal(plain, windows) {
		t.Errorf("got %v, want %v", windows, plain)
	}
}

func TestUnknownKeys(t *testing.T) {
	for _, test := range []struct{ add, path, mend string }{
		{"newsletter: []\n", "newsletter", "did you mean newsletters?"},
		{"server: {lisen: x}\n", "server.lisen", "did you mean listen?"},
		{"server: {trustedProxies: []}\n", "server.trustedProxies", "did you mean trusted_proxies?"},
		{"feeds: {colour: red}\n", "feeds.colour", "the keys here are entries, content, hubs"},
		{"mail: {relays: [{name: a, address: 'a:25', pass: x}]}\n", "mail.relays[0].pass", "did you mean password_file?"},
		{"mail: {relays: [{name: a, address: 'a:25', password: x}]}\n", "mail.relays[0].password", "did you mean password_file?"},
		{"schedule: x\n", "schedule", "did you mean schedules?"},
	} {
		ms := mistakes(t, least+test.add, nil)
		if len(ms) != 1 || ms[0].Path != test.path || ms[0].Mend != test.mend {
			t.Errorf("%s: got %+v", test.add, ms)
		}
	}
}

func TestWrongKinds(t *testing.T) {
	for _, test := range []struct {
		text string
		want []at
	}{
		{"publication: 3\narticles: 4\n", []at{{1, 14, "publication", "a number or a truth value where a group"}, {2, 11, "articles", "where a list"}}},
		{"publication:\n  title: [a]\n  url: {a: b}\narticles:\n  - sample\n  -\n", []at{
			{2, 3, "publication.title", "a list where a single value"}, {3, 3, "publication.url", "a group of keys where a single value"},
			{5, 5, "articles[0]", "text where a group"}, {6, 3, "articles[1]", "nothing where a group"}}},
		{"publication:\n  title: 1984\n  url: true\narticles:\n  - folder: 1.5\n", []at{
			{2, 10, "publication.title", "1984 is not text"}, {3, 8, "publication.url", "not an address"}, {5, 13, "articles[0].folder", "1.5 is not text"}}},
		{"publication: {title: T, url: 'http://h'}\narticles: [{folder: a}]\nfeeds: {entries: 5.5}\nserver: []\n", []at{
			{3, 18, "feeds.entries", "not a whole number"}, {4, 1, "server", "a list where a group"}}},
		{"publication: {title: T, url: 'http://h'}\narticles: [{folder: a}]\nfeeds: {entries: 0x1F, content: yes}\n", []at{
			{3, 18, "feeds.entries", "not a whole number"}, {3, 33, "feeds.content", `"yes" is not a choice`}}},
	} {
		expect(t, mistakes(t, test.text, nil), test.want...)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", least, "a: &x 1\nb: *x\n", "? [a]\n: b\n", "cron: * * * * *\n", "publication: |\n  x\n", "- - - -\n", "%YAML 1.2\n---\na: b\n", "a: !!binary x\n", "<<: {a: b}\n", "newsletters: [{name: \"wee\\x10\\x00y\"}]\nschedules: [{newsletter: weekly}]\n"} {
		f.Add([]byte(seed), "POSTRIDER_DATABASE=sqlite:x")
	}
	for _, text := range examples(f) {
		f.Add(text, "POSTRIDER_SERVER_LISTEN=")
	}
	f.Fuzz(func(t *testing.T, data []byte, variable string) {
		given := bytes.Clone(data)
		c, ms := parse(data, "folder/config.yaml", []string{variable}, nil)
		if !bytes.Equal(data, given) {
			t.Fatal("the bytes were changed")
		}
		if c == nil && len(ms) == 0 {
			t.Fatal("neither a configuration nor mistakes")
		}
		lines := 1 + bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r"))
		for _, m := range ms {
			if m.Text == "" || m.Mend == "" {
				t.Errorf("a mistake without text or mend: %+v", m)
			}
			if m.Variable == "" && (m.Line < 1 || m.Column < 1 || m.Line > lines) {
				t.Errorf("a mistake outside the file of %d lines: %+v", lines, m)
			}
			if strings.ContainsAny(m.String(), "\n\x00") {
				t.Errorf("a mistake on more than one line: %q", m)
			}
		}
		if c != nil && len(ms) == 0 && (c.Publication.Title == "" || c.Publication.URL == "" || len(c.Articles) == 0 || c.Publication.Timezone == nil) {
			t.Errorf("let in without what is needed: %+v", c)
		}
	})
}
