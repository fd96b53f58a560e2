package members_test

import (
	"sync"
	"testing"

	"postrider/magazine"
	"postrider/members"
)

// Of many who use one link at once, mail programs and scanners among them, one changes
// something, and the others are told what has become of it.
func TestLinksUsedAtOnce(t *testing.T) {
	each(t, func(h *house) {
		confirm := h.signUp(request(amina))
		p := h.person(badr)
		move := h.move(p, "new@example.org")
		tells := len(h.moves)
		const users = 8
		confirmed, moved := make([]members.Confirmed, users), make([]members.Moving, users)
		errs := make([]error, 2*users)
		var all sync.WaitGroup
		for i := range users {
			all.Go(func() { confirmed[i], errs[i] = h.Confirm(ctx, confirm) })
			all.Go(func() { moved[i], errs[users+i] = h.Move(ctx, move) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		first := 0
		for i := range users {
			if !confirmed[i].Again {
				first++
			}
			if !moved[i].Done {
				t.Errorf("who used the link is told %+v", moved[i])
			}
		}
		h.want("confirmed", amina, "confirmed new-books weekly")
		if now, err := h.store.Subscriber(ctx, p.ID); err != nil || now.Email != "new@example.org" || now.State != magazine.Confirmed || first != 1 || len(h.moves) != tells+1 {
			t.Errorf("%+v, %v; %d confirmed, %d mails tell of the move", now, err, first, len(h.moves)-tells)
		}
	})
}
