package store_test

import (
	"slices"
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testSearchSubscribers(t *testing.T, s *store.Store, clock *posttest.Clock) {
	ids := map[string]string{}
	for _, p := range []magazine.Subscriber{{Email: "Amina@example.org", Name: "Amina Wanjiru"}, {Email: "badr@example.org", Name: "بدر الدين"}, {Email: "x_y@mail.example", Name: `Quote "Q" 100%`}, {Email: "mina@example.org"}} {
		write(t, s, func(tx *store.Tx) error {
			have, _, err := tx.PutSubscriber(ctx, p)
			ids[p.Email] = have.ID
			return err
		})
		clock.Add(1e9)
	}
	find := func(text, want string) {
		t.Helper()
		found, err := s.SearchSubscribers(ctx, text, 10)
		var got []string
		for _, p := range found {
			local, _, _ := strings.Cut(p.Email, "@")
			got = append(got, local)
		}
		slices.Sort(got) // in which order PostgreSQL has them hangs on what was there before
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"MINA@EXAMPLE.org": "Amina mina", "wanjiru": "Amina", "jir": "Amina", "الدين": "badr", "_y@": "x_y", `"Q"`: "x_y", "100%": "x_y", "%": "", "am": "Amina", "a": "Amina",
		"": "", "  ": "", "zzz": "", `" OR "`: "", "mina*": "", "\x00\xff": "", "NEAR(a b)": "", "example.org": "Amina badr mina", strings.Repeat("long ", 500): "",
	} {
		find(text, want)
	}
	if found, err := s.SearchSubscribers(ctx, "example", 2); err != nil || len(found) != 2 {
		t.Errorf("%d found, %v", len(found), err)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.SetEmail(ctx, ids["Amina@example.org"], "salma@sea.example"); err != nil {
			return err
		}
		if err := tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: ids["mina@example.org"], Name: "Noor"}, true); err != nil {
			return err
		}
		p, err := tx.Subscriber(ctx, ids["badr@example.org"])
		if err != nil {
			return err
		}
		return tx.Erase(ctx, p)
	})
	write(t, s, func(tx *store.Tx) error { // comes and goes, or changes, before it could be found
		gone, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: "fleeting@example.org"})
		if err != nil {
			return err
		}
		if err := tx.Erase(ctx, gone); err != nil {
			return err
		}
		p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: "before@example.org"})
		if err != nil {
			return err
		}
		return tx.SetEmail(ctx, p.ID, "after@example.org")
	})
	find("fleeting", "")
	find("before", "")
	find("after@", "after")
	write(t, s, func(tx *store.Tx) error { // the newest goes, another takes its place
		p, err := tx.SubscriberByEmail(ctx, "after@example.org")
		if err != nil {
			return err
		}
		if err := tx.Erase(ctx, p); err != nil {
			return err
		}
		_, _, err = tx.PutSubscriber(ctx, magazine.Subscriber{Email: "later@example.org"})
		return err
	})
	find("after@", "")
	find("later@", "later")
	find("salma@", "salma")
	find("noor", "mina")
	find("badr", "")
	find("الدين", "")
	find("Amina@", "")
	find("wanjiru", "salma")
	if counts, err := s.CountSubscribers(ctx); err != nil || counts[magazine.Pending] != 4 {
		t.Errorf("%v, %v", counts, err)
	}
}
