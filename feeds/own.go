package feeds

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// FollowsPath is where the feeds of what a person follows are, below the address
// of their own feeds. The other feeds are there at the paths that the public ones
// have below the site.
const FollowsPath = "/follows/"

// Own serves members' own feeds: of everything, of one author, of one section, or
// of what they follow, in full as far as they may read it. Documents are the same
// for all of one tier who follow the same, and kept for all of them together, so
// they name no address of their own.
type Own struct{ *handler }

// NewOwn makes it. It keeps up to cacheBytes of built documents and leaves errors
// to fail, as Handler does.
func NewOwn(s *store.Store, b Builder, cacheBytes int64, fail func(http.ResponseWriter, *http.Request, error)) *Own {
	return newOwn(s, b, cacheBytes, fail)
}

func newOwn(s source, b Builder, cacheBytes int64, fail func(http.ResponseWriter, *http.Request, error)) *Own {
	b.own, b.Contents, b.Hubs = true, nil, nil
	h := newHandler(s, b, cacheBytes, fail)
	h.fingerprint += fmt.Sprintf(" own %q", b.Publication.Tiers)
	return &Own{h}
}

// Serve answers a poll of a person of a tier. The request's path is that below
// the address of their own feeds. follows tells what they follow, nothing for
// everything, and is asked for the feeds of it alone.
func (o *Own) Serve(w http.ResponseWriter, r *http.Request, tier magazine.Tier, follows func(context.Context) ([]magazine.Follow, error)) {
	set, f, ok := locateOwn(r.URL.EscapedPath())
	if !ok {
		o.fail(w, r, magazine.Errorf(magazine.NotFound, "there is no feed at this address"))
		return
	}
	set.tier = tier
	var err error
	if set.follows {
		if set.followed, err = follows(r.Context()); err != nil {
			o.fail(w, r, err)
			return
		}
	}
	now, l, err := o.now(r.Context(), set)
	if err == nil && now.leads != "" {
		to := (&url.URL{Path: beside(set.page, 0) + "../" + now.leads + "/" + beside(0, set.page) + f.File}).EscapedPath() // no word of where the person's feeds are
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	if err != nil {
		o.fail(w, r, err)
		return
	}
	if set.page > now.pages {
		o.fail(w, r, errNoPage)
		return
	}
	want := wanted{part{set.scope, set.page}, f, chooseCoding(r.Header["Accept-Encoding"]), inWindow(r)}
	// By its tag alone: a date says nothing of a tier, or of what one follows.
	if etag := want.etag(now); notModified(r, etag, time.Time{}, o.source.Now()) {
		o.describe(w.Header(), etag, l)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	doc, err := o.kept(want, now, set.name(), func() (*document, error) { return o.build(r.Context(), want, set) })
	if err != nil {
		o.fail(w, r, err)
		return
	}
	o.describe(w.Header(), want.etag(doc.current), l)
	if links := o.links(set.page, now.pages, f); links != "" {
		w.Header()["Link"] = []string{links}
	}
	send(w, r, want, doc.body)
}

// describe sets the headers that a 304 repeats. Nobody else's cache keeps it.
func (o *Own) describe(header http.Header, etag string, l *look) {
	header["Etag"] = []string{etag}
	header["Vary"] = []string{"Accept-Encoding, Sec-Fetch-Dest"}
	header["Content-Security-Policy"] = []string{policy}
	header["Cache-Control"] = []string{"private, max-age=" + strconv.Itoa(int(l.maxAge(o.source.Now())/time.Second))}
}

// links lead to the other documents of a feed with its archive (RFC 5005 section 4,
// RFC 8288). They are relative: a document that many people share names no
// address, and no format but Atom may have links that are none.
func (o *Own) links(page, pages int64, f Format) string {
	var links []string
	add := func(rel string, to int64) {
		links = append(links, fmt.Sprintf(`<%s>; rel="%s"; type="%s"`, beside(page, to)+f.File, rel, f.Type))
	}
	switch {
	case o.builder.NoArchives || pages == 0:
	case page == 0:
		add("prev-archive", pages)
	default:
		add("current", 0)
		if page > 1 {
			add("prev-archive", page-1)
		}
		if page < pages {
			add("next-archive", page+1)
		}
	}
	return strings.Join(links, ", ")
}

// share is what one feed has for people of one tier.
type share struct {
	tier     magazine.Tier
	scope    magazine.Scope
	page     int64             // of the archive; 0: the newest
	follows  bool              // of the site, what is followed
	followed []magazine.Follow // that; nothing: everything
}

// name tells documents apart.
func (s share) name() string {
	name := string(s.tier) + " " + s.scope.Key()
	if s.page > 0 {
		name += " " + strconv.FormatInt(s.page, 10)
	}
	if s.follows {
		sum := sha256.New()
		for _, f := range s.followed {
			fmt.Fprintf(sum, "%q %q ", f.Kind, f.Slug)
		}
		name += " follows " + base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
	}
	return name
}

// locateOwn says which feed an escaped path means, below the address of a
// person's own feeds.
func locateOwn(escapedPath string) (share, Format, bool) {
	rest, follows := strings.CutPrefix(escapedPath, strings.TrimSuffix(FollowsPath, "/"))
	if follows {
		escapedPath = rest
	}
	p, f, ok := locate(escapedPath)
	if !ok || f == opmlFormat || p.scope.Kind == magazine.ScopeIssue || follows && (p.page > 0 || p.scope.Kind != magazine.ScopeSite) {
		return share{}, Format{}, false
	}
	return share{scope: p.scope, page: p.page, follows: follows}, f, true
}

// now tells the current version of what a share has.
func (o *Own) now(ctx context.Context, set share) (current, *look, error) {
	c, l, err := o.versions.of(ctx, set.scope)
	if err != nil || c.leads != "" {
		return c, l, err
	}
	if set.follows && len(set.followed) > 0 {
		c.version, err = together(set.followed, func(scope magazine.Scope) (store.Version, error) {
			one, _, err := o.versions.of(ctx, scope)
			if err == nil && one.leads != "" {
				one, _, err = o.versions.of(ctx, magazine.AuthorScope(one.leads))
			}
			return one.version, err
		})
	}
	pages := c.pages
	if set.follows { // what is followed is numbered nowhere
		pages = 0
	}
	return current{version: c.version, base: o.tag(set, c.version), pages: pages}, l, err
}

// tag stands for all that shapes a share's documents but their format.
func (o *Own) tag(set share, v store.Version) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %d %d", o.fingerprint, set.name(), v.Number, v.Changed.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// together makes one version of those of all that is followed. Tags have none of
// their own: they change with the site. What there is no more is passed over.
func together(set []magazine.Follow, of func(magazine.Scope) (store.Version, error)) (all store.Version, err error) {
	sum := sha256.New()
	seen := map[magazine.Scope]bool{}
	for _, f := range set {
		scope := magazine.SiteScope()
		switch f.Kind {
		case magazine.FollowAuthor:
			scope = magazine.AuthorScope(f.Slug)
		case magazine.FollowSection:
			scope = magazine.SectionScope(f.Slug)
		}
		if seen[scope] {
			continue
		}
		seen[scope] = true
		v, err := of(scope)
		if magazine.CodeOf(err) == magazine.NotFound {
			continue
		}
		if err != nil {
			return all, err
		}
		fmt.Fprintf(sum, "%q %d %d ", scope.Key(), v.Number, v.Changed.UnixMicro())
		if v.Changed.After(all.Changed) {
			all.Changed = v.Changed
		}
	}
	all.Number = int64(binary.BigEndian.Uint64(sum.Sum(nil)) >> 1)
	return all, nil
}

func (o *Own) build(ctx context.Context, want wanted, set share) (*document, error) {
	ctx, done, err := o.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	b := o.builder
	var from source = opened{o.source, b.Publication.Tiers, set.tier}
	if set.follows {
		b.follows = true
		if len(set.followed) > 0 {
			from = followed{from, set.followed}
		}
	}
	d, v, err := b.documents(ctx, newMemo(from, &memoryShelf{}, want.format), want.part)
	if err != nil {
		return nil, err
	}
	body, err := d.document(0)
	if err != nil {
		return nil, err
	}
	of := current{version: v, base: o.tag(set, v)}
	return &document{of, want.etag(of), body}, nil
}

// opened is a source in which what a tier may read is for everyone.
type opened struct {
	source
	tiers magazine.Tiers
	tier  magazine.Tier
}

func (s opened) ArticlesByID(ctx context.Context, ids []string) ([]magazine.Article, error) {
	all, err := s.source.ArticlesByID(ctx, ids)
	for i := range all {
		if s.tiers.MayRead(s.tier, all[i].Access) {
			all[i].Access = magazine.Everyone
		}
	}
	return all, err
}

// followed is a source in which the site has what somebody follows alone.
type followed struct {
	source
	set []magazine.Follow
}

func (s followed) ScopeVersion(ctx context.Context, scope magazine.Scope) (store.Version, error) {
	if scope.Kind != magazine.ScopeSite {
		return s.source.ScopeVersion(ctx, scope)
	}
	return together(s.set, func(scope magazine.Scope) (store.Version, error) {
		if scope.Kind == magazine.ScopeAuthor {
			own, err := s.source.AuthorSlug(ctx, scope.Slug)
			if err != nil {
				return store.Version{}, err
			}
			scope.Slug = own
		}
		return s.source.ScopeVersion(ctx, scope)
	})
}

func (s followed) ArticleIDs(ctx context.Context, scope magazine.Scope, o store.ListOptions) ([]string, error) {
	set := slices.Clone(s.set)
	for i, f := range set {
		if f.Kind != magazine.FollowAuthor {
			continue
		}
		own, err := s.source.AuthorSlug(ctx, f.Slug)
		switch {
		case err == nil:
			set[i].Slug = own
		case magazine.CodeOf(err) != magazine.NotFound:
			return nil, err
		}
	}
	return s.source.ArticlesFollowed(ctx, set, o.Limit)
}

// List makes the list of a person's own feeds for readers that import it (OPML):
// of everything, of what they follow, and of each author and section. path is the
// address of their own feeds below the site, without a slash at its end.
func (o *Own) List(ctx context.Context, path string) ([]byte, error) {
	v, err := o.source.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return nil, err
	}
	b := o.builder
	all, err := b.list(ctx, o.source)
	if err != nil {
		return nil, err
	}
	channels := []Channel{all[0], b.Followed()}
	for _, ch := range all[1:] {
		if ch.Scope.Kind != magazine.ScopeIssue {
			channels = append(channels, ch)
		}
	}
	return b.opml(channels, v, func(ch *Channel) address {
		if ch == &channels[1] { // its scope is the site's too
			return webAddress(b.Publication.Link(path + FollowsPath + RSS.File))
		}
		return webAddress(b.Publication.Link(path + ch.Path(RSS)))
	})
}
