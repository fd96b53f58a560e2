package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Numbers become visible in their order: whoever reads a cut-off, and later
// another, finds between them all that appeared between them. A number that
// came to light behind a cut-off would be lost to everybody.
func testNumbersBecomeVisibleInTheirOrder(t *testing.T, s *store.Store, clock *posttest.Clock) {
	const writers, each = 5, 8
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				slug := fmt.Sprintf("w%d-%d", w, i)
				if err := s.Write(ctx, func(tx *store.Tx) error {
					if err := tx.PutArticle(ctx, piece(slug, clock.Now())); err != nil {
						return err
					}
					if i%4 == 3 {
						if err := tx.Withdraw(ctx, fmt.Sprintf("id-w%d-%d", w, i-1), ""); err != nil {
							return err
						}
					}
					_, err := tx.PublishDue(ctx)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var ended atomic.Bool
	go func() { writing.Wait(); ended.Store(true) }()
	seen := map[int64]string{}
	for last := int64(0); ; {
		over := ended.Load() // before the look, so that the last look sees all
		if err := s.Write(ctx, func(tx *store.Tx) error {
			cutoff, err := tx.ArticleNumber(ctx)
			if err != nil {
				return err
			}
			fresh, err := tx.ArticlesAfter(ctx, last, cutoff, time.Time{})
			for _, a := range fresh {
				seen[a.Seq] = a.Slug
			}
			if err != nil {
				return err
			}
			behind, err := tx.ArticlesAfter(ctx, 0, last, time.Time{})
			for _, a := range behind {
				if seen[a.Seq] != a.Slug {
					t.Errorf("%s came to light with number %d behind the cut-off %d", a.Slug, a.Seq, last)
				}
			}
			last = cutoff
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if over {
			if last != writers*each {
				t.Errorf("the last number is %d, want %d", last, writers*each)
			}
			return
		}
	}
}

// Of workers that end the last ranges at once, one ends the edition.
func testTheLastOfSeveralEndsTheEdition(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i := range 4 {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	edition(t, s, "e", 1)
	ranges := plan(t, s, "e", 1)
	var closed sync.WaitGroup // each has closed its range and committed nothing
	if onPostgres(t) {
		closed.Add(len(ranges)) // SQLite's one writer lets nobody come between
	}
	var finished atomic.Int32
	var all sync.WaitGroup
	for _, r := range ranges {
		mine := claim(t, s, "e", r.Last, "owner")
		all.Go(func() {
			met := false
			if err := s.Write(ctx, func(tx *store.Tx) error {
				if err := tx.CloseRange(ctx, mine, weekly, 1); err != nil {
					return err
				}
				if !met && onPostgres(t) {
					met = true
					closed.Done()
					closed.Wait()
				}
				done, err := tx.FinishEdition(ctx, "e")
				if done {
					finished.Add(1)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if e, err := s.EditionHead(ctx, "e"); err != nil || e.State != magazine.EditionSent || finished.Load() != 1 {
		t.Fatalf("finished by %d: %+v, %v", finished.Load(), e, err)
	}
}

// While a new edition ends what waits of an old one, nobody takes that up.
func testSupersedingAndRetryingExclude(t *testing.T, s *store.Store, clock *posttest.Clock) {
	edition(t, s, "old", 1)
	for round := range 30 {
		id := fmt.Sprintf("p%d", round)
		deliver(t, s, magazine.Delivery{Edition: "old", Subscriber: id, State: magazine.Deferred, Next: clock.Now()})
		var busy, claimed bool
		steps := []func(tx *store.Tx) error{
			func(tx *store.Tx) (err error) { busy, err = tx.Supersede(ctx, "weekly", id, "new"); return err },
			func(tx *store.Tx) error {
				got, err := tx.ClaimDeliveries(ctx, "me", 1, time.Hour)
				claimed = len(got) == 1
				return err
			},
		}
		together(t, s, steps[round%2], steps[1-round%2])
		holds, err := s.HoldsDelivery(ctx, magazine.Delivery{Edition: "old", Subscriber: id}, "me")
		if err != nil || busy != claimed || holds != claimed {
			t.Fatalf("round %d: claimed %v, and the new edition was told to wait: %v; held: %v, %v", round, claimed, busy, holds, err)
		}
	}
}

// together starts transactions at once.
func together(t *testing.T, s *store.Store, steps ...func(tx *store.Tx) error) {
	t.Helper()
	start := make(chan struct{})
	var all sync.WaitGroup
	for _, step := range steps {
		all.Go(func() {
			<-start
			if err := s.Write(ctx, step); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
}

// Whoever signs up many times at once finds one after the other done.
func testPuttingASubscriberLocksThem(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for round := range 6 {
		email := fmt.Sprintf("p%d@example.org", round)
		id := join(t, s, email)
		var kept atomic.Int32
		sign := func(tx *store.Tx) error {
			if _, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: email}); err != nil {
				return err
			}
			open, err := tx.OpenSignUps(ctx, id, time.Time{})
			if err != nil || len(open) >= 3 {
				return err
			}
			kept.Add(1)
			return tx.PutSignUp(ctx, store.SignUp{ID: magazine.NewID(), Subscriber: id})
		}
		together(t, s, sign, sign, sign, sign, sign, sign, sign, sign)
		if kept.Load() != 3 {
			t.Errorf("%d were kept, want 3", kept.Load())
		}
	}
}

// One who leaves two newsletters at once has left everything.
func testLeavingAllAtOnce(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for round := range 10 {
		id := join(t, s, fmt.Sprintf("p%d@example.org", round))
		write(t, s, func(tx *store.Tx) error { _, err := tx.Subscribe(ctx, "monthly", id, false); return err })
		leave := func(newsletter string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, newsletter, id); return err }
		}
		together(t, s, leave("weekly"), leave("monthly"))
		if p, err := s.Subscriber(ctx, id); err != nil || p.State != magazine.Unsubscribed {
			t.Fatalf("round %d: %+v, %v", round, p, err)
		}
	}
}
