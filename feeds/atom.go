package feeds

import (
	"fmt"
	"strings"

	gorilla "github.com/gorilla/feeds"
	"postrider/store"
)

// atomFeed is Atom (RFC 4287) with Media RSS and PRISM. It shadows what gorilla's structure cannot write validly.
type atomFeed struct {
	Language         text       `xml:"xml:lang,attr"`
	FH               string     `xml:"xmlns:fh,attr"`
	Media            string     `xml:"xmlns:media,attr"`
	Prism            string     `xml:"xmlns:prism,attr"`
	Title            typedText  `xml:"title"`
	gorilla.AtomFeed            // id, updated
	Links            []atomLink `xml:"link"`
	Icon             address    `xml:"icon"`
	Logo             address    `xml:"logo"`
	Rights           typedText  `xml:"rights"`
	Subtitle         typedText  `xml:"subtitle"`
	Generator        text       `xml:"generator"`
	Author           atomPerson `xml:"author"`
	Complete         *struct{}  `xml:"fh:complete"`
	Archive          *struct{}  `xml:"fh:archive"`
}

// FeedXml makes atomFeed one of gorilla's feeds.
func (f *atomFeed) FeedXml() any { return f }

type atomLink struct {
	Rel      string  `xml:"rel,attr"`
	Type     string  `xml:"type,attr,omitempty"`
	Language text    `xml:"hreflang,attr"`
	Title    text    `xml:"title,attr"`
	Href     address `xml:"href,attr"`
}

type atomPerson struct {
	Name text    `xml:"name"`
	URI  address `xml:"uri"`
}

type atomEntry struct {
	Language          text           `xml:"xml:lang,attr"`
	Title             typedText      `xml:"title"`
	gorilla.AtomEntry                // id, updated, published
	Links             []atomLink     `xml:"link"`
	Authors           []atomPerson   `xml:"author"`
	Categories        []atomCategory `xml:"category"`
	Summary           typedText      `xml:"summary"`
	Content           *atomContent   `xml:"content"`
	Media             *mediaContent
	cover
}

type atomCategory struct {
	Term   text    `xml:"term,attr"`
	Scheme address `xml:"scheme,attr"`
	Label  text    `xml:"label,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	HTML string `xml:",cdata"`
}

// atomFeed is the feed without its entries.
func (b *Builder) atomFeed(ch *Channel, v store.Version) *atomFeed {
	p := b.Publication
	f := &atomFeed{
		Language: language(p.Language), FH: fhNS, Media: mediaNS, Prism: prismNS, Title: atomText(ch.title()),
		AtomFeed: gorilla.AtomFeed{Xmlns: "http://www.w3.org/2005/Atom", Id: b.feedID(ch).s, Updated: changed(v).rfc3339()},
		Links:    append(append(b.selfLink(ch, Atom), atomLink{Rel: "alternate", Type: "text/html", Href: b.home(ch)}), b.links(ch, Atom)...),
		Rights:   atomText(plain(p.Copyright)), Subtitle: atomText(plain(ch.Description)), Generator: plain(b.Generator), Author: b.house(),
	}
	f.Icon, f.Logo = b.imageAddress(b.Icon), b.imageAddress(b.Logo)
	if image := b.imageAddress(ch.Image); image.s != "" {
		f.Logo = image
	}
	f.Complete, f.Archive = ch.history()
	return f
}

// feedID names the feed for ever.
func (b *Builder) feedID(ch *Channel) address {
	switch {
	case b.follows:
		return b.tagURI("own/follows")
	case b.own:
		return b.tagURI("own/" + ch.Scope.Key())
	}
	return b.tagURI("feed/" + ch.Scope.Key())
}

// selfLink says where the document is, if anywhere.
func (b *Builder) selfLink(ch *Channel, f Format) []atomLink {
	at := b.self(ch, f)
	if at.s == "" {
		return nil
	}
	return []atomLink{{Rel: "self", Type: f.Type, Href: at}}
}

// house is the publication as an author: of the feed, and of entries that have no other.
func (b *Builder) house() atomPerson {
	p := b.Publication
	return atomPerson{Name: orUntitled(name(p.Title).s), URI: webAddress(p.Link("/"))}
}

func (b *Builder) atomEntry(e *entry) atomEntry {
	a := atomEntry{
		Language: e.language, Title: atomText(e.title), Summary: atomText(e.summary), Media: leadImage(e.image), cover: e.cover,
		AtomEntry: gorilla.AtomEntry{Id: e.id.s, Published: e.published.rfc3339(), Updated: e.atomUpdated()},
		Links:     []atomLink{{Rel: "alternate", Type: "text/html", Language: e.language, Href: e.link}},
	}
	for _, r := range e.related {
		if r.link.s != "" {
			a.Links = append(a.Links, relatedLink(r))
		}
	}
	for _, w := range e.authors {
		a.Authors = append(a.Authors, atomPerson{Name: w.name, URI: w.uri})
	}
	if len(a.Authors) == 0 {
		a.Authors = []atomPerson{b.house()}
	}
	if e.section.s != "" {
		a.Categories = append(a.Categories, atomCategory{Term: plain(first(e.article.Section.Slug, e.section.s)), Scheme: b.sections(), Label: e.section})
	}
	for _, t := range e.tags {
		a.Categories = append(a.Categories, atomCategory{Term: t, Scheme: b.tags(), Label: t})
	}
	if e.content.s != "" {
		a.Content = &atomContent{Type: "html", HTML: e.content.s}
	}
	return a
}

// atomUpdated is when the entry changed, to the second, with the article's
// number in place of the microseconds: articles are often dated by the day
// alone, and validators warn of two entries updated at the same instant.
func (e *entry) atomUpdated() string {
	return fmt.Sprintf("%s.%06dZ", e.updated.format("2006-01-02T15:04:05"), max(0, e.article.Seq)%1_000_000)
}

// links name the hubs from which changes are pushed (WebSub section 4), and the
// feed's other documents. A page of the archive is not pushed.
func (b *Builder) links(ch *Channel, f Format) []atomLink {
	var links []atomLink
	if ch.page == 0 {
		for _, h := range b.hubs() {
			links = append(links, atomLink{Rel: "hub", Href: h})
		}
	}
	return append(links, b.archiveLinks(ch, f)...)
}

func relatedLink(r reference) atomLink {
	l := atomLink{Rel: "related", Href: r.link}
	if !strings.Contains(r.title.s, "<") && !tagged(r.title.s) { // an attribute cannot say that it is no HTML
		l.Title = r.title
	}
	return l
}
