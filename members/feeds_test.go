package members_test

import (
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// The address of own feeds is for whoever has confirmed and not left, until it is
// replaced. What was no address of ours never says whose it might be.
func TestOwnFeeds(t *testing.T) {
	each(t, func(h *house) {
		token := h.signUp(request("a@example.org", "weekly"))
		p, err := h.store.SubscriberByEmail(ctx, "a@example.org")
		if err != nil {
			h.Fatal(err)
		}
		_, err = h.FeedToken(ctx, p.ID)
		wantCode(t, "before confirming", err, magazine.NotFound)
		h.confirm(token)
		address := func() string {
			h.Helper()
			token, err := h.FeedToken(ctx, p.ID)
			if err != nil {
				h.Fatal(err)
			}
			return token
		}
		is := func(what, token string, wantGone bool, tier magazine.Tier) {
			h.Helper()
			own, gone, err := h.OfFeedToken(ctx, token)
			if err != nil || gone != wantGone || !gone && own != (members.OwnFeeds{Subscriber: p.ID, Tier: tier}) {
				h.Errorf("%s: %+v, gone %v, %v", what, own, gone, err)
			}
		}
		first := address()
		is("confirmed", first, false, magazine.Free)
		if _, err := h.SetTier(ctx, "a@example.org", magazine.Member, ""); err != nil {
			h.Fatal(err)
		}
		is("a member", first, false, magazine.Member)
		if err := h.ReplaceFeeds(ctx, p.ID); err != nil {
			h.Fatal(err)
		}
		second := address()
		is("replaced", first, true, "")
		is("its replacement", second, false, magazine.Member)
		for _, state := range []magazine.SubscriberState{magazine.Bounced, magazine.Complained, magazine.Pending} {
			h.write(func(tx *store.Tx) error { return tx.SetSubscriberState(ctx, p.ID, state) })
			is(string(state), second, state != magazine.Bounced, magazine.Member)
		}
		h.write(func(tx *store.Tx) error { return tx.SetSubscriberState(ctx, p.ID, magazine.Confirmed) })
		h.leave("a@example.org", "weekly")
		is("left", second, true, "")
		wantCode(t, "replaced by one who left", h.ReplaceFeeds(ctx, p.ID), magazine.NotFound)
		h.confirm(h.signUp(request("a@example.org", "weekly")))
		is("joined again", second, false, magazine.Member)
		is("replaced, and joined again", first, true, "")

		cut, other := second[:len(second)-1], h.LeaveToken(p.ID, "weekly")
		for _, bad := range []string{"", ".", cut, second + "A", second + ".", second + second, "x" + second, other, strings.ToUpper(second), strings.Repeat("a", 1<<20), "\x00", "a.0.AAAAAAAAAAAAAAAAAAAAAA"} {
			_, gone, err := h.OfFeedToken(ctx, bad)
			if gone {
				h.Errorf("%.40q is gone, and never was", bad)
			}
			wantCode(t, "no address", err, magazine.NotFound)
		}
		if err := h.Erase(ctx, p.ID); err != nil {
			h.Fatal(err)
		}
		is("erased", second, true, "")
	})
}
