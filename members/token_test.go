package members_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// Only the very tokens that were made open anything.
func TestTokensThatAreNotOurs(t *testing.T) {
	h := lite(t)
	confirm := h.signUp(request(amina, "weekly"))
	p, _ := h.store.SubscriberByEmail(ctx, amina)
	leave := h.LeaveToken(p.ID, "weekly")
	other := lite(t)
	bad := map[string]string{
		"empty": "", "dots": "..", "no mark": "abc", "long": strings.Repeat("a", 1000) + "." + strings.Repeat("b", 22), "another's secret": other.ConfirmToken(h.asked[0]),
		"no mac": h.asked[0] + ".", "padded": confirm + "==", "line end": confirm + "\n", "inner line end": confirm[:len(confirm)-3] + "\r\n" + confirm[len(confirm)-3:],
		"space": " " + confirm, "upper case": strings.ToUpper(confirm), "twice": confirm + "." + confirm, "NUL": confirm + "\x00", "another purpose": leave,
	}
	for i := range confirm {
		bad["cut to "+confirm[:i]] = confirm[:i]
	}
	for what, token := range bad {
		if _, err := h.CheckConfirm(ctx, token); magazine.CodeOf(err) != magazine.NotFound {
			t.Errorf("%s: %v", what, err)
		}
		wantCode(t, what, h.refused(token), magazine.NotFound)
		if token == leave {
			token = confirm
		}
		_, err := h.CheckLeave(ctx, token)
		wantCode(t, what+" to leave", err, magazine.NotFound)
		wantCode(t, what+" to leave", h.Leave(ctx, token), magazine.NotFound)
	}
	h.want("nothing opened anything", amina, "pending")
	h.reopen(letters) // the secret outlives a restart
	h.confirm(confirm)
	if err := h.Leave(ctx, leave); err != nil {
		t.Error(err)
	}
	// A payload cannot be split otherwise than it was joined.
	if _, err := h.CheckConfirm(ctx, strings.Replace(leave, p.ID+".weekly", p.ID, 1)); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
}

func TestTokenProperties(t *testing.T) {
	h := lite(t)
	rapid.Check(t, func(r *rapid.T) {
		ids := rapid.StringMatching(`[a-z2-7]{12}`)
		id, newsletter := ids.Draw(r, "id"), rapid.StringMatching(`[a-z][a-z0-9.-]{0,30}`).Draw(r, "newsletter")
		token := h.LeaveToken(id, newsletter)
		if token != h.LeaveToken(id, newsletter) || strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			r.Fatalf("%q does not go into an address", token)
		}
		if err := h.Leave(ctx, token); err != nil { // of nobody: it opens, and nothing comes of it
			r.Fatalf("%q: %v", token, err)
		}
		if other := ids.Draw(r, "other"); other != id && h.LeaveToken(other, newsletter) == token {
			r.Fatal("two people have one token")
		}
		at := rapid.IntRange(0, len(token)-1).Draw(r, "at")
		with := rapid.Byte().Draw(r, "with")
		if changed := token[:at] + string([]byte{with}) + token[at+1:]; changed != token {
			if err := h.Leave(ctx, changed); magazine.CodeOf(err) != magazine.NotFound {
				r.Fatalf("%q opens as %q does: %v", changed, token, err)
			}
		}
	})
}

func FuzzToken(f *testing.F) {
	h := lite(f)
	f.Add("")
	f.Add("abcdefghijkl.weekly.AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("....")
	f.Add("\x00.\xff")
	f.Fuzz(func(t *testing.T, token string) {
		for what, err := range map[string]error{"confirm": h.refused(token), "leave": h.Leave(ctx, token)} {
			if magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("%s with %q: %v", what, token, err)
			}
		}
	})
}

func TestADamagedSecret(t *testing.T) {
	for _, damaged := range []string{"", "short", "!!!not base64!!!"} {
		h := lite(t)
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE settings SET value = $1 WHERE name = 'token-secret'", damaged)
			return err
		})
		_, err := members.New(ctx, members.Options{Store: h.store})
		wantCode(t, damaged, err, magazine.Internal)
	}
}
