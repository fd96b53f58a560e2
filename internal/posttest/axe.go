package posttest

import (
	"os"
	"path/filepath"
	"testing"
)

// Axe is the script of axe-core, which looks in a page for what keeps people out
// who see, hear or move otherwise: evaluated there, it gives axe.run.
func Axe(t testing.TB) string {
	t.Helper()
	const file = "axe.min.js"
	top := unpackedBelow(t, "axe-core", file)
	if top == "" {
		Missing(t, "axe-core", "run make test, which fetches it from npm")
	}
	script, err := os.ReadFile(filepath.Join(top, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}
