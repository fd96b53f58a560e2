package store_test

import (
	"slices"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

const hubA, hubB = "https://a.example/", "https://b.example/"

// announce lists what a hub is to be told of, once everything that rests is announced.
func announce(t *testing.T, s *store.Store, clock *posttest.Clock, hub string) (paths []string) {
	t.Helper()
	before := clock.Now().Add(-5 * time.Second)
	write(t, s, func(tx *store.Tx) error { return tx.Announce(ctx, before, 100) })
	if must(s.HasNews(ctx, before)) {
		t.Error("there is news left")
	}
	for _, n := range must(s.HubNews(ctx, hub, 100)) {
		paths = append(paths, n.Path)
	}
	slices.Sort(paths)
	return paths
}

// told tells a hub of all on its list.
func told(t *testing.T, s *store.Store, hub string) {
	t.Helper()
	for _, n := range must(s.HubNews(ctx, hub, 100)) {
		write(t, s, func(tx *store.Tx) error { return tx.HubTold(ctx, hub, n, 0) })
	}
}

func meet(t *testing.T, s *store.Store, hubs ...string) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error { return tx.MeetHubs(ctx, hubs) })
}

// Each hub hears of each change of a scope once, when the scope has rested.
func testNewsIsAnnouncedOnce(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("before", clock.Now()))
	clock.Add(time.Minute)
	meet(t, s, hubA, hubB)
	if got := announce(t, s, clock, hubA); len(got) > 0 {
		t.Errorf("of what was there before there were hubs: %q", got)
	}
	a := piece("a", clock.Now())
	a.Issue = magazine.IssueRef{Volume: "3/4", Number: "S1"}
	put(t, s, a)
	if got := announce(t, s, clock, hubA); len(got) > 0 || must(s.HasNews(ctx, clock.Now().Add(-5*time.Second))) {
		t.Errorf("announced before it rested: %q", got)
	}
	clock.Add(5 * time.Second)
	if !must(s.HasNews(ctx, clock.Now().Add(-5*time.Second))) {
		t.Error("there is no news")
	}
	want := []string{"/", "/authors/salma-oduya/", "/issues/3%2F4/S1/", "/sections/fiction/"}
	if got := announce(t, s, clock, hubA); !slices.Equal(got, want) {
		t.Errorf("announced %q", got)
	}
	stale := must(s.HubNews(ctx, hubA, 100))
	told(t, s, hubA)
	if got := announce(t, s, clock, hubA); len(got) > 0 {
		t.Errorf("told, and yet on the list: %q", got)
	}
	if got := announce(t, s, clock, hubB); !slices.Equal(got, want) {
		t.Errorf("of the other hub's list is left %q", got)
	}
	put(t, s, piece("b", clock.Now()))
	clock.Add(time.Minute)
	meet(t, s, hubA) // it keeps what was read meanwhile
	if got := announce(t, s, clock, hubA); len(got) == 0 {
		t.Error("what was read while the daemon was down is forgotten")
	}
	write(t, s, func(tx *store.Tx) error { return tx.HubTold(ctx, hubA, stale[0], 0) })
	if got := announce(t, s, clock, hubA); !slices.Contains(got, stale[0].Path) {
		t.Error("being told of an old version took off the new one")
	}
	if got := announce(t, s, clock, hubB); len(got) > 0 {
		t.Errorf("a hub that is named no more has a list: %q", got)
	}
}

// A hub that fails is left in peace ever longer, and is told no more of what is a
// day old; what comes after that, it hears.
func testHubsThatFail(t *testing.T, s *store.Store, clock *posttest.Clock) {
	meet(t, s, hubA)
	news := func(slug string) {
		put(t, s, piece(slug, clock.Now()))
		clock.Add(time.Minute)
		announce(t, s, clock, hubA)
	}
	claim := func() (mine bool) {
		write(t, s, func(tx *store.Tx) (err error) {
			mine, err = tx.ClaimHub(ctx, hubA, time.Minute)
			return err
		})
		return mine
	}
	news("a")
	if got := must(s.HubsToTell(ctx)); !slices.Equal(got, []string{hubA}) || !claim() || claim() || len(must(s.HubsToTell(ctx))) > 0 {
		t.Errorf("to be told: %q; or it was claimed twice", got)
	}
	fail := func() (dropped int64, first bool) {
		write(t, s, func(tx *store.Tx) (err error) {
			dropped, first, err = tx.HubFailed(ctx, hubA, 30*time.Second, time.Hour, 24*time.Hour)
			return err
		})
		return dropped, first
	}
	if dropped, first := fail(); dropped > 0 || !first || claim() {
		t.Errorf("the first failure: dropped %d, first %t", dropped, first)
	}
	clock.Add(30 * time.Second)
	if !claim() {
		t.Error("it is not tried again in half a minute")
	}
	clock.Add(20 * time.Hour)
	news("b")
	if dropped, first := fail(); dropped > 0 || first || claim() {
		t.Errorf("after 20 hours: dropped %d, first %t", dropped, first)
	}
	clock.Add(time.Hour)
	if !claim() {
		t.Error("it is not tried again in an hour")
	}
	clock.Add(5 * time.Hour)
	if dropped, _ := fail(); dropped > 0 {
		t.Errorf("dropped %d pages that changed again since", dropped)
	}
	clock.Add(19 * time.Hour)
	if dropped, _ := fail(); dropped != 4 || len(must(s.HubNews(ctx, hubA, 100))) > 0 {
		t.Errorf("dropped %d pages whose news is a day old", dropped)
	}
	news("c")
	told(t, s, hubA)
	news("d")
	if _, first := fail(); !first {
		t.Error("it was well and is not counted so")
	}
}
