package members_test

import (
	"testing"

	"postrider/magazine"
)

func TestLeaving(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request(amina)))
		p, _ := h.store.SubscriberByEmail(ctx, amina)
		token := h.LeaveToken(p.ID, "weekly")
		for range 3 {
			l, err := h.CheckLeave(ctx, token)
			if err != nil || l.Email != amina || l.Newsletter.Title != "The Week by the Water" || l.Left {
				h.Errorf("%+v, %v", l, err)
			}
		}
		for range 2 {
			if err := h.Leave(ctx, token); err != nil {
				h.Error(err)
			}
			h.want("left", amina, "confirmed new-books -weekly")
			if l, err := h.CheckLeave(ctx, token); err != nil || !l.Left {
				h.Errorf("%+v, %v", l, err)
			}
		}
		h.reopen(nil) // a newsletter that is no more can still be left
		h.leave(amina, "new-books")
		if l, err := h.CheckLeave(ctx, h.LeaveToken(p.ID, "new-books")); err != nil || l.Newsletter.Title != "new-books" || !l.Left {
			h.Errorf("%+v, %v", l, err)
		}
		h.want("left all", amina, "unsubscribed -new-books -weekly")
		if l, err := h.CheckLeave(ctx, h.LeaveToken("nobody", "weekly")); err != nil || !l.Left || l.Email != "" {
			h.Errorf("nobody: %+v, %v", l, err)
		}
		if err := h.Leave(ctx, h.LeaveToken("nobody", "weekly")); err != nil {
			h.Error(err)
		}
	})
}

// One who opens a leaving link may take less, or a pause, and say why they left.
func TestInsteadOfLeaving(t *testing.T) {
	each(t, func(h *house) {
		h.reopen([]magazine.Newsletter{{Name: "weekly", Title: "Weekly", Frequencies: []magazine.Frequency{{Name: "daily"}, {Name: "fridays"}}}})
		h.confirm(h.signUp(request(amina, "weekly")))
		p, _ := h.store.SubscriberByEmail(ctx, amina)
		token := h.LeaveToken(p.ID, "weekly")
		share := func() *magazine.Subscription {
			s, err := h.store.Subscription(ctx, "weekly", p.ID)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if err := h.LessInstead(ctx, token, "fridays"); err != nil || share().Frequency != "fridays" {
			t.Errorf("less: %+v, %v", share(), err)
		}
		wantText(t, "no such frequency", h.LessInstead(ctx, token, "hourly"), magazine.Invalid, "how often")
		if err := h.PauseInstead(ctx, token, 30*day); err != nil || !share().PausedUntil.Equal(h.clock.Now().Add(30*day)) || share().Fresh {
			t.Errorf("a pause: %+v, %v", share(), err)
		}
		if err := h.PauseInstead(ctx, token, 0); err != nil || !share().PausedUntil.Equal(magazine.Indefinitely) {
			t.Errorf("a long pause: %+v, %v", share(), err)
		}
		wantCode(t, "a pause into the past", h.PauseInstead(ctx, token, -1), magazine.Invalid)
		if err := h.SayWhy(ctx, token, "no time"); err != nil {
			t.Error(err)
		}
		if err := h.Leave(ctx, token); err != nil {
			t.Fatal(err)
		}
		if list, err := h.store.LeavingsOf(ctx, p.ID); err != nil || len(list) != 0 {
			t.Errorf("why one has left who had not: %+v, %v", list, err)
		}
		for _, why := range []string{"too much", " no\r\n\x00 time ", ""} {
			if err := h.SayWhy(ctx, token, why); err != nil {
				t.Error(err)
			}
		}
		if list, err := h.store.LeavingsOf(ctx, p.ID); err != nil || len(list) != 1 || list[0].Reason != "no time" || list[0].Newsletter != "weekly" || !list[0].At.Equal(h.clock.Now()) {
			t.Errorf("why: %+v, %v", list, err)
		}
		wantText(t, "a pause after leaving", h.PauseInstead(ctx, token, day), magazine.Conflict, "any more")
		wantText(t, "less after leaving", h.LessInstead(ctx, token, "daily"), magazine.Conflict, "any more")
		wantCode(t, "a bad link", h.PauseInstead(ctx, token+"x", day), magazine.NotFound)
		wantCode(t, "a bad link", h.LessInstead(ctx, token+"x", "daily"), magazine.NotFound)
		wantCode(t, "a bad link", h.SayWhy(ctx, token+"x", "no"), magazine.NotFound)
	})
}
