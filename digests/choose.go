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

// Select returns the places in candidates of what is new to the subscription
// and matches what it follows now, each once, in rising order. leaveOut leaves
// members-only articles out for those who are no members. It is empty where the
// edition has nothing for this person.
func Select(candidates []magazine.Article, sub *magazine.Subscription, leaveOut bool) []int {
	leaveOut = leaveOut && sub.Subscriber.Tier != magazine.Member
	var chosen []int
	for i := range candidates {
		if leaveOut && candidates[i].Access == magazine.Members {
			continue
		}
		if sub.Wants(&candidates[i]) {
			chosen = append(chosen, i)
		}
	}
	return chosen
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
