package feeds

import (
	"fmt"
	"strings"
	"testing"

	"postrider/magazine"
)

// BenchmarkBuild makes a feed of 50 full articles of 18 kB each.
func BenchmarkBuild(b *testing.B) {
	build := builder()
	var articles []magazine.Article
	for i := range 50 {
		a := tideClocks()
		a.ID, a.GUID, a.Seq = fmt.Sprintf("id%d", i), fmt.Sprintf("tag:harbour.example,2024:%d", i), int64(50-i)
		a.HTML += strings.Repeat(`<p>The sea comes &amp; goes by <a href="/articles/a-ledger/">the ledger</a>, “as it is written”.</p>`, 180)
		articles = append(articles, a)
	}
	ch := build.Site()
	for _, f := range Formats {
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				doc, err := build.Build(f, &ch, articles, version)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(doc)))
			}
		})
	}
}
