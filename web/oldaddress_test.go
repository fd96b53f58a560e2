package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
)

func TestOldAddresses(t *testing.T) {
	at := func(base string) http.Handler {
		f := newFixture(t, func(o *Options) {
			o.Publication.URL = base
			o.Redirects = []Redirect{
				{"/feed/", "/rss.xml"}, {"/?p=12", "/articles/tide-clocks/"}, {"/old%20tales", "/sections/fiction/"}, {"/authors/sally/", "/authors/salma-oduya/"}, {"/authors/sally/rss.xml", "/authors/salma-oduya/rss.xml"},
				{"/shop/", "https://shop.example/?a=b"}, {"/author/{name}/feed/", "/authors/{name}/rss.xml"}, {"/{year}/{month}/{slug}/", "/articles/{slug}/"}, {"/%D9%85/{x}", "/sections/{x}/"},
			}
		})
		return f.handler
	}
	root, below := at("https://harbour.example"), at("https://harbour.example/mag")
	for path, want := range map[string]string{
		"/feed/": "/rss.xml", "/feed": "/rss.xml", "/feed/?utm=1": "/rss.xml", "/?p=12": "/articles/tide-clocks/", "/old%20tales/": "/sections/fiction/", "/shop/": "https://shop.example/?a=b",
		"/authors/sally/": "/authors/salma-oduya/", "/authors/sally/rss.xml": "/authors/salma-oduya/rss.xml",
		"/author/salma-oduya/feed/": "/authors/salma-oduya/rss.xml", "/author/salma-oduya/feed": "/authors/salma-oduya/rss.xml", "/2024/05/tide/": "/articles/tide/",
		"/author/a%2Fb%22/feed/": "/authors/a%2Fb%22/rss.xml", "/%D9%85/a": "/sections/a/",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			for prefix, h := range map[string]http.Handler{"": root, "/mag": below} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
				to := want
				if strings.HasPrefix(to, "/") {
					to = prefix + to
				}
				if w.Code != 301 || w.Header().Get("Location") != to {
					t.Errorf("%s %s: %d to %s, want %s", method, path, w.Code, w.Header().Get("Location"), to)
				}
			}
		}
	}
	for path, want := range map[string]int{"/": 200, "/?p=13": 200, "/issues/12/9/": 200, "/articles/tide-clocks/": 200, "/author/x/": 404, "/author//feed/": 301, "/author/../feed/": 404,
		"/a/b/c/d/": 404, "/author/%2e%2e/feed/": 404, "/feed/x/": 404} {
		w := httptest.NewRecorder()
		root.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want || w.Code == 301 && !strings.HasPrefix(w.Header().Get("Location"), "/author/feed/") {
			t.Errorf("%s: %d to %q, want %d", path, w.Code, w.Header().Get("Location"), want)
		}
	}
	w := httptest.NewRecorder()
	root.ServeHTTP(w, httptest.NewRequest("POST", "/feed/", nil))
	if w.Code == 301 {
		t.Error("a form is redirected")
	}
}

