package store_test

import (
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// edition makes an edition of weekly with a cut-off, which is being sent.
func edition(t testing.TB, s *store.Store, id string, cutoff int64, articles ...magazine.Article) *magazine.Edition {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		if _, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: "weekly", Key: "now/" + id, State: magazine.EditionPlanned}); err != nil {
			return err
		}
		if err := tx.FixContent(ctx, id, 0, cutoff, nil, articles); err != nil {
			return err
		}
		return tx.SetEditionState(ctx, id, magazine.EditionSending, "")
	})
	e, err := s.Edition(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func testEditionIsMadeOnceUnderItsKey(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i, id := range []string{"first", "second"} {
		write(t, s, func(tx *store.Tx) error {
			made, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: "weekly", Key: "weekly/main/2024-10-04/07:00", Maker: "schedule weekly/main", State: magazine.EditionPlanned, Nominal: clock.Now()})
			if made != (i == 0) {
				t.Errorf("%s: made %v", id, made)
			}
			return err
		})
		clock.Add(time.Minute)
	}
	e, err := s.Edition(ctx, "first")
	if err != nil || e.State != magazine.EditionPlanned || e.Cutoff != 0 || !e.CutoffAt.IsZero() || !e.Nominal.Equal(posttest.Start) || !e.Created.Equal(posttest.Start) || !e.Finished.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := s.Edition(ctx, "second"); magazine.CodeOf(err) != magazine.NotFound || !strings.Contains(err.Error(), "second") {
		t.Error(err)
	}
	edition(t, s, "third", 3)
	for newsletter, want := range map[string]string{"": "third first", "weekly": "third first", "monthly": ""} {
		list, err := s.Editions(ctx, newsletter, 10)
		var got []string
		for _, e := range list {
			got = append(got, e.ID)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %v", newsletter, got, err)
		}
	}
	if ids, err := s.PlannedEditions(ctx); err != nil || len(ids) != 1 || ids[0] != "first" {
		t.Error(ids, err)
	}
}

func testContentIsFixedAtTheCutOff(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("a", clock.Now().Add(-3*time.Hour)), piece("b", clock.Now().Add(-2*time.Hour)), piece("c", clock.Now().Add(-time.Hour)))
	var list []magazine.Article
	write(t, s, func(tx *store.Tx) (err error) { list, err = tx.ArticlesAfter(ctx, 0, 3, time.Time{}); return err })
	edition(t, s, "e", 3, list...)
	changed := again(t, s, "id-a")
	changed.Title, changed.Slug = "Another title", "another"
	put(t, s, changed, piece("d", clock.Now()))
	draft := again(t, s, "id-c")
	draft.State = magazine.Draft
	put(t, s, draft)
	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-b", "") })
	got, err := s.EditionArticles(ctx, "e")
	if err != nil || slugsOf(got) != "a" || got[0].Title != "The a" || got[0].Seq != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if e, _ := s.Edition(ctx, "e"); e.Articles != 3 || e.Cutoff != 3 || !e.CutoffAt.Equal(clock.Now()) {
		t.Errorf("%+v", e)
	}
	back := again(t, s, "id-b")
	back.State = magazine.Scheduled
	put(t, s, back)
	if got, err := s.EditionArticles(ctx, "e"); err != nil || slugsOf(got) != "a b" {
		t.Errorf("%+v, %v", got, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutMessage(ctx, &magazine.Edition{ID: "e"}, "g1", `{"subject":"1"}`, []string{"a", "b"}); err != nil {
			return err
		}
		return tx.PutMessage(ctx, &magazine.Edition{ID: "e"}, "g1", `{"subject":"2"}`, nil)
	})
	if m, err := s.Message(ctx, "e", "g1"); m != `{"subject":"1"}` || err != nil {
		t.Errorf("a retry sends what was kept: %s, %v", m, err)
	}
	if m, err := s.Message(ctx, "e", "g2"); m != "" || err != nil {
		t.Error(m, err)
	}
}

