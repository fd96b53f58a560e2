package members_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// An end is the last day on which a tier counts, in the publication's zone.
func TestTiers(t *testing.T) {
	each(t, func(h *house) {
		h.publish(magazine.Tiers{"patron"})
		h.add("added", request("a@example.org", "weekly"), true, false, members.Added)
		set := func(what string, tier magazine.Tier, ends string, want magazine.Tier, wantEnds string) {
			h.Helper()
			p, err := h.SetTier(ctx, "A@example.org", tier, ends)
			if err != nil || p.Tier != want || h.TierEndsOn(p) != wantEnds {
				h.Errorf("%s: %s until %q, %v; want %s until %q", what, p.Tier, h.TierEndsOn(p), err, want, wantEnds)
			}
		}
		day := func(days int) string { return h.clock.Now().In(nairobi).AddDate(0, 0, days).Format(time.DateOnly) }
		set("with no end", magazine.Member, "", magazine.Member, "")
		set("with one", magazine.Member, day(1), magazine.Member, day(1))
		set("the same again", magazine.Member, "", magazine.Member, day(1))
		set("another has none", "Patron", "", "patron", "")
		set("with one", "patron", day(0), "patron", day(0))
		now := h.clock.Now().In(nairobi)
		h.clock.Add(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, nairobi).Sub(now) - time.Microsecond)
		set("at the last moment", "", "", "patron", day(0))
		h.clock.Add(time.Microsecond)
		set("then", "", "", magazine.Free, "")
		set("longer", "", day(30), "patron", day(30))
		set("for ever", "", "Never", "patron", "")
		set("an instant", "", "2030-05-01T10:00:00+03:00", "patron", "2030-05-01T07:00:00Z")
		set("over already", magazine.Member, day(-1), magazine.Free, "")
		set("given again after its end", magazine.Member, "", magazine.Member, "")
		set("free has no end", magazine.Free, day(3), magazine.Free, "")
		set("none to end", "", day(3), magazine.Free, "")
		for _, bad := range []string{"soon", "2026-13-01", "31.12.2026", "9999-12-31T23:59:59Z", "2026-12-31 fresh"} {
			if _, err := h.SetTier(ctx, "a@example.org", magazine.Member, bad); magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "write the last day on which it counts, like 2026-12-31, or never") {
				h.Errorf("%q: %v", bad, err)
			}
		}
		_, err := h.SetTier(ctx, "a@example.org", "gold", "")
		wantCode(t, "no tier", err, magazine.Invalid)
		if !strings.Contains(err.Error(), "write free, member or patron") {
			h.Error(err)
		}
		_, err = h.SetTier(ctx, "nobody@example.org", magazine.Member, "")
		wantCode(t, "nobody", err, magazine.NotFound)
	})
}

// A list changes the tiers and ends that it says, and counts who has none after it.
func TestImportOfTiers(t *testing.T) {
	h := lite(t)
	h.publish(magazine.Tiers{"patron"})
	h.clock.Add(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).Sub(h.clock.Now()))
	o := members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}}
	list := func(lines string, want members.Imported) {
		h.Helper()
		if got := h.importing("email,tier,Tier Ends\n"+lines, o); got.Added != want.Added || got.Extended != want.Extended || got.Known != want.Known || got.Demoted != want.Demoted || got.Invalid != want.Invalid {
			h.Errorf("%s: %+v", lines, got)
		}
	}
	list("a@example.org,patron,2026-12-31\nb@example.org,member,never\nc@example.org,member,2026-01-01\nd@example.org,,\n", members.Imported{Added: 4})
	list("a@example.org,patron,\nb@example.org,,\nc@example.org,free,\nd@example.org,free,2026-12-31\n", members.Imported{Known: 4})
	list("a@example.org,member,\nb@example.org,,2026-05-31\nc@example.org,,2026-06-01\nd@example.org,,tomorrow\n", members.Imported{Extended: 3, Demoted: 1, Invalid: 1})
	for email, want := range map[string]magazine.Tier{"a": magazine.Member, "b": magazine.Free, "c": magazine.Member, "d": magazine.Free} {
		if n := h.share(email+"@example.org", "weekly"); n.Subscriber.Tier != want {
			t.Errorf("%s: %+v", email, n.Subscriber)
		}
	}
}

var nairobi = time.FixedZone("Nairobi", 3*60*60)

// publish makes Members anew for a publication in Nairobi with tiers of its own.
func (h *house) publish(tiers magazine.Tiers) {
	h.Helper()
	var err error
	if h.Members, err = members.New(ctx, members.Options{Store: h.store, Newsletters: listed(letters), Tiers: tiers, Zone: nairobi,
		Mail: func(_ context.Context, tx *store.Tx, id string) error { return nil }}); err != nil {
		h.Fatal(err)
	}
}