// A query tells articles apart which have the rest of their addresses in common.
func TestOldAddressesWithQueries(t *testing.T) {
	for _, prefix := range []string{"", "/mag"} {
		f := newFixture(t, func(o *Options) { o.Publication.URL = "https://harbour.example" + prefix })
		f.write(func(ctx context.Context, tx *store.Tx) error {
			for old, slug := range map[string]string{"/article.php?id=7": "tide-clocks", "/article.php?id=8": "moved", "/?p=12": "tide-clocks", "/tide.html": "tide-clocks", "/tide.html?page=م": "moved"} {
				row, err := tx.FindArticle(ctx, store.BySlug, slug)
				if err == nil {
					err = tx.TakeSlug(ctx, old, row.ID)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		for path, slug := range map[string]string{"/article.php?id=7": "tide-clocks", "/article.php?id=8": "moved", "/?p=12": "tide-clocks", "/tide.html?utm=1": "tide-clocks", "/tide.html?page=%D9%85": "moved"} {
			for _, at := range []string{path, prefix + path} {
				if a := f.get(at); a.StatusCode != 301 || a.Header.Get("Location") != prefix+"/articles/"+slug+"/" {
					t.Errorf("%s: %d to %q, want %s", at, a.StatusCode, a.Header.Get("Location"), slug)
				}
			}
		}
		for path, want := range map[string]int{"/article.php": 404, "/article.php?id=9": 404, "/?p=13": 200} {
			if a := f.get(prefix + path); a.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, a.StatusCode, want)
			}
		}
	}
}

// An article is found at the whole address that it had in an older system, below
// the host's root and below the publication's path.
func TestWholeOldAddresses(t *testing.T) {
	for _, base := range []string{"https://harbour.example", "https://harbour.example/mag"} {
		f := newFixture(t, func(o *Options) { o.Publication.URL = base })
		prefix := strings.TrimPrefix(base, "https://harbour.example")
		f.write(func(ctx context.Context, tx *store.Tx) error {
			row, err := tx.FindArticle(ctx, store.BySlug, "tide-clocks")
			if err != nil {
				return err
			}
			for _, old := range []string{"/posts/tide.html", "/2024/05/الماء"} {
				if err := tx.TakeSlug(ctx, old, row.ID); err != nil {
					return err
				}
			}
			return nil
		})
		for _, path := range []string{"/posts/tide.html", "/posts/tide.html/", "/2024/05/%D8%A7%D9%84%D9%85%D8%A7%D8%A1/", "/2024/05/%D8%A7%D9%84%D9%85%D8%A7%D8%A1/index.html"} {
			for _, at := range []string{path, prefix + path} {
				if a := f.get(at); a.StatusCode != 301 || a.Header.Get("Location") != prefix+"/articles/tide-clocks/" {
					t.Errorf("%s: %d to %q", at, a.StatusCode, a.Header.Get("Location"))
				}
			}
		}
		for _, path := range []string{"/posts/", "/tide.html", "/2024/05/", "/articles/posts/tide.html"} {
			if a := f.get(prefix + path); a.StatusCode != 404 {
				t.Errorf("%s: %d", path, a.StatusCode)
			}
		}
	}
}

// No address leads to itself, nor over an article's page back to itself.
func TestOldAddressesLeadOn(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Publication.URL = "https://harbour.example/mag"
		o.Redirects = []Redirect{{"/mag/{page}/", "/gone/"}, {"/{page}", "https://harbour.example/lost?all=1"}}
	})
	f.put(magazine.Article{Slug: "own", Title: "Own", HomeURL: "http://Harbour.example/2024/05/own.html", HTML: "<p>x</p>"},
		magazine.Article{Slug: "self", Title: "Self", HomeURL: "https://harbour.example/mag/articles/self/", HTML: "<p>x</p>"})
	f.write(func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.FindArticle(ctx, store.BySlug, "own")
		return errors.Join(err, tx.TakeSlug(ctx, "/2024/05/own.html", row.ID), tx.TakeSlug(ctx, "/2024/own", row.ID))
	})
	for path, want := range map[string]string{
		"/mag/x": "/mag/gone/", "/x": "https://harbour.example/lost?all=1", "/2024/own": "/mag/articles/own/", "/mag/articles/own/": "http://Harbour.example/2024/05/own.html",
	} {
		if a := f.get(path); a.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %s", path, a.StatusCode, a.Header.Get("Location"), want)
		}
	}
	for path, want := range map[string]int{"/mag/gone/": 404, "/mag/gone": 404, "/lost?all=1": 404, "/2024/05/own.html": 404, "/2024/05/own.html?utm=1": 404, "/mag/articles/self/": 200} {
		if a := f.get(path); a.StatusCode != want {
			t.Errorf("%s: %d to %q, want %d", path, a.StatusCode, a.Header.Get("Location"), want)
		}
	}
}

// The page of an author who was merged into another leads to that one's, and is
// named nowhere.
func TestPageOfAMergedAuthor(t *testing.T) {
	for _, base := range []string{"https://harbour.example", "https://harbour.example/mag"} {
		f := newFixture(t, func(o *Options) { o.Publication.URL = base })
		prefix := strings.TrimPrefix(base, "https://harbour.example")
		f.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.PutAuthor(ctx, salma); err != nil {
				return err
			}
			_, err := tx.PutAliases(ctx, "sample", salma.Slug, []string{jun.Slug, "sally"})
			return err
		})
		for path, want := range map[string]string{"/authors/junichi-vale/": "/authors/salma-oduya/", "/authors/sally/": "/authors/salma-oduya/", "/authors/Sally/?before=3": "/authors/salma-oduya/?before=3"} {
			if a := f.get(prefix + path); a.StatusCode != http.StatusMovedPermanently || a.Header.Get("Location") != prefix+want {
				t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
			}
		}
		for _, path := range []string{"/authors/", "/join", "/feeds/", "/sitemap.xml"} {
			if a := f.get(prefix + path); a.StatusCode != http.StatusOK || strings.Contains(a.body, jun.Slug) {
				t.Errorf("%s (%d) names the alias:\n%s", path, a.StatusCode, a.body)
			}
		}
	}
}
