package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// member makes a confirmed subscriber.
func (f *fixture) member(email string) magazine.Subscriber {
	f.Helper()
	if _, err := f.members.Add(f.Context(), members.Request{Email: email}, true, false); err != nil {
		f.Fatal(err)
	}
	p, err := f.store.SubscriberByEmail(f.Context(), email)
	if err != nil {
		f.Fatal(err)
	}
	return p
}

// askSignIn types an address on the page for signing in, and returns the path of
// the page for the code, and the sign-in's id.
func (f *fixture) askSignIn(email, next string) (path, id string) {
	f.Helper()
	res := f.post("/signin", url.Values{"email": {email}, "next": {next}}.Encode())
	path = res.Header.Get("Location")
	id, ok := strings.CutPrefix(path, "/signin/code/")
	if res.StatusCode != http.StatusSeeOther || !ok || len(f.signIns) == 0 || f.signIns[len(f.signIns)-1] != id {
		f.Fatalf("asking to be signed in: %d, to %q", res.StatusCode, path)
	}
	return path, id
}

// signIn signs a person in and returns the cookie as a browser sends it.
func (f *fixture) signIn(email string, headers ...string) string {
	f.Helper()
	_, id := f.askSignIn(email, "")
	res := f.post("/signin/"+f.members.SignInToken(id), "", headers...)
	if res.StatusCode != http.StatusSeeOther {
		f.Fatalf("signing in: %d %s", res.StatusCode, res.body)
	}
	return cookieOf(f.T, res)
}

// session signs a person in without a mail.
func (f *fixture) session(p magazine.Subscriber) store.Session {
	f.Helper()
	s := store.Session{ID: magazine.NewID(), Subscriber: p.ID, Way: "link", Expires: f.clock.Now().Add(time.Hour)}
	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutSession(ctx, s, s.ID) })
	return s
}

func cookieOf(t *testing.T, res answer) string {
	t.Helper()
	all := res.Cookies()
	if len(all) != 1 || all[0].Value == "" {
		t.Fatalf("%d cookies: %v", len(all), all)
	}
	return all[0].Name + "=" + all[0].Value
}

func TestSigningIn(t *testing.T) {
	f := newFixture(t)
	f.member("amina@example.org")
	for _, path := range []string{"/", "/signin", "/articles/tide-clocks/", "/account"} {
		if res := f.get(path); len(res.Cookies()) > 0 || path == "/account" && res.Header.Get("Location") != "/signin?next=%2Faccount" {
			t.Errorf("%s before signing in: %d %v", path, res.StatusCode, res.Header)
		}
	}
	if res := f.get("/signin?next=/articles/tide-clocks/"); !strings.Contains(res.body, `name="next" value="/articles/tide-clocks/"`) || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", res.Header, res.body)
	}
	page, id := f.askSignIn("amina@example.org", "/articles/tide-clocks/")
	link := "/signin/" + f.members.SignInToken(id)
	for range 2 { // a scanner
		for _, method := range []string{"GET", "HEAD"} {
			if res := f.do(request(method, link, "")); res.StatusCode != http.StatusOK || len(res.Cookies()) > 0 || res.Header.Get("Referrer-Policy") != "same-origin" {
				t.Errorf("%s of the link: %d %v", method, res.StatusCode, res.Header)
			}
		}
	}
	if res := f.get(page); res.StatusCode != http.StatusOK || strings.Contains(res.body, "amina") {
		t.Errorf("the page for the code: %d", res.StatusCode)
	}
	if res := f.post(page, "code=12"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.body, "That is not the code") || len(res.Cookies()) > 0 {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	res := f.post(page, "code="+f.members.SignInCode(id), "Cookie", "__Host-session=laid-under")
	if c := res.Cookies(); len(c) != 1 || c[0].Name != "__Host-session" || !c[0].HttpOnly || !c[0].Secure || c[0].SameSite != http.SameSiteLaxMode || c[0].Path != "/" || c[0].Domain != "" || c[0].Value == "laid-under" {
		t.Fatalf("cookies %v", c)
	}
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/articles/tide-clocks/" {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	cookie := cookieOf(t, res)
	if res := f.get("/account", "Cookie", cookie); res.StatusCode != http.StatusOK || !strings.Contains(res.body, "amina@example.org") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the account: %d %v", res.StatusCode, res.Header)
	}
	if res := f.get("/signin", "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
		t.Errorf("signing in once more: %d", res.StatusCode)
	}
	res = f.post("/signout", "", "Cookie", cookie)
	if c := res.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" {
		t.Errorf("cookies after signing out: %v", c)
	}
	if res := f.get("/account", "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the account after signing out: %d", res.StatusCode)
	}
	if strings.Contains(f.log.String(), "amina") || strings.Contains(f.log.String(), id) {
		t.Error("the log names the person:", f.log.String())
	}
}

