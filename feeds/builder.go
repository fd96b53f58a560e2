package feeds

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	gorilla "github.com/gorilla/feeds"
	"postrider/magazine"
	"postrider/store"
)

// revision of the documents' format. It is part of every entity tag, so it must
// grow with any change to the bytes that the builders make of the same input;
// the test of the golden files insists.
const revision = 2

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

// A Builder makes feed documents. It has no state; the same input gives the
// same bytes.
type Builder struct {
	Publication *magazine.Publication
	Content     Content // Full unless Summary
	Entries     int     // of a feed that isn't complete; DefaultEntries unless positive
	Generator   string  // name and version of the program, as readers see it; may be empty
}

func (b *Builder) entries() int {
	if b.Entries <= 0 {
		return DefaultEntries
	}
	return b.Entries
}

// fingerprint stands for everything that shapes a document besides its
// channel, its articles and its format.
func (b *Builder) fingerprint() string {
	p := b.Publication
	zone := ""
	if p.Zone != nil {
		zone = p.Zone.String()
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %q %q %q %q %q %q %d %q", revision,
		p.Title, p.Tagline, p.Description, p.URL, p.Language, zone, p.Citation, p.ISSN, p.Copyright, b.Content, b.entries(), b.Generator))
	return hex.EncodeToString(sum[:])
}

// Build makes the channel's document in a format.
func (b *Builder) Build(f Format, ch *Channel, articles []magazine.Article, v store.Version) ([]byte, error) {
	docs, err := b.BuildAll([]Format{f}, ch, articles, v)
	if err != nil {
		return nil, err
	}
	return docs[0], nil
}

// BuildAll makes the channel's documents in several formats, for little more
// than the price of one.
func (b *Builder) BuildAll(formats []Format, ch *Channel, articles []magazine.Article, v store.Version) ([][]byte, error) {
	entries := b.makeEntries(ch, articles, v)
	docs := make([][]byte, len(formats))
	for i, f := range formats {
		var buf bytes.Buffer
		var err error
		switch f {
		case RSS:
			err = gorilla.WriteXML(b.rssChannel(ch, entries, v), &buf)
		case Atom:
			err = gorilla.WriteXML(b.atomFeed(ch, entries, v), &buf)
		case JSON:
			err = writeJSON(&buf, b.jsonFeed(ch, entries))
		default:
			err = magazine.Errorf(magazine.NotFound, "there is no feed format %q; the formats are rss, atom and json", f.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("build feed %s: %w", ch.Path(f), err)
		}
		buf.WriteByte('\n')
		docs[i] = buf.Bytes()
	}
	return docs, nil
}

// home is the channel's page, self its document in a format.
func (b *Builder) home(ch *Channel) address {
	return webAddress(b.Publication.Link(ch.Scope.Path()))
}

func (b *Builder) self(ch *Channel, f Format) address {
	return webAddress(b.Publication.Link(ch.Path(f)))
}

// dawn stands for the time of a feed that never had an article.
var dawn = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func changed(v store.Version) time.Time {
	if !writable(v.Changed) {
		return dawn
	}
	return v.Changed.UTC()
}

// writable tells whether every format can write t: RFC 3339 and RFC 5322 have
// years of four digits.
func writable(t time.Time) bool {
	return !t.IsZero() && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999
}

// rfc5322 prints an instant as RSS wants it (RFC 5322 section 3.3), or nothing.
func rfc5322(t time.Time) string {
	if !writable(t) {
		return ""
	}
	return t.UTC().Format(time.RFC1123Z)
}

// rfc3339 prints an instant to the second, or nothing.
func rfc3339(t time.Time) string {
	if !writable(t) {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// An entry is an article as every format shows it.
type entry struct {
	article *magazine.Article
	issue   *magazine.Issue // nil: none, or not known

	id        address // for Atom
	guid      text    // for RSS and JSON Feed
	link      address
	title     text
	summary   text
	content   markup // empty where the feed has summaries only
	language  text   // empty where it is the channel's
	published time.Time
	updated   time.Time // not before published
	authors   []person
	section   text
	tags      []text
	image     *picture
	related   []reference
	cover     cover
}

type person struct {
	name   text
	uri    address // the page of what the person wrote
	avatar address
}

type reference struct {
	link  address // empty where it is only named
	title text
	about text // authors and dates
}

// makeEntries makes the channel's entries. No two have the same identity.
func (b *Builder) makeEntries(ch *Channel, articles []magazine.Article, v store.Version) []entry {
	entries := make([]entry, len(articles))
	ids, guids := map[string]bool{}, map[string]bool{}
	for i := range articles {
		e := b.makeEntry(ch, &articles[i], v)
		for n := 2; ids[e.id.s] || guids[e.guid.s]; n++ {
			e.id = tagURI(b.Publication, fmt.Sprintf("article/%s/%d", articles[i].ID, n))
			e.guid = text{e.id.s}
		}
		ids[e.id.s], guids[e.guid.s] = true, true
		entries[i] = e
	}
	return entries
}

func (b *Builder) makeEntry(ch *Channel, a *magazine.Article, v store.Version) entry {
	p := b.Publication
	e := entry{
		article: a, id: identity(p, a), guid: plain(a.GUID), link: webAddress(a.Link(p)),
		title: orUntitled(first(a.Title, a.Subtitle, a.Slug)), section: name(a.Section.Name),
		published: a.Published.UTC(), updated: a.Updated.UTC(),
	}
	if e.guid.s == "" {
		e.guid = text{e.id.s}
	}
	if e.link.s == "" {
		e.link = webAddress(p.Link(a.Path()))
	}
	if !writable(e.published) {
		e.published = changed(v)
	}
	if !writable(e.updated) || e.updated.Before(e.published) {
		e.updated = e.published
	}
	if l := language(a.Language); l != language(ch.Language) {
		e.language = l
	}
	if i, ok := ch.Issues[a.Issue]; ok && !a.Issue.IsZero() {
		e.issue = &i
	}
	for _, w := range a.Authors {
		if called := name(w.Name); called.s != "" {
			e.authors = append(e.authors, person{called, webAddress(p.Link(w.Path())), b.imageAddress(w.Image)})
		}
	}
	for _, tag := range a.Tags {
		if t := name(tag); t.s != "" && !slices.Contains(e.tags, t) {
			e.tags = append(e.tags, t)
		}
	}
	e.image = b.picture(a.Image)
	e.related = b.references(ch, a)
	e.cover = b.cover(a, e.issue)
	e.summary = b.summary(a)
	if b.Content != Summary {
		e.content = b.content(&e)
	}
	return e
}

// references are the related articles that have a title.
func (b *Builder) references(ch *Channel, a *magazine.Article) []reference {
	var list []reference
	for _, r := range a.Related {
		link, title := r.URL, r.Title
		if r.Slug != "" {
			known, ok := ch.Related[r.Slug]
			if !ok {
				known.Slug = r.Slug // its page, or what became of it
			}
			link, title = known.Link(b.Publication), first(title, known.Title)
		}
		if t := plain(title); t.s != "" {
			about := joined(" · ", strings.Join(r.Authors, ", "), r.Hijri, r.Date)
			list = append(list, reference{webAddress(link), t, plain(about)})
		}
	}
	return list
}
