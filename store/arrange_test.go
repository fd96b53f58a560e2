package store_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// To arrange an edition writes those of its articles that come to stand otherwise, and
// no others.
func TestArrangingWritesWhatChanges(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			clock := posttest.NewClock(posttest.Start)
			arrangingWritesWhatChanges(t, posttest.Open(t, posttest.URL(t, engine), clock.Now), clock)
		})
	}
}

func arrangingWritesWhatChanges(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var written atomic.Int64
	s.Record(func(query string, _ []any) {
		if strings.HasPrefix(query, "UPDATE edition_articles") {
			written.Add(1)
		}
	})
	var all []magazine.Article
	for i := range 6 {
		a := piece(fmt.Sprintf("p%d", i), clock.Now().Add(time.Duration(i-9)*time.Hour))
		put(t, s, a)
		a.Article.Seq = int64(i + 1)
		all = append(all, a.Article)
	}
	edition(t, s, "e", 1)
	write(t, s, func(tx *store.Tx) error { return tx.FixContent(ctx, "e", 0, 6, nil, all) })
	arrange := func(ordered bool, order string) int {
		t.Helper()
		var pieces []store.Piece
		for _, name := range strings.Fields(order) {
			slug, out := strings.CutSuffix(name, "-")
			pieces = append(pieces, store.Piece{Article: magazine.Article{ID: "id-" + slug}, LeftOut: out})
		}
		before := written.Load()
		write(t, s, func(tx *store.Tx) error { return tx.ArrangeEdition(ctx, "e", ordered, pieces) })
		return int(written.Load() - before)
	}
	stands := func() string {
		t.Helper()
		var got []string
		for _, p := range must(s.EditionPieces(ctx, "e")) {
			if got = append(got, p.Slug); p.LeftOut {
				got[len(got)-1] += "-"
			}
		}
		return strings.Join(got, " ")
	}
	for _, c := range []struct {
		ordered bool
		order   string
		written int
	}{
		{false, "p0 p1 p2 p3 p4 p5", 0},
		{false, "p0 p1- p2 p3 p4 p5", 1},
		{true, "p0 p1- p2 p3 p4 p5", 6},
		{true, "p0 p1- p2 p4 p3 p5", 2},
		{true, "p0 p1 p2 p4 p3 p5-", 2},
		{true, "p0 p1 p2 p4 p3 p5-", 0},
		{false, "p0 p1 p2 p3 p4 p5", 6},
	} {
		if n := arrange(c.ordered, c.order); n != c.written {
			t.Errorf("%q, ordered %v: %d were written, want %d", c.order, c.ordered, n, c.written)
		}
		if got := stands(); got != c.order {
			t.Errorf("they stand as %q, want %q", got, c.order)
		}
	}
	// One that is withdrawn meanwhile comes last, if it is published again.
	arrange(true, "p5 p4 p3 p2 p1 p0")
	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-p4", "") })
	arrange(true, "p5 p3 p2 p1 p0")
	put(t, s, again(t, s, "id-p4"))
	publishDue(t, s)
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE articles SET state = 'published' WHERE id = 'id-p4'")
		return err
	})
	if got := stands(); got != "p5 p3 p2 p1 p0 p4" {
		t.Errorf("published again: %q", got)
	}
}
