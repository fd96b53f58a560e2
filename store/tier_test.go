package store_test

import (
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// A tier counts until its end, and no longer, wherever the person is read.
func testTiers(t *testing.T, s *store.Store, clock *posttest.Clock) {
	id, follower := join(t, s, "amina@example.org"), join(t, s, "follower@example.org", salma)
	end := clock.Now().Add(day)
	for _, id := range []string{id, follower} {
		write(t, s, func(tx *store.Tx) error {
			for _, want := range []bool{true, false} {
				if is, err := tx.SetTier(ctx, id, "patron", end); is != want || err != nil {
					t.Errorf("new: %v, %v", is, err)
				}
			}
			return nil
		})
	}
	reads := func(want magazine.Tier) {
		t.Helper()
		check := func(what string, got magazine.Tier, err error) {
			t.Helper()
			if got != want || err != nil {
				t.Errorf("%s: %q, %v; want %q", what, got, err, want)
			}
		}
		p, err := s.Subscriber(ctx, id)
		check("a subscriber", p.Tier, err)
		n, err := s.Subscription(ctx, "weekly", id)
		check("a subscription", n.Subscriber.Tier, err)
		write(t, s, func(tx *store.Tx) error {
			p, err := tx.Subscriber(ctx, id)
			check("in a transaction", p.Tier, err)
			return nil
		})
		check("a follower", "", s.EachFollower(ctx, weekly, 0, func(n *magazine.Subscription) error {
			check("a follower", n.Subscriber.Tier, nil)
			want = "" // the check around us
			return nil
		}))
		want = p.Tier
		for _, tier := range []magazine.Tier{magazine.Free, magazine.Member, "patron"} {
			any, err := s.FollowsEverything(ctx, weekly, tier, nil, 0, 9)
			if any != (tier == want) || err != nil {
				t.Errorf("%s follows everything: %v, %v", tier, any, err)
			}
		}
	}
	reads("patron")
	clock.Add(day - time.Microsecond)
	reads("patron")
	clock.Add(time.Microsecond)
	reads(magazine.Free)
	for _, c := range []struct {
		what string
		set  func(tx *store.Tx) (bool, error)
		is   bool
		want magazine.Tier
	}{
		{"the end alone", func(tx *store.Tx) (bool, error) { return tx.SetTierEnds(ctx, id, clock.Now().Add(day)) }, true, "patron"},
		{"no end", func(tx *store.Tx) (bool, error) { return tx.SetTierEnds(ctx, id, time.Time{}) }, true, "patron"},
		{"once more", func(tx *store.Tx) (bool, error) { return tx.SetTierEnds(ctx, id, time.Time{}) }, false, "patron"},
		{"free", func(tx *store.Tx) (bool, error) { return tx.SetTier(ctx, id, magazine.Free, time.Time{}) }, true, magazine.Free},
		{"an end of none", func(tx *store.Tx) (bool, error) { return tx.SetTierEnds(ctx, id, clock.Now().Add(day)) }, false, magazine.Free},
	} {
		write(t, s, func(tx *store.Tx) error {
			if is, err := c.set(tx); is != c.is || err != nil {
				t.Errorf("%s: %v, %v", c.what, is, err)
			}
			return nil
		})
		if p, err := s.Subscriber(ctx, id); p.Tier != c.want || err != nil {
			t.Errorf("%s: %q, %v", c.what, p.Tier, err)
		}
	}
}
