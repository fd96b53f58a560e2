package feeds

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
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
// up to cacheBytes of built documents, leads from an author's aliases to the
// author, and leaves errors to fail: NotFound for an address or a scope that
// doesn't exist, or what the store says. polls notes who asks; nil: nothing does.
func Handler(s *store.Store, b Builder, cacheBytes int64, polls *Polls, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	h := newHandler(s, b, cacheBytes, fail)
	h.polls = polls
	return h
}

func newHandler(s source, b Builder, cacheBytes int64, fail func(http.ResponseWriter, *http.Request, error)) *handler {
	h := &handler{source: s, builder: b, fingerprint: b.Fingerprint(), cache: newCache(cacheBytes), fail: fail,
		building: make(chan struct{}, 2*runtime.GOMAXPROCS(0))}
	h.versions = &versions{source: s, base: h.base}
	return h
}

type handler struct {
	source      source
	builder     Builder
	fingerprint string
	versions    *versions
	cache       *cache
	polls       *Polls
	building    chan struct{} // has room for those that build at the same time, each of whom holds a feed's articles
	fail        func(http.ResponseWriter, *http.Request, error)
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, f, ok := locate(r.URL.EscapedPath())
	if !ok {
		h.fail(w, r, magazine.Errorf(magazine.NotFound, "there is no feed at this address"))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Feeds can only be read: use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	now, l, err := h.versions.of(r.Context(), p.scope)
	if err == nil && now.leads != "" {
		p.scope.Slug = now.leads
		h.redirect(w, r, p.path()+f.File, l)
		return
	}
	if err == nil && p.page > now.pages {
		err = errNoPage
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	want := wanted{p, f, chooseCoding(r.Header["Accept-Encoding"]), inWindow(r)}
	if h.polls != nil && p.page == 0 && !want.window {
		h.polls.note(p.path()+f.File, r.UserAgent(), h.source.Now())
	}
	if etag := want.etag(now); notModified(r, etag, h.changed(now.version), h.source.Now()) {
		h.describe(w.Header(), etag, now.version, l)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	doc, err := h.document(r.Context(), want, now)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.describe(w.Header(), want.etag(doc.current), doc.version, l)
	if links := h.builder.hubLinks(want.part, want.format); links != "" {
		w.Header()["Link"] = []string{links}
	}
	send(w, r, want, doc.body)
}

// redirect leads to the same document of the author who has all of it now, for
// ever: readers keep the new address.
func (h *handler) redirect(w http.ResponseWriter, r *http.Request, path string, l *look) {
	to, err := url.Parse(h.builder.Publication.Link(path))
	if err != nil {
		h.fail(w, r, magazine.Errorf(magazine.Invalid, "publication.url %q is no web address: %w", h.builder.Publication.URL, err))
		return
	}
	to = &url.URL{Path: to.Path, RawPath: to.RawPath, RawQuery: r.URL.RawQuery} // on whatever host the server is reached by
	w.Header()["Location"] = []string{to.String()}
	w.Header()["Cache-Control"] = []string{"max-age=" + strconv.Itoa(int(l.maxAge(h.source.Now())/time.Second))}
	w.WriteHeader(http.StatusMovedPermanently)
}

// wanted is what a request asks for.
type wanted struct {
	part
	format Format
	coding coding
	window bool // a person opens it in a browser
}

// inWindow tells that a browser shows the answer as a page. Most browsers show
// the types of feeds as source text or save them.
func inWindow(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Dest") == "document" }

// etag is strong: equal tags mean equal bytes, on every node and after a
// restart (RFC 9110 section 8.8.3).
func (w wanted) etag(now current) string {
	page := ""
	if w.page > 0 {
		page = "." + strconv.FormatInt(w.page, 10)
	}
	window := ""
	if w.window {
		window = ".window"
	}
	return `"` + now.base + page + "." + w.format.Name + "." + string(w.coding) + window + `"`
}

// base is what the entity tags of a scope's documents have in common.
func (h *handler) base(scope magazine.Scope, v store.Version) string {
	return versionTag(h.fingerprint, scope, v)
}

// versionTag stands for all that shapes a scope's documents: two that are equal
// mean equal documents.
func versionTag(fingerprint string, scope magazine.Scope, v store.Version) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %d %d", fingerprint, scope.Key(), v.Number, v.Changed.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// document finds or builds what is wanted of the present version, or of a newer
// one where the scope has changed in the meantime.
func (h *handler) document(ctx context.Context, want wanted, now current) (*document, error) {
	plain := want // which all codings are made of
	plain.coding, plain.window = identityCoding, false
	return h.kept(want, now, want.path(), func() (*document, error) { return h.build(ctx, plain) })
}

// kept finds what is wanted under a name, or has it built.
func (h *handler) kept(want wanted, now current, name string, build func() (*document, error)) (*document, error) {
	want.window = false // the bytes are the same
	key := want.format.Name + " " + string(want.coding) + " " + name
	return h.cache.get(key, want.etag(now), func() (*document, error) {
		uncoded := want
		if uncoded.coding = identityCoding; want.coding == identityCoding {
			return build()
		}
		plain, err := h.kept(uncoded, now, name, build)
		if err != nil {
			return nil, err
		}
		body, err := want.coding.compress(plain.body)
		return &document{plain.current, want.etag(plain.current), body}, err
	})
}

// turn waits for room to build a document in; done gives it back.
func (h *handler) turn(ctx context.Context) (within context.Context, done func(), err error) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTime)
	select {
	case h.building <- struct{}{}:
		return within, func() { <-h.building; cancel() }, nil
	case <-within.Done():
		cancel()
		return nil, nil, magazine.Errorf(magazine.Unavailable, "too many feeds are being made at once: %w", within.Err())
	}
}

func (h *handler) build(ctx context.Context, want wanted) (*document, error) {
	ctx, done, err := h.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var body []byte
	var v store.Version
	if want.format == opmlFormat {
		body, v, err = h.builder.directory(ctx, h.source, want.scope)
	} else {
		var d *draft
		if d, v, err = h.builder.documents(ctx, newMemo(h.source, &memoryShelf{}, want.format), want.part); err == nil {
			body, err = d.document(0)
		}
	}
	if err != nil {
		return nil, err
	}
	of := current{version: v, base: h.base(want.scope, v)}
	return &document{of, want.etag(of), body}, nil
}

// policy lets a feed in a browser's window load our style sheet and pictures.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// describe sets the headers that a 304 repeats (RFC 9110 section 15.4.5).
func (h *handler) describe(header http.Header, etag string, v store.Version, l *look) {
	now := h.source.Now()
	header["Etag"] = []string{etag}
	header["Vary"] = []string{"Accept-Encoding, Sec-Fetch-Dest"}
	header["Content-Security-Policy"] = []string{policy}
	header["Cache-Control"] = []string{"max-age=" + strconv.Itoa(int(l.maxAge(now)/time.Second))}
	// A date has whole seconds: within the second of a change there may come
	// another, which a reader that goes by dates alone would never see.
	if at := h.changed(v); !instantOf(at).isNone() && now.Sub(at) >= time.Second {
		header["Last-Modified"] = []string{at.UTC().Format(http.TimeFormat)}
	}
}

// changed is when a version's documents became what they are: when the version
// came to be, or when the configuration or the program changed since.
func (h *handler) changed(v store.Version) time.Time {
	if instantOf(v.Changed).isNone() || v.Changed.After(h.builder.Since) {
		return v.Changed
	}
	return h.builder.Since
}

// send answers with the whole document: Range and A-IM (RFC 3229) are ignored,
// as either may be.
func send(w http.ResponseWriter, r *http.Request, want wanted, body []byte) {
	header := w.Header()
	if want.window {
		header.Set("Content-Type", want.format.windowType())
	} else {
		header.Set("Content-Type", want.format.ContentType)
	}
	header.Set("X-Content-Type-Options", "nosniff")
	if want.coding != identityCoding {
		header.Set("Content-Encoding", string(want.coding))
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}
