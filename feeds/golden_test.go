package feeds

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"postrider/internal/posttest/feedrules"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const revisionFile = "testdata/revision"

// golden compares a document with its file. With -update it writes the file,
// but changes one only where the revision of the format has grown, since
// readers hold entity tags of the old bytes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if bytes.Equal(want, got) {
		return
	}
	if !*update {
		t.Errorf("%s is not what is built now; if it should change, raise revision and run go test ./feeds -update\n%s", file, firstDifference(want, got))
		return
	}
	if err == nil && frozenRevision(t) >= revision {
		t.Fatalf("%s would change but the revision of the format has not: raise it", file)
	}
	if err := os.WriteFile(file, got, 0o644); err != nil {
		t.Fatal(err)
	}
}

// frozenRevision is the revision that the golden files were written with.
func frozenRevision(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile(revisionFile)
	if os.IsNotExist(err) {
		return 0
	}
	n, bad := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || bad != nil {
		t.Fatal(err, bad)
	}
	return n
}

func firstDifference(want, got []byte) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			from := max(0, i-60)
			return "want …" + string(want[from:min(len(want), i+60)]) + "…\ngot  …" + string(got[from:min(len(got), i+60)]) + "…"
		}
	}
	return "one is the beginning of the other"
}

func TestGolden(t *testing.T) {
	b := builder()
	for name, s := range sampleChannels() {
		for _, f := range Formats {
			doc, err := b.Build(f, &s.channel, s.articles, version)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range feedrules.Faults(f.Name, doc) {
				t.Errorf("%s %s: %s", name, f.Name, fault)
			}
			golden(t, name+"."+f.File, doc)
		}
	}
	b.Contents = summaries
	site := sampleChannels()["site"]
	for _, f := range Formats {
		doc, err := b.Build(f, &site.channel, site.articles, version)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range feedrules.Faults(f.Name, doc) {
			t.Errorf("summary %s: %s", f.Name, fault)
		}
		golden(t, "summary."+f.File, doc)
	}
	doc, err := b.OPML([]Channel{b.Site(), b.Author(salma), b.Section(science), b.Issue(septemberIssue())}, version)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range feedrules.Faults(opmlFormat.Name, doc) {
		t.Errorf("opml: %s", fault)
	}
	golden(t, opmlFormat.File, doc)
	if *update && !t.Failed() {
		if err := os.WriteFile(revisionFile, []byte(strconv.Itoa(revision)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := frozenRevision(t); got != revision {
		t.Errorf("the golden files are of revision %d and the code of %d; run go test ./feeds -update", got, revision)
	}
}

func TestBuildingIsDeterministic(t *testing.T) {
	b := builder()
	for name, s := range sampleChannels() {
		for _, f := range Formats {
			first, err := b.Build(f, &s.channel, s.articles, version)
			if err != nil {
				t.Fatal(err)
			}
			again := sampleChannels()[name]
			second, err := b.Build(f, &again.channel, again.articles, version)
			if err != nil || !bytes.Equal(first, second) {
				t.Errorf("%s %s differs when built twice (%v)", name, f.Name, err)
			}
		}
	}
}
