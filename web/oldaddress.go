package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"postrider/magazine"
)

// A Redirect leads from an address of an older system to one of ours, for ever
// (301). Parts in braces stand for one part of a path each.
type Redirect struct {
	From string // path from the host's root, "/author/{name}/feed/", or with a query, "/?p=12"
	To   string // path below the publication, "/authors/{name}/rss.xml", or a whole address
}

// redirects finds the new addresses of old ones. A slash at the end makes no
// difference.
type redirects struct {
	exact    map[string]string // by path, or path and query
	patterns []Redirect
	queries  bool // some of exact have one
}

func newRedirects(list []Redirect, prefix string) redirects {
	known := redirects{exact: map[string]string{}}
	for _, r := range list {
		if strings.HasPrefix(r.To, "/") {
			r.To = prefix + r.To
		}
		path, query, has := strings.Cut(r.From, "?")
		if strings.Contains(path, "{") {
			known.patterns = append(known.patterns, r)
			continue
		}
		if decoded, err := url.PathUnescape(path); err == nil {
			path = decoded
		}
		known.exact[oldKey(path, query)] = r.To
		known.queries = known.queries || has
	}
	return known
}

func oldKey(path, query string) string {
	path = strings.TrimRight(path, "/")
	if query == "" {
		return path
	}
	return path + "?" + query
}

// moved leads from the addresses that the configuration names one by one. They
// win over ours: somebody has written them down for that.
func (s *site) moved(next http.Handler) http.Handler {
	if len(s.old.exact) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			to, ok := "", false
			if s.old.queries && r.URL.RawQuery != "" {
				to, ok = s.old.exact[oldKey(r.URL.Path, r.URL.RawQuery)]
			}
			if !ok {
				to, ok = s.old.exact[oldKey(r.URL.Path, "")]
			}
			if ok {
				redirect(w, to, http.StatusMovedPermanently)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// nowhere answers what is no address of ours: it leads from those that the
// configuration's patterns match, and from those of articles. A pattern may match
// where it leads to; there it ends.
func (s *site) nowhere(w http.ResponseWriter, r *http.Request) error {
	for _, old := range s.old.patterns {
		if to, ok := old.match(r.URL.EscapedPath()); ok && !s.here(r, to) {
			redirect(w, to, http.StatusMovedPermanently)
			return nil
		}
	}
	return s.known(w, r, r.URL.RawQuery, "") // a query that no article has may be a newsletter's
}

// known leads from the addresses that articles themselves say they had, from the
// host's root or below the publication's path, with one of the queries.
func (s *site) known(w http.ResponseWriter, r *http.Request, queries ...string) error {
	below, under := strings.CutPrefix(r.URL.Path, s.plainPrefix()+"/")
	paths := []string{r.URL.Path}
	if under && s.prefix != "" {
		paths = append(paths, "/"+below)
	}
	var olds []string
	for _, query := range slices.Compact(queries) {
		for _, path := range paths {
			olds = append(olds, magazine.OldPage(path, query))
		}
	}
	for _, old := range olds {
		if old == "" {
			continue
		}
		a, err := s.Store.Article(r.Context(), old)
		switch {
		case err == nil && a.State == magazine.Published && s.here(r, a.HomeURL): // our page of it would lead back
		case err == nil && (a.State == magazine.Published || a.State == magazine.Withdrawn):
			redirect(w, s.path(a.Path()), http.StatusMovedPermanently)
			return nil
		case err != nil && magazine.CodeOf(err) != magazine.NotFound:
			return err
		}
	}
	return errNoPage
}

// here tells that an address leads to the path that was asked for. Its query
// counts for nothing: an old address may be known by its path alone.
func (s *site) here(r *http.Request, address string) bool {
	u, err := url.Parse(address)
	return err == nil && address != "" && (u.Host == "" || strings.EqualFold(u.Host, s.host)) &&
		strings.TrimRight(u.Path, "/") == strings.TrimRight(r.URL.Path, "/")
}

// match fills a path's parts, still escaped, into the new address.
func (r Redirect) match(path string) (to string, ok bool) {
	want, have := strings.Split(strings.TrimRight(r.From, "/"), "/"), strings.Split(strings.TrimRight(path, "/"), "/")
	if len(want) != len(have) {
		return "", false
	}
	var filled []string
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "{"):
			if have[i] == "" || have[i] == "." || have[i] == ".." {
				return "", false
			}
			filled = append(filled, part, have[i])
		case !sameUnescaped(part, have[i]):
			return "", false
		}
	}
	return strings.NewReplacer(filled...).Replace(r.To), true
}

func sameUnescaped(a, b string) bool {
	plainA, err := url.PathUnescape(a)
	if err != nil {
		return false
	}
	plainB, err := url.PathUnescape(b)
	return err == nil && plainA == plainB
}
