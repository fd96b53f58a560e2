package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestRedirects(t *testing.T) {
	c := load(t, least+`redirects:
  - {from: /feed/, to: /rss.xml}
  - {from: "/?p=12", to: /articles/tide/}
  - from: /author/{name}/feed/
    to: /authors/{name}/rss.xml
  - {from: /shop/, to: "https://shop.example/?a=b"}
`)
	want := []Redirect{{"/feed/", "/rss.xml"}, {"/?p=12", "/articles/tide/"}, {"/author/{name}/feed/", "/authors/{name}/rss.xml"}, {"/shop/", "https://shop.example/?a=b"}}
	if !reflect.DeepEqual(c.Redirects, want) {
		t.Errorf("got %+v", c.Redirects)
	}
}

func TestRedirectMistakes(t *testing.T) {
	for _, test := range []struct{ redirect, path, mistake string }{
		{`{from: "/a/{b}/{b}/", to: /rss.xml}`, "redirects[0].from", "twice"},
		{"{from: feed, to: /rss.xml}", "redirects[0].from", "is not a path"},
		{`{from: "//a.example/feed", to: /rss.xml}`, "redirects[0].from", "is not a path"},
		{`{from: "https://a.example/feed", to: /rss.xml}`, "redirects[0].from", "is not a path"},
		{`{from: "/feed#x", to: /rss.xml}`, "redirects[0].from", "fragment"},
		{`{from: "/%zz", to: /rss.xml}`, "redirects[0].from", "is not a path"},
		{`{from: "/a/{b}/?c=d", to: /rss.xml}`, "redirects[0].from", "has a query beside"},
		{`{from: "/a/x{b}/", to: /rss.xml}`, "redirects[0].from", "a brace where none can be"},
		{`{from: "/a/{B}/", to: /rss.xml}`, "redirects[0].from", "a brace where none can be"},
		{`{from: /feed/, to: rss.xml}`, "redirects[0].to", "is not an address"},
		{`{from: /feed/, to: "//evil.example/"}`, "redirects[0].to", "is not an address"},
		{`{from: /feed/, to: "javascript:1"}`, "redirects[0].to", "is not an address"},
		{`{from: "/a/{b}/", to: "/c/{d}/"}`, "redirects[0].to", "{d} does not stand in from"},
		{`{from: /rss.xml, to: /rss.xml}`, "redirects[0].to", "leads back to the address"},
		{`{from: /issues, to: /issues/}`, "redirects[0].to", "leads back to the address"},
		{`{from: "/caf%C3%A9", to: /café/}`, "redirects[0].to", "leads back to the address"},
		{"{from: /feed/}", "redirects[0].to", "is needed"},
		{"{from: /feed/, to: /rss.xml, status: 302}", "redirects[0].status", "is not a known key"},
		{"{from: /feed/, to: /rss.xml}\n  - {from: /feed, to: /atom.xml}", "redirects[1].from", "is redirected by redirects[0] too"},
	} {
		ms := mistakes(t, least+"redirects:\n  - "+test.redirect+"\n", nil)
		if len(ms) != 1 || ms[0].Path != test.path || !strings.Contains(ms[0].Text, test.mistake) {
			t.Errorf("%s: got %+v", test.redirect, ms)
		}
	}
}

func TestRedirectsThatGoInACircle(t *testing.T) {
	ms := mistakes(t, least+"redirects:\n  - {from: /a/, to: /b}\n  - {from: /b/, to: /c/}\n  - {from: /c, to: /a}\n  - {from: /d, to: /a}\n", nil)
	if len(ms) != 3 || ms[0].Path != "redirects[0].to" || ms[2].Path != "redirects[2].to" {
		t.Errorf("got %+v", ms)
	}
}

// Addresses are followed as they are served: parts in braces under any name, an
// address with a query where only its path is known, and our own host's.
func TestRedirectsThatGoInACircleUnseen(t *testing.T) {
	below := strings.Replace(least, "8080", "8080/mag", 1)
	for list, circles := range map[string]int{
		`[{from: "/mag/x/{a}/", to: "/y/{a}/"}, {from: "/mag/y/{b}/", to: "/x/{b}/"}]`:                 2,
		`[{from: "/mag/{a}/{b}/", to: "/{b}/{a}/"}]`:                                                   1,
		`[{from: /v, to: "http://LOCALHOST:8080/v"}]`:                                                  1,
		`[{from: /v/, to: "https://localhost:8080/w#top"}, {from: /w, to: "http://localhost:8080/v"}]`: 2,
		`[{from: /mag/k, to: "/k?x=1"}]`:                                                               1,
		`[{from: "/mag/x/{a}/", to: "/y/{a}/"}, {from: "/mag/y/c/", to: "/x/c/"}]`:                     1,
		// no circles
		`[{from: /v, to: "http://other.example/v"}, {from: /k, to: "/k?x=1"}, {from: "/mag/k?x=1", to: /k}]`: 0,
		`[{from: "/mag/{page}/", to: /gone/}, {from: "/mag/{section}/{slug}/", to: "/articles/{slug}/"}]`:    0,
		`[{from: "/mag/x/{a}/", to: "/y/{a}/"}, {from: "/mag/z/{b}/", to: "/x/{b}/"}]`:                       0,
	} {
		var got Mistakes
		if _, err := Load(write(t, below+"redirects: "+list+"\n"), nil); err != nil && !errors.As(err, &got) {
			t.Fatal(err)
		}
		if len(got) != circles || circles > 0 && !strings.Contains(got[0].Text, "leads back") {
			t.Errorf("%s: %+v", list, got)
		}
	}
}

func TestContentsOfEachKind(t *testing.T) {
	for _, test := range []struct {
		text string
		env  []string
		want Contents
	}{
		{"", nil, Contents{"full", "full", "full", "full"}},
		{"feeds: {content: summary}\n", nil, Contents{"summary", "summary", "summary", "summary"}},
		{"feeds: {content: {site: summary, issues: full}}\n", nil, Contents{"summary", "full", "full", "full"}},
		{"feeds: {content: {authors: summary, sections: summary}}\n", nil, Contents{"full", "summary", "summary", "full"}},
		{"feeds: {content: {site: summary}}\n", []string{"POSTRIDER_FEEDS_CONTENT=summary"}, Contents{"summary", "summary", "summary", "summary"}},
		{"feeds: {content: {site: summary}}\n", []string{"POSTRIDER_FEEDS_CONTENT_SITE=full"}, Contents{"full", "full", "full", "full"}},
	} {
		if c := load(t, least+test.text, test.env...); c.Feeds.Content != test.want {
			t.Errorf("%s %v: %+v", test.text, test.env, c.Feeds.Content)
		}
	}
	for text, path := range map[string]string{
		"feeds: {content: {site: whole}}\n": "feeds.content.site", "feeds: {content: {author: full}}\n": "feeds.content.author", "feeds: {content: [full]}\n": "feeds.content"} {
		if ms := mistakes(t, least+text, nil); len(ms) != 1 || ms[0].Path != path {
			t.Errorf("%s: %+v", text, ms)
		}
	}
}
