package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"postrider/feeds"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// withOwnFeeds is a publication in which a cookie signs Amina in.
func withOwnFeeds(t *testing.T) (f *fixture, amina string) {
	f = newFixture(t, func(o *Options) {
		o.Own = feeds.NewOwn(o.Store, feeds.Builder{Publication: o.Publication, Authority: "harbour.example"}, feeds.CacheBytes, func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "failed", http.StatusNotFound)
		})
		o.reader = func(r *http.Request) (Reader, error) {
			c, err := r.Cookie("who")
			if err != nil {
				return Reader{}, nil
			}
			return Reader{Subscriber: c.Value, Tier: magazine.Member}, nil
		}
	})
	_, err := f.members.Add(context.Background(), members.Request{Email: "amina@example.org", Tier: magazine.Member, Follows: []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: "salma-oduya"}}}, true, false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.store.SubscriberByEmail(context.Background(), "amina@example.org")
	if err != nil {
		t.Fatal(err)
	}
	return f, p.ID
}

func (f *fixture) address(subscriber string) string {
	f.Helper()
	token, err := f.members.FeedToken(context.Background(), subscriber)
	if err != nil {
		f.Fatal(err)
	}
	return OwnPath + token + "/"
}

// Nothing but the owner's reader keeps an own feed, and nobody is told of where
// it is.
func TestOwnFeeds(t *testing.T) {
	f, amina := withOwnFeeds(t)
	at := f.address(amina)
	closed := func(what string, a answer, status int, cache string) {
		t.Helper()
		h := a.Header
		if a.StatusCode != status || !strings.HasPrefix(h.Get("Cache-Control"), cache) || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Robots-Tag") != "noindex" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", what, a.StatusCode, h)
		}
	}
	whole := f.get(at + "rss.xml")
	closed("everything", whole, 200, "private, max-age=")
	if !strings.Contains(whole.body, secretBody) || strings.Contains(whole.body, at) {
		t.Error("everything lacks what is for members, or tells where it is")
	}
	closed("once more", f.get(at+"rss.xml", "If-None-Match", whole.Header.Get("ETag")), 304, "private, max-age=")
	closed("asked for its head", f.do(request("HEAD", at+"rss.xml", "")), 200, "private, max-age=")
	follows := f.get(at + "follows/feed.json")
	closed("what she follows", follows, 200, "private, max-age=")
	if !strings.Contains(follows.body, secretBody) || !strings.Contains(follows.body, "tide-clocks") || strings.Contains(follows.body, `"id":"tag:harbour.example,2024:risala"`) {
		t.Errorf("what she follows: %.300s", follows.body)
	}
	for _, path := range []string{"authors/salma-oduya/atom.xml", "sections/letters-from-the-coast/rss.xml"} {
		if a := f.get(at + path); !strings.Contains(a.body, secretBody) {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	closed("no feed", f.get(at+"rss.txt"), 404, "private")
	closed("nothing", f.get(at), 404, "private")
	closed("a cut address", f.get(OwnPath+"abc/rss.xml"), 404, "private, no-store")
	if a := f.post(at+"rss.xml", "a=b"); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", a.StatusCode)
	}
	if err := f.members.ReplaceFeeds(context.Background(), amina); err != nil {
		t.Fatal(err)
	}
	closed("without its slash", f.get(strings.TrimSuffix(at, "/")), 410, "private, no-store")
	closed("replaced", f.get(at+"rss.xml", "If-None-Match", whole.Header.Get("ETag")), 410, "private, no-store")
	if f.address(amina) == at {
		t.Error("the address was replaced by itself")
	}
	if f.log.Len() > 0 {
		t.Errorf("the log tells: %s", f.log.String())
	}
}

// What goes wrong is noted without the address.
func TestOwnFeedsThatFail(t *testing.T) {
	f, amina := withOwnFeeds(t)
	at := f.address(amina)
	f.store.Close()
	for _, path := range []string{at + "rss.xml", at + "follows/atom.xml"} {
		a := f.get(path)
		if a.StatusCode != http.StatusInternalServerError || a.Header.Get("Cache-Control") != "private, no-store" || strings.Contains(a.body, at) {
			t.Errorf("%d %v\n%s", a.StatusCode, a.Header, a.body)
		}
	}
	if token := strings.Split(at, "/")[2]; f.log.Len() == 0 || strings.Contains(f.log.String(), token) || strings.Contains(f.log.String(), amina) {
		t.Errorf("the log: %s", f.log.String())
	}
}

// The page of them is for their owner alone.
func TestPageOfOwnFeeds(t *testing.T) {
	f, amina := withOwnFeeds(t)
	as := func(method, path string) answer {
		r := request(method, path, "")
		r.AddCookie(&http.Cookie{Name: "who", Value: amina})
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return f.do(r)
	}
	at := f.address(amina)
	page := as("GET", "/feeds/own/")
	checkPage(t, "/feeds/own/", page.body, "en", "ltr")
	for _, want := range []string{"https://harbour.example" + at + "rss.xml", at + "follows/atom.xml", at + "sections/letters-from-the-coast/feed.json", at + "authors/salma-oduya/rss.xml", `href="/feeds/own/feeds.opml"`, `data-copy="https://harbour.example` + at} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page.body, "/own/"+"/") || strings.Contains(page.body, at+"issues/") {
		t.Error("the page has what is no feed of hers")
	}
	for _, path := range []string{"/feeds/own/", "/feeds/own/feeds.opml"} {
		a := as("GET", path)
		if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.body, at) {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		if a = f.get(path); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/signin?next="+url.QueryEscape(path) || a.Header.Get("Cache-Control") != "no-store" || strings.Contains(a.body, at) {
			t.Errorf("%s of nobody: %d %v", path, a.StatusCode, a.Header)
		}
	}
	if a := f.post("/feeds/own/", "", "Sec-Fetch-Site", "same-origin"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/signin" {
		t.Errorf("replaced by nobody: %d", a.StatusCode)
	}
	r := request("POST", "/feeds/own/", "")
	r.AddCookie(&http.Cookie{Name: "who", Value: amina})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := f.do(r); a.StatusCode != http.StatusForbidden || f.address(amina) != at {
		t.Errorf("replaced by another site: %d", a.StatusCode)
	}
	if a := as("POST", "/feeds/own/"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/feeds/own/" || f.address(amina) == at {
		t.Errorf("replaced: %d %v", a.StatusCode, a.Header)
	}
	if again := as("GET", "/feeds/own/"); strings.Contains(again.body, at) {
		t.Error("the page shows the address that was replaced")
	}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Unsubscribe(ctx, "weekly", amina)
		return err
	})
	if a := as("GET", "/feeds/own/"); a.StatusCode != http.StatusNotFound || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("one who left: %d %v", a.StatusCode, a.Header)
	}
}
