package feeds

import (
	"encoding/xml"

	gorilla "github.com/gorilla/feeds"
	"postrider/magazine"
	"postrider/store"
)

// An rssDocument is RSS 2.0 (rssboard.org/rss-specification), with what RSS
// lacks from Dublin Core, Atom, Media RSS, PRISM and the Syndication and
// Content modules.
type rssDocument struct {
	XMLName xml.Name `xml:"rss"`
	Version string   `xml:"version,attr"`
	Atom    string   `xml:"xmlns:atom,attr"`
	Content string   `xml:"xmlns:content,attr"`
	DC      string   `xml:"xmlns:dc,attr"`
	Terms   string   `xml:"xmlns:dcterms,attr"`
	FH      string   `xml:"xmlns:fh,attr"`
	Media   string   `xml:"xmlns:media,attr"`
	Prism   string   `xml:"xmlns:prism,attr"`
	Sy      string   `xml:"xmlns:sy,attr"`
	Channel *rssChannel
}

// rssChannel shadows what gorilla's structure cannot write validly.
type rssChannel struct {
	Title           rssTitle `xml:"title"`
	Link            address  `xml:"link"`
	Description     rssTitle `xml:"description"` // plain text, as the title
	gorilla.RssFeed          // language, lastBuildDate, generator, ttl
	Copyright       rssTitle `xml:"copyright"` // plain text, as the title
	Image           *rssImage
	Links           []atomLink `xml:"atom:link"` // self, hubs and archive
	UpdatePeriod    string     `xml:"sy:updatePeriod"`
	UpdateFrequency int        `xml:"sy:updateFrequency"`
	Complete        *struct{}  `xml:"fh:complete"`
	Archive         *struct{}  `xml:"fh:archive"`
}

// FeedXml makes rssChannel one of gorilla's feeds.
func (c *rssChannel) FeedXml() any {
	return &rssDocument{
		Version: "2.0", Channel: c, Media: mediaNS, Prism: prismNS, FH: fhNS,
		Atom: "http://www.w3.org/2005/Atom", Content: "http://purl.org/rss/1.0/modules/content/", DC: "http://purl.org/dc/elements/1.1/",
		Terms: "http://purl.org/dc/terms/", Sy: "http://purl.org/rss/1.0/modules/syndication/",
	}
}

// rssImage has the channel's own title and link, as the specification asks.
type rssImage struct {
	XMLName xml.Name `xml:"image"`
	URL     address  `xml:"url"`
	Title   rssTitle `xml:"title"`
	Link    address  `xml:"link"`
}

type rssItem struct {
	Title           rssTitle      `xml:"title"`
	Link            address       `xml:"link"`
	Description     rssHTML       `xml:"description"`
	gorilla.RssItem               // guid, pubDate
	Creators        []text        `xml:"dc:creator"` // RSS's own author is a mail address
	Categories      []rssCategory `xml:"category"`
	Content         markup        `xml:"content:encoded"`
	Modified        string        `xml:"dcterms:modified,omitempty"`
	Language        text          `xml:"dc:language"`
	Related         []atomLink    `xml:"atom:link"`
	Media           *mediaContent
	cover
}

type rssCategory struct {
	domain address
	name   rssTitle
}

// MarshalXML writes the name as element text, which encoding/xml offers no tag for.
func (c rssCategory) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "domain"}, Value: c.domain.s})
	return c.name.MarshalXML(e, start)
}

// rssChannel is the channel without its items.
func (b *Builder) rssChannel(ch *Channel, v store.Version) *rssChannel {
	c := &rssChannel{
		Title: rssTitle(ch.title()), Link: b.home(ch), Description: rssTitle(orUntitled(first(ch.Description, ch.Title))),
		RssFeed:   gorilla.RssFeed{Language: language(b.Publication.Language).s, LastBuildDate: changed(v).rfc5322(), Generator: plain(b.Generator).s, Ttl: 60},
		Copyright: rssTitle(plain(b.Publication.Copyright)), Links: append(b.selfLink(ch, RSS), b.links(ch, RSS)...),
		UpdatePeriod: "hourly", UpdateFrequency: 1,
	}
	for _, i := range []*magazine.Image{ch.Image, b.Logo, b.Icon} {
		if image := b.picture(i); image != nil && smallImage[image.mime.s] {
			c.Image = &rssImage{URL: image.address, Title: c.Title, Link: c.Link}
			break
		}
	}
	c.Complete, c.Archive = ch.history()
	return c
}

// smallImage are the image types that RSS 2.0 allows for a channel.
var smallImage = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true}

func (b *Builder) rssItem(e *entry) rssItem {
	i := rssItem{
		Title: rssTitle(e.title), Link: e.link, Description: rssHTML(e.summary), Content: e.content, Language: e.language,
		RssItem:  gorilla.RssItem{Guid: &gorilla.RssGuid{Id: e.guid.s, IsPermaLink: "false"}, PubDate: e.published.rfc5322()},
		Modified: e.updated.rfc3339(), Media: leadImage(e.image), cover: e.cover,
	}
	for _, w := range e.authors {
		i.Creators = append(i.Creators, w.name)
	}
	if e.section.s != "" {
		i.Categories = append(i.Categories, rssCategory{b.sections(), rssTitle(e.section)})
	}
	for _, t := range e.tags {
		i.Categories = append(i.Categories, rssCategory{b.tags(), rssTitle(t)})
	}
	for _, r := range e.related {
		if r.link.s != "" {
			i.Related = append(i.Related, relatedLink(r))
		}
	}
	return i
}

// sections and tags name the two vocabularies of categories.
func (b *Builder) sections() address { return b.tagURI("sections") }
func (b *Builder) tags() address     { return b.tagURI("tags") }
