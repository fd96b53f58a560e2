package members_test

import (
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
)

// An admin lets an address be mailed again that bounced or complained, and says why;
// one who had themselves erased comes back by themselves alone.
func TestLifting(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		wantCode(t, "not suppressed", h.Lift(ctx, amina, "a mistake", "salma"), magazine.NotFound)
		h.write(func(tx *store.Tx) error {
			if err := tx.Suppress(ctx, amina, "complained"); err != nil {
				return err
			}
			return tx.SetSubscriberState(ctx, p.ID, magazine.Complained)
		})
		wantCode(t, "without a reason", h.Lift(ctx, amina, " \n", "salma"), magazine.Invalid)
		wantCode(t, "no address", h.Lift(ctx, "amina", "x", "salma"), magazine.Invalid)
		if err := h.Lift(ctx, strings.ToUpper(amina), "she pressed the wrong button", "salma"); err != nil {
			t.Fatal(err)
		}
		h.want("lifted", amina, "confirmed new-books weekly")
		if why, err := h.Suppressed(ctx, amina); err != nil || why != "" {
			t.Errorf("lifted, and suppressed: %q, %v", why, err)
		}
		acts, err := h.store.SubscriberActs(ctx, p.ID)
		if err != nil || len(acts) != 1 || acts[0].What != "lift" || acts[0].Who != "salma" || acts[0].Detail != "she pressed the wrong button" {
			t.Errorf("kept: %+v, %v", acts, err)
		}

		h.signUp(request(badr))
		q, err := h.store.SubscriberByEmail(ctx, badr)
		if err != nil {
			t.Fatal(err)
		}
		h.write(func(tx *store.Tx) error {
			if err := tx.Suppress(ctx, badr, "bounced: full"); err != nil {
				return err
			}
			return tx.SetSubscriberState(ctx, q.ID, magazine.Bounced)
		})
		if err := h.Lift(ctx, badr, "it was full", "salma"); err != nil {
			t.Fatal(err)
		}
		h.want("who never confirmed", badr, "pending")

		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, amina, "bounced: <amina@example.org>") })
		if err := h.Erase(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Lift(ctx, amina, "it takes mail again", "salma"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "who was erased", h.Lift(ctx, amina, "we miss her", "salma"), magazine.Conflict)
		h.confirm(h.signUp(request(amina, "weekly")))
		h.want("by themselves", amina, "confirmed weekly")
	})
}
