package house

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// machine matches a folder that exists on a developer's machine only, written
// so that this file does not match.
var machine = regexp.MustCompile(`(?m)(^|[^\w.~/-])/(wor` + `k|roo` + `t)/`)

func TestNoFileNamesAMachinesFolders(t *testing.T) {
	top := root(t)
	made := []string{".git", "bin", "data"} // not the project's files
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(top, path)
		if slices.Contains(made, name) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil // .git is a file in a second work tree
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another test's, gone since
		}
		if err != nil {
			return err
		}
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return nil // a picture or a program
		}
		if at := machine.FindIndex(text); at != nil {
			t.Errorf("%s:%d names a folder of one machine: %q", name, 1+bytes.Count(text[:at[0]+1], []byte("\n")), text[at[0]:at[1]])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMachinePattern(t *testing.T) {
	for text, want := range map[string]bool{
		"/wor" + "k/main":                    true,
		"see \"/roo" + "t/x\"":               true,
		"a\n/wor" + "k/b":                    true,
		"https://example.org/wor" + "k/a":    false,
		"../wor" + "k/a":                     false,
		"net" + "wor" + "k/a /var/wor" + "k": false,
	} {
		if got := machine.MatchString(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
