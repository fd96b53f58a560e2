package feeds

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"postrider/magazine"
)

// indexFile lists what an export has written, for programs that publish it and
// for the next export: it knows from here what has not changed and what is gone.
const indexFile = "feeds-index.json"

// An index of an export. Until an export has come to its end, the version of
// what it has not written yet is empty.
type index struct {
	Title     string   `json:"title"`
	Home      string   `json:"home"`
	Generator string   `json:"generator,omitempty"`
	Feeds     []listed `json:"feeds"`
	Gone      []string `json:"gone,omitempty"` // files that are still to be removed
}

// listed are the files of one document of a feed, in its formats and codings.
type listed struct {
	Path    string   `json:"path"` // where they are served, below the site
	Title   string   `json:"title"`
	Version string   `json:"version"`
	Files   []string `json:"files"`
	Sizes   []int64  `json:"sizes,omitempty"` // of the files, as they were written: one that was cut short has another
}

// readIndex reads the last export's index. One that is not there or broken is
// as if nothing had been written.
func readIndex(root *os.Root) (*index, error) {
	var i index
	text, err := root.ReadFile(indexFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &i, nil
	case err != nil:
		return nil, err
	}
	if json.Unmarshal(text, &i) != nil {
		return &index{}, nil
	}
	return &i, nil
}

// refuse tells that an index is of another's feeds, which this export would
// remove, as they are none of its own.
func (i *index) refuse(dir, home string) error {
	if i.Home == "" || i.Home == home {
		return nil
	}
	return magazine.Errorf(magazine.Conflict, "the folder %s has the feeds of %s, not of %s; export into another folder, or, if that is this publication's old address, empty the folder or delete its %s first",
		dir, i.Home, home, indexFile)
}

func (i *index) write(root *os.Root) error {
	slices.SortFunc(i.Feeds, func(a, b listed) int { return strings.Compare(a.Path, b.Path) })
	text, err := json.MarshalIndent(i, "", " ")
	if err != nil {
		return err
	}
	if _, err = replace(root, indexFile, append(text, '\n'), (*os.File).Sync); err != nil {
		return fmt.Errorf("%s: %w", indexFile, err)
	}
	return nil
}

// byPath finds what is listed of a path.
func (i *index) byPath() map[string]listed {
	all := make(map[string]listed, len(i.Feeds))
	for _, l := range i.Feeds {
		all[l.Path] = l
	}
	return all
}

// files are all that the index knows of, those that are to be removed among
// them. The file comes from the folder, where anybody may have written to it:
// so nothing counts but names that an export can have given.
func (i *index) files() map[string]bool {
	all := map[string]bool{}
	for _, l := range append(slices.Clone(i.Feeds), listed{Files: i.Gone}) {
		for _, name := range l.Files {
			if isOurs(name) {
				all[name] = true
			}
		}
	}
	return all
}

// isOurs tells that a name is one that a part's file has, in some coding.
func isOurs(name string) bool {
	plain, coded := strings.CutSuffix(name, gzipCoding.suffix())
	if !coded {
		plain = strings.TrimSuffix(name, brotliCoding.suffix())
	}
	p, f, ok := locate("/" + plain) // a file's name is escaped as an address is
	return ok && path.Join(p.folder(), f.File) == plain
}
