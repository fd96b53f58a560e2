package daemon_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/members"
)

// follow adds a confirmed subscriber who follows one author.
func (h *house) follow(name, author string) {
	h.t.Helper()
	_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Follows: []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: author}}}, true, false)
	h.must(err)
	p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
	h.must(err)
	h.ids[name] = p.ID
}

// TestAuthorMergedWhileAnEditionGoesOut merges an author while the first of four
// messages is on its way. The others follow that author, and the one whom the
// author turns out to be; they get all of it, now and later, each article once.
func TestAuthorMergedWhileAnEditionGoesOut(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.publish("fog")
		for _, name := range []string{"amina", "bakari", "chen", "dina"} {
			h.follow(name, "salma-oduya")
		}
		h.publish("tide")
		h.meanwhile(func() {
			folder := filepath.Join(filepath.Dir(h.file), "pieces", "authors")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Error(err)
			}
			write(t, filepath.Join(folder, "salma.yaml"), "name: Salma Oduya-Hassan\naliases: [Salma Oduya]\n")
			if done, err := h.Read(h.ctx, false, nil); err != nil || done.Changed != 2 {
				t.Errorf("%+v, %v", done, err)
			}
		})
		h.expectEdition(h.send(), "sent, 4 sent")
		h.follow("late", "salma-oduya")
		h.publish("bell")
		h.expectEdition(h.send(), "sent, 5 sent")
		for _, name := range h.inOrder() {
			want := "tide; bell"
			if name == "late" {
				want = "bell"
			}
			if got := h.got(name); got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
			sub, err := h.Store.Subscription(h.ctx, "weekly", h.ids[name])
			if err != nil || len(sub.Follows) != 1 || sub.Follows[0].Slug != "salma-oduya-hassan" {
				t.Errorf("%s follows %+v, %v", name, sub, err)
			}
		}
	})
}

// TestMergedAuthorOverHTTP asks the whole chain of handlers, as a feed reader does.
func TestMergedAuthorOverHTTP(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.publish("fog")
	folder := filepath.Join(filepath.Dir(h.file), "pieces", "authors")
	h.must(os.MkdirAll(folder, 0o755))
	write(t, filepath.Join(folder, "salma.yaml"), "name: Salma Oduya-Hassan\naliases: [Salma Oduya]\n")
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
	base := serve(t, h.Daemon)
	for _, file := range []string{"", "rss.xml", "atom.xml", "feed.json", "feeds.opml"} {
		r, err := http.Get(base + "/authors/salma-oduya/" + file) // which follows redirects
		h.must(err)
		r.Body.Close()
		if r.StatusCode != 200 || !strings.HasSuffix(r.Request.URL.Path, "/authors/salma-oduya-hassan/"+file) || r.Request.Response == nil || r.Request.Response.StatusCode != 301 {
			t.Errorf("%s: %d at %s", file, r.StatusCode, r.Request.URL)
		}
	}
	r, err := http.Get(base + "/authors/nobody/rss.xml")
	h.must(err)
	r.Body.Close()
	if r.StatusCode != http.StatusNotFound {
		t.Errorf("an author who is not: %s", r.Status)
	}
}
