package members_test

import (
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

func (h *house) add(what string, r members.Request, confirmed, mail bool, want members.Admission) {
	h.Helper()
	got, err := h.Add(ctx, r, confirmed, mail)
	if err != nil || got != want {
		h.Errorf("%s: %s, %v; want %s", what, got, err, want)
	}
}

func TestAddConfirmed(t *testing.T) {
	each(t, func(h *house) {
		h.add("new", request(amina, "weekly"), true, true, members.Added)
		h.add("again", request(amina, "weekly"), true, true, members.Known)
		h.add("all digests", request(amina), true, true, members.Extended)
		h.want("all digests", amina, "confirmed new-books weekly")
		narrow := request("b@example.org", "weekly")
		narrow.Follows = []magazine.Follow{salma}
		h.add("narrow", narrow, true, true, members.Added)
		narrow.Follows = []magazine.Follow{salma, noor}
		h.add("one more author", narrow, true, true, members.Extended)
		h.add("an admin does not widen", request("b@example.org", "weekly"), true, true, members.Known)
		h.want("follows", "b@example.org", "confirmed weekly(noor salma-oduya)")
		narrow.Email = amina
		h.add("nor narrow", narrow, true, true, members.Known)
		h.want("everything", amina, "confirmed new-books weekly")
		named := request(amina, "weekly")
		named.Name, named.Timezone = "Amina", "Africa/Nairobi"
		h.add("a name", named, true, true, members.Known)
		named.Name = "Another"
		h.add("another", named, true, true, members.Known)
		if p, _ := h.store.SubscriberByEmail(ctx, amina); p.Name != "Amina" || p.Timezone != "Africa/Nairobi" {
			h.Errorf("%+v", p)
		}
		if len(h.asked) != 0 {
			h.Errorf("%d mails", len(h.asked))
		}
	})
}

func TestAddPending(t *testing.T) {
	each(t, func(h *house) {
		asked := func(want int) {
			h.Helper()
			if len(h.asked) != want {
				h.Errorf("%d mails, want %d", len(h.asked), want)
			}
		}
		h.add("imported", request(amina, "weekly"), false, false, members.Added)
		h.clock.Add(30 * day)
		h.add("imported again", request(amina, "weekly"), false, false, members.Known)
		asked(0)
		h.add("now they are asked", request(amina, "weekly"), false, true, members.Extended)
		h.add("once", request(amina, "weekly"), false, true, members.Known)
		asked(1)
		h.add("another newsletter", request(amina), false, true, members.Extended)
		h.add("once", request(amina, "new-books"), false, true, members.Known)
		asked(2)
		narrow := request(amina, "weekly")
		narrow.Follows = []magazine.Follow{salma}
		h.add("all has each part", narrow, false, true, members.Known)
		h.want("asked", amina, "pending")
		h.clock.Add(7*day + time.Second)
		h.add("the links have expired", request(amina, "weekly"), false, true, members.Extended)
		asked(3)
		h.confirm(h.ConfirmToken(h.asked[2]))
		h.want("confirmed", amina, "confirmed weekly")

		narrow.Email = "b@example.org"
		h.add("a part", narrow, false, true, members.Added)
		narrow.Follows = []magazine.Follow{salma, fiction}
		h.add("has not all", narrow, false, true, members.Extended)
		h.add("an admin answers for them", narrow, true, true, members.Added)
		h.want("an admin answers for them", "b@example.org", "confirmed weekly(salma-oduya fiction)")
	})
}

// Nobody who left or is suppressed is revived by an admin.
func TestAddNeverRevives(t *testing.T) {
	each(t, func(h *house) {
		h.add("new", request(amina), true, true, members.Added)
		h.leave(amina, "weekly")
		h.add("left one", request(amina, "weekly"), true, true, members.Left)
		h.add("left one of all", request(amina), true, true, members.Left)
		h.want("left one", amina, "confirmed new-books -weekly")
		h.leave(amina, "new-books")
		for _, confirmed := range []bool{true, false} {
			h.add("left all", request(amina), confirmed, true, members.Left)
		}
		h.want("left all", amina, "unsubscribed -new-books -weekly")
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, "Never@example.org", "asked us") })
		for _, confirmed := range []bool{true, false} {
			h.add("suppressed", request("never@example.org"), confirmed, true, members.Suppressed)
		}
		h.want("suppressed", "never@example.org", "unknown")
		for _, state := range []magazine.SubscriberState{magazine.Bounced, magazine.Complained} {
			email := string(state) + "@example.org"
			h.add("new", request(email, "weekly"), true, true, members.Added)
			h.write(func(tx *store.Tx) error {
				p, err := h.store.SubscriberByEmail(ctx, email)
				if err != nil {
					return err
				}
				return tx.SetSubscriberState(ctx, p.ID, state)
			})
			h.add(email, request(email), true, true, members.Suppressed)
			h.want("as it was", email, string(state)+" weekly")
		}
		if len(h.asked) != 0 {
			h.Errorf("%d mails", len(h.asked))
		}
	})
}