func testLeastServed(t *testing.T, s *store.Store, clock *posttest.Clock) {
	check := func(what string, want int64, wantPeople bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			n, people, err := tx.LeastServed(ctx, weekly, clock.Now())
			if n != want || people != wantPeople {
				t.Errorf("%s: %d, %v; want %d, %v", what, n, people, want, wantPeople)
			}
			return err
		})
	}
	check("nobody", 0, false)
	count(t, s, 4)
	amina := join(t, s, "amina@example.org", salma)
	count(t, s, 9)
	noor := join(t, s, "noor@example.org")
	check("the lowest", 4, true)
	write(t, s, func(tx *store.Tx) error { _, err := tx.SetFrequency(ctx, "weekly", noor, "daily"); return err })
	check("of any frequency", 4, true)
	write(t, s, func(tx *store.Tx) error { return tx.Serve(ctx, "weekly", amina, 6) })
	check("served since", 6, true)
	write(t, s, func(tx *store.Tx) error { return tx.Suppress(ctx, "amina@example.org", "bounced") })
	check("who cannot be mailed", 9, true)
	write(t, s, func(tx *store.Tx) error { return tx.SetSubscriberState(ctx, noor, magazine.Bounced) })
	check("nor another", 0, false)
	write(t, s, func(tx *store.Tx) error { return tx.SetSubscriberState(ctx, noor, magazine.Confirmed) })
	check("who can be again", 9, true)
	write(t, s, func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, "weekly", noor); return err })
	check("all left or suppressed", 0, false)
}

func testSchedulesAndOccurrences(t *testing.T, s *store.Store, clock *posttest.Clock) {
	handled := func(want time.Time) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			s, err := tx.Schedule(ctx, "weekly", "main")
			if !s.Handled.Equal(want) {
				t.Errorf("handled up to %v, want %v", s.Handled, want)
			}
			return err
		})
	}
	handled(posttest.Start) // a new schedule starts now
	clock.Add(time.Hour)
	handled(posttest.Start)
	for _, at := range []time.Time{clock.Now(), posttest.Start} { // it never goes back
		write(t, s, func(tx *store.Tx) error { return tx.SetScheduleHandled(ctx, "weekly", "main", at) })
	}
	handled(clock.Now())
	for i, outcome := range []string{"edition", "held"} {
		write(t, s, func(tx *store.Tx) error {
			isNew, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: "weekly", Schedule: "main", Day: "2024-10-04", Slot: "07:00", At: clock.Now(), Edition: "e", Outcome: outcome})
			if isNew != (i == 0) {
				t.Errorf("%s: new %v", outcome, isNew)
			}
			return err
		})
	}
	for _, then := range []struct{ edition, outcome, want string }{ // the last word has what goes out
		{"", "dropped: Eid", "dropped: Eid"}, {"", "dropped: another", "dropped: Eid"}, {"f", "edition", "edition"}, {"", "dropped: Eid", "edition"},
	} {
		write(t, s, func(tx *store.Tx) error {
			_, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: "weekly", Schedule: "other", Day: "2024-10-05", Slot: "07:00", At: clock.Now(), Edition: then.edition, Outcome: then.outcome})
			return err
		})
		if all := must(s.Occurrences(ctx, "weekly", "other", 10)); len(all) != 1 || all[0].Outcome != then.want || (all[0].Edition == "") != (then.want != "edition") {
			t.Errorf("after %s: %+v, want %s", then.outcome, all, then.want)
		}
	}
	all, err := s.Occurrences(ctx, "weekly", "main", 10)
	if err != nil || len(all) != 1 || all[0].Outcome != "edition" || !all[0].At.Equal(clock.Now()) {
		t.Errorf("%+v, %v", all, err)
	}
}

// Editions of one newsletter reach a person one after the other.
func testBusy(t *testing.T, s *store.Store, clock *posttest.Clock) {
	join(t, s, "amina@example.org")
	next := &magazine.Edition{ID: "next", Newsletter: "weekly"}
	check := func(what string, want bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			busy, err := tx.Busy(ctx, next)
			if busy != want {
				t.Errorf("%s: busy %v", what, busy)
			}
			if other, err := tx.Busy(ctx, &magazine.Edition{ID: "x", Newsletter: "monthly"}); other || err != nil {
				t.Errorf("%s: another newsletter waits: %v", what, err)
			}
			return err
		})
	}
	state := func(state magazine.EditionState) {
		write(t, s, func(tx *store.Tx) error { return tx.SetEditionState(ctx, "e", state, "") })
	}
	check("alone", false)
	edition(t, s, "e", 1)
	check("nothing of it is open", false)
	state(magazine.EditionPlanned)
	check("it is about to go", true)
	state(magazine.EditionSending)
	var ranges []store.Range
	write(t, s, func(tx *store.Tx) (err error) {
		ranges, err = tx.PlanRanges(ctx, "e", weekly, "", 10, 0)
		return err
	})
	check("it is going", true)
	state(magazine.EditionHeld)
	check("it is held", false)
	state(magazine.EditionSending)
	write(t, s, func(tx *store.Tx) error {
		r, err := tx.ClaimRange(ctx, "e", ranges[0].Last, "me", time.Minute)
		if err != nil {
			return err
		}
		return tx.CloseRange(ctx, r, weekly, 1)
	})
	check("it has gone", false)
}
