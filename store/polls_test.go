package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/store"
)

// Of each program the last poll of a feed is kept for a week.
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
	put(store.Poll{Feed: "/rss.xml", Program: "A", Readers: 3, At: posttest.Start.Add(2 * time.Hour)})
	clock.Add(7*24*time.Hour + time.Minute)
	put()
	if got := list("", 10); got != "/rss.xml A 3 2h0m0s; " {
		t.Error(got)
	}
}

// Who makes names up takes the place of other names that say nothing, and keeps out
// nobody: neither a program that comes later nor one that says for how many it reads.
func testMadeUpPolls(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put := func(polls ...store.Poll) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error { return tx.PutPolls(ctx, polls) })
	}
	names := 0
	made := func(n int, readers int64, feed string) (list []store.Poll) {
		for range n {
			names++
			list = append(list, store.Poll{Feed: feed, Program: fmt.Sprintf("%06d", names), Readers: readers, At: clock.Now()})
		}
		return list
	}
	has := func(what string, n int, programs ...string) {
		t.Helper()
		all := must(s.Polls(ctx, "/rss.xml", 100_000))
		if len(all) != n {
			t.Errorf("%s: %d are kept, want %d", what, len(all), n)
		}
		for _, program := range programs {
			if !slices.ContainsFunc(all, func(p store.Poll) bool { return p.Program == program }) {
				t.Errorf("%s: %s is not there", what, program)
			}
		}
	}
	next := func() { clock.Add(time.Minute) }
	real := func(program string, readers int64) store.Poll {
		return store.Poll{Feed: "/rss.xml", Program: program, Readers: readers, At: clock.Now()}
	}
	put(real("Feedly", 12))
	next()
	put(made(300, 0, "/rss.xml")...)
	has("names that say nothing", 100, "Feedly")
	next()
	put(real("newsboat", 0), real("Feedbin", 2))
	has("who comes later", 100, "Feedly", "newsboat", "Feedbin")
	next()
	put(append(made(2000, 0, "/rss.xml"), real("Feedbin", 2), real("newsboat", 0))...)
	has("more than are written at once", 100, "Feedly", "newsboat", "Feedbin")
	next()
	for range 5 {
		put(append(made(30, 1, "/rss.xml"), real("newsboat", 0))...)
	}
	has("names that say something", 100, "Feedly", "newsboat", "Feedbin")
	next()
	for range 20 {
		put(made(30, 1, "/rss.xml")...)
	}
	put(real("Feedly", 13), real("Feedbin", 2), real("Inoreader", 7), real("newsboat", 0))
	has("nothing else", 100, "Feedly", "Feedbin", "Inoreader", "newsboat")
	next()
	for i := range 21 {
		var list []store.Poll
		for n := range 10 {
			list = append(list, made(100, 0, fmt.Sprintf("/authors/%d-%d/atom.xml", i, n))...)
		}
		put(list...)
	}
	has("many feeds", 99, "Feedly", "Feedbin", "Inoreader")
	next()
	put(made(5000, 0, "/sections/a/rss.xml")...)
	if all := must(s.Polls(ctx, "", 100_000)); len(all) != 20_000 {
		t.Errorf("%d are kept of all feeds", len(all))
	}
	put(store.Poll{Feed: "/sections/b/rss.xml", Program: "newsboat", At: clock.Now()})
	if all := must(s.Polls(ctx, "/sections/b", 10)); len(all) != 1 {
		t.Error("who comes to another feed is kept out")
	}
}
