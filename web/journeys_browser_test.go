package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"postrider/feeds"
	"postrider/internal/posttest"
	"postrider/magazine"
)

// TestBrowserJoining goes a reader's way to their first mail: from the front page, from
// an author, and by a form on another site, which stores nothing.
func TestBrowserJoining(t *testing.T) {
	for _, on := range posttest.Screens {
		t.Run(on.Name, func(t *testing.T) {
			j := posttest.OnJourney(t, on)
			f, base := onLocalhost(t, letters)
			typing := chromedp.Func(func(context.Context, *chromedp.Target) error { // nobody fills in a form at once
				f.clock.Add(time.Minute)
				return nil
			})
			confirm := func(sends int) {
				t.Helper()
				if len(f.signUps) != sends {
					t.Fatalf("%d mails are asked for, want %d", len(f.signUps), sends)
				}
				j.Do("confirm", chromedp.Navigate(base+"/confirm/"+f.members.ConfirmToken(f.signUps[sends-1])), posttest.Click(".message button"), posttest.WaitNotPresent(".message button"), posttest.WaitVisible("h1"))
			}
			j.Do("from the front page", chromedp.Navigate(base+"/"), posttest.WaitVisible("#quick-email"), typing, posttest.SendKeys("#quick-email", "amina@example.org"), posttest.Click(".quick button"), posttest.WaitVisible(".message"))
			confirm(1)
			if s := f.share("amina@example.org", "weekly"); s.State != magazine.SubscriptionActive || len(s.Follows) != 0 {
				t.Errorf("from the front page: %+v", s)
			}
			j.Do("from an author", chromedp.Navigate(base+"/authors/maren-ostergaard/"), posttest.Click(`a[href="/join?author=maren-ostergaard"]`), posttest.WaitVisible("#email"), typing, posttest.SendKeys("#email", "badr@example.org"), posttest.Click(`form[action="/join"] button`), posttest.WaitVisible(".message"))
			confirm(2)
			if s := f.share("badr@example.org", "weekly"); len(s.Follows) != 1 || s.Follows[0].Slug != "maren-ostergaard" {
				t.Errorf("from an author: %+v", s)
			}
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprintf(w, `<!doctype html><title>Elsewhere</title><form method="post" action="%s/join"><input id="mine" name="email"><button>Get the letter</button></form>`, base)
			}))
			defer other.Close()
			j.Do("by a form elsewhere", chromedp.Navigate(other.URL), posttest.SendKeys("#mine", "chidi@example.org"), posttest.Click("button"), posttest.WaitVisible("#email"))
			if value, err := chromedp.Run(j.Browser, posttest.Value("#email")); err != nil || value != "chidi@example.org" || len(f.signUps) != 2 {
				t.Errorf("our form has %q (%v), and %d mails are asked for", value, err, len(f.signUps))
			}
			j.Do("sign up there", typing, posttest.Click(`form[action="/join"] button`), posttest.WaitVisible(".message"))
			confirm(3)
		})
	}
}

