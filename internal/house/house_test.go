package house

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "postrider"

// room is what the packages of one folder, and below it, may import of ours.
// Imports point down: a room that is not in the list is a mistake or a
// decision, and a decision is written here.
type room struct {
	may []string
	why string
}

var (
	ground = []string{"magazine", "hijri", "templates", "store"}
	trades = []string{"articles", "feeds", "schedules", "digests", "mailer", "members"}

	rooms = map[string]room{
		"magazine":  {nil, "the nouns are what all others speak of; they know nobody"},
		"hijri":     {[]string{"magazine"}, "the calendar may meet the nouns, and nothing else"},
		"templates": {nil, "the templates are files; who fills them imports them"},
		"config":    {[]string{"magazine"}, "the configuration is read before anything else exists; of the nouns it takes the error alone"},
		"store":     {[]string{"magazine", "hijri"}, "the store keeps nouns; rules live above it, with the trades"},

		"articles":  {ground, "a trade knows no other trade; the daemon joins them"},
		"feeds":     {ground, "feeds know nothing of mail, nor of how articles are read"},
		"schedules": {ground, "a trade knows no other trade; the daemon joins them"},
		"digests":   {append([]string{"schedules"}, ground...), "a digest is made for an occurrence; of the other trades it takes functions"},
		"mailer":    {ground, "the mailer knows messages, not articles"},
		"members":   {ground, "members hand a confirmation's mail over as a job"},

		"web":    {slices.Concat(ground, trades), "the pages show what the trades do; what they need of the configuration is handed to them"},
		"daemon": {slices.Concat(ground, trades, []string{"config", "web"}), "the daemon puts all of it together"},
		"cmd":    {slices.Concat(ground, trades, []string{"config", "daemon"}), "a command opens a daemon and calls it and the trades; pages are the daemon's"},

		"internal/posttest":   {[]string{"store"}, "helpers of tests; a trade's own tests could not use them if they imported a trade"},
		"internal/drawsample": {nil, "a program that draws pictures, and needs nothing else"},
		"internal/house":      {nil, "these tests look from outside"},
	}
)

// imports from elsewhere that only some may use. A path means what is below it, too.
var reserved = []struct {
	paths []string
	only  []string
	why   string
}{
	{[]string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/pressly/goose", "github.com/riverqueue/river/riverdriver", "github.com/riverqueue/river/rivermigrate"},
		[]string{"store", "internal/posttest"}, "only the store knows the engines"},
	{[]string{"database/sql"},
		[]string{"store", "daemon", "internal/posttest"}, "only the store knows SQL; the daemon names the type of a transaction in its queue's type"},
	{[]string{"github.com/wneessen/go-mail", "github.com/emersion/go-smtp", "net/smtp"},
		[]string{"mailer", "internal/posttest"}, "only the mailer speaks to relays"},
	{[]string{"github.com/spf13/cobra"},
		[]string{"cmd"}, "the command line is a way in, and nothing depends on a way in"},
	{[]string{"github.com/goccy/go-yaml"},
		[]string{"config", "articles", "templates"}, "YAML comes from people: the configuration, front matter and messages"},
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		name := p.folder()
		own := roomOf(name)
		if own == "" {
			t.Errorf("%s: is in no room; say in this test what it may import, and why", name)
			continue
		}
		for _, path := range p.Imports {
			if what := ours(path); what != "" && !rooms[own].lets(own, what) {
				t.Errorf("%s imports %s: %s", name, what, rooms[own].why)
			}
		}
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			if what := ours(path); what != "" && roomOf(what) != "internal/posttest" && !rooms[own].lets(own, what) {
				t.Errorf("a test of %s imports %s: %s", name, what, rooms[own].why)
			}
		}
	}
}

func TestReservedLibraries(t *testing.T) {
	for _, p := range packages(t) {
		own := roomOf(p.folder())
		for _, r := range reserved {
			if slices.Contains(r.only, own) {
				continue
			}
			for _, path := range p.Imports {
				if slices.ContainsFunc(r.paths, func(top string) bool { return below(path, top) }) {
					t.Errorf("%s imports %s: %s", p.folder(), path, r.why)
				}
			}
		}
	}
}

