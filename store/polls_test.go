package store_test

import (
	"fmt"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/store"
)

// Of each program the last poll of a feed is kept for a week; who makes up names pushes
// nobody out.
func testPolls(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put := func(polls ...store.Poll) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error { return tx.PutPolls(ctx, polls) })
	}
	list := func(part string, limit int) (got string) {
		t.Helper()
		all, err := s.Polls(ctx, part, limit)
		if err != nil {
			t.Error(err)
		}
		for _, p := range all {
			got += fmt.Sprintf("%s %s %d %s; ", p.Feed, p.Program, p.Readers, p.At.Sub(posttest.Start))
		}
		return got
	}
	put(store.Poll{Feed: "/rss.xml", Program: "A", Readers: 2, At: posttest.Start.Add(time.Hour)}, store.Poll{Feed: "/atom.xml", Program: "A", At: posttest.Start})
	put(store.Poll{Feed: "/rss.xml", Program: "A", Readers: 9, At: posttest.Start}, store.Poll{Feed: "/rss.xml", Program: "B", Readers: 5, At: posttest.Start}) // the first comes late
	if got := list("", 10); got != "/atom.xml A 0 0s; /rss.xml B 5 0s; /rss.xml A 2 1h0m0s; " {
		t.Error(got)
	}
	if got := list("rss", 1); got != "/rss.xml B 5 0s; " {
		t.Error(got)
	}
	if got := list("%", 1); got != "" {
		t.Error(got)
	}
	var many []store.Poll
	for i := range 300 {
		many = append(many, store.Poll{Feed: "/rss.xml", Program: fmt.Sprint("made up ", i), At: posttest.Start})
	}
	put(many...)
	put(store.Poll{Feed: "/rss.xml", Program: "A", Readers: 3, At: posttest.Start.Add(2 * time.Hour)})
	if all, err := s.Polls(ctx, "/rss.xml", 1000); err != nil || len(all) != 100 || all[0].Program != "B" || all[1].Readers != 3 {
		t.Errorf("%d, %v: %+v", len(all), err, all[:2])
	}
	clock.Add(7*24*time.Hour + time.Minute)
	put()
	if got := list("", 10); got != "/rss.xml A 3 2h0m0s; " {
		t.Error(got)
	}
}