// The cookie of a publication over plain HTTP is one that such a browser keeps.
func TestSigningInOverHTTP(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Publication.URL = "http://localhost:8080/mag" })
	f.member("amina@example.org")
	res := f.post("/mag/signin", "email=amina@example.org")
	id := f.signIns[0]
	if to := res.Header.Get("Location"); to != "/mag/signin/code/"+id {
		t.Errorf("to %q", to)
	}
	res = f.post("/mag/signin/"+f.members.SignInToken(id), "")
	if c := res.Cookies(); len(c) != 1 || c[0].Name != "session" || c[0].Secure || res.Header.Get("Location") != "/mag/preferences" {
		t.Errorf("%v, to %q", c, res.Header.Get("Location"))
	}
}

func TestBadSignInLinks(t *testing.T) {
	f := newFixture(t)
	amina := f.member("amina@example.org")
	_, id := f.askSignIn("amina@example.org", "")
	_, used := f.askSignIn("amina@example.org", "")
	f.post("/signin/"+f.members.SignInToken(used), "")
	token := f.members.SignInToken(id)
	for _, c := range []struct {
		what, token string
		status      int
		text        string
	}{
		{"cut", token[:len(token)-2], 404, "open it from the mail again"},
		{"doubled", token + token, 404, "open it from the mail again"},
		{"altered", "x" + token, 404, "open it from the mail again"},
		{"of another kind", f.members.LeaveToken(amina.ID, "weekly"), 404, "open it from the mail again"},
		{"with odd bytes", "%00%ff" + token, 404, "open it from the mail again"},
		{"used", f.members.SignInToken(used), 400, "done their work"},
		{"of nobody", f.members.SignInToken("nosuchsignin"), 400, "expired"},
	} {
		for _, method := range []string{"GET", "POST"} {
			res := f.do(request(method, "/signin/"+c.token, ""))
			if res.StatusCode != c.status || !strings.Contains(res.body, c.text) || !strings.Contains(res.body, `name="email"`) || len(res.Cookies()) > 0 {
				t.Errorf("%s %s: %d, %v\n%s", method, c.what, res.StatusCode, res.Cookies(), res.body)
			}
		}
	}
	f.clock.Add(15 * time.Minute)
	if res := f.post("/signin/"+token, ""); res.StatusCode != 400 || !strings.Contains(res.body, "expired") {
		t.Errorf("too late: %d", res.StatusCode)
	}
	if res := f.post("/signin/code/"+id, "code="+f.members.SignInCode(id)); res.StatusCode != 400 || !strings.Contains(res.body, "expired") {
		t.Errorf("the code too late: %d", res.StatusCode)
	}
}

// Nothing in an answer tells whether an address is known.
func TestSigningInTellsNothing(t *testing.T) {
	f := newFixture(t)
	f.member("amina@example.org")
	var said []string
	for _, email := range []string{"amina@example.org", "nobody@example.org"} {
		page, id := f.askSignIn(email, "")
		body := f.get(page).body + f.post(page, "code=1").body
		said = append(said, strings.ReplaceAll(body, id, "ID"))
	}
	if said[0] != said[1] {
		t.Errorf("known:\n%s\nunknown:\n%s", said[0], said[1])
	}
	res := f.post("/signin", "email="+url.QueryEscape("amina@example.org\r\nBcc: x@y.example"))
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.body, `id="email-error"`) {
		t.Errorf("no address: %d", res.StatusCode)
	}
}

func TestSignInLimits(t *testing.T) {
	f := newFixture(t)
	_, id := f.askSignIn("amina@example.org", "")
	for range signUpBurst {
		f.post("/signin", "email=a@example.org")
	}
	if res := f.post("/signin", "email=a@example.org"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("many from one network: %d", res.StatusCode)
	}
	for range signUpBurst {
		f.post("/signin/code/"+id, "code=1")
	}
	if res := f.post("/signin/code/"+id, "code=1"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("many codes from one network: %d", res.StatusCode)
	}
	crowd := newFixture(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	last := 0
	for i := range signInsAtOnce + 1 {
		last = crowd.post("/signin", "email=a@example.org", "X-Forwarded-For", fmt.Sprintf("10.7.%d.1", i)).StatusCode
		if i < signInsAtOnce && last != http.StatusSeeOther {
			t.Fatalf("the %d. of many: %d", i+1, last)
		}
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("too many in all: %d", last)
	}
}

func TestOwnPage(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/account": "/account", "/articles/tide-clocks/": "/articles/tide-clocks/", "/articles/رسالة/": "/articles/%D8%B1%D8%B3%D8%A7%D9%84%D8%A9/", "/issues/12/9/": "/issues/12/9/",
		"": "", "//evil.example": "", "//evil.example/articles/": "", "/\\evil.example": "", "\\/evil.example": "", "https://evil.example/": "", "javascript:alert(1)": "", "/articles/../../x": "", "/articles//x": "",
		"/articles/\r\nLocation: x": "", "/account?x=1": "", "/account#x": "", "/%2f/evil.example": "", "/leave/x": "", "/signout": "", "/signin": "", " /account": "", "/ /evil.example": "", "/./": "", "/" + strings.Repeat("a", 600): "",
		"/account\x00": "",
	} {
		if got := ownPage(next); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}

func FuzzOwnPage(f *testing.F) {
	for _, seed := range []string{"/", "/account", "//evil.example", "/\\evil", "/articles/x/", "/articles/%2e%2e/", "/account\t"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://harbour.example/mag/x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		own := ownPage(next)
		if own == "" {
			return
		}
		to, err := base.Parse("/mag" + own)
		if err != nil || to.Host != "harbour.example" || to.Scheme != "https" || !strings.HasPrefix(to.Path, "/mag/") || to.RawQuery != "" {
			t.Fatalf("%q leads to %q: %v, %v", next, own, to, err)
		}
		if to, err = base.Parse(own); err != nil || to.Host != "harbour.example" {
			t.Fatalf("%q leads to %q: %v, %v", next, own, to, err)
		}
	})
}

