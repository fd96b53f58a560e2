package digests

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"postrider/magazine"
)

// Candidates returns the articles that an edition may carry: published, not
// expired at cutoffAt, numbered from 1 up to cutoff, and first published no
// longer than maxAge before cutoffAt (0: no limit). They are copies, in the
// order of their numbers, whatever order they came in.
func Candidates(articles []magazine.Article, cutoff int64, cutoffAt time.Time, maxAge time.Duration) []magazine.Article {
	var kept []magazine.Article
	for _, a := range articles {
		visible := a.State == magazine.Published && a.Seq > 0 && a.Seq <= cutoff
		expired := !a.Expires.IsZero() && !a.Expires.After(cutoffAt)
		old := maxAge > 0 && a.Published.Before(cutoffAt.Add(-maxAge))
		if visible && !expired && !old {
			kept = append(kept, a)
		}
	}
	slices.SortFunc(kept, func(a, b magazine.Article) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	return kept
}

// A Chooser finds what of an edition's candidates goes to whom. Once it is made,
// that takes as long as the person follows things, however many candidates there
// are. Several may use it at once.
type Chooser struct {
	candidates []magazine.Article
	mayRead    func(magazine.Tier, magazine.Access) bool
	places     map[magazine.Follow][]int // in candidates, of what can be followed
}

// NewChooser makes a Chooser. mayRead leaves out what people of a tier may not
// read in full; nil: nothing.
func NewChooser(candidates []magazine.Article, mayRead func(magazine.Tier, magazine.Access) bool) *Chooser {
	c := &Chooser{candidates, mayRead, map[magazine.Follow][]int{}}
	for i := range candidates {
		for _, f := range candidates[i].Follows() {
			c.places[f] = append(c.places[f], i)
		}
	}
	return c
}

// Select returns the places in the candidates of what is new to the subscription
// and matches what it follows now, each once, in rising order. It is empty where
// the edition has nothing for this person.
func (c *Chooser) Select(sub *magazine.Subscription) []int {
	var chosen []int
	add := func(place int, served int64) {
		a := &c.candidates[place]
		if a.Seq > served && (c.mayRead == nil || c.mayRead(sub.Subscriber.Tier, a.Access)) {
			chosen = append(chosen, place)
		}
	}
	if len(sub.Follows) == 0 {
		for i := range c.candidates {
			add(i, sub.Served)
		}
		return chosen
	}
	for _, f := range sub.Follows {
		for _, i := range c.places[magazine.Follow{Kind: f.Kind, Slug: f.Slug}] {
			add(i, f.Served)
		}
	}
	slices.Sort(chosen)
	return slices.Compact(chosen)
}

// Key names the rendered mail that people of a tier share who get the articles
// with these ids, in any order, in this language: 32 hexadecimal digits.
func Key(ids []string, language string, tier magazine.Tier) string {
	h := sha256.New()
	// Each part goes in with its length, so that no two lists run together alike.
	add := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	add(language)
	add(string(tier))
	for _, id := range slices.Sorted(slices.Values(ids)) {
		add(id)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
