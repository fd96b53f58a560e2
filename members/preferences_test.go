package members_test

import (
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
)

func TestTakingBackOnesZone(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		for _, zone := range []string{"Asia/Tehran", " ", "Africa/Cairo", ""} {
			if err := h.SetZone(ctx, p.ID, zone); err != nil {
				t.Fatal(err)
			}
			if now, err := h.store.Subscriber(ctx, p.ID); err != nil || now.Timezone != map[bool]string{true: zone}[len(zone) > 1] {
				t.Errorf("%q: %q, %v", zone, now.Timezone, err)
			}
		}
	})
}

// The link of a mail that was passed on fills no table: each time that a newsletter is
// taken is kept as consent.
func TestTakingWithoutEnd(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		var err error
		times := 0
		for ; err == nil && times < 60; times++ {
			if err := h.Drop(ctx, p.ID, "weekly"); err != nil {
				t.Fatal(err)
			}
			err = h.Take(ctx, p, "weekly", members.Consent{Form: "/preferences"})
		}
		wantCode(t, "taken once more", err, magazine.Conflict)
		if times != 51 {
			t.Errorf("taken %d times", times)
		}
		h.clock.Add(24*time.Hour + time.Second)
		if err := h.Take(ctx, p, "weekly", members.Consent{Form: "/preferences"}); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}
