package daemon_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// The groups that are found before an edition's messages are made are those of
// its readers, taken one by one, who can be mailed and have not paused.
func TestGroupsAreThoseOfItsReaders(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for seed := range uint64(4) {
			h := build(t, engine)
			h.Publication.Tiers = magazine.Tiers{"supporter", "patron"}
			r := rand.New(rand.NewPCG(seed, 1))
			var names []string
			for i := range 40 {
				names = append(names, fmt.Sprint("reader", i))
			}
			h.join(names[:30]...)
			if seed > 1 { // few follow everything
				for _, name := range names[:29] {
					h.write(func(tx *store.Tx) error {
						return tx.SetFollows(h.ctx, "weekly", h.ids[name], []magazine.Follow{{Kind: magazine.FollowTag, Slug: fmt.Sprint("tag ", r.IntN(4))}})
					})
				}
			}
			access := [][]string{{""}, {"access: members\n", "access: patron\n"}}[seed%2]
			for i := range 6 {
				if i == 3 { // who joins now has nothing of what was before
					h.join(names[30:]...)
				}
				write(t, filepath.Join(filepath.Dir(h.file), "pieces", fmt.Sprintf("piece%d.md", i)), fmt.Sprintf("---\ntitle: Piece %d\nauthors: [Author %d]\nsection: Section %d\ntags: [Tag %d]\ndate: 2024-09-05\n%s---\n\nWords.\n",
					i, i%3, i%2, i%4, append(access, "")[r.IntN(len(access)+1)]))
				_, err := h.Read(h.ctx, false, nil)
				h.must(err)
				for range 4 {
					scatter(h, r, h.ids[names[r.IntN(30)]])
				}
			}
			id, err := h.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			h.must(h.FixContent(h.ctx, id))
			got, err := h.Groups(h.ctx, id)
			h.must(err)
			slices.Sort(got)
			if want := oneByOne(h, id); !slices.Equal(got, want) || len(want) < 3 {
				t.Errorf("seed %d: %d groups, want %d\n%s\n%s", seed, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}

// scatter makes one person unlike the others.
func scatter(h *house, r *rand.Rand, id string) {
	h.t.Helper()
	h.write(func(tx *store.Tx) (err error) {
		switch r.IntN(10) {
		case 8, 9: // one that nobody speaks, one as the publication's, one spoken as another
			err = tx.SetLanguage(h.ctx, id, []string{"ar", "fr", "xx", "en-GB", "fr-CA"}[r.IntN(5)])
		case 0:
			tier := []magazine.Tier{magazine.Member, "supporter", "patron"}[r.IntN(3)]
			_, err = tx.SetTier(h.ctx, id, tier, []time.Time{{}, tx.Now.Add(-time.Hour), tx.Now.Add(time.Hour)}[r.IntN(3)])
		case 1:
			_, err = tx.Pause(h.ctx, "weekly", id, magazine.Indefinitely, r.IntN(2) == 0)
		case 2:
			p, err := tx.Subscriber(h.ctx, id)
			if err != nil {
				return err
			}
			return tx.Suppress(h.ctx, p.Email, "by the test")
		case 3:
			err = tx.SetSubscriberState(h.ctx, id, magazine.Bounced)
		case 4:
			number, err := tx.ArticleNumber(h.ctx)
			if err != nil {
				return err
			}
			return tx.Serve(h.ctx, "weekly", id, number)
		case 5:
			_, err = tx.SetFrequency(h.ctx, "weekly", id, "of old")
		default:
			var follows []magazine.Follow
			for range 1 + r.IntN(3) {
				follows = append(follows, []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: "author-1"}, {Kind: magazine.FollowSection, Slug: "section-0"}, {Kind: magazine.FollowTag, Slug: "tag 2"}}[r.IntN(3)])
			}
			err = tx.SetFollows(h.ctx, "weekly", id, follows)
		}
		return err
	})
}

// oneByOne lists the keys of the groups of an edition's readers.
func oneByOne(h *house, edition string) (keys []string) {
	h.t.Helper()
	readers, err := h.Store.InTurn(h.ctx, edition, store.Audience{Newsletter: "weekly"}, "", "~", 1000)
	h.must(err)
	for i := range readers {
		why, err := h.Store.Suppressed(h.ctx, readers[i].Subscriber.Email)
		h.must(err)
		if why != "" || readers[i].Subscriber.State != magazine.Confirmed || !readers[i].PausedUntil.IsZero() {
			continue
		}
		key, err := h.GroupOf(h.ctx, edition, &readers[i].Subscription)
		h.must(err)
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
