package store_test

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// An import goes from state to state by one alone, and its list comes back as it came.
func testImports(t *testing.T, s *store.Store, clock *posttest.Clock) {
	one := store.Import{ID: "one", Name: "people.csv", Who: "amina", State: store.ImportComing, Plan: "{}", Done: "{}"}
	write(t, s, func(tx *store.Tx) error { return tx.AddImport(ctx, one) })
	if list, err := s.Imports(ctx, 10); err != nil || len(list) != 0 {
		t.Errorf("one that is still coming: %+v, %v", list, err)
	}
	for part, text := range []string{"email\n", "\x00\xff", "a@example.org"} {
		write(t, s, func(tx *store.Tx) error { return tx.AddImportPart(ctx, one.ID, part, []byte(text)) })
	}
	if text, err := io.ReadAll(s.ImportList(ctx, one.ID)); err != nil || string(text) != "email\n\x00\xffa@example.org" {
		t.Errorf("%q, %v", text, err)
	}
	clock.Add(time.Second)
	now := one
	now.State, now.Bytes, now.Lines, now.Plan = store.ImportNew, 21, 1, `{"confirmed":true}`
	for n, want := range []bool{true, false} {
		write(t, s, func(tx *store.Tx) error {
			if did, err := tx.ChangeImport(ctx, one, now); err != nil || did != want {
				t.Errorf("%d: %v, %v", n, did, err)
			}
			return nil
		})
	}
	now.Created, now.Changed = posttest.Start, posttest.Start.Add(time.Second)
	if list, err := s.Imports(ctx, 10); err != nil || len(list) != 1 || list[0] != now {
		t.Errorf("%+v, %v", list, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.DropImportList(ctx, one.ID) })
	if text, err := io.ReadAll(s.ImportList(ctx, one.ID)); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.DeleteImport(ctx, one.ID) })
	if _, err := s.Import(ctx, one.ID); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("it stays: %v", err)
	}
	if _, err := s.Import(ctx, "other"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
}

// Of whom an import changed it is known how they first stood and how they stand after
// it, until that is forgotten, or they are erased. Of whom it found as they are, that is
// known where another has changed them.
func testImportedPeople(t *testing.T, s *store.Store, clock *posttest.Clock) {
	amina := join(t, s, "amina@example.org")
	write(t, s, func(tx *store.Tx) error {
		if err := tx.AddImport(ctx, store.Import{ID: "one", State: store.ImportDone}); err != nil {
			return err
		}
		if err := tx.PutImportedPeople(ctx, "one", []store.ImportedPerson{{Subscriber: amina, Was: "a", Became: "b"}, {Subscriber: "zz", Became: "c"}}); err != nil {
			return err
		}
		return tx.PutImportedPeople(ctx, "one", []store.ImportedPerson{{Subscriber: amina, Was: "b", Became: "d"}})
	})
	people := func(above, want string) {
		t.Helper()
		if got, err := s.ImportedPeople(ctx, "one", above, 10); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%v, %v; want %s", got, err, want)
		}
	}
	people("", "[{"+amina+" a d} {zz  c}]")
	people(amina, "[{zz  c}]")
	if list, err := s.ImportsOf(ctx, amina); err != nil || len(list) != 1 || list[0].ID != "one" {
		t.Errorf("%+v, %v", list, err)
	}
	two := func(want string, list ...store.ImportedPerson) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error { return tx.PutImportedPeople(ctx, "two", list) })
		if got, err := s.ImportedPeople(ctx, "two", "", 10); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%v, %v; want %s", got, err, want)
		}
	}
	two("[{"+amina+" d d}]", store.ImportedPerson{Subscriber: amina, Was: "d", Became: "d"}, store.ImportedPerson{Subscriber: "yy", Was: "e", Became: "e"})
	two("[{"+amina+" f g}]", store.ImportedPerson{Subscriber: amina, Was: "f", Became: "g"})
	two("[{"+amina+" f g}]", store.ImportedPerson{Subscriber: amina, Was: "h", Became: "h"})
	// Of those who found somebody, it is known of the two latest that nobody wants undone.
	for night, want := range []string{"[a]", "[a b]", "[a b c]", "[b c d]", "[b d e]"} {
		id := string(rune('a' + night))
		clock.Add(time.Hour)
		write(t, s, func(tx *store.Tx) error {
			if err := tx.AddImport(ctx, store.Import{ID: id, State: store.ImportRunning}); err != nil {
				return err
			}
			if err := tx.PutImportedPeople(ctx, id, []store.ImportedPerson{{Subscriber: "zz", Was: "c", Became: "c"}}); err != nil {
				return err
			}
			state := store.ImportDone
			if id == "b" {
				state = store.ImportUndoing
			}
			_, err := tx.ChangeImport(ctx, store.Import{ID: id, State: store.ImportRunning}, store.Import{ID: id, State: state})
			return err
		})
		var have []string
		others, err := s.OtherImports(ctx, "one", []string{"zz"})
		for _, o := range others["zz"] {
			have = append(have, o.ID)
		}
		if fmt.Sprint(have) != want || err != nil {
			t.Errorf("night %d: %v, want %s, %v", night+1, have, want, err)
		}
	}
	write(t, s, func(tx *store.Tx) error { return tx.Erase(ctx, magazine.Subscriber{ID: amina}) })
	people("", "[{zz  c}]")
	write(t, s, func(tx *store.Tx) error { return tx.ForgetImported(ctx, "one", []string{"zz"}) })
	people("", "[]")
}

