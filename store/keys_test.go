package store_test

import (
	"testing"

	"postrider/internal/posttest"
	"postrider/store"
)

// What older versions took for several people's addresses is found by its one spelling,
// and stays suppressed where any of them was.
func TestKeysOfOlderVersions(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, _ *posttest.Clock) {
		write(t, s, func(tx *store.Tx) error {
			for _, p := range []struct{ id, email, key string }{
				{"p1", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"}, {"p2", "b@ｅxample.org", "b@ｅxample.org"}, {"p3", "b@example.org", "b@example.org"}, {"p4", "c@example.org", "c@example.org"},
			} {
				if _, err := tx.ExecContext(ctx, "INSERT INTO subscribers (id, email, email_key, name, state, timezone, created, confirmed) VALUES ($1, $2, $3, '', 'confirmed', '', 1, 1)", p.id, p.email, p.key); err != nil {
					return err
				}
			}
			for _, key := range []string{"a@xn--bcher-kva.example", "d@ｅxample.org", "erased:0123"} {
				if _, err := tx.ExecContext(ctx, "INSERT INTO suppressions (email_key, reason, created) VALUES ($1, 'complained', 1)", key); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM settings WHERE name = 'email-keys'")
			return err
		})
		for range 2 {
			if err := s.Rekey(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for email, id := range map[string]string{"a@bücher.example": "p1", "b@example.org": "p3", "c@example.org": "p4"} {
			if p, err := s.SubscriberByEmail(ctx, email); err != nil || p.ID != id {
				t.Errorf("%s is %+v, %v", email, p, err)
			}
		}
		for _, email := range []string{"a@bücher.example", "d@example.org", "erased:0123"} {
			if why := must(s.Suppressed(ctx, email)); why != "complained" {
				t.Errorf("%s is suppressed because %q", email, why)
			}
		}
	})
}
