package store_test

import (
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testUsers(t *testing.T, s *store.Store, clock *posttest.Clock) {
	amina, badr := join(t, s, "amina@example.org"), join(t, s, "badr@example.org")
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutUser(ctx, badr, magazine.Viewer, "root"); err != nil {
			return err
		}
		return tx.PutUser(ctx, amina, magazine.Owner, "root")
	})
	clock.Add(time.Hour)
	write(t, s, func(tx *store.Tx) error {
		if owners, err := tx.Owners(ctx); err != nil || strings.Join(owners, " ") != amina {
			t.Errorf("owners %v, %v", owners, err)
		}
		return tx.PutUser(ctx, badr, magazine.Editor, "amina@example.org")
	})
	list, err := s.Users(ctx)
	if err != nil || len(list) != 2 || list[0].Role != magazine.Owner || list[1].Role != magazine.Editor || list[1].Subscriber.Email != "badr@example.org" || list[1].AddedBy != "root" || !list[1].Added.Equal(posttest.Start) {
		t.Errorf("%+v, %v", list, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.DropUser(ctx, badr) })
	for id, want := range map[string]magazine.Role{amina: magazine.Owner, badr: "", "nobody": ""} {
		if role, err := s.Role(ctx, id); err != nil || role != want {
			t.Errorf("%s: %q, %v", id, role, err)
		}
	}
}

func testActsAboutPeople(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for _, a := range []store.Act{{Who: "salma", What: "user", Subscriber: "a", Detail: "nothing to owner"}, {Who: "salma", What: "skip", Newsletter: "weekly"}, {Who: "noor", What: "user", Subscriber: "b"}} {
		write(t, s, func(tx *store.Tx) error { return tx.PutAct(ctx, a) })
		clock.Add(time.Second)
	}
	if all, err := s.SubscriberActs(ctx, "a"); err != nil || len(all) != 1 || all[0] != (store.Act{At: posttest.Start, Who: "salma", What: "user", Subscriber: "a", Detail: "nothing to owner"}) {
		t.Errorf("about a: %+v, %v", all, err)
	}
	if all, err := s.Acts(ctx, "", 10); err != nil || len(all) != 1 || all[0].What != "skip" {
		t.Errorf("about schedules: %+v, %v", all, err)
	}
	if all, err := s.LastActs(ctx, clock.Now(), 2); err != nil || len(all) != 2 || all[0].Subscriber != "b" || all[1].What != "skip" {
		t.Errorf("the last: %+v, %v", all, err)
	}
	got := ""
	if err := s.EachAct(ctx, posttest.Start.Add(time.Second), func(a store.Act) error { got += " " + a.Who; return nil }); err != nil || got != " salma noor" {
		t.Errorf("each from the second on:%s, %v", got, err)
	}
}

// What was written down of people's acts can be changed and deleted by nobody.
func TestActsStay(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		write(t, s, func(tx *store.Tx) error { return tx.PutAct(ctx, store.Act{Who: "salma", What: "drop"}) })
		for _, statement := range []string{"UPDATE acts SET who = 'noor'", "DELETE FROM acts", "DELETE FROM acts WHERE who = 'salma'"} {
			err := s.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "acts are never") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if all, err := s.LastActs(ctx, clock.Now(), 9); err != nil || len(all) != 1 || all[0].Who != "salma" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