// How people stand has all that a list may change, and can be put back.
func testStandings(t *testing.T, s *store.Store, clock *posttest.Clock) {
	amina, badr := join(t, s, "amina@example.org", salma), join(t, s, "badr@example.org")
	until := clock.Now().Add(24 * time.Hour)
	write(t, s, func(tx *store.Tx) error {
		if err := tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: amina, Name: "Amina", Timezone: "Africa/Nairobi", Language: "ar"}, true); err != nil {
			return err
		}
		if _, err := tx.SetTier(ctx, amina, "member", until); err != nil {
			return err
		}
		if _, err := tx.Pause(ctx, "weekly", amina, until, true); err != nil {
			return err
		}
		if _, err := tx.Unsubscribe(ctx, "weekly", badr); err != nil {
			return err
		}
		return tx.PutSignUp(ctx, store.SignUp{ID: "s", Subscriber: badr})
	})
	want := map[string]*store.Standing{
		amina: {ID: amina, State: "confirmed", Name: "Amina", Timezone: "Africa/Nairobi", Language: "ar", Tier: "member", Ends: until.UnixMicro(),
			Shares: []store.StandingShare{{Newsletter: "weekly", Until: until.UnixMicro(), Fresh: true, Follows: []string{"author/" + salma.Slug}}}},
		badr: {ID: badr, State: "unsubscribed", Shares: []store.StandingShare{{Newsletter: "weekly", Left: true}}, SignUps: []string{"s"}},
	}
	got, err := s.StandingsByID(ctx, []string{amina, badr, "nobody"})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if byKey, err := tx.Standings(ctx, []string{"amina@example.org"}); err != nil || !reflect.DeepEqual(byKey["amina@example.org"], want[amina]) {
			t.Errorf("%+v, %v", byKey, err)
		}
		p := *got[amina]
		p.State, p.Tier, p.Ends, p.Name = magazine.Pending, "", 0, ""
		if err := tx.Redescribe(ctx, &p); err != nil {
			return err
		}
		if err := tx.DropShare(ctx, "weekly", amina); err != nil {
			return err
		}
		return tx.DropSignUp(ctx, "s")
	})
	got, err = s.StandingsByID(ctx, []string{amina, badr})
	if err != nil || !reflect.DeepEqual(got[amina], &store.Standing{ID: amina, State: "pending", Timezone: "Africa/Nairobi", Language: "ar"}) || len(got[badr].SignUps) > 0 {
		t.Errorf("put back: %+v, %v", got, err)
	}
	if p, err := s.Subscriber(ctx, amina); err != nil || !p.Confirmed.IsZero() || p.Tier != magazine.Free {
		t.Errorf("%+v, %v", p, err)
	}
}

// Something has happened with whom something was sent to since, or who did something.
func testStirred(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var ids []string
	for _, name := range []string{"sent", "signed", "left", "works", "decided", "quiet"} {
		ids = append(ids, join(t, s, name+"@example.org"))
	}
	clock.Add(time.Hour)
	since := clock.Now()
	write(t, s, func(tx *store.Tx) error {
		for _, statement := range []string{
			`INSERT INTO deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, asides, at, next_at) VALUES ('e', $1, '', '', 'sent', '', 0, '', '', '', '', 1, 0, $2, 0)`,
			`INSERT INTO sessions (id, hash, subscriber_id, way, browser, created, seen, expires) VALUES ('s', 'h', $1, '', '', $2, 0, 0)`,
			`INSERT INTO leavings (newsletter, subscriber_id, at, reason) VALUES ('weekly', $1, $2, '')`,
			`INSERT INTO users (subscriber_id, role, added, added_by) VALUES ($1, 'viewer', $2, '')`,
			`INSERT INTO acts (id, at, who, what, newsletter, schedule, edition_id, detail, subscriber_id) VALUES ('a', $2, '', 'suppress', '', '', '', '', $1)`,
		} {
			id := ids[strings.Count("deliveries sessions leavings users acts"[:strings.Index("deliveries sessions leavings users acts", strings.Fields(statement)[2])], " ")]
			if _, err := tx.ExecContext(ctx, statement, id, since.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	got, err := s.Stirred(ctx, ids, since)
	if err != nil || len(got) != 5 || got[ids[5]] {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := s.Stirred(ctx, ids, since.Add(time.Second)); err != nil || len(got) != 0 {
		t.Errorf("later: %v, %v", got, err)
	}
}
