package articles

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
)

func TestKindOf(t *testing.T) {
	for name, want := range map[string]FileKind{
		"a.md": ArticleFile, "2024/05/a.MARKDOWN": ArticleFile, "a.html": ArticleFile, "a.htm": ArticleFile, "a.txt": ArticleFile,
		"authors/a.yaml": AuthorFile, "issues/a.yml": IssueFile, "sections/a.yaml": SectionFile, "authors/a.md": ArticleFile,
		"2024/authors/a.yaml": Other, "a.yaml": Other, "authors/x/a.yaml": Other,
		"README.md": Other, "readme.md": Other, "README-first.txt": Other, "a/LICENSE": Other, "LICENSE.txt": Other, "readme-of-the-sea.md": ArticleFile,
		".a.md.swp": Other, ".hidden.md": Other, "_draft.md": Other, "_drafts/a.md": Other, ".git/a.md": Other, "a/.b/c.md": Other,
		"a.jpg": Other, "a": Other, "a.md~": Other, "a.md.bak": Other,
	} {
		if got := KindOf(name, 0); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, mode := range []fs.FileMode{fs.ModeDir, fs.ModeSymlink, fs.ModeNamedPipe, fs.ModeSocket, fs.ModeDevice} {
		if got := KindOf("a.md", mode); got != Other {
			t.Errorf("%v is read as %s", mode, got)
		}
	}
}

// oddFolder makes a folder with one of everything.
func oddFolder(t *testing.T) (string, *os.Root) {
	t.Helper()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.md", "b/c.md", "b.md", "b/README.md", "_x/d.md", ".y/e.md", "authors/ada.yaml", "issues/v1-n1.yaml", "f.jpg"} {
		must(os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		must(os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	must(os.Mkdir(filepath.Join(dir, "folder.md"), 0o755))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe.md"), 0o644))
	must(os.Symlink("self.md", filepath.Join(dir, "self.md")))
	must(os.Symlink("nowhere.md", filepath.Join(dir, "dangling.md")))
	must(os.Symlink("/etc/hostname", filepath.Join(dir, "outside.md")))
	must(os.Symlink("a.md", filepath.Join(dir, "inside.md")))
	must(os.Symlink("..", filepath.Join(dir, "b/loop")))
	root, err := os.OpenRoot(dir)
	must(err)
	t.Cleanup(func() { root.Close() })
	return dir, root
}

func TestWalk(t *testing.T) {
	_, root := oddFolder(t)
	var got []string
	for f, err := range Walk(root) {
		if err != nil {
			t.Error(err)
		}
		if f.Size != int64(len(f.Name)) || f.Modified.IsZero() {
			t.Errorf("%+v", f)
		}
		got = append(got, f.Name+" "+string(f.Kind))
	}
	want := []string{"a.md article", "authors/ada.yaml author", "b.md article", "b/c.md article", "issues/v1-n1.yaml issue"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for range Walk(root) {
		break // stops
	}
}

func TestWalkShutFolder(t *testing.T) {
	dir, root := oddFolder(t)
	if err := os.Chmod(filepath.Join(dir, "b"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "b"), 0o755) })
	posttest.AsNobody(t)
	shut, read := 0, 0
	for f, err := range Walk(root) {
		switch {
		case err == nil:
			read++
		case f.Name == "b" && magazine.CodeOf(err) == magazine.Unavailable:
			shut++
		default:
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if shut != 1 || read != 4 {
		t.Errorf("%d folders shut, %d files read", shut, read)
	}
}

func TestReadFile(t *testing.T) {
	dir, root := oddFolder(t)
	in := nearby{root: root}
	defer in.close()
	for _, read := range []func(string) ([]byte, error){in.readFile, func(name string) ([]byte, error) { return ReadFile(root, name) }} {
		readsOdd(t, read)
	}
	if err := os.WriteFile(filepath.Join(dir, "empty.md"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(root, "empty.md"); err != nil || len(b) != 0 {
		t.Errorf("%q %v", b, err)
	}
	if err := os.Truncate(filepath.Join(dir, "a.md"), MaxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(root, "a.md"); magazine.CodeOf(err) != magazine.Invalid {
		t.Errorf("too large: %v", err)
	}
	if os.Geteuid() == 0 {
		return // reads a file of mode 0
	}
	if err := os.Chmod(filepath.Join(dir, "b.md"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(root, "b.md"); magazine.CodeOf(err) != magazine.Unavailable {
		t.Errorf("mode 0: %v", err)
	}
}

func readsOdd(t *testing.T, read func(name string) ([]byte, error)) {
	t.Helper()
	for _, name := range []string{"b/c.md", "a.md", "b/c.md"} {
		if b, err := read(name); err != nil || string(b) != name {
			t.Errorf("%q %v", b, err)
		}
	}
	for name, code := range map[string]magazine.Code{
		"gone.md": magazine.NotFound, "pipe.md": magazine.Invalid, "folder.md": magazine.Invalid, "self.md": magazine.Invalid,
		"outside.md": magazine.Invalid, "inside.md": magazine.Invalid, "dangling.md": magazine.Invalid, "../x.md": magazine.Unavailable, "none/c.md": magazine.NotFound, "b/d.md": magazine.NotFound,
	} {
		if b, err := read(name); err == nil || magazine.CodeOf(err) != code || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %q, %v; want %s", name, b, err, code)
		}
	}
}
