package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

const least = `
publication:
  title: Harbour & Horizon
  url: http://localhost:8080
articles:
  - folder: articles
`

// write puts a configuration into a file of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// load loads a text that must have no mistakes.
func load(t *testing.T, text string, env ...string) *Config {
	t.Helper()
	c, err := Load(write(t, text), env)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mistakes loads a text that must have some.
func mistakes(t *testing.T, text string, env []string, checks ...Check) Mistakes {
	t.Helper()
	c, err := Load(write(t, text), env, checks...)
	if err == nil {
		t.Fatalf("no mistakes in:\n%s", text)
	}
	if c != nil {
		t.Error("a configuration with mistakes was returned")
	}
	var ms Mistakes
	if !errors.As(err, &ms) {
		t.Fatalf("the error is no Mistakes: %v", err)
	}
	if code := magazine.CodeOf(err); code != magazine.Invalid {
		t.Errorf("the error's code is %q, want invalid", code)
	}
	for _, m := range ms {
		if m.Text == "" || m.Mend == "" {
			t.Errorf("a mistake without text or mend: %+v", m)
		}
		if !strings.Contains(err.Error(), m.String()) {
			t.Errorf("the error does not show %q", m)
		}
	}
	return ms
}

func TestDefaults(t *testing.T) {
	c := load(t, least)
	dir := filepath.Dir(c.File)
	want := Config{
		File: c.File,
		Publication: Publication{
			Title: "Harbour & Horizon", URL: "http://localhost:8080", Language: "en", Timezone: time.UTC,
			Hijri: "none", Citation: "{section}, {publication} Vol. {volume}, No. {number}",
		},
		Articles: []Source{{Folder: filepath.Join(dir, "articles")}},
		Database: "sqlite:" + filepath.Join(dir, "data/postrider.db"),
		Server:   Server{Listen: "127.0.0.1:8080"},
		Feeds:    Feeds{Entries: 50, Content: Contents{"full", "full", "full", "full"}},
		Mail:     Mail{Returns: Returns{SoftRun: 5, SoftFor: 7 * 24 * time.Hour, Protocol: "smtp", Mailbox: Mailbox{TLS: "implicit", Folder: "INBOX", Processed: "Processed"}}},
		places:   c.places,
	}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got  %+v\nwant %+v", *c, want)
	}
}

func TestDefaultsOfLists(t *testing.T) {
	c := load(t, strings.Replace(least, "publication:", "publication:\n  timezone: Asia/Tehran", 1)+`
mail:
  from: letters@harbour.example
  relays:
    - {name: main, address: "smtp.harbour.example:587"}
newsletters:
  - name: new-books
schedules:
  - {newsletter: new-books, cron: "0 7 * * FRI"}
`)
	if want := (Relay{Name: "main", Address: "smtp.harbour.example:587", TLS: "starttls", Connections: 10, Messages: 100}); c.Mail.Relays[0] != want {
		t.Errorf("relay %+v, want %+v", c.Mail.Relays[0], want)
	}
	if want := (Newsletter{Name: "new-books", Title: "New books", Kind: "digest", MembersOnly: "teaser", OnJoin: "nothing", MaxAge: 31 * 24 * time.Hour, Minimum: 1, Approval: Approval{Before: 24 * time.Hour}}); !reflect.DeepEqual(c.Newsletters[0], want) {
		t.Errorf("newsletter %+v, want %+v", c.Newsletters[0], want)
	}
	s := c.Schedules[0]
	if s.Newsletter != "new-books" || s.Name != "main" || s.Title != "Main" || s.Cron != "0 7 * * FRI" || s.Timezone.String() != "Asia/Tehran" {
		t.Errorf("schedule %+v", s)
	}
}

