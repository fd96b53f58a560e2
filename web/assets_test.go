package web

import (
	"strings"
	"testing"

	"postrider/store"
)

func TestLogoAndIcon(t *testing.T) {
	drawing := []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
	square := picture(180, 180)
	type asked map[string]string // by path, the type it answers with
	for _, c := range []struct {
		name       string
		logo, icon *store.Media
		answers    asked
		head, not  []string
	}{
		{"none", nil, nil,
			asked{"/favicon.ico": "image/x-icon", "/favicon.svg": "image/svg+xml", "/logo": anHTML, "/icon": anHTML},
			[]string{`<link rel="icon" href="/favicon.svg" type="image/svg&#43;xml">`, `<link rel="alternate icon" href="/favicon.ico" sizes="32x32">`}, []string{"apple-touch-icon", "twitter:card"}},
		{"PNG", &store.Media{Type: "image/png", Width: 90, Height: 60, Data: picture(90, 60)}, &store.Media{Type: "image/png", Width: 180, Height: 180, Data: square},
			asked{"/favicon.ico": "image/png", "/icon": "image/png", "/logo": "image/png"},
			[]string{`" type="image/png" sizes="180x180">`, `<link rel="apple-touch-icon" href="/icon?v=`, `<meta property="og:image" content="https://harbour.example/logo">`, `<meta property="og:image:width" content="90">`,
				`<meta property="og:image:alt" content="Harbour &amp; Horizon">`, `<meta name="twitter:card" content="summary">`}, []string{"favicon.svg"}},
		{"SVG", &store.Media{Type: "image/svg+xml", Data: drawing}, &store.Media{Type: "image/svg+xml", Data: drawing},
			asked{"/favicon.ico": "image/x-icon", "/icon": "image/svg+xml", "/logo": "image/svg+xml"},
			[]string{`" type="image/svg&#43;xml" sizes="any">`}, []string{"apple-touch-icon", "og:image"}},
		{"ICO", nil, &store.Media{Type: "image/x-icon", Data: []byte{0, 0, 1, 0}},
			asked{"/favicon.ico": "image/x-icon", "/icon": "image/x-icon", "/logo": anHTML},
			[]string{`" type="image/x-icon">`}, []string{"apple-touch-icon", "favicon.svg"}},
	} {
		f := newFixture(t, func(o *Options) { o.Logo, o.Icon = c.logo, c.icon })
		for path, kind := range c.answers {
			a := f.get(path)
			if a.Header.Get("Content-Type") != kind || (a.StatusCode == 200) != (kind != anHTML) {
				t.Errorf("%s: %s is %d %q", c.name, path, a.StatusCode, a.Header.Get("Content-Type"))
			}
			if strings.HasSuffix(kind, "svg+xml") && a.Header.Get("Content-Security-Policy") != sandboxed {
				t.Errorf("%s: %s may run scripts", c.name, path)
			}
		}
		page := f.get("/articles/risala/").body // it has no picture
		for _, want := range c.head {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %s:\n%s", c.name, want, page)
			}
		}
		for _, bad := range c.not {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page has %s", c.name, bad)
			}
		}
		if own := f.get("/articles/tide-clocks/").body; !strings.Contains(own, `content="https://harbour.example/media/c0ffee/dial-mail.png"`) || !strings.Contains(own, `content="summary_large_image"`) || strings.Contains(own, `content="https://harbour.example/logo"`) {
			t.Errorf("%s: an article with a picture is not shown by it", c.name)
		}
		for _, link := range localLinks(t, page) {
			if strings.HasPrefix(link, "/icon") {
				if a := f.get(link); a.StatusCode != 200 || a.Header.Get("Cache-Control") != immutable || a.body != string(c.icon.Data) {
					t.Errorf("%s: %s: %d %v", c.name, link, a.StatusCode, a.Header)
				}
			}
		}
		if front := f.get("/").body; !strings.Contains(front, `<meta property="og:image" content="https://harbour.example/media/c0ffee/cover.png">`) {
			t.Errorf("%s: the front page is not shown by the issue's cover", c.name)
		}
	}
	below := newFixture(t, atMag, func(o *Options) { o.Icon = &store.Media{Type: "image/png", Width: 180, Height: 180, Data: square} })
	if body := below.get("/mag/").body; !strings.Contains(body, `<link rel="icon" href="/mag/icon?v=`) {
		t.Errorf("below a path:\n%s", body)
	}
	if a := below.get("/mag/icon"); a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=86400" {
		t.Errorf("below a path: %d %v", a.StatusCode, a.Header)
	}
}
