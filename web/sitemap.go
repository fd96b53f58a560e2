package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// maxSitemap is the most addresses that one sitemap may have (sitemaps.org).
const maxSitemap = 50_000

type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

// cachedSitemap keeps the sitemap of the newest version of the site that was asked for.
type cachedSitemap struct {
	mu      sync.Mutex
	version store.Version
	body    []byte
}

// serveSitemap lists the pages for search engines: all authors, sections and
// issues, and as many of the newest articles as fit.
func (s *site) serveSitemap(w http.ResponseWriter, r *http.Request) error {
	version, err := s.Store.ScopeVersion(r.Context(), magazine.SiteScope())
	if err != nil {
		return err
	}
	c := &s.sitemap
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.body == nil || c.version.Number != version.Number {
		if c.body, err = s.makeSitemap(r.Context()); err != nil {
			return err
		}
		c.version = version
	}
	h := w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("ETag", etag(c.body))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(c.body))
	return nil
}

func (s *site) makeSitemap(ctx context.Context) ([]byte, error) {
	authors, err := s.Store.Authors(ctx)
	if err != nil {
		return nil, err
	}
	sections, err := s.Store.Sections(ctx)
	if err != nil {
		return nil, err
	}
	issues, err := s.Store.Issues(ctx)
	if err != nil {
		return nil, err
	}
	paths := []string{"/", "/issues/", "/authors/"}
	for _, c := range sections {
		paths = append(paths, c.Path())
	}
	for _, i := range issues {
		paths = append(paths, i.Path())
	}
	for _, a := range authors {
		paths = append(paths, a.Path())
	}
	var list []sitemapURL
	for _, p := range paths[:min(len(paths), maxSitemap/2)] {
		list = append(list, sitemapURL{Loc: s.Publication.Link(p)})
	}
	articles, err := s.Store.ArticlesIn(ctx, magazine.SiteScope(), store.ListOptions{Limit: maxSitemap - len(list)})
	if err != nil {
		return nil, err
	}
	for _, a := range articles {
		if a.HomeURL == "" { // our page of one with a home elsewhere only leads there
			list = append(list, sitemapURL{s.Publication.Link(a.Path()), s.Publication.Day(a.Updated)})
		}
	}
	body, err := xml.Marshal(struct {
		XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []sitemapURL `xml:"url"`
	}{URLs: list})
	return append([]byte(xml.Header), body...), err
}

func (s *site) robots(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	lines := []string{"User-agent: *", "Disallow: " + s.prefix + "/confirm/", "Disallow: " + s.prefix + "/leave/", "", "Sitemap: " + s.Publication.Link("/sitemap.xml"), ""}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}
