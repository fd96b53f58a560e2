package web

import (
	"strings"
	"testing"
)

func TestMedia(t *testing.T) {
	f := newFixture(t)
	png := f.get("/media/c0ffee/any-name.png")
	if png.Header.Get("Cache-Control") != immutable || png.Header.Get("ETag") != `"c0ffee"` {
		t.Errorf("a picture is not kept for ever: %v", png.Header)
	}
	svg := f.get("/media/5a5a/x.svg")
	if policy := svg.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("an SVG has the policy %q", policy)
	}
	page := f.get("/media/7e27/x.html")
	if page.Header.Get("Content-Disposition") != "attachment" || page.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("a page among the media is shown: %v", page.Header)
	}
	part := f.get("/media/abcd/x.mp3", "Range", "bytes=2-4")
	if part.StatusCode != 206 || part.body != "234" || part.Header.Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("a part of a sound: %d %q %v", part.StatusCode, part.body, part.Header)
	}
}

func TestStyleHasItsHashInItsAddress(t *testing.T) {
	f := newFixture(t)
	for _, link := range localLinks(t, f.get("/").body) {
		if strings.HasPrefix(link, "/style.css") {
			a := f.get(link)
			if a.Header.Get("Cache-Control") != immutable || !strings.Contains(a.body, "--paper") {
				t.Errorf("%s: %v", link, a.Header)
			}
			if a := f.get("/style.css?v=another"); a.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("another version's address is kept: %v", a.Header)
			}
			return
		}
	}
	t.Fatal("the front page has no style sheet")
}