func TestExample(t *testing.T) {
	c, err := Load("../config.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Publication
	if p.Title != "Harbour & Horizon" || p.Hijri != HijriCivil || p.Timezone.String() != "Africa/Nairobi" || p.Privacy != "../sample/_pages/privacy.md" {
		t.Errorf("publication %+v", p)
	}
	if c.Database != "sqlite:../data/postrider.db" || c.Mail.Outbox != "../data/outbox" || c.Articles[0].Folder != "../sample" {
		t.Errorf("paths are not joined to the file's folder: %q, %q, %q", c.Database, c.Mail.Outbox, c.Articles[0].Folder)
	}
	if len(c.Mail.Relays) != 0 || c.Mail.From.Name != "Harbour & Horizon" || c.Mail.From.Address != "letters@harbour.example" {
		t.Errorf("mail %+v", c.Mail)
	}
	if n := c.Newsletters; len(n) != 1 || n[0].MaxAge != 0 || n[0].Title != "The Week by the Water" {
		t.Errorf("newsletters %+v", n)
	}
}

// The relay in the example is commented out; it must be right all the same.
func TestExampleWithRelay(t *testing.T) {
	data, err := os.ReadFile("../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(data), "  # relays:")
	block, rest, _ := strings.Cut(after, "newsletters:")
	text := before + "  relays:" + strings.ReplaceAll(block, "\n  # ", "\n  ") + "newsletters:" + rest
	if !found {
		t.Fatal("the example shows no relay")
	}
	c := load(t, text)
	want := Relay{Name: "main", Address: "smtp.harbour.example:587", TLS: "starttls", Username: "harbour", PasswordFile: "/etc/postrider/smtp-password", Connections: 10, Messages: 100}
	if len(c.Mail.Relays) != 1 || c.Mail.Relays[0] != want {
		t.Errorf("relays %+v, want %+v", c.Mail.Relays, want)
	}
}

func TestTenMistakes(t *testing.T) {
	_, err := Load("testdata/ten-mistakes.yaml", nil)
	var got Mistakes
	if !errors.As(err, &got) || magazine.CodeOf(err) != magazine.Invalid {
		t.Fatalf("Load: %v", err)
	}
	want := Mistakes{
		{3, 3, "publication.tag_line", "", "is not a known key", "did you mean tagline?"},
		{4, 8, "publication.url", "", `"harbour.example" is not an address on the web`, "write it whole, such as https://harbour.example"},
		{5, 13, "publication.timezone", "", `"Africa/Atlantis" is not a time zone`, "write a name of the IANA list, such as Africa/Nairobi or UTC"},
		{6, 11, "articles", "", "is text where a list belongs", "write each item on a line of its own that begins with a dash"},
		{8, 12, "feeds.entries", "", `"fifty" is not a whole number`, "write a number from 1 to 1000"},
		{10, 3, "feeds.content", "", "is here twice, first on line 9", "keep one of the two"},
		{12, 9, "mail.from", "", `"letters at harbour.example" is not a mail address`, "write Harbour & Horizon <letters@harbour.example>; a name with a comma goes in double quotes"},
		{14, 7, "mail.relays[0].password_file", "", "is needed with username", "write the file that holds the password, or remove username"},
		{16, 12, "mail.relays[0].tls", "", `"ssl" is not a choice here`, "write starttls, implicit or none"},
		{22, 11, "schedules[0].cron", "", "a value that begins with * is an alias in YAML, and aliases are refused", "put it in quotes if it is text, such as a cron expression"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if text := err.Error(); !strings.HasPrefix(text, "testdata/ten-mistakes.yaml: 10 mistakes in the configuration\n  line 3, column 3: publication.tag_line: is not a known key; did you mean tagline?\n") {
		t.Errorf("the error reads %s", text)
	}
}

func TestMissingFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	_, err := Load(file, nil)
	if magazine.CodeOf(err) != magazine.NotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the error is %v", err)
	}
	for _, part := range []string{file, "--config", "publication:", "folder: articles"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	// What the error tells people to write must work.
	if _, err := Load(write(t, smallest), nil); err != nil {
		t.Errorf("the smallest configuration: %v", err)
	}
}

func TestUnreadableFile(t *testing.T) {
	_, err := Load(t.TempDir(), nil)
	if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "--config") {
		t.Errorf("a folder as configuration: %v", err)
	}
}

// A check names paths; Load places them, and drops what is known already.
func TestChecks(t *testing.T) {
	text := least + `
mail: {from: a@b.example, outbox: out}
newsletters:
  - name: weekly
schedules:
  - newsletter: weekly
    cron: every day
  - newsletter: weekly
    name: second
`
	var saw []string
	cron := func(c *Config) (found []Mistake) {
		for i, s := range c.Schedules {
			saw = append(saw, s.Cron)
			if s.Cron == "" {
				continue
			}
			found = append(found, Mistake{Path: []string{"schedules[0].cron", "schedules[1].cron"}[i], Text: "is no recurrence", Mend: "write five fields"})
		}
		return append(found, Mistake{Path: "database", Text: "is full", Mend: "empty it"}, Mistake{Path: "feeds.content", Text: "is dull", Mend: "liven it up"})
	}
	ms := mistakes(t, text, []string{"POSTRIDER_DATABASE=postgres://h/d"}, cron)
	want := Mistakes{
		{Line: 1, Column: 1, Path: "feeds.content", Text: "is dull", Mend: "liven it up"},
		{Line: 13, Column: 11, Path: "schedules[0].cron", Text: "is no recurrence", Mend: "write five fields"},
		{Line: 14, Column: 5, Path: "schedules[1].every", Text: "is needed, or cron", Mend: "write, for example, every: friday at 07:00"},
		{Variable: "POSTRIDER_DATABASE", Path: "database", Text: "is full", Mend: "empty it"},
	}
	if !slices.Equal(ms, want) {
		t.Errorf("got\n%v\nwant\n%v", ms, want)
	}
	if !slices.Equal(saw, []string{"every day", ""}) {
		t.Errorf("the check saw %q", saw)
	}
}

func TestPosition(t *testing.T) {
	c := load(t, least)
	for _, test := range []struct {
		path         string
		line, column int
	}{
		{"publication.title", 3, 10},
		{"publication", 2, 1},
		{"publication.tagline", 2, 1},
		{"articles[0].folder", 6, 13},
		{"articles[0]", 6, 5},
		{"articles[7].folder", 5, 1},
		{"schedules[0].cron", 1, 1},
		{"", 1, 1},
		{`"odd`, 1, 1},
	} {
		if line, column := c.Position(test.path); line != test.line || column != test.column {
			t.Errorf("Position(%q) is %d:%d, want %d:%d", test.path, line, column, test.line, test.column)
		}
	}
}

// A newsletter with a wrong name hides nothing that is wrong with the schedules.
func TestMistakesBesideAWrongName(t *testing.T) {
	ms := mistakes(t, least+"mail: {from: a@b.example, outbox: o}\nnewsletters: [{name: \"Weekly!\"}]\nschedules: [{newsletter: nope, cron: \"0 7 * * FRI\"}]\n", nil)
	if len(ms) != 2 || ms[0].Path != "newsletters[0].name" || ms[1].Path != "schedules[0].newsletter" {
		t.Errorf("got %+v", ms)
	}
}

// Who would have to sign in by a passkey at an address where browsers make none could
// never come in.
func TestADeskThatLetsNobodyIn(t *testing.T) {
	for url, want := range map[string]bool{"http://localhost:8080": true, "https://harbour.example": true, "http://harbour.example": false, "https://192.0.2.7": false, "http://127.0.0.1:8080": false, "https://[2001:db8::1]/mag": false} {
		text := strings.Replace(least, "http://localhost:8080", "'"+url+"'", 1)
		if _, err := Load(write(t, text), nil); err != nil {
			t.Errorf("%s without it: %v", url, err)
		}
		_, err := Load(write(t, text+"desk: {passkey_required: true}\n"), nil)
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "desk.passkey_required: lets nobody in") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
