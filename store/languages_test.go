package store_test

import (
	"fmt"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// The languages that people have chosen are known, and of each who is there of an
// audience that follows everything.
func testLanguages(t *testing.T, s *store.Store, clock *posttest.Clock) {
	languages := func(want string) {
		t.Helper()
		if got, err := s.Languages(ctx); err != nil || fmt.Sprint(got) != want {
			t.Errorf("languages %v, %v; want %s", got, err, want)
		}
	}
	none, ar, fr, follower, gone := join(t, s, "none@example.org"), join(t, s, "ar@example.org"), join(t, s, "fr@example.org"), join(t, s, "follower@example.org", salma), join(t, s, "gone@example.org")
	languages("[]")
	write(t, s, func(tx *store.Tx) error {
		for id, language := range map[string]string{ar: "ar", fr: "fr-CA", follower: "fr", gone: "de"} {
			if err := tx.SetLanguage(ctx, id, language); err != nil {
				return err
			}
		}
		if _, err := tx.SetTier(ctx, fr, "patron", clock.Now().Add(day)); err != nil {
			return err
		}
		_, err := tx.Unsubscribe(ctx, "weekly", gone)
		return err
	})
	languages("[ar de fr fr-CA]")
	served := func(floor int64, want string, of ...string) {
		t.Helper()
		all, err := s.ServedIn(ctx, weekly, of, floor)
		got := ""
		for _, n := range all {
			got += fmt.Sprintf("%s/%s/%d ", n.Subscriber.Language, n.Subscriber.Tier, n.Served)
		}
		if err != nil || got != want {
			t.Errorf("%v from %d: %q, %v; want %q", of, floor, got, err, want)
		}
	}
	served(0, "ar/free/0 fr-CA/patron/0 ", "ar", "fr", "fr-CA", "de")
	served(0, "ar/free/0 ", "ar")
	served(1, "", "ar", "fr-CA")
	clock.Add(day)
	served(0, "fr-CA/free/0 ", "fr-CA")
	write(t, s, func(tx *store.Tx) error { return tx.Suppress(ctx, "ar@example.org", "bounced") })
	served(0, "", "ar")
	everything := func(want bool, tier magazine.Tier, not ...string) {
		t.Helper()
		if any, err := s.FollowsEverything(ctx, weekly, tier, not, 0, 9); err != nil || any != want {
			t.Errorf("%q not of %v: %v, %v", tier, not, any, err)
		}
	}
	everything(true, "", "fr-CA")
	write(t, s, func(tx *store.Tx) error { return tx.SetLanguage(ctx, none, "fr") })
	everything(true, "", "fr-CA")
	everything(false, magazine.Free, "fr", "fr-CA")
}
