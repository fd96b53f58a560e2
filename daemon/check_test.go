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
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, "publication:\n  title: Harbour\n  url: https://harbour.example\narticles:\n  - folder: old/pieces\n  - folder: new/pieces\n")
	_, err := config.Load(file, nil, daemon.CheckConfig)
	if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "articles[1].folder") || !strings.Contains(err.Error(), "line 6, ") {
		t.Errorf("%v", err)
	}
}

// A file is read by one source only.
func TestSourcesInOneAnotherAreAMistake(t *testing.T) {
	t.Parallel()
	for folders, at := range map[string]string{"pieces, pieces/new": "articles[1].folder", "pieces/new, other, pieces": "articles[2].folder", "a, ./b/../a/c": "articles[1].folder"} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		write(t, file, "publication:\n  title: Harbour\n  url: https://harbour.example\narticles:\n  - folder: "+strings.ReplaceAll(folders, ", ", "\n  - folder: ")+"\n")
		if _, err := config.Load(file, nil, daemon.CheckConfig); magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), at) || !strings.Contains(err.Error(), "read twice") {
			t.Errorf("%s: %v", folders, err)
		}
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, "publication:\n  title: Harbour\n  url: https://harbour.example\narticles:\n  - folder: pieces\n  - folder: pieces-new\n")
	if _, err := config.Load(file, nil, daemon.CheckConfig); err != nil {
		t.Error(err)
	}
}
