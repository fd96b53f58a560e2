package feeds

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// CacheBytes is a sensible bound for the documents that a Handler keeps.
const CacheBytes = 64 << 20

// buildTime bounds the building of one document, which goes on when the
// reader that asked first has left, since others wait for it.
const buildTime = 30 * time.Second

// Handler serves every feed at its address (see Patterns); the publication's
// own path has been stripped from the request's. It answers GET and HEAD, keeps
// up to cacheBytes of built documents, and leaves errors to fail: NotFound for
// an address or a scope that doesn't exist, or what the store says.
func Handler(s *store.Store, b Builder, cacheBytes int64, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return newHandler(s, b, cacheBytes, fail)
}

func newHandler(s source, b Builder, cacheBytes int64, fail func(http.ResponseWriter, *http.Request, error)) *handler {
	return &handler{s, b, b.fingerprint(), newCache(cacheBytes), fail}
}

type handler struct {
	source      source
	builder     Builder
	fingerprint string
	cache       *cache
	fail        func(http.ResponseWriter, *http.Request, error)
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scope, f, ok := locate(r.URL.EscapedPath())
	if !ok {
		h.fail(w, r, magazine.Errorf(magazine.NotFound, "there is no feed at this address"))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Feeds can only be read: use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	v, err := h.source.ScopeVersion(r.Context(), scope)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	coding := chooseCoding(r.Header.Values("Accept-Encoding"))
	etag := h.etag(scope, f, v, coding)
	if notModified(r, etag, v.Changed) {
		describe(w.Header(), etag, v)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	doc, v, err := h.document(r.Context(), scope, f, v)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.send(w, r, f, doc, coding, h.etag(scope, f, v, coding), v)
}

// document finds or builds the document of version v, or of a newer one where
// the scope has changed in the meantime.
func (h *handler) document(ctx context.Context, scope magazine.Scope, f Format, v store.Version) (*document, store.Version, error) {
	doc, err := h.cache.get(f.Name+" "+scope.Key(), h.etag(scope, f, v, identityCoding), func() (*document, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTime)
		defer cancel()
		body, built, err := h.build(ctx, scope, f)
		if err != nil {
			return nil, err
		}
		return newDocument(h.etag(scope, f, built, identityCoding), built, body)
	})
	if err != nil {
		return nil, v, err
	}
	return doc, doc.version, nil
}

func (h *handler) build(ctx context.Context, scope magazine.Scope, f Format) ([]byte, store.Version, error) {
	if f == opmlFormat {
		return h.builder.directory(ctx, h.source)
	}
	docs, v, err := h.builder.documents(ctx, h.source, scope, f)
	if err != nil {
		return nil, v, err
	}
	return docs[0], v, nil
}

// describe sets the headers that a 304 repeats (RFC 9110 section 15.4.5).
func describe(header http.Header, etag string, v store.Version) {
	header.Set("ETag", etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "max-age=60")
	// A date has whole seconds: within the second of a change there may come
	// another, which a reader that goes by dates alone would never see.
	if writable(v.Changed) && time.Since(v.Changed) >= time.Second {
		header.Set("Last-Modified", v.Changed.UTC().Format(http.TimeFormat))
	}
}

func (h *handler) send(w http.ResponseWriter, r *http.Request, f Format, doc *document, coding coding, etag string, v store.Version) {
	header := w.Header()
	describe(header, etag, v)
	header.Set("Content-Type", f.ContentType)
	header.Set("X-Content-Type-Options", "nosniff")
	body := doc.plain
	if coding == gzipCoding {
		header.Set("Content-Encoding", "gzip")
		body = doc.gzip
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}

// etag is strong: equal tags mean equal bytes, on every node and after a
// restart (RFC 9110 section 8.8.3).
func (h *handler) etag(scope magazine.Scope, f Format, v store.Version, c coding) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %q %d %d", h.fingerprint, f.Name, c, scope.Key(), v.Number, v.Changed.UnixMicro()))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}
