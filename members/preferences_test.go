package members_test

import "testing"

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
