package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// cameBack keeps a Return of an edition from a person, and tells whether it is new.
func cameBack(t testing.TB, s *store.Store, r store.Return) (isNew bool) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		isNew, err = tx.AddReturn(ctx, r)
		return err
	})
	return isNew
}

func testReturns(t *testing.T, s *store.Store, clock *posttest.Clock) {
	amina := join(t, s, "Amina@example.org")
	one := store.Return{Key: "k1", Via: "smtp", Kind: "bounce", Class: "hard", Email: "Amina@example.org", Status: "5.1.1", Code: 550, Diagnostic: "550 no", Edition: "e1", Newsletter: "weekly", Subscriber: amina, Effect: store.ReturnSuppressed, Detail: "gone"}
	if !cameBack(t, s, one) {
		t.Error("the first is not new")
	}
	again := one
	again.Kind = "complaint"
	if cameBack(t, s, again) {
		t.Error("the same once more is new")
	}
	clock.Add(100 * day)
	cameBack(t, s, store.Return{Key: "k2", Via: "ses", Kind: "auto-reply", Class: "none", Edition: "e2", Subscriber: "gone", Effect: store.ReturnNoted})
	clock.Add(time.Second)
	cameBack(t, s, store.Return{Key: "k3", Via: "ses", Kind: "bounce", Class: "sender", Edition: "e2", Subscriber: "gone", Effect: store.ReturnNoted})
	list := func(of store.ReturnFilter) string {
		t.Helper()
		var keys []string
		if err := s.EachReturn(ctx, of, func(r store.Return) error {
			if r.Key == "k1" {
				want := one
				want.ID, want.At = r.ID, posttest.Start
				if r != want || r.ID == "" {
					t.Errorf("got  %+v\nwant %+v", r, want)
				}
			}
			keys = append(keys, r.Key)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(keys, " ")
	}
	for _, c := range []struct {
		of   store.ReturnFilter
		want string
	}{
		{store.ReturnFilter{}, "k1 k2 k3"}, {store.ReturnFilter{Edition: "e2"}, "k2 k3"}, {store.ReturnFilter{Email: "AMINA@example.org"}, "k1"}, {store.ReturnFilter{Email: "b@example.org"}, ""},
		{store.ReturnFilter{Kinds: []string{"bounce", "complaint"}}, "k1 k3"}, {store.ReturnFilter{Edition: "e2", Kinds: []string{"bounce"}}, "k3"},
	} {
		if got := list(c.of); got != c.want {
			t.Errorf("%+v: %q, want %q", c.of, got, c.want)
		}
	}
	count := func(via string, n int) {
		write(t, s, func(tx *store.Tx) error { return tx.CountRefused(ctx, via, "forged", n) })
	}
	count("smtp", 2)
	count("smtp", 3)
	count("imap", 1)
	refused := func() string {
		got, err := s.Refused(ctx, posttest.Start)
		return fmt.Sprint(got, err)
	}
	if got, today := refused(), clock.Now().Format(time.DateOnly); got != fmt.Sprintf("[{%s imap forged 1} {%[1]s smtp forged 5}] <nil>", today) {
		t.Errorf("refused: %s", got)
	}
	forget := func(before, noted time.Time) {
		write(t, s, func(tx *store.Tx) error { return tx.ForgetReturns(ctx, before, noted) })
	}
	forget(posttest.Start, clock.Now().Add(day))
	if got := list(store.ReturnFilter{}); got != "k1 k3" {
		t.Errorf("without what had no effect: %q", got)
	}
	if got := refused(); got != "[] <nil>" {
		t.Errorf("refused: %s", got)
	}
	forget(posttest.Start.Add(time.Second), posttest.Start)
	if got := list(store.ReturnFilter{}); got != "k3" {
		t.Errorf("without what is old: %q", got)
	}
}

func testCameBack(t *testing.T, s *store.Store, clock *posttest.Clock) {
	amina := join(t, s, "amina@example.org")
	for _, state := range []magazine.DeliveryState{magazine.Sent, magazine.Deferred, magazine.Failed, magazine.Skipped} {
		before := magazine.Delivery{Edition: string(state), Subscriber: amina, Email: "amina@example.org", State: state, Relay: "main", MessageID: "m", Attempts: 1, At: clock.Now()}
		deliver(t, s, before)
		clock.Add(time.Minute)
		write(t, s, func(tx *store.Tx) error {
			d, newsletter, err := tx.DeliveryOf(ctx, before.Edition, amina)
			if err != nil || d == nil || *d != before || newsletter != "weekly" {
				t.Errorf("%+v, %q, %v", d, newsletter, err)
			}
			return tx.CameBack(ctx, before.Edition, amina, "it came back", 550, "5.1.1", "no such user")
		})
		want := before
		if state == magazine.Sent {
			want.State, want.Reason, want.Code, want.Enhanced, want.Reply = magazine.Failed, "it came back", 550, "5.1.1", "no such user"
		}
		if got := delivery(t, s, before.Edition, amina); *got != want {
			t.Errorf("%s: %+v\nwant %+v", state, *got, want)
		}
	}
	write(t, s, func(tx *store.Tx) error {
		if d, _, err := tx.DeliveryOf(ctx, "other", amina); err != nil || d != nil {
			t.Errorf("%+v, %v", d, err)
		}
		return nil
	})
}

// A run is written as what became of one edition a day: s came back softly, p for
// the sender's sake, f was refused by the relay, + arrived. The last that is no +
// has just come.
func testSoftRun(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for _, c := range []struct {
		days          string
		n, first, end int
	}{
		{"s", 1, 0, 0}, {"ss", 2, 0, 1}, {"s+s", 1, 2, 2}, {"+sss", 3, 1, 3}, {"spfs", 2, 0, 3}, {"fff", 1, 2, 2},
		{"ss+", 2, 0, 1}, {"ss+++++", 2, 0, 1}, {"ss++++++++", 0, 0, 0},
	} {
		id := join(t, s, c.days+"@example.org")
		begin, last := clock.Now(), ""
		for i, what := range c.days {
			edition := fmt.Sprintf("%s%d", c.days, i)
			state := magazine.Sent
			if what != '+' {
				state, last = magazine.Failed, edition
			}
			deliver(t, s, magazine.Delivery{Edition: edition, Subscriber: id, State: state})
			if class := map[rune]string{'s': "soft", 'p': "sender"}[what]; class != "" {
				cameBack(t, s, store.Return{Key: edition, Kind: "bounce", Class: class, Edition: edition, Subscriber: id, Effect: store.ReturnCounted})
			}
			clock.Add(day)
		}
		write(t, s, func(tx *store.Tx) error {
			n, first, end, err := tx.SoftRun(ctx, id, last, tx.Now.Add(-6*day))
			if err != nil || n != c.n || n > 0 && (!first.Equal(begin.Add(time.Duration(c.first)*day)) || !end.Equal(begin.Add(time.Duration(c.end)*day))) {
				t.Errorf("%s: %d from %v to %v, %v", c.days, n, first.Sub(begin), end.Sub(begin), err)
			}
			return nil
		})
		clock.Add(day)
	}
}

func testLastDelivery(t *testing.T, s *store.Store, clock *posttest.Clock) {
	id := join(t, s, "amina@example.org")
	begin := clock.Now()
	for edition, state := range map[string]magazine.DeliveryState{"a": magazine.Sent, "b": magazine.Skipped, "c": magazine.Failed} {
		clock.Set(begin.Add(time.Duration(edition[0]-'a') * time.Hour))
		deliver(t, s, magazine.Delivery{Edition: edition, Subscriber: id, State: state})
	}
	last := func(until time.Time) (edition string) {
		write(t, s, func(tx *store.Tx) (err error) {
			edition, err = tx.LastDelivery(ctx, id, until)
			return err
		})
		return edition
	}
	if got := last(begin.Add(day)) + last(begin.Add(-time.Hour)); got != "a" {
		t.Errorf("%q", got)
	}
	cameBack(t, s, store.Return{Key: "k", Kind: "bounce", Edition: "c", Subscriber: id})
	if got := last(begin.Add(day)); got != "c" {
		t.Errorf("%q", got)
	}
}
