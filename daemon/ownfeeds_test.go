package daemon_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

const vaultSecret = "The key lies under the bell."

// vault is an article for members.
const vault = "---\ntitle: vault\nauthors: [Salma Oduya]\nsection: Sea\ndate: 2024-09-05\nsummary: Of the vault.\naccess: members\n---\n\nThere is a vault.\n\n<!--more-->\n\n" + vaultSecret + "\n"

// ownFeed is the path of a person's own feeds.
func (n *newsstand) ownFeed(name string, replace bool) string {
	n.t.Helper()
	below, err := n.OwnFeeds(n.ctx, name+"@people.example", replace)
	n.must(err)
	path, ok := strings.CutPrefix(below, n.Publication.URL)
	if !ok {
		n.t.Fatalf("%s is not below %s", below, n.Publication.URL)
	}
	return path
}

// A member reads everything with newsboat, until the address is replaced.
func TestNewsboatOnAnOwnFeed(t *testing.T) {
	t.Parallel()
	n := openNewsstand(t)
	n.changes(func(folder string) { write(n.t, filepath.Join(folder, "vault.md"), vault) }, func(feed string) bool { return strings.Contains(feed, "/articles/vault/") })
	n.join("amina")
	below := n.ownFeed("amina", false)
	open := func(entries []posttest.Entry) bool {
		for _, e := range entries {
			if strings.Contains(e.Content, vaultSecret) {
				return true
			}
		}
		return false
	}
	reader := posttest.NewReader(t, n.seen+below+"/rss.xml")
	if free := reader.Poll(t); titles(free) != "bell fog tide vault" || open(free) {
		t.Fatalf("as free it has %q, of members' text %v", titles(free), open(free))
	}
	_, err := n.Members.SetTier(n.ctx, "amina@people.example", magazine.Member, "")
	n.must(err)
	reader.Poll(t)
	if full := reader.Poll(t); titles(full) != "bell fog tide vault" || !open(full) {
		t.Errorf("as a member it has %q, of members' text %v", titles(full), open(full))
	}
	reader.Poll(t)
	if reader.Poll(t); n.last() != http.StatusNotModified {
		t.Errorf("a poll that brings nothing: %d", n.last())
	}
	present := n.ownFeed("amina", true)
	if complaint := reader.Refused(t); !strings.Contains(complaint, "410") || n.last() != http.StatusGone {
		t.Errorf("the address was replaced: %d, %s", n.last(), complaint)
	}
	if kept := reader.Entries(t); titles(kept) != "bell fog tide vault" {
		t.Errorf("then it has %q", titles(kept))
	}
	if other := posttest.FeedReader(t, n.seen+present+"/follows/atom.xml"); titles(other) != "bell fog tide vault" || !open(other) {
		t.Errorf("at the present address: %q", titles(other))
	}
	for _, path := range []string{below, present} {
		if token := path[strings.LastIndexByte(path, '/')+1:]; n.log.has(token) {
			t.Errorf("the log has the token of %s", path)
		}
	}
}

// What is for members is in nothing that everybody may have; a tier that has
// ended, and leaving, close what was open.
func TestMembersOnlyStaysMembers(t *testing.T) {
	t.Parallel()
	n := openNewsstand(t)
	n.changes(func(folder string) { write(n.t, filepath.Join(folder, "vault.md"), vault) }, func(feed string) bool { return strings.Contains(feed, "/articles/vault/") })
	n.join("amina", "bo")
	day := n.clock.Now().In(n.Publication.Zone).Format(time.DateOnly)
	_, err := n.Members.SetTier(n.ctx, "amina@people.example", magazine.Member, day)
	n.must(err)
	path := n.ownFeed("amina", false) + "/feed.json"
	if !bytes.Contains(get(t, n.base+path), []byte(vaultSecret)) {
		t.Error("a member does not read it in full")
	}
	for _, public := range []string{"/", "/articles/vault/", "/authors/salma-oduya/", "/sections/sea/", "/rss.xml", "/atom.xml", "/feed.json", "/authors/salma-oduya/rss.xml", "/sections/sea/feed.json", "/feeds.opml", "/sitemap.xml", n.ownFeed("bo", false) + "/rss.xml"} {
		if doc := get(t, n.base+public); bytes.Contains(doc, []byte(vaultSecret)) {
			t.Errorf("%s has what is for members", public)
		}
	}
	n.clock.Add(24 * time.Hour)
	if bytes.Contains(get(t, n.base+path), []byte(vaultSecret)) {
		t.Error("the tier has ended, and its feed goes on")
	}
	n.write(func(tx *store.Tx) error { _, err := tx.Unsubscribe(n.ctx, "weekly", n.ids["amina"]); return err })
	r, err := http.Get(n.base + path)
	n.must(err)
	defer r.Body.Close()
	if r.StatusCode != http.StatusGone || r.Header.Get("Cache-Control") != "private, no-store" || r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("after leaving: %d %v", r.StatusCode, r.Header)
	}
}
