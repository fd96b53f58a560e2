package feeds

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"sync"
	"time"

	gorilla "github.com/gorilla/feeds"
	"postrider/magazine"
	"postrider/templates"
)

// revision of the documents' format. It is part of every entity tag, so it must
// grow with any change to the bytes that the builders make of the same input;
// the test of the golden files insists.
const revision = 7

// DefaultEntries is how many articles a feed holds unless the configuration
// says otherwise.
const DefaultEntries = 50

// Content says how much of an article a feed carries.
type Content string

// The contents of a feed.
const (
	Full    Content = "full"
	Summary Content = "summary"
)

// Contents says it for the feeds of each kind of scope; Full where a kind isn't
// there.
type Contents map[magazine.ScopeKind]Content

// A Builder makes feed documents. It has no state; the same input gives the
// same bytes.
type Builder struct {
	Publication *magazine.Publication
	Messages    *templates.Messages // our own words; nil: the built-in ones
	Authority   string              // host in the names of feeds and of articles whose GUID is no URI, for ever; empty: the publication's present one
	Contents    Contents
	Entries     int             // of a feed that isn't complete; DefaultEntries unless positive
	Generator   string          // name and version of the program, as readers see it; may be empty
	Logo        *magazine.Image // of the publication, for feeds without a picture of their own; nil: none
	Icon        *magazine.Image // likewise, small and square
	Hubs        []string        // addresses of the WebSub hubs that are told of changes
	NoArchives  bool            // nobody serves the archives' pages, so no document leads to one
	Since       time.Time       // when documents took the form that all this gives them (see Fingerprint); zero: not known

	own     bool // members' own feeds: they name no address of theirs
	follows bool // the site's has what somebody follows
}

// whole tells that the feeds of a kind of scope have their articles in full.
func (b *Builder) whole(kind magazine.ScopeKind) bool { return b.Contents[kind] != Summary }

func (b *Builder) entries() int {
	if b.Entries <= 0 {
		return DefaultEntries
	}
	return b.Entries
}

// Fingerprint stands for everything that shapes a document besides its channel,
// its articles and its format.
func (b *Builder) Fingerprint() string {
	p := b.Publication
	zone := ""
	if p.Zone != nil {
		zone = p.Zone.String()
	}
	form := fmt.Appendf(nil, "%d %q %q %q %q %q %q %q %q %q %q %q %d %q %q %q %q", revision, b.Authority,
		p.Title, p.Tagline, p.Description, p.URL, p.Language, zone, p.Citation, p.ISSN, p.Copyright, b.Contents, b.entries(), b.Generator,
		shown(b.Logo), shown(b.Icon), b.Hubs)
	if own := b.Messages.Own(); own != "" { // the others keep the entity tags that they had
		form = append(form, own...)
	}
	if b.NoArchives { // likewise
		form = append(form, " no archives"...)
	}
	sum := sha256.Sum256(form)
	return hex.EncodeToString(sum[:])
}

// shown is what feeds show of a picture of the publication.
func shown(i *magazine.Image) [2]string {
	if i == nil {
		return [2]string{}
	}
	return [2]string{i.Src, i.Type}
}

// StylePath is where the style sheet is that shows a feed in a browser's window,
// below the site.
const StylePath = "/feed.css"

// buffers are kept for the next document: they grow to hundreds of kilobytes.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// writeXML writes a feed that names the style sheet. Its root element is among
// the first bytes, where readers look for it.
func (b *Builder) writeXML(feed gorilla.XmlFeed) ([]byte, error) {
	made := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(made)
	made.Reset()
	if err := gorilla.WriteXML(feed, made); err != nil {
		return nil, err
	}
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	var doc bytes.Buffer
	doc.Grow(made.Len() + 200)
	doc.WriteString(declaration + "\n")
	if at, err := url.Parse(b.Publication.Link(StylePath)); err == nil {
		fmt.Fprintf(&doc, `<?xml-stylesheet type="text/css" href="%s"?>`+"\n", asHTML.Replace(escape(at.EscapedPath())))
	}
	doc.Write(bytes.TrimPrefix(made.Bytes(), []byte(declaration)))
	doc.WriteByte('\n')
	return doc.Bytes(), nil
}

// hubs are the addresses of Hubs.
func (b *Builder) hubs() []address {
	var list []address
	for _, h := range b.Hubs {
		if at := webAddress(h); at.s != "" {
			list = append(list, at)
		}
	}
	return list
}

// home is the channel's page, self its document in a format; empty where it names
// none.
func (b *Builder) home(ch *Channel) address {
	return webAddress(b.Publication.Link(ch.Scope.Path()))
}

func (b *Builder) self(ch *Channel, f Format) address {
	if b.own {
		return address{}
	}
	return webAddress(b.Publication.Link(ch.Path(f)))
}
