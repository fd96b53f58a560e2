package feeds

import (
	"strings"

	"postrider/magazine"
)

// Format is a kind of feed document.
type Format struct {
	Name        string // "rss", "atom" or "json"
	File        string // its file's name below the scope's path
	Type        string // its registered media type, without parameters
	ContentType string // as the Content-Type header says it
}

// The formats of a feed. JSON has no charset parameter (RFC 8259 section 11).
var (
	RSS  = Format{"rss", "rss.xml", "application/rss+xml", "application/rss+xml; charset=utf-8"}
	Atom = Format{"atom", "atom.xml", "application/atom+xml", "application/atom+xml; charset=utf-8"}
	JSON = Format{"json", "feed.json", "application/feed+json", "application/feed+json"}
)

// windowType is the type that makes browsers show a format, XML by the style
// sheet that it names.
func (f Format) windowType() string {
	if f == JSON {
		return "application/json"
	}
	return "application/xml; charset=utf-8"
}

// Formats are the formats that every scope is published in.
var Formats = []Format{RSS, Atom, JSON}

// opmlFormat is a list of feeds: of the site all, of an author theirs.
var opmlFormat = Format{"opml", "feeds.opml", "text/x-opml", "text/x-opml; charset=utf-8"}

// A Channel is what a feed says of itself.
type Channel struct {
	Scope       magazine.Scope
	Title       string
	Description string
	Image       *magazine.Image // nil: none
	Complete    bool            // the document holds every article of the scope (RFC 5005 section 2): a published issue

	issue *magazine.Issue // of an issue's channel
	page  int64           // of the archive; 0: the subscription document
	pages int64           // that the archive has

	// What the articles refer to, as far as it is known.
	Issues  map[magazine.IssueRef]magazine.Issue
	Related map[string]magazine.Article // by slug; for titles that the reference lacks
}

// Path is the address of the channel's feed in a format, below the site.
func (c *Channel) Path(f Format) string { return part{c.Scope, c.page}.path() + f.File }

func (c *Channel) title() text { return orUntitled(c.Title) }

// orUntitled is for elements that must not be empty.
func orUntitled(s string) text {
	if t := plain(s); t.s != "" {
		return t
	}
	return text{"Untitled"}
}

// A Link advertises a feed in a page's head (rel=alternate).
type Link struct {
	Type  string // media type
	Title string
	Path  string // below the site
}

// Alternates lists the channel's feeds for the head of its page.
func (c *Channel) Alternates() []Link {
	names := map[string]string{RSS.Name: "RSS", Atom.Name: "Atom", JSON.Name: "JSON Feed"}
	links := make([]Link, len(Formats))
	for i, f := range Formats {
		links[i] = Link{f.Type, c.Title + " (" + names[f.Name] + ")", c.Path(f)}
	}
	return links
}

// Site is the channel of the whole publication.
func (b *Builder) Site() Channel {
	p := b.Publication
	return Channel{
		Scope: magazine.SiteScope(), Title: p.Title,
		Description: first(p.Description, p.Tagline, p.Title),
	}
}

// Followed is the channel of what somebody follows.
func (b *Builder) Followed() Channel {
	ch := b.Site()
	ch.Title = b.words(b.Publication.Language).T("own-feeds.follows") + " · " + ch.Title
	return ch
}

// Author is the channel of one author.
func (b *Builder) Author(a magazine.Author) Channel {
	p := b.Publication
	return Channel{
		Scope: magazine.AuthorScope(a.Slug), Title: a.Name + " · " + p.Title,
		Description: first(plainText(a.Bio), a.Name+" · "+p.Title), Image: a.Image,
	}
}

// Section is the channel of one section.
func (b *Builder) Section(s magazine.Section) Channel {
	p := b.Publication
	return Channel{
		Scope: magazine.SectionScope(s.Slug), Title: s.Name + " · " + p.Title,
		Description: first(s.Description, s.Name+" · "+p.Title),
	}
}

// Issue is the channel of one issue.
func (b *Builder) Issue(i magazine.Issue) Channel {
	p := b.Publication
	title := p.Title + " " + b.words(p.Language).Issue(i.Volume, i.Number)
	return Channel{
		Scope: magazine.IssueScope(i.IssueRef), Title: joined(": ", title, i.Title),
		Description: joined(" · ", title, i.Title, i.Hijri, b.longDate(i.CoverDate, p.Language)),
		Image:       i.Cover, Complete: i.State == magazine.IssuePublished, issue: &i,
	}
}

// first is the first of the texts that says something.
func first(texts ...string) string {
	for _, s := range texts {
		if plain(s).s != "" {
			return s
		}
	}
	return ""
}

// joined joins the texts that say something.
func joined(by string, texts ...string) string {
	var said []string
	for _, s := range texts {
		if plain(s).s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, by)
}
