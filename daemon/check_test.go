package daemon_test

import (
	"path/filepath"
	"strings"
	"testing"

	"postrider/config"
	"postrider/daemon"
	"postrider/magazine"
)

// Sources are told apart by their folders' names, so that a publication can be
// moved; two of one name would take each other's articles for gone.
func TestSourcesOfOneNameAreAMistake(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, "publication:\n  title: Harbour\n  url: https://harbour.example\narticles:\n  - folder: old/pieces\n  - folder: new/pieces\n")
	_, err := config.Load(file, nil, daemon.CheckConfig)
	if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "articles[1].folder") || !strings.Contains(err.Error(), "line 6, ") {
		t.Errorf("%v", err)
	}
}
