package members_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

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
	sent := func(h *house, id string) {
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, asides, at, next_at)
				VALUES ('e', '`+id+`', 'weekly', '', 'sent', '', 0, '', '', '', '', 1, 0, `+fmt.Sprint(tx.Now.UnixMicro())+`, 0)`)
			return err
		})
	}
	cases := map[string]person{
		"new, nothing since":      {list: "x,New,member,,", count: members.Undone{Out: 1}},
		"new, and something sent": {list: "x,New,,,", since: sent, want: "New free confirmed weekly", count: members.Undone{Stay: 1}},
		"new, and follows less": {list: "x,New,,salma-oduya,", since: func(h *house, id string) {
			h.must(h.SetFollows(ctx, "x@example.org", "weekly", []magazine.Follow{noor}))
		}, want: "New free confirmed weekly(noor)", count: members.Undone{Stay: 1}},
		"new, and has left":   {list: "x,New,,,", since: func(h *house, id string) { h.leave("x@example.org", "weekly") }, want: "New free unsubscribed -weekly", count: members.Undone{Stay: 1}},
		"new, and erased":     {list: "x,New,,,", since: func(h *house, id string) { h.must(h.Erase(ctx, id)) }, count: members.Undone{}},
		"new, and suppressed": {list: "x,New,,,", since: func(h *house, id string) { h.must(h.SuppressFor(ctx, id, "", "o")) }, want: "New free confirmed weekly", count: members.Undone{Stay: 1}},
		"named":               {list: "x,Named,,,", before: weekly, want: " free confirmed weekly", count: members.Undone{Back: 1}},
		"named, sent since":   {list: "x,Named,,,", before: weekly, since: sent, want: " free confirmed weekly", count: members.Undone{Back: 1}},
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
		"another, and sent since": {list: "x,,,,", before: func(h *house, id string) { h.subscribe(id, "new-books") }, since: sent, want: " free confirmed new-books weekly", count: members.Undone{Stay: 1}},
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
