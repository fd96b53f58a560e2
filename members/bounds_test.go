package members_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"postrider/members"
)

// A stranger who asks for mails to an address that is not theirs uses up what their
// own network may ask for: its owner, elsewhere, still gets theirs, and no number
// of networks fills the mailbox.
func TestStrangersLeaveTheOwnerTheirMails(t *testing.T) {
	each(t, func(h *house) {
		h.person(amina)
		stranger, near, owner := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("198.51.100.200"), netip.MustParseAddr("2001:db8:1::7")
		signIn := func(from netip.Addr) bool {
			h.Helper()
			id, err := h.AskSignIn(ctx, amina, "", from)
			if err != nil {
				h.Fatal(err)
			}
			return h.mailed(id)
		}
		signUp := func(from netip.Addr) bool {
			h.Helper()
			n := len(h.asked)
			r := request("badr@example.org")
			r.From = from
			if err := h.SignUp(ctx, r); err != nil {
				h.Fatal(err)
			}
			return len(h.asked) > n
		}
		for what, ask := range map[string]func(netip.Addr) bool{"signing in": signIn, "signing up": signUp} {
			count := func(n int, from ...netip.Addr) (mailed int) {
				for i := range n {
					if ask(from[i%len(from)]) {
						mailed++
					}
				}
				return mailed
			}
			if got := count(10, stranger, near); got != 3 {
				t.Errorf("%s: a stranger has %d mails sent in an hour", what, got)
			}
			if got := count(4, owner); got != 3 {
				t.Errorf("%s: the owner gets %d of theirs", what, got)
			}
			h.clock.Add(time.Hour)
			if got := count(10, stranger); got != 3 {
				t.Errorf("%s: a stranger has %d mails sent in the next hour", what, got)
			}
			h.clock.Add(time.Hour)
			if got := count(10, near); got != 0 {
				t.Errorf("%s: a stranger has %d mails more sent in a day", what, got)
			}
			if got := count(4, owner); got != 3 {
				t.Errorf("%s: the owner gets %d of theirs two hours later", what, got)
			}
			h.clock.Add(day)
			if got := count(10, owner); got != 3 {
				t.Errorf("%s: the owner gets %d the next day", what, got)
			}
			h.clock.Add(day)
			var many []netip.Addr
			for i := range 100 {
				many = append(many, netip.MustParseAddr(fmt.Sprintf("203.0.%d.1", i)))
			}
			if got := count(100, many...); got != 9 {
				t.Errorf("%s: a hundred networks have %d mails sent in an hour", what, got)
			}
			total := 9
			for range 22 {
				h.clock.Add(time.Hour)
				total += count(100, many...)
			}
			if total != 18 {
				t.Errorf("%s: a hundred networks have %d mails sent in a day", what, total)
			}
			h.clock.Add(2 * day)
		}
	})
}

func TestNetwork(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.254", true}, {"192.0.2.1", "192.0.3.1", false}, {"2001:db8:1:2::1", "2001:db8:1:ffff::9", true}, {"2001:db8:1::1", "2001:db8:2::1", false},
	} {
		if same := members.Network(netip.MustParseAddr(c.a)) == members.Network(netip.MustParseAddr(c.b)); same != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, same)
		}
	}
	if members.Network(netip.Addr{}).IsValid() {
		t.Error("who has no address is in a network")
	}
}
