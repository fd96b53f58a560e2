package feeds

import (
	"strconv"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// A scope's feed comes in documents (RFC 5005 section 4). The subscription
// document has the newest articles and changes with each. The pages of the
// archive have all that there ever were: page k holds the articles that the
// scope numbered from pageNumbers*(k-1)+1 to pageNumbers*k, for ever. So a page
// comes when its last number is given, a late article moves none, an edited one
// changes in its place, and a withdrawn one leaves a gap.

// pageNumbers is how many numbers a page of an archive has. It never changes.
const pageNumbers = 50

// A part is one document of a scope's feed: a page of the archive counted from
// 1, or the subscription document, 0.
type part struct {
	scope magazine.Scope
	page  int64
}

// path is where the part's documents are, below the site.
func (p part) path() string {
	if p.page == 0 {
		return p.scope.Path()
	}
	return p.scope.Path() + "archive/" + strconv.FormatInt(p.page, 10) + "/"
}

// pages tells how many pages the archive of a channel has. A complete document
// has no archive, for it holds everything itself.
func pages(complete bool, v store.Version) int64 {
	if complete {
		return 0
	}
	return v.Last / pageNumbers
}

// holds says which articles the channel's document holds: of the subscription
// document at least all that no page does.
func (b *Builder) holds(ch *Channel, v store.Version) store.ListOptions {
	var o store.ListOptions
	switch {
	case ch.Complete:
	case ch.page > 0:
		o.Above, o.Before = pageNumbers*(ch.page-1), pageNumbers*ch.page+1
	default:
		o.Limit = max(b.entries(), int(v.Last-pageNumbers*ch.pages))
	}
	return o
}

// history marks a document that holds everything, or that is a page of the
// archive (RFC 5005 sections 2 and 4).
func (c *Channel) history() (complete, archive *struct{}) {
	mark := func(is bool) *struct{} {
		if is {
			return &struct{}{}
		}
		return nil
	}
	return mark(c.Complete), mark(c.page > 0)
}

// archive are the links between the channel's documents in a format, as far as
// there are such documents.
func (b *Builder) archive(ch *Channel, f Format) (current, previous, next address) {
	at := func(page int64) address {
		return webAddress(b.Publication.Link(part{ch.Scope, page}.path() + f.File))
	}
	if b.own {
		at = func(page int64) address { return address{beside(ch.page, page) + f.File} }
	}
	switch {
	case b.NoArchives || b.follows || b.own && f != Atom:
	case ch.page == 0 && ch.pages > 0:
		previous = at(ch.pages)
	case ch.page > 0:
		current = at(0)
		if ch.page > 1 {
			previous = at(ch.page - 1)
		}
		if ch.page < ch.pages {
			next = at(ch.page + 1)
		}
	}
	return current, previous, next
}

// beside is where the documents of a page of an archive are, as seen from those of
// another: what is the same at every address of it.
func beside(from, page int64) string {
	up := ""
	if from > 0 {
		up = "../../"
	}
	if page == 0 {
		return up
	}
	return up + "archive/" + strconv.FormatInt(page, 10) + "/"
}

// archiveLinks are the same as links (RFC 5005 section 4).
func (b *Builder) archiveLinks(ch *Channel, f Format) []atomLink {
	var links []atomLink
	current, previous, next := b.archive(ch, f)
	for _, l := range []atomLink{{Rel: "current", Href: current}, {Rel: "prev-archive", Href: previous}, {Rel: "next-archive", Href: next}} {
		if l.Href.s != "" {
			l.Type = f.Type
			links = append(links, l)
		}
	}
	return links
}

// lastChange is when an article changed last.
func lastChange(a *magazine.Article) time.Time {
	if a.Updated.After(a.Published) {
		return a.Updated
	}
	return a.Published
}
