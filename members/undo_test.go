package members_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// sent notes that somebody was sent an edition just now.
func (h *house) sent(id string) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, asides, at, next_at)
			VALUES ('e', '`+id+`', 'weekly', '', 'sent', '', 0, '', '', '', '', 1, 0, `+fmt.Sprint(tx.Now.UnixMicro())+`, 0)`)
		return err
	})
}

// What has happened since an import is not undone with it.
func TestWhatAnUndoLeaves(t *testing.T) {
	type person struct {
		list   string // columns email,name,tier,author,frequency
		before func(h *house, id string)
		since  func(h *house, id string)
		want   string // name, tier, state and shares; empty: nobody
		count  members.Undone
	}
	weekly := func(h *house, id string) { h.subscribe(id, "weekly") }
	cases := map[string]person{
		"new, nothing since":      {list: "x,New,member,,", count: members.Undone{Out: 1}},
		"new, and something sent": {list: "x,New,,,", since: (*house).sent, want: "New free confirmed weekly", count: members.Undone{Stay: 1}},
		"new, and follows less": {list: "x,New,,salma-oduya,", since: func(h *house, id string) {
			h.must(h.SetFollows(ctx, "x@example.org", "weekly", []magazine.Follow{noor}))
		}, want: "New free confirmed weekly(noor)", count: members.Undone{Stay: 1}},
		"new, and has left":   {list: "x,New,,,", since: func(h *house, id string) { h.leave("x@example.org", "weekly") }, want: "New free unsubscribed -weekly", count: members.Undone{Stay: 1}},
		"new, and erased":     {list: "x,New,,,", since: func(h *house, id string) { h.must(h.Erase(ctx, id)) }, count: members.Undone{}},
		"new, and suppressed": {list: "x,New,,,", since: func(h *house, id string) { h.must(h.SuppressFor(ctx, id, "", "o")) }, want: "New free confirmed weekly", count: members.Undone{Stay: 1}},
		"named":               {list: "x,Named,,,", before: weekly, want: " free confirmed weekly", count: members.Undone{Back: 1}},
		"named, sent since":   {list: "x,Named,,,", before: weekly, since: (*house).sent, want: " free confirmed weekly", count: members.Undone{Back: 1}},
		"of a tier, and another": {list: "x,,member,,", before: weekly, since: func(h *house, id string) {
			_, err := h.SetTier(ctx, "x@example.org", "member", "2030-01-01")
			h.must(err)
		}, want: " member confirmed weekly", count: members.Undone{Stay: 1}},
		"pending, then confirmed": {list: "x,,,,", before: func(h *house, id string) {}, want: " free pending", count: members.Undone{Back: 1}},
		"follows more":            {list: "x,,,noor,", before: func(h *house, id string) { h.subscribe(id, "weekly", salma) }, want: " free confirmed weekly(salma-oduya)", count: members.Undone{Back: 1}},
		"follows more, and less": {list: "x,,,noor,", before: func(h *house, id string) { h.subscribe(id, "weekly", salma) }, since: func(h *house, id string) {
			h.must(h.SetFollows(ctx, "x@example.org", "weekly", []magazine.Follow{noor}))
		}, want: " free confirmed weekly(noor)", count: members.Undone{Stay: 1}},
		"another newsletter":      {list: "x,,,,", before: func(h *house, id string) { h.subscribe(id, "new-books") }, want: " free confirmed new-books", count: members.Undone{Back: 1}},
		"another, and sent since": {list: "x,,,,", before: func(h *house, id string) { h.subscribe(id, "new-books") }, since: (*house).sent, want: " free confirmed new-books weekly", count: members.Undone{Stay: 1}},
		"nothing changed":         {list: "x,,,,", before: weekly, want: " free confirmed weekly", count: members.Undone{}},
	}
	each(t, func(h *house) {
		for name, c := range cases {
			h.forget()
			h.write(func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "DELETE FROM suppressions")
				return err
			})
			id := ""
			if c.before != nil {
				h.write(func(tx *store.Tx) error {
					p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: "x@example.org"})
					id = p.ID
					return err
				})
				c.before(h, id)
			}
			h.clock.Add(time.Hour)
			i := h.taken("email,name,tier,author,frequency\n" + strings.Replace(c.list, "x,", "x@example.org,", 1) + "\n")
			h.clock.Add(time.Hour)
			p, err := h.store.SubscriberByEmail(ctx, "x@example.org")
			h.must(err)
			if c.since != nil {
				c.since(h, p.ID)
			}
			if n := h.undone(i); n != c.count {
				h.Errorf("%s: %+v, want %+v", name, n, c.count)
			}
			got := ""
			if p, err := h.store.SubscriberByEmail(ctx, "x@example.org"); err == nil {
				got = strings.TrimRight(fmt.Sprintf("%s %s %s", p.Name, p.Tier, h.state("x@example.org")), " ")
			}
			if got != c.want {
				h.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

// Who is taken out by an undo is erased as anybody is: no address stays that tells why
// they must not be mailed, and what comes in of them later is swept up. A list may
// bring them again.
func TestAnUndoErases(t *testing.T) {
	each(t, func(h *house) {
		i := h.taken("email\nx@example.org\ny@example.org\n")
		x, err := h.store.SubscriberByEmail(ctx, "x@example.org")
		h.must(err)
		h.write(func(tx *store.Tx) error {
			return tx.Suppress(ctx, "x@example.org", "bounced: 550 x@example.org is unknown")
		})
		if n := h.undone(i); n != (members.Undone{Out: 2}) {
			h.Fatalf("%+v", n)
		}
		if why, err := h.store.Suppressed(ctx, "x@example.org"); why != "" || err != nil {
			h.Errorf("the address stays with %q, %v", why, err)
		}
		if len(h.forgets) != 2 || h.forgets[0].subscriber != x.ID && h.forgets[1].subscriber != x.ID {
			h.Errorf("to be swept up: %+v", h.forgets)
		}
		if again := h.taken("email\nx@example.org\ny@example.org\n"); again.Done.Added != 1 || again.Done.Suppressed != 1 {
			h.Errorf("%+v", again.Done)
		}
	})
}

// A list that changes nobody leaves nothing behind, however often it is brought in; of
// whom another list has brought or changed, it keeps that they are on it.
func TestAListThatChangesNobodyLeavesLittle(t *testing.T) {
	each(t, func(h *house) {
		h.add("known", request("x@example.org", "weekly"), true, false, members.Added)
		h.add("known", request("y@example.org", "weekly"), true, false, members.Added)
		kept := func(i members.Import) []store.ImportedPerson {
			people, err := h.store.ImportedPeople(ctx, i.ID, "", 10)
			h.must(err)
			return people
		}
		const nightly = "email\nx@example.org\ny@example.org\n"
		if got := kept(h.taken(nightly)); len(got) != 0 {
			h.Errorf("%+v", got)
		}
		h.clock.Add(time.Hour)
		changed := h.taken("email,name\nx@example.org,X\n")
		h.clock.Add(time.Hour)
		got := kept(h.taken(nightly))
		if len(got) != 1 || got[0].Was != got[0].Became || len(got[0].Was) > 20 {
			h.Errorf("%+v", got)
		}
		if n := h.undone(changed); n != (members.Undone{Back: 1}) {
			h.Errorf("%+v", n)
		}
		h.clock.Add(time.Hour)
		if got := kept(h.taken(nightly)); len(got) != 0 {
			h.Errorf("there is nothing to undo any more: %+v", got)
		}
	})
}

// A list that is brought in each night leaves no more from the third night on, also where
// it brought its people itself, or another list changed them.
func TestANightlyListLeavesNoMoreFromTheThirdNight(t *testing.T) {
	each(t, func(h *house) {
		for _, others := range []bool{false, true} {
			h.forget()
			if others {
				h.add("known", request("x@example.org", "weekly"), true, false, members.Added)
				h.taken("email,name\nx@example.org,X\ny@example.org,Y\n")
			}
			third := 0
			for night := 1; night <= 7; night++ {
				h.clock.Add(24 * time.Hour)
				h.taken("email\nx@example.org\ny@example.org\n")
				rows := 0
				h.write(func(tx *store.Tx) error {
					return tx.QueryRowContext(ctx, "SELECT count(*) FROM import_people").Scan(&rows)
				})
				if night == 3 {
					third = rows
				}
				if rows > 6 || night > 3 && rows != third {
					h.Errorf("another list %v, night %d: %d rows, the third %d", others, night, rows, third)
				}
			}
		}
	})
}

// Whichever of the lists of some nights are undone, whom they have stay as long as the one
// that brought them or one of the two latest counts, and are gone with the last of all.
func TestNightlyListsUndoneInAnyOrder(t *testing.T) {
	h := lite(t)
	const nights = 4
	for _, order := range orders(nights) {
		h.forget()
		lists := make([]members.Import, nights)
		for at := range lists {
			h.clock.Add(24 * time.Hour)
			lists[at] = h.taken("email\nx@example.org\ny@example.org\n")
		}
		for n, at := range order {
			h.undone(lists[at])
			counts := slices.Contains(order[n+1:], 0) || slices.Contains(order[n+1:], nights-1) || slices.Contains(order[n+1:], nights-2)
			if there := h.people() != ""; there != counts {
				h.Errorf("order %v, after %d: %q", order, n+1, h.people())
			}
		}
	}
}

// What was kept in full, of people of whom a checksum is kept now, is undone as before.
func TestUndoOfWhatWasKeptInFull(t *testing.T) {
	each(t, func(h *house) {
		for _, full := range []string{"the first", "the second"} {
			h.forget()
			first := h.taken("email\nx@example.org\n")
			h.clock.Add(time.Hour)
			second := h.taken("email\nx@example.org\n")
			p, err := h.store.SubscriberByEmail(ctx, "x@example.org")
			h.must(err)
			stands, err := h.store.StandingsByID(ctx, []string{p.ID})
			h.must(err)
			text, err := json.Marshal(stands[p.ID])
			h.must(err)
			of := first.ID
			if full == "the second" {
				of = second.ID
			}
			h.write(func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE import_people SET became = $1, was = CASE WHEN was = '' THEN '' ELSE CAST($1 AS TEXT) END WHERE import_id = $2", string(text), of)
				return err
			})
			if n := h.undone(first); n != (members.Undone{Stay: 1}) {
				h.Errorf("%s: %+v", full, n)
			}
			if n := h.undone(second); n != (members.Undone{Out: 1}) || h.people() != "" {
				h.Errorf("%s: %+v, %q", full, n, h.people())
			}
		}
	})
}

// A list that the command takes leaves the same trace as one of the desk, and is undone
// as that; one that is stopped at the desk goes no further.
func TestImportOfAFileCanBeUndone(t *testing.T) {
	each(t, func(h *house) {
		wrong := h.taken("email\nx@example.org\ny@example.org\n")
		h.clock.Add(time.Hour)
		o := members.ImportOptions{Newsletters: []string{"weekly"}, Confirmed: true}
		list := "email\nx@example.org\nz@example.org\n"
		dry := o
		dry.DryRun = true
		for _, o := range []members.ImportOptions{dry, o} {
			if done, err := h.ImportFile(ctx, strings.NewReader(list), o, "right.csv", "root", 3); err != nil || done.Added != 1 || done.Known != 1 {
				h.Fatalf("%+v, %v", done, err)
			}
		}
		all, err := h.Imports(ctx, 10)
		h.must(err)
		if len(all) != 2 || all[0].Name != "right.csv" || all[0].State != store.ImportDone || all[0].Who != "root" || all[0].Done.Added != 1 || all[0].Line != 3 {
			h.Fatalf("%+v", all)
		}
		if n := h.undone(wrong); n != (members.Undone{Out: 1, Stay: 1}) {
			h.Errorf("%+v", n)
		}
		if n := h.undone(all[0]); n != (members.Undone{Out: 2}) || h.people() != "" {
			h.Errorf("%+v, %q", n, h.people())
		}
	})
}

func TestImportOfAFileCanBeStopped(t *testing.T) {
	h := lite(t)
	var list strings.Builder
	list.WriteString("email\n")
	for n := range 600 {
		fmt.Fprintf(&list, "p%d@example.org\n", n)
	}
	o := members.ImportOptions{Newsletters: []string{"weekly"}, Confirmed: true}
	o.Progress = func(line int, _ members.Imported) error {
		if line == 401 {
			all, err := h.Imports(ctx, 1)
			h.must(err)
			return h.StopImport(ctx, all[0].ID, all[0].Revision, "owner@example.org")
		}
		return nil
	}
	done, err := h.ImportFile(ctx, strings.NewReader(list.String()), o, "people.csv", "root", 0)
	wantCode(t, "stopped", err, magazine.Conflict)
	if !strings.HasPrefix(err.Error(), "owner@example.org stopped it at the desk, at line 401;") {
		t.Errorf("it says %v", err)
	}
	all, _ := h.Imports(ctx, 1)
	if done.Added != 400 || all[0].Done.Added != 400 || all[0].State != store.ImportDone || all[0].Stop.Why != members.StopWanted {
		t.Errorf("%+v, %+v", done, all)
	}
	if n := h.undone(all[0]); n != (members.Undone{Out: 400}) {
		t.Errorf("%+v", n)
	}
}
