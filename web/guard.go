package web

import (
	"net/http"
	"net/url"
	"runtime/debug"

	"postrider/magazine"
)

// maxForm is the largest body of a request, in bytes. Forms are far below it.
const maxForm = 64 << 10

// pagePolicy lets a page load its own style, pictures and sound, send its own
// forms and nothing else. Pictures may stand on other sites, as articles from
// elsewhere have them.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self' https:; media-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard puts around every page what protects its readers: security headers, a
// bound on bodies, no forms from other sites, and an error page for a panic.
func (s *site) guard(pages http.Handler, address *url.URL) (http.Handler, error) {
	sameSite := http.NewCrossOriginProtection()
	// A proxy may pass another Host on; the publication's own origin is ours whatever Host says.
	if err := sameSite.AddTrustedOrigin(address.Scheme + "://" + address.Host); err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "publication.url %q is no web address: %w", s.Publication.URL, err)
	}
	s.ownForms = http.NewCrossOriginProtection()
	if err := s.ownForms.AddTrustedOrigin(address.Scheme + "://" + address.Host); err != nil {
		return nil, err // as above
	}
	// A form on another site may lead to ours, which has the address filled in.
	sameSite.AddInsecureBypassPattern("POST " + s.prefix + "/join")
	// Mail programs that run in a browser leave with one click from their own
	// origin (RFC 8058). The token is the whole authority: nothing looks at cookies there.
	sameSite.AddInsecureBypassPattern("POST " + s.prefix + "/leave/{token}")
	sameSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, magazine.Errorf(magazine.Unauthorised, "a form from another site").Said("fault.other-site"))
	}))
	inner := sameSite.Handler(pages)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		r.Body = http.MaxBytesReader(w, r.Body, s.mostBody(r))
		defer s.caught(w, r)
		inner.ServeHTTP(w, r)
	}), nil
}

func (s *site) caught(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.log.Error("a page panicked", "route", r.Pattern, "panic", cause, "stack", string(debug.Stack()))
	s.fail(w, r, magazine.Errorf(magazine.Internal, "panic: %v", cause))
}
