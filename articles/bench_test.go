package articles

import (
	"bytes"
	"os"
	"testing"
	"time"
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
		if err := r.markdown.goldmark.Convert(body, &out); err != nil {
			b.Fatal(err)
		}
		ours += middle.Sub(start)
		yard += time.Since(middle)
	}
	b.ReportMetric(float64(ours)/float64(yard), "x-goldmark")
}
