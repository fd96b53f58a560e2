package web

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/store"
)

// local is a fixture that keeps what the browser sends to it.
type local struct {
	*fixture
	sent []string // path?form, one after the other
}

// onLocalhost serves a publication under the name that browsers make passkeys
// for without HTTPS.
func onLocalhost(t *testing.T, change ...func(*Options)) (f *local, base string) {
	t.Helper()
	f = &local{}
	server := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	base = "http://localhost:" + port
	f.fixture = newFixture(t, append(change, func(o *Options) { o.Publication.URL = base })...)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			f.sent = append(f.sent, r.URL.Path+"?"+string(body))
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		f.handler.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	return f, base
}

// device plugs a device with passkeys into the browser. It answers at once.
func device(ctx context.Context, target *chromedp.Target) error {
	if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		return err
	}
	_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	return err
}

// TestPasskeys adds a passkey on the account's page, signs in with it, and
// removes it, in a browser.
func TestPasskeys(t *testing.T) {
	for _, on := range posttest.Screens[1:] { // passkeys need scripts
		t.Run(on.Name, func(t *testing.T) { passkeys(t, on) })
	}
}

func passkeys(t *testing.T, on posttest.Screen) {
	j := posttest.OnJourney(t, on)
	do, text := j.Do, j.Reads
	f, base := onLocalhost(t)
	amina := f.member("amina@example.org")
	_, id := f.askSignIn("amina@example.org", "")
	do("sign in by the link", chromedp.Func(device), chromedp.Navigate(base+"/signin/"+f.members.SignInToken(id)), posttest.Click(".message button"), posttest.WaitVisible(".letter"))
	do("add a passkey", chromedp.Navigate(base+"/account"), posttest.WaitVisible("#passkey"), posttest.SendKeys("#passkey", "My device"), posttest.Click("form[data-new] button"), posttest.WaitVisible(`input[name="remove"] + button`))
	text("section:has(#passkeys) .rows", "My device")
	do("sign out", chromedp.Navigate(base+"/preferences"), posttest.Click(`form[action="/signout"] button`), posttest.WaitVisible(".message"))
	do("sign in by the passkey", chromedp.Navigate(base+"/signin?next=/articles/tide-clocks/"), posttest.Click("form.passkey button"), posttest.WaitVisible("article.piece"))
	list, err := f.members.Sessions(t.Context(), amina.ID)
	if err != nil || len(list) != 1 || list[0].Way != "passkey" {
		t.Errorf("%+v, %v", list, err)
	}
	path, form, _ := strings.Cut(f.sent[len(f.sent)-1], "?")
	if res := f.post(path, form); path != "/signin/passkey" || res.StatusCode != http.StatusBadRequest || len(res.Cookies()) > 0 {
		t.Errorf("the answer to %s given again: %d\n%s", path, res.StatusCode, res.body)
	}
	do("a second one on the same device", chromedp.Navigate(base+"/account"), posttest.WaitVisible("#passkey"), posttest.Click("form[data-new] button"),
		posttest.WaitVisible("form[data-new] [role=status]:not(:empty)"))
	text("form[data-new] [role=status]", "already")
	do("remove it", posttest.Click(`input[name="remove"] + button`), posttest.WaitNotPresent(`input[name="remove"]`), posttest.WaitVisible("#passkeys"))
	do("sign out", chromedp.Navigate(base+"/preferences"), posttest.Click(`form[action="/signout"] button`), posttest.WaitVisible(".message"))
	do("the removed one", chromedp.Navigate(base+"/signin"), posttest.Click("form.passkey button"), posttest.WaitVisible(".page-head .error"))
	text(".page-head .error", "does not sign in here")
}

// What proves nothing signs nobody in, and nothing is answered twice.
func TestBadPasskeys(t *testing.T) {
	f, _ := onLocalhost(t)
	f.member("amina@example.org")
	cookie := f.signIn("amina@example.org")
	for what, answer := range map[string]string{
		"nothing": "", "no JSON": "{", "null": "null", "empty": "{}", "a megabyte": strings.Repeat("a", 1<<15), "another form": `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`,
		"an old question": `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3QifQ","authenticatorData":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ","signature":"AAAA","userHandle":"AAAA"}}`,
	} {
		form := url.Values{"answer": {answer}}.Encode()
		if res := f.post("/signin/passkey", form); res.StatusCode != http.StatusBadRequest || len(res.Cookies()) > 0 || !strings.Contains(res.body, `name="email"`) {
			t.Errorf("%s: %d\n%s", what, res.StatusCode, res.body)
		}
		if res := f.post("/account/passkeys", form, "Cookie", cookie); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.body, `class="error"`) {
			t.Errorf("%s to be added: %d", what, res.StatusCode)
		}
		f.clock.Add(signUpEvery)
	}
	if res := f.post("/account/passkeys", "answer=x"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("not signed in: %d", res.StatusCode)
	}
	plain := newFixture(t, func(o *Options) { o.Publication.URL = "http://192.0.2.7:8080" })
	if page := plain.get("/signin"); strings.Contains(page.body, "passkey\"") {
		t.Error("passkeys are offered where browsers make none")
	}
	if res := plain.post("/signin/passkey", "answer=x"); res.StatusCode != http.StatusNotFound {
		t.Errorf("%d", res.StatusCode)
	}
}

// A form that names no passkey removes none.
func TestRemovingAPasskeyOfNoName(t *testing.T) {
	f, _ := onLocalhost(t)
	p := f.member("amina@example.org")
	cookie := f.signIn("amina@example.org")
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PutPasskey(ctx, store.Passkey{ID: "a", Subscriber: p.ID, Doc: "{}"})
		return err
	})
	for _, blank := range []string{"", "+", "%00"} {
		f.post("/account/passkeys", "remove="+blank, "Cookie", cookie)
	}
	if keys, err := f.members.Passkeys(t.Context(), p.ID); err != nil || len(keys) != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
}
