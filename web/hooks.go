package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"postrider/magazine"
	"postrider/web/admin"
)

// hooksPath is where mail providers tell of mail that came back.
const hooksPath = "/hooks/"

// maxHook is the largest body of a provider's call, in bytes: SendGrid puts up to
// 768 kB of events into one.
const maxHook = 2 << 20

// A Hook is a call that claims to come from a mail provider.
type Hook struct {
	Provider string // as in the address
	Secret   string // at the end of the address, or the password that came with the request
	Header   http.Header
	Body     []byte
}

// mostBody is how large the body of a request may be, in bytes.
func (s *site) mostBody(r *http.Request) int64 {
	if s.TakeHook != nil && r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, s.plainPrefix()+hooksPath) {
		return maxHook
	}
	if s.desk != nil && r.Method == http.MethodPost && r.URL.Path == s.plainPrefix()+admin.BringPath && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return admin.MaxBody
	}
	return maxForm
}

// routeHooks takes providers' calls. The answers are for programs: a provider
// calls again after any but 2xx.
func (s *site) routeHooks(mux *http.ServeMux) {
	if s.TakeHook == nil {
		return
	}
	mux.HandleFunc("POST "+s.prefix+hooksPath+"{provider}", s.hook)
	mux.HandleFunc("POST "+s.prefix+hooksPath+"{provider}/{secret}", s.hook)
}

func (s *site) hook(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_, password, _ := r.BasicAuth()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		status := http.StatusBadRequest
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			status = http.StatusRequestEntityTooLarge
		}
		w.Header().Set("Connection", "close")
		http.Error(w, "the body did not arrive", status)
		return
	}
	err = s.TakeHook(r.Context(), Hook{Provider: r.PathValue("provider"), Secret: cmp.Or(r.PathValue("secret"), password), Header: r.Header, Body: body})
	if err == nil {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "ok\n")
		return
	}
	code := magazine.CodeOf(err)
	how, ok := failures[code]
	if !ok || code == magazine.Internal || code == magazine.Unavailable {
		s.log.Error("what a mail provider tells could not be taken; it tells it again", "provider", r.PathValue("provider"), "error", err)
	}
	status := cmp.Or(how.status, http.StatusInternalServerError)
	http.Error(w, http.StatusText(status), status)
}

// HookTaker does what follows from a provider's call. It returns nil once that is
// on disk; the error's code says what else: Unauthorised, Invalid, NotFound, or
// that the provider is to call again.
type HookTaker func(ctx context.Context, h Hook) error
