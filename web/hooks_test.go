package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"postrider/magazine"
)

func TestHooks(t *testing.T) {
	var got []Hook
	var fails error
	for _, prefix := range []string{"", "/mag"} {
		f := newFixture(t, func(o *Options) {
			publication := *o.Publication
			publication.URL += prefix
			o.Publication = &publication
			o.TakeHook = func(_ context.Context, h Hook) error { got = append(got, h); return fails }
		})
		call := func(path, body string, password string, want int) {
			t.Helper()
			r := httptest.NewRequest(http.MethodPost, "https://harbour.example"+prefix+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			if password != "" {
				r.SetBasicAuth("postrider", password)
			}
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, r)
			if w.Code != want || w.Header().Get("Cache-Control") != "no-store" && want != http.StatusNotFound {
				t.Errorf("%s: %d with %q, want %d", path, w.Code, w.Body, want)
			}
		}
		got, fails = nil, nil
		large := strings.Repeat("x", 1<<20)
		call("/hooks/brevo/sesame", `{"event":"spam"}`, "", http.StatusOK)
		call("/hooks/postmark", large, "sesame", http.StatusOK)
		call("/hooks/ses", strings.Repeat("x", maxHook+1), "", http.StatusRequestEntityTooLarge)
		if len(got) != 2 || got[0].Provider != "brevo" || got[0].Secret != "sesame" || string(got[0].Body) != `{"event":"spam"}` || got[0].Header.Get("Content-Type") != "application/json" ||
			got[1].Provider != "postmark" || got[1].Secret != "sesame" || len(got[1].Body) != len(large) {
			t.Fatalf("%d calls: %.300q", len(got), got)
		}
		for err, want := range map[error]int{
			magazine.Errorf(magazine.Unauthorised, "no"): http.StatusForbidden, magazine.Errorf(magazine.Invalid, "what"): http.StatusBadRequest, magazine.Errorf(magazine.NotFound, "who"): http.StatusNotFound,
			magazine.Errorf(magazine.Unavailable, "later"): http.StatusServiceUnavailable, errors.New("secret path /hooks"): http.StatusInternalServerError,
		} {
			fails = err
			call("/hooks/brevo/sesame", "{}", "", want)
		}
		if log := f.log.String(); strings.Contains(log, "sesame") {
			t.Errorf("the secret is logged: %s", log)
		}
		n := len(got)
		r := httptest.NewRequest(http.MethodGet, "https://harbour.example"+prefix+"/hooks/brevo/sesame", nil)
		w := httptest.NewRecorder()
		if f.handler.ServeHTTP(w, r); w.Code == http.StatusOK || len(got) != n {
			t.Errorf("a GET is taken: %d", w.Code)
		}
	}
	f := newFixture(t)
	r := httptest.NewRequest(http.MethodPost, "https://harbour.example/hooks/brevo/sesame", strings.NewReader("{}"))
	w := httptest.NewRecorder()
	if f.handler.ServeHTTP(w, r); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("without hooks: %d", w.Code)
	}
}