// The nouns are rules alone: no library decides them, and nothing outside the
// process changes them.
func TestNounsAreRulesAlone(t *testing.T) {
	outside := []string{"os", "io/fs", "net", "database", "log", "syscall", "time/tzdata", "embed"}
	pure := []string{"net/mail", "net/url", "net/netip"} // they parse text
	tables := "golang.org/x/net/idna"                    // which spellings of a domain are one: else they were several people's, each with a suppression of their own
	for _, p := range packages(t) {
		if p.folder() != "magazine" {
			continue
		}
		for _, path := range p.Imports {
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") && path != tables {
				t.Errorf("magazine imports %s: it has the standard library only", path)
			}
			if !slices.Contains(pure, path) && slices.ContainsFunc(outside, func(top string) bool { return below(path, top) }) {
				t.Errorf("magazine imports %s: it does no I/O", path)
			}
		}
		return
	}
	t.Error("there is no package magazine")
}

func TestPackagesAreNamedForTheDomain(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "model", "models", "type", "types", "core"}
	for _, p := range packages(t) {
		for _, word := range append(strings.Split(p.folder(), "/"), strings.TrimSuffix(p.Name, "_test")) {
			if slices.Contains(empty, word) {
				t.Errorf("%s: %q says nothing of the domain; name the package after what it does", p.folder(), word)
			}
		}
	}
}

// TestRules breaks the rules on purpose, to see that each would be noticed.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		may      bool
	}{
		{"magazine", "hijri", false},
		{"hijri", "magazine", true},
		{"config", "store", false},
		{"store", "articles", false},
		{"articles", "articles/media", true},
		{"articles/media", "store", true},
		{"articles/media", "feeds", false},
		{"feeds", "mailer", false},
		{"mailer", "articles", false},
		{"mailer", "internal/posttest", false},
		{"digests", "schedules", true},
		{"schedules", "digests", false},
		{"members", "config", false},
		{"web", "feeds", true},
		{"web/admin", "web", true},
		{"web/admin", "config", false},
		{"web", "daemon", false},
		{"daemon", "web/api", true},
		{"daemon", "cmd/postrider", false},
		{"cmd/postrider", "daemon", true},
		{"cmd/postrider", "web", false},
		{"internal/posttest", "internal/posttest/smtp", true},
		{"internal/posttest", "members", false},
	} {
		own := roomOf(c.from)
		if may := rooms[own].lets(own, c.to); may != c.may {
			t.Errorf("%s may import %s: %v, want %v", c.from, c.to, may, c.may)
		}
	}
	for _, name := range []string{"misc", "articlesque", "internal", "internal/new"} {
		if own := roomOf(name); own != "" {
			t.Errorf("%s is in the room %s, want none", name, own)
		}
	}
}

// lets tells whether a package in this room, called own, may import another of ours.
func (r room) lets(own, what string) bool {
	return slices.ContainsFunc(append([]string{own}, r.may...), func(top string) bool { return below(what, top) })
}

// roomOf is the room that a package is in, or "".
func roomOf(name string) string {
	for own := range rooms {
		if below(name, own) {
			return own
		}
	}
	return ""
}

// below tells whether path is top or under it.
func below(path, top string) bool {
	return path == top || strings.HasPrefix(path, top+"/")
}

// ours is an import path's folder in this project, or "".
func ours(path string) string {
	name, _ := strings.CutPrefix(path, module+"/")
	if name == path {
		return ""
	}
	return name
}

func (p pkg) folder() string { return ours(p.ImportPath) }

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root(t)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.Bytes())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list finds %d packages; it looked in the wrong place", len(all))
	}
	return all
}

// root is the project's folder, where go.mod is.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "go.mod"))
	}
	if err != nil {
		t.Fatal(fmt.Errorf("the project's folder: %w", err))
	}
	return dir
}