func TestSessionsPage(t *testing.T) {
	f := newFixture(t)
	f.member("amina@example.org")
	f.member("badr@example.org")
	phone := f.signIn("amina@example.org", "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1")
	desk := f.signIn("amina@example.org", "User-Agent", "<script>Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")
	theirs := f.signIn("badr@example.org")
	page := f.get("/account", "Cookie", desk).body
	for _, want := range []string{"Safari on iPhone", "Firefox on Linux", "This browser"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	amina, _ := f.store.SubscriberByEmail(f.Context(), "amina@example.org")
	list, err := f.members.Sessions(f.Context(), amina.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	of := map[bool]string{}
	for _, s := range list {
		of[strings.Contains(s.Browser, "iPhone")] = s.ID
	}
	in := func(cookie string) bool { return f.get("/account", "Cookie", cookie).StatusCode == http.StatusOK }
	if f.post("/account/sessions", "session="+of[true], "Cookie", theirs); !in(phone) {
		t.Error("another person signed them out")
	}
	if res := f.post("/account/sessions", "session="+of[true], "Cookie", desk, "Sec-Fetch-Site", "cross-site"); res.StatusCode != http.StatusForbidden || !in(phone) {
		t.Errorf("another site signed them out: %d", res.StatusCode)
	}
	if res := f.post("/account/sessions", "session="+of[true], "Cookie", desk); res.StatusCode != http.StatusSeeOther || in(phone) || !in(desk) {
		t.Errorf("one of them: %d", res.StatusCode)
	}
	for _, none := range []string{"", "session=", "session=%00"} {
		if res := f.post("/account/sessions", none, "Cookie", desk); res.StatusCode != http.StatusBadRequest || !in(desk) {
			t.Errorf("none named by %q: %d", none, res.StatusCode)
		}
	}
	phone = f.signIn("amina@example.org")
	if res := f.post("/account/sessions", "everywhere=yes", "Cookie", desk); res.StatusCode != http.StatusOK || in(desk) || in(phone) || !in(theirs) {
		t.Errorf("everywhere: %d", res.StatusCode)
	}
}

func TestWithoutNewslettersNobodySignsIn(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Newsletters = nil })
	for _, path := range []string{"/signin", "/signin/x", "/signin/code/x", "/account"} {
		if res := f.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if strings.Contains(f.get("/").body, "/signin") {
		t.Error("the front page leads to it")
	}
}

// The foot of a page that knows who reads it leads to their account, and to signing
// in once nobody is signed in any more. Pages for everybody don't ask.
func TestTheFootKnowsWhoIsSignedIn(t *testing.T) {
	f, amina := withOwnFeeds(t)
	foot := func(what string, page answer, want string) {
		t.Helper()
		_, after, _ := strings.Cut(page.body, `<p class="legal">`)
		if in, out := strings.Contains(after, `href="/account"`), strings.Contains(after, `href="/signin"`); in == out || in != (want == "/account") {
			t.Errorf("%s: %d: the foot does not lead to %s:\n%s", what, page.StatusCode, want, after)
		}
	}
	foot("own feeds", f.get("/feeds/own/", "Cookie", "who="+amina), "/account")
	f.options.reader = nil
	var err error
	if f.site, f.handler, err = newSite(f.options); err != nil {
		t.Fatal(err)
	}
	cookie := f.signIn("amina@example.org")
	for _, path := range []string{"/account", "/account/erase", "/preferences", "/feeds/own/", "/articles/green-lamp/", "/preferences/preview/no-such"} {
		foot(path, f.get(path, "Cookie", cookie), "/account")
	}
	foot("nobody's article", f.get("/articles/green-lamp/"), "/signin")
	foot("the front page", f.get("/", "Cookie", cookie), "/signin")
	foot("signed out", f.post("/signout", "", "Cookie", cookie), "/signin")
	cookie = f.signIn("amina@example.org")
	foot("signed out everywhere", f.post("/account/sessions", "everywhere=yes", "Cookie", cookie), "/signin")
	foot("erased", f.post("/account/erase", "", "Cookie", f.signIn("amina@example.org")), "/signin")
}
