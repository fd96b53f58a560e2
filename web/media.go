package web

import (
	"net/http"
	"strings"
	"time"
)

// sandboxed is the policy of an SVG that is opened by itself: it may use its
// own styles; scripts, forms and everything outside are refused.
const sandboxed = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

// immutable is for addresses that carry a hash of what they give.
const immutable = "public, max-age=31536000, immutable"

// media gives a file that articles use. Its address carries the hash of its
// bytes, so it never changes. Only kinds that browsers show without running
// anything are shown in place; anything else is a download. It is read a part
// at a time, and only as far as it is asked for.
func (s *site) media(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Store.Media(r.Context(), r.PathValue("hash"))
	if err != nil {
		return missing(err, errNoFile)
	}
	h := w.Header()
	h.Set("Cache-Control", immutable)
	h.Set("ETag", `"`+m.Hash+`"`)
	h.Set("Content-Type", m.Type)
	kind, _, _ := strings.Cut(m.Type, ";")
	switch family, _, _ := strings.Cut(kind, "/"); {
	case kind == "image/svg+xml":
		h.Set("Content-Security-Policy", sandboxed)
	case kind == "application/pdf", family == "image", family == "audio", family == "video":
		h.Del("Content-Security-Policy") // browsers' own viewers for these break under a policy
	default:
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", "attachment")
	}
	http.ServeContent(w, r, "", time.Time{}, m)
	if err := m.Err(); err != nil && r.Context().Err() == nil { // too late for an error page: the answer ends early
		s.log.Error("a file could not be read", "hash", m.Hash, "error", err)
	}
	return nil
}
