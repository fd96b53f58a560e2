package daemon_test

import (
	"net/url"
	"strings"
	"testing"

	"postrider/magazine"
)

// seated lets somebody in at the desk of a running daemon by the link that the
// command prints.
func seated(t *testing.T, h *house, base, email string, role magazine.Role) *visitor {
	t.Helper()
	u, err := h.Members.SetUser(h.ctx, email, role, "root")
	h.must(err)
	token, err := h.Members.UserLink(h.ctx, u)
	h.must(err)
	v := visit(t, base)
	if at, body := v.send("/signin/"+token, url.Values{}); at != "/desk/" {
		t.Fatalf("the link leads to %s\n%s", at, body)
	}
	return v
}

// The first owner comes in by a printed link and lets an editor in, who signs in by
// mail without being a subscriber.
func TestTheDeskOpens(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		base := serve(t, h.Daemon)
		owner := seated(t, h, base, "amina@people.example", "")
		if at, body := owner.send("/desk/users/", url.Values{"email": {"badr@people.example"}, "role": {"editor"}}); at != "/desk/users/" || !strings.Contains(body, "badr@people.example") {
			t.Fatalf("letting in leads to %s\n%s", at, body)
		}
		editor := visit(t, base)
		if at, _ := editor.send("/desk/", nil); at != "/signin" {
			t.Errorf("nobody is led to %s", at)
		}
		page, _ := editor.send("/signin", url.Values{"email": {"badr@people.example"}, "next": {"/desk/"}})
		all, err := h.server.Wait(deadline(t), 1)
		h.must(err)
		code := codeInMail.FindStringSubmatch(plain(t, all[0].Raw))
		if code == nil {
			t.Fatalf("no code in\n%s", all[0].Raw)
		}
		if at, _ := editor.send(page, url.Values{"code": {code[1]}}); at != "/desk/" {
			t.Errorf("the code leads to %s", at)
		}
		if _, body := editor.send("/desk/users/", url.Values{"email": {"badr@people.example"}, "role": {"owner"}}); !strings.Contains(body, "Your role does not let you") {
			t.Errorf("an editor makes themselves an owner:\n%s", body)
		}
		badr, err := h.Store.SubscriberByEmail(h.ctx, "badr@people.example")
		h.must(err)
		if role, err := h.Members.Role(h.ctx, badr.ID); err != nil || role != magazine.Editor {
			t.Errorf("%q, %v", role, err)
		}
	})
}
