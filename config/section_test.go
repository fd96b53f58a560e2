package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// examples are the texts of the configurations in the repository.
func examples(t testing.TB) (all [][]byte) {
	for _, file := range []string{"../config.yaml", "testdata/ten-mistakes.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

func TestEnvironment(t *testing.T) {
	text := least + "database: sqlite:a.db\nserver:\n  listen: 0.0.0.0:80\n"
	c := load(t, text,
		"HOME=/root", "POSTRIDER_SERVER_LISTEN=127.0.0.1:0", "POSTRIDER_DATABASE=", "POSTRIDER_FEEDS_ENTRIES= 7 ",
		"POSTRIDER_PUBLICATION_URL=https://one.example/", "POSTRIDER_PUBLICATION_URL=https://two.example/",
		"POSTRIDER_MAIL_OUTBOX=out", "POSTRIDER_PUBLICATION_TITLE=1984", "POSTRIDER_PUBLICATION_CITATION=")
	dir := filepath.Dir(c.File)
	for _, pair := range [][2]string{
		{c.Server.Listen, "127.0.0.1:0"},
		{c.Database, "sqlite:" + filepath.Join(dir, "data/postrider.db")}, // the default, for the variable is empty
		{c.Publication.URL, "https://two.example"},
		{c.Mail.Outbox, filepath.Join(dir, "out")},
		{c.Publication.Title, "1984"},
		{c.Publication.Citation, DefaultCitation},
	} {
		if pair[0] != pair[1] {
			t.Errorf("got %q, want %q", pair[0], pair[1])
		}
	}
	if c.Feeds.Entries != 7 {
		t.Errorf("entries %d", c.Feeds.Entries)
	}
}

func TestEnvironmentMistakes(t *testing.T) {
	ms := mistakes(t, least+"database: mysql:x\n", []string{
		"POSTRIDER_DATABASE=postgres://user:hunter2@/",
		"POSTRIDER_SERVER_LISTN=x",
		"POSTRIDER_WHATEVER=x",
		"POSTRIDER_PUBLICATION_TITLE= ",
		"POSTRIDER_PUBLICATION_TAGLINE=two\nlines",
		"POSTRIDER_PUBLICATION_COPYRIGHT=\xff",
		"POSTRIDER_FEEDS_ENTRIES=1001",
	})
	want := []string{
		"POSTRIDER_DATABASE: has no host; write postgres://user@host:5432/name",
		"POSTRIDER_FEEDS_ENTRIES: 1001 is out of range; write a number from 1 to 1000",
		"POSTRIDER_PUBLICATION_COPYRIGHT: has a character that cannot be printed; remove it",
		"POSTRIDER_PUBLICATION_TAGLINE: has a tab or a line break; write it on one line, with spaces",
		"POSTRIDER_PUBLICATION_TITLE: is needed; write, for example, title: Harbour & Horizon",
		"POSTRIDER_SERVER_LISTN: no key has this variable; did you mean POSTRIDER_SERVER_LISTEN?",
		"POSTRIDER_WHATEVER: no key has this variable; remove it; the names stand in docs/configuration.md",
	}
	if got := strings.Split(ms.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, m := range ms {
		if m.Line != 0 || m.Variable == "" {
			t.Errorf("not blamed on the environment: %+v", m)
		}
	}
}

// The documentation names every key and every variable, and no other.
func TestDocumentation(t *testing.T) {
	data, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(data)
	// The answer to an unknown key lists the known ones.
	for _, test := range []struct{ heading, text string }{
		{"## `publication`", "publication: {qqqqqqqqqqqqqqqqqqqq: 1}"},
		{"## `articles`", "articles: [{qqqqqqqqqqqqqqqqqqqq: 1}]"},
		{"## `server`", "server: {qqqqqqqqqqqqqqqqqqqq: 1}"},
		{"## `feeds`", "feeds: {qqqqqqqqqqqqqqqqqqqq: 1}"},
		{"## `redirects`", "redirects: [{qqqqqqqqqqqqqqqqqqqq: 1}]"},
		{"## `mail`", "mail: {qqqqqqqqqqqqqqqqqqqq: 1}"},
		{"Each of `mail.relays`", "mail: {relays: [{qqqqqqqqqqqqqqqqqqqq: 1}]}"},
		{"Each of `mail.domains`", "mail: {domains: [{qqqqqqqqqqqqqqqqqqqq: 1}]}"},
		{"Each `warm_up`", "mail: {relays: [{warm_up: {qqqqqqqqqqqqqqqqqqqq: 1}}]}"},
		{"## `mail.returns`", "mail: {returns: {qqqqqqqqqqqqqqqqqqqq: 1}}"},
		{"Keys of `mail.returns.mailbox`", "mail: {returns: {mailbox: {qqqqqqqqqqqqqqqqqqqq: 1}}}"},
		{"Each of `mail.returns.webhooks`", "mail: {returns: {webhooks: [{qqqqqqqqqqqqqqqqqqqq: 1}]}}"},
		{"## `newsletters`", "newsletters: [{qqqqqqqqqqqqqqqqqqqq: 1}]"},
		{"## `schedules`", "schedules: [{qqqqqqqqqqqqqqqqqqqq: 1}]"},
	} {
		_, ms := parse([]byte(test.text), "config.yaml", nil, nil)
		var known []string
		for _, m := range ms {
			if list, ok := strings.CutPrefix(m.Mend, "the keys here are "); ok {
				known = strings.Split(list, ", ")
			}
		}
		_, table, _ := strings.Cut(docs, test.heading)
		table, _, _ = strings.Cut(table, "\n#")
		table, _, _ = strings.Cut(table, "\nEach ")
		table, _, _ = strings.Cut(table, "\nKeys of")
		var documented []string
		for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)`").FindAllStringSubmatch(table, -1) {
			documented = append(documented, row[1])
		}
		slices.Sort(known)
		slices.Sort(documented)
		if len(known) == 0 || !slices.Equal(documented, known) {
			t.Errorf("%s: documented %v, known %v", test.heading, documented, known)
		}
	}
	d := &decoder{folder: ".", places: map[string]place{}}
	c := &Config{places: d.places}
	d.read(nil, "", c.decode, false)
	var documented []string
	for _, row := range regexp.MustCompile("`(POSTRIDER_[A-Z_]+)` \\|").FindAllStringSubmatch(docs, -1) {
		documented = append(documented, row[1])
	}
	slices.Sort(documented)
	slices.Sort(d.variables)
	if !slices.Equal(documented, d.variables) {
		t.Errorf("documented\n%v\nknown\n%v", documented, d.variables)
	}
}