// TestBrowserAccount goes a member's way through their account: in by the link on
// another device, another address and back, one's data, feeds of one's own and a new
// address for them, and at last nothing of it.
func TestBrowserAccount(t *testing.T) {
	for _, on := range posttest.Screens {
		t.Run(on.Name, func(t *testing.T) {
			j := posttest.OnJourney(t, on)
			f, base := onLocalhost(t, letters, ownFeedsToo)
			p := f.member("amina@example.org")
			link := func(path string) {
				t.Helper()
				j.Do("open a link", chromedp.Navigate(base+path), posttest.Click(".message button"), posttest.WaitNotPresent(".message button"), posttest.WaitVisible("h1"))
			}
			j.Do("ask", chromedp.Navigate(base+"/signin?next=/account"), posttest.SendKeys("#email", "amina@example.org"), posttest.Click(`form[action="/signin"] button`), posttest.WaitVisible("#code"))
			j.AnotherDevice()
			link("/signin/" + f.members.SignInToken(f.signIns[len(f.signIns)-1]))
			j.Reads(".page-head", "amina@example.org")

			j.Do("another address", posttest.SendKeys("#email", "new@example.org"), posttest.Click(`form[action="/account/address"] button`), posttest.WaitVisible(".message"))
			link("/address/" + f.members.AddressToken(f.moves[len(f.moves)-1]))
			if now, err := f.store.Subscriber(t.Context(), p.ID); err != nil || now.Email != "new@example.org" {
				t.Errorf("moved: %+v, %v", now, err)
			}
			link("/address/" + f.members.AddressToken(f.moves[len(f.moves)-1]))
			if now, err := f.store.Subscriber(t.Context(), p.ID); err != nil || now.Email != "amina@example.org" {
				t.Errorf("taken back: %+v, %v", now, err)
			}
			j.Do("which signed them out", chromedp.Navigate(base+"/account"), posttest.WaitVisible(`form[action="/signin"]`))
			j.AnotherDevice()
			_, id := f.askSignIn("amina@example.org", "/account")
			link("/signin/" + f.members.SignInToken(id))

			j.Reads(`a[href="/account/data"]`, "Download all") // which no script of ours may fetch
			if data := f.get("/account/data", "Cookie", f.signIn("amina@example.org")); !strings.Contains(data.body, `"taken_back"`) {
				t.Errorf("their data: %s", data.body)
			}
			j.Do("their feeds", posttest.Click(`a[href="/feeds/own/"]`), posttest.WaitVisible(".address code"))
			before, err := chromedp.Run(j.Browser, posttest.TextContent(".address code"))
			if err != nil || f.get(strings.TrimPrefix(before, base)).StatusCode != http.StatusOK {
				t.Errorf("%s, %v", before, err)
			}
			if on.Scripts {
				j.Do("copy it", posttest.Click("[data-copy]"), posttest.WaitReady("#copied:not(:empty)"))
			}
			j.Do("replace it", posttest.Click(".replace button"))
			if after := j.Changed(".address code", before); f.get(strings.TrimPrefix(before, base)).StatusCode != http.StatusGone || f.get(strings.TrimPrefix(after, base)).StatusCode != http.StatusOK {
				t.Errorf("%s replaced by %s", before, after)
			}

			j.Do("be erased", chromedp.Navigate(base+"/account"), posttest.Click(`a[href="/account/erase"]`), posttest.Click(".message button"), posttest.WaitNotPresent(".message button"), posttest.WaitVisible("h1"))
			if _, err := f.store.Subscriber(t.Context(), p.ID); magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("erased: %v", err)
			}
		})
	}
}

// TestBrowserInArabic goes a member's way in a language that is written from the right:
// chosen on the page, then used to choose and to leave.
func TestBrowserInArabic(t *testing.T) {
	for _, on := range posttest.Screens[1:] {
		t.Run(on.Name, func(t *testing.T) {
			j := posttest.OnJourney(t, on)
			f, base := onLocalhost(t, letters)
			p := f.member("amina@example.org")
			at := base + "/preferences/" + f.members.PreferencesToken(p)
			j.Do("choose the language", chromedp.Navigate(at), posttest.SetValue("#language", "ar"), posttest.Click(`button[value="language"]`), posttest.WaitVisible(`html[dir="rtl"] .done`))
			j.Reads("h1", "ما يصلك")
			j.Do("choose a zone", posttest.SetValue("#timezone", "Asia/Riyadh"), posttest.Click(`button[value="zone"]`), posttest.WaitVisible(`section:has(#timezone) .done`))
			if now, err := f.store.Subscriber(t.Context(), p.ID); err != nil || now.Language != "ar" || now.Timezone != "Asia/Riyadh" {
				t.Errorf("%+v, %v", now, err)
			}
			j.Do("pause", posttest.Click("#weekly summary"), posttest.Click(`#weekly input[value="open"]`), posttest.Click(`#weekly button[value="save"]`), posttest.WaitVisible(`html[dir="rtl"] #weekly .done`))
			if s := f.share("amina@example.org", "weekly"); !s.PausedUntil.Equal(magazine.Indefinitely) {
				t.Errorf("paused: %+v", s)
			}
			j.Do("leave", chromedp.Navigate(base+"/leave/"+f.members.LeaveToken(p.ID, "books")), posttest.WaitVisible(`html[lang="ar"][dir="rtl"] button`), posttest.Click(".message form button"), posttest.WaitVisible("#reason"))
			if s := f.share("amina@example.org", "books"); s.State != magazine.SubscriptionLeft {
				t.Errorf("left: %+v", s)
			}
		})
	}
}

// ownFeedsToo gives members feeds of their own.
func ownFeedsToo(o *Options) {
	o.Own = feeds.NewOwn(o.Store, feeds.Builder{Publication: o.Publication, Authority: "harbour.example"}, feeds.CacheBytes, nil)
}
