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
		"a brace that is left open": {"mail/digest.css", `{{define "style"}}.x { color: red{{end}}`, "braces"},
		"no end":                    {"mail/digest.txt", `{{range 3000000}}much text {{end}}[[unsubscribe]]`, "prints more than 2 MB"},
		"too large":                 {"mail/digest.txt", strings.Repeat("x", 600<<10), "more than 512 kB"},
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
			if _, err := New(o); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.file) {
				t.Errorf("%v", err)
			}
		})
	}
}
