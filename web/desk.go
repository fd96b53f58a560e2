package web

import (
	"net/http"
	"strings"

	"postrider/templates"
	"postrider/web/admin"
)

// openDesk makes the desk, where there is one.
func (s *site) openDesk() (err error) {
	if s.Desk == nil {
		return nil
	}
	s.desk, err = admin.New(*s.Desk, admin.Site{
		SignedIn: s.signedIn, Words: s.wordsFor, Speak: s.speak, Path: s.path,
		SignIn: func(at string) string { return signInFor(strings.TrimPrefix(at, s.plainPrefix())) },
		Failure: func(words *templates.Words, err error) (int, string, string) {
			how := failureOf(err)
			return how.status, words.T(how.title), sentence(words, err)
		},
		Style:  s.path("/desk.css?v=" + s.assets.desk.hash),
		Script: s.path("/desk.js?v=" + s.assets.deskLive.hash),
	})
	return err
}

// routeDesk mounts it.
func (s *site) routeDesk(on func(method, path string, h handler)) {
	if s.desk == nil {
		return
	}
	on("GET", "/desk.css", s.assets.desk.serve)
	on("GET", "/desk.js", s.assets.deskLive.serve)
	for _, route := range s.desk.Routes() {
		h := handler(func(w http.ResponseWriter, r *http.Request) error { return s.desk.Serve(route, w, r) })
		if route.Method == http.MethodPost && !route.Streams {
			h = s.whole(h)
		}
		on(route.Method, route.Path, h)
		if at, ok := strings.CutSuffix(route.Path, "/{$}"); ok && route.Method == http.MethodGet {
			on("GET", at, s.addSlash)
		}
	}
}
