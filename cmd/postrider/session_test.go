package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the sessions under testdata with what is printed now")

// TestSessions runs the command lines of each file in testdata/sessions one
// after the other, in a folder of its own that begins as testdata/site, and
// compares what is printed. Lines of standard error begin with "! "; an exit
// code other than 0 stands below. Ids, times and durations are masked.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("testdata/sessions/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sessions: %v", err)
	}
	for _, file := range files {
		if file, err = filepath.Abs(file); err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			enterSite(t)
			got := replay(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("%s is not what is printed now; look at the difference, then run with -update:\n%s", file, difference(string(want), got))
			}
		})
	}
}

// enterSite makes a copy of testdata/site the working folder until the test ends.
func enterSite(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	copyTree(t, "testdata/site", dir)
	t.Chdir(dir)
	return dir
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		copyFile(t, path, filepath.Join(to, name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copyFile copies a file, which then looks as if it had been left alone long
// enough to be read.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(to, old, old); err != nil {
		t.Fatal(err)
	}
}

// replay runs a session's command lines and writes down what comes of them.
func replay(t *testing.T, session string) string {
	t.Helper()
	var b strings.Builder
	m := &mask{}
	for line := range strings.Lines(session) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !ok {
			if strings.HasPrefix(line, "#") {
				b.WriteString(line)
			}
			continue
		}
		fmt.Fprintf(&b, "$ %s\n", command)
		line, filter, _ := strings.Cut(command, " | ")
		b.WriteString(m.hide(filtered(t, filter, do(t, words(m.show(line))))))
	}
	return b.String()
}

// filtered is what "| sort" or "| first" leave of an output.
func filtered(t *testing.T, filter, text string) string {
	switch filter {
	case "":
	case "first":
		line, _, _ := strings.Cut(text, "\n")
		return line + "\n"
	case "sort": // people are listed by their ids
		lines := slices.Sorted(strings.Lines(text))
		return strings.Join(lines, "")
	default:
		t.Fatalf("a session has no filter %q", filter)
	}
	return text
}

// do runs one command line of a session.
func do(t *testing.T, args []string) string {
	t.Helper()
	switch name, args := args[0], args[1:]; name {
	case "postrider":
		out, errs, code := postrider(args...)
		var b strings.Builder
		b.WriteString(out)
		for line := range strings.Lines(errs) {
			b.WriteString("! " + line)
		}
		if code != 0 {
			fmt.Fprintf(&b, "exit %d\n", code)
		}
		return b.String()
	case "cp":
		copyFile(t, args[0], args[1])
	case "rm":
		if err := os.Remove(args[0]); err != nil {
			t.Fatal(err)
		}
	case "ls":
		return list1(args[0])
	default:
		t.Fatalf("a session has no command %q", name)
	}
	return ""
}

// postrider runs a command line in this process.
func postrider(args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, &o, &e)
	return o.String(), e.String(), code
}

func list1(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "nothing is there\n"
	case !info.IsDir():
		return filepath.Base(path) + "\n"
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(e.Name() + "\n")
	}
	return b.String()
}

var quoted = regexp.MustCompile(`"[^"]*"|\S+`)

// words splits a command line at spaces that are not between quotation marks.
func words(line string) []string {
	all := quoted.FindAllString(line, -1)
	for i, w := range all {
		all[i] = strings.Trim(w, `"`)
	}
	return all
}

// mask hides what is different at every run: ids as editionid001 and so on,
// which command lines may use.
type mask struct{ ids []string }

var (
	editionID = regexp.MustCompile(`(?:Edition |edition |"edition": ")([a-z2-7]{12})\b`)
	rowTime   = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}`)
	jsonTime  = regexp.MustCompile(`("(?:at|created)": )"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)
	seconds   = regexp.MustCompile(`("seconds": )\d+(?:\.\d+)?`)
	personID  = regexp.MustCompile(`(editionid\d{3})\.[a-z2-7]{16}@`)
	goVersion = regexp.MustCompile(`\(go[^)]*\)`)
)

func (m *mask) hide(text string) string {
	for _, found := range editionID.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(m.ids, found[1]) {
			m.ids = append(m.ids, found[1])
		}
	}
	for i, id := range m.ids {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("editionid%03d", i+1))
	}
	text = rowTime.ReplaceAllString(text, "2024-10-11 07:00:03 +0300")
	text = jsonTime.ReplaceAllString(text, `$1"2024-10-11T04:00:03Z"`)
	text = personID.ReplaceAllString(text, "$1.subscriberid@")
	text = seconds.ReplaceAllString(text, "${1}0.2")
	return goVersion.ReplaceAllString(text, "(go)")
}

func (m *mask) show(text string) string {
	for i, id := range m.ids {
		text = strings.ReplaceAll(text, fmt.Sprintf("editionid%03d", i+1), id)
	}
	return text
}

// difference is the first lines in which two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	part := func(lines []string) string { return strings.Join(lines[min(i, len(lines)):min(i+6, len(lines))], "\n") }
	return fmt.Sprintf("line %d\nwant:\n%s\ngot:\n%s", i+1, part(w), part(g))
}
