package articles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"postrider/store"
)

// A claim is all by which a file says which article it is.
type claim struct {
	id   string    // as the file gives it, may be empty
	guid string    // as the file gives it, may be empty
	body string    // hash of its text; empty where there is none
	slug string    // that it wants
	date time.Time // zero where the file has none
	long bool      // the text is more than a line that any article may have
	mute bool      // it says nothing new: its bytes are as before, or it is held
}

func claimOf(d *Document) claim {
	return claim{id: d.GivenID, guid: d.GUID, body: d.textHash(), slug: d.Slug, date: d.Published, long: d.Words >= 10}
}

// agrees tells that nothing keeps the file from being the article.
func (c claim) agrees(row *store.ArticleRow) bool {
	return c.id == "" || row.GivenID == "" || c.id == row.GivenID
}

// mayBe tells that a file which does not have the article may be it by its text,
// or one which has it by its name: an article with an id comes back with it.
func (c claim) mayBe(row *store.ArticleRow) bool { return row.GivenID == "" || c.id == row.GivenID }

// keeps tells that a file which had the article still has it.
func (c claim) keeps(row *store.ArticleRow) bool {
	switch {
	case c.id != "" && c.id == row.GivenID, c.guid != "" && c.guid == row.GUID:
		return true
	}
	return c.agrees(row) && (c.body != "" && c.body == row.BodyHash || c.slug == row.WantedSlug && (c.date.IsZero() || c.date.Equal(row.Published)))
}

// names tells that a file which did not have the article has its name and date.
func (c claim) names(row *store.ArticleRow) bool {
	return !c.mute && c.mayBe(row) && c.slug == row.WantedSlug && c.date.Equal(row.Published)
}

// asks tells that a file which did not have the article says that it is.
func (c claim) asks(row *store.ArticleRow) bool {
	switch {
	case c.mute:
		return false
	case c.id != "" && c.id == row.GivenID, c.guid != "" && c.guid == row.GUID:
		return true
	}
	return c.mayBe(row) && c.body != "" && c.body == row.BodyHash && (c.long || c.slug == row.WantedSlug || c.date.Equal(row.Published))
}

// textHash is the same for an article whose file was renamed or whose slug was
// changed; it is empty where there is no text.
func (d *Document) textHash() string {
	if d.body == nil || d.body.root == nil {
		return ""
	}
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	text := (*scratch)[:0]
	for n := range d.body.root.Descendants() {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			text = append(text, n.Data...)
		}
	}
	if len(text) == 0 {
		return ""
	}
	*scratch = text
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// scratches are where texts are put together to be hashed, one after another.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// foresee learns what the files say that later transactions of this pass will
// read, so that the earlier ones give none of their articles away. It is only
// needed where files that are known are read in several transactions.
func (p *pass) foresee(ctx context.Context, files []File) {
	if len(p.known) == 0 || slices.ContainsFunc(slices.Collect(chunks(files)), func(some []File) bool { return len(some) == len(files) }) {
		return
	}
	all := make([]claim, len(files))
	parallel(ctx, len(files), func(i int) {
		one := p.parse(files[i])
		all[i] = one.claim
		all[i].mute = one.doc == nil || one.hash == p.known[files[i].Name].hash
	})
	for i, f := range files {
		p.claims[f.Name] = all[i]
	}
}
