package articles

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"

	"postrider/internal/posttest"
)

// BenchmarkParse reads an ordinary article of 900 words. Its yardstick is
// goldmark on the same body: the metric says how many times that it takes.
func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile("testdata/tide-tables.md")
	if err != nil {
		b.Fatal(err)
	}
	front, body, _ := bytes.Cut(text, []byte("\n---\n"))
	for len(body) < 6000 {
		body = append(body, "\nThe staff is read at the slack, and the reading is written in the ledger by [the pilot](https://pilots.example/) on watch; *nobody* argues with it.\n"...)
	}
	text = append(append(front, "\n---\n"...), body...)
	r := newReader()
	b.SetBytes(int64(len(text)))
	var ours, yard time.Duration
	for b.Loop() {
		start := time.Now()
		d, _ := r.Parse("2024/06/tide-tables.md", text)
		d.Rewrite(nowhere)
		middle := time.Now()
		var out bytes.Buffer
		if err := goldmark.Convert(body, &out); err != nil {
			b.Fatal(err)
		}
		ours += middle.Sub(start)
		yard += time.Since(middle)
	}
	b.ReportMetric(float64(ours)/float64(yard), "x-goldmark")
}

// BenchmarkRead brings 600 new articles from a folder into an empty store on
// SQLite. Its yardstick is reading and parsing the same files one after the
// other: the metric says how many times that it takes.
func BenchmarkRead(b *testing.B) {
	const n = 600
	dir := b.TempDir()
	body := strings.Repeat("The staff is read at the slack, and the reading is written in the ledger by [the pilot](https://pilots.example/) on watch; *nobody* argues with it.\n\n", 40)
	old := time.Now().Add(-time.Hour)
	for i := range n {
		text := page("Piece "+itoa(1000+i), time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), itoa(i)+" "+body,
			"authors: [Author "+itoa(i%40)+", Author "+itoa(i%7)+"]", "section: Section "+itoa(i%5), "issue: v1-n"+itoa(1+i/40), "related: [piece-"+itoa(1000+i/2)+"]")
		name := filepath.Join(dir, "piece-"+itoa(1000+i)+".md")
		if err := errors.Join(os.WriteFile(name, []byte(text), 0o644), os.Chtimes(name, old, old)); err != nil {
			b.Fatal(err)
		}
	}
	r := newReader()
	var ours, yard time.Duration
	for b.Loop() {
		s := posttest.Open(b, posttest.URL(b, "sqlite"), time.Now)
		start := time.Now()
		done, err := NewSource("sample", dir, r, s, slog.New(slog.DiscardHandler)).Read(b.Context(), PassOptions{})
		if err != nil || done.New != n {
			b.Fatal(done, err)
		}
		middle := time.Now()
		root, err := os.OpenRoot(dir)
		if err != nil {
			b.Fatal(err)
		}
		for f := range Walk(root) {
			text, err := ReadFile(root, f.Name)
			if err != nil {
				b.Fatal(err)
			}
			d, _ := r.Parse(f.Name, text)
			d.Rewrite(nowhere)
		}
		root.Close()
		ours += middle.Sub(start)
		yard += time.Since(middle)
	}
	b.ReportMetric(float64(ours)/float64(yard), "x-parsing")
}
