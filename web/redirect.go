package web

import (
	"context"
	"net/http"
	"path"
	"regexp"
	"strings"

	"postrider/magazine"
)

// addSlash leads to the page's one address, which ends in a slash. The path is
// taken as it came, still escaped: its pattern has matched, so that it begins
// below the publication's path. One that says something else when it is
// unescaped ("%2f%2f") is no page's.
func (s *site) addSlash(w http.ResponseWriter, r *http.Request) error {
	if path.Clean(r.URL.Path) != r.URL.Path {
		return errNoPage
	}
	redirect(w, r.URL.EscapedPath()+"/"+query(r), http.StatusMovedPermanently)
	return nil
}

// runs are slashes of which one is meant.
var runs = regexp.MustCompile(`/{2,}`)

// tidied leads from an address with doubled slashes to the one that it means,
// and knows no folders that are dots: a browser has resolved those before it
// asks. A mux tidies too, but escapes what is escaped already, and would leave
// the publication's path. No cache keeps its answers: an address may have somebody's
// token in it.
func (s *site) tidied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.URL.EscapedPath()
		to := runs.ReplaceAllString(given, "/") // one slash at its beginning, so that it names no other host
		if to != given {
			w.Header().Set("Cache-Control", "no-store")
		}
		switch {
		case dotted(r.URL.Path):
			s.fail(w, r, errNoPage)
		case to == given || r.Method == http.MethodConnect:
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			redirect(w, to+query(r), http.StatusMovedPermanently)
		default: // the form has to come along
			redirect(w, to+query(r), http.StatusPermanentRedirect)
		}
	})
}

// dotted tells that a part of the path is the folder itself or the one above.
func dotted(path string) bool {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

func query(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.RawQuery
}

// redirect leads elsewhere. Caches keep it as they do a page, unless w says otherwise.
func redirect(w http.ResponseWriter, to string, status int) {
	w.Header().Set("Location", to)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", pageCache)
	}
	w.WriteHeader(status)
}

// bySlug finds what the address names. Capitals, and a full stop that a
// sentence left at the end, find it too; the caller leads to its own address.
func bySlug[T any](r *http.Request, find func(context.Context, string) (*T, error)) (*T, error) {
	slug := r.PathValue("slug")
	found, err := find(r.Context(), slug)
	if plain := magazine.Slugify(slug); magazine.CodeOf(err) == magazine.NotFound && plain != slug && !strings.ContainsAny(slug, `/\`) {
		return find(r.Context(), plain)
	}
	return found, err
}
