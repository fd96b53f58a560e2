package digests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/templates"
)

// Templates that cannot be meant are refused at the start, with their file.
func TestTemplatesWithoutBounds(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says string }{
		"a brace that is left open":   {"mail/digest.css", `{{define "style"}}.x { color: red{{end}}`, "braces"},
		"no end":                      {"mail/digest.txt", "{{range 90000}}" + strings.Repeat("much text ", 9) + "{{end}}[[unsubscribe]]", "prints more than 2 MB"},
		"no end, and nothing printed": {"mail/digest.txt", `{{range 3000000000}}{{end}}[[unsubscribe]]`, "takes more than 100000 steps"},
		"loops in loops":              {"mail/digest.html", `{{range $i := 3000000}}{{range 3000000}}{{if eq . $i}}{{else}}{{with 1}}{{range .}}{{continue}}{{end}}{{end}}{{end}}{{end}}{{end}}[[unsubscribe]]`, "steps"},
		"blocks in blocks":            {"mail/digest.txt", `{{define "a"}}{{if lt (len .) 99}}{{template "a" print . "x"}}{{template "a" print . "y"}}{{end}}{{end}}{{template "a" ""}}[[unsubscribe]]`, "steps"},
		"a block that calls itself":   {"mail/digest.txt", `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}[[unsubscribe]]`, "a block that calls itself"},
		"a text that doubles":         {"mail/digest.txt", `{{$x := "xx"}}{{range 99}}{{$x = print $x $x}}{{end}}[[unsubscribe]]`, "digest.txt:1: error calling print: it makes a text of more than 1 MB"},
		"a text that is escaped":      {"mail/digest.txt", `{{$x := "\\\\"}}{{range 24}}{{$x = js $x}}{{end}}[[unsubscribe]]`, "digest.txt:1: error calling js: it makes a text of more than 1 MB"},
		"a rule that grows":           {"mail/digest.txt", `{{$x := "--"}}{{range 7}}{{$x = underline $x "aaaaaaaaaa"}}{{end}}[[unsubscribe]]`, "digest.txt:1: error calling underline: it makes a text of more than 1 MB"},
		"a style without end":         {"mail/digest.css", `{{define "style"}}{{range 3000000000}}{{end}}{{end}}`, "steps"},
		"too large":                   {"mail/digest.txt", strings.Repeat("x", 600<<10), "more than 512 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, c.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			o := options()
			o.Templates = templates.Over(os.DirFS(dir), "look")
			if _, err := New(o); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "look/mail/") {
				t.Errorf("%v", err)
			}
		})
	}
}

// The lines after a label that is wider than any are indented by no more than that.
func TestLabelWiderThanLines(t *testing.T) {
	if got := fillAfter(strings.Repeat("x", 100_000), strings.Repeat(strings.Repeat("y", 60)+" ", 500)); len(got) > 200_000 {
		t.Errorf("%d bytes", len(got))
	}
}
