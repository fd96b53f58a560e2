package feeds

import (
	"encoding/xml"
	"fmt"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// OPML lists the feeds of the channels (opml.org/spec2.opml) in the order given:
// the site's first, and those of authors, sections and issues each below a
// heading. Readers that import it subscribe to the RSS documents.
func (b *Builder) OPML(channels []Channel, v store.Version) ([]byte, error) {
	return b.opml(channels, v, func(ch *Channel) address { return b.self(ch, RSS) })
}

// opml is OPML with the addresses that feed says.
func (b *Builder) opml(channels []Channel, v store.Version, feed func(*Channel) address) ([]byte, error) {
	d := &opmlDocument{Version: "2.0", Title: opmlText(orUntitled(b.Publication.Title)), Modified: changed(v).rfc5322(), Home: webAddress(b.Publication.Link("/"))}
	words := b.words(b.Publication.Language)
	headings := map[magazine.ScopeKind]string{magazine.ScopeAuthor: words.T("authors.title"), magazine.ScopeSection: words.T("sections.title"), magazine.ScopeIssue: words.T("issues.title")}
	for i := range channels {
		ch := &channels[i]
		heading, below := headings[ch.Scope.Kind]
		if !below {
			d.Outlines = append(d.Outlines, b.outline(ch, feed(ch)))
			continue
		}
		if n := len(d.Outlines); n == 0 || d.Outlines[n-1].Text != heading {
			d.Outlines = append(d.Outlines, opmlOutline{Text: heading})
		}
		group := &d.Outlines[len(d.Outlines)-1]
		group.Outlines = append(group.Outlines, b.outline(ch, feed(ch)))
	}
	doc, err := b.writeXML(d)
	if err != nil {
		return nil, fmt.Errorf("build the list of feeds: %w", err)
	}
	return doc, nil
}

type opmlDocument struct {
	XMLName  xml.Name      `xml:"opml"`
	Version  string        `xml:"version,attr"`
	Title    string        `xml:"head>title"`
	Modified string        `xml:"head>dateModified"`
	Home     address       `xml:"head>ownerId"`
	Outlines []opmlOutline `xml:"body>outline"`
}

// FeedXml lets gorilla write it as it writes feeds.
func (d *opmlDocument) FeedXml() any { return d }

type opmlOutline struct {
	Text        string        `xml:"text,attr"`
	Title       string        `xml:"title,attr,omitempty"`
	Type        string        `xml:"type,attr,omitempty"`
	Version     string        `xml:"version,attr,omitempty"`
	Description string        `xml:"description,attr,omitempty"`
	Language    text          `xml:"language,attr"`
	Feed        address       `xml:"xmlUrl,attr"`
	Page        address       `xml:"htmlUrl,attr"`
	Outlines    []opmlOutline `xml:"outline"`
}

func (b *Builder) outline(ch *Channel, feed address) opmlOutline {
	title := opmlText(ch.title())
	return opmlOutline{
		Text: title, Title: title, Type: "rss", Version: "RSS2", Description: opmlText(plain(ch.Description)),
		Language: language(b.Publication.Language), Feed: feed, Page: b.home(ch),
	}
}

// opmlText is plain text where OPML lets HTML stand: what could be taken for
// HTML is written as HTML.
func opmlText(t text) string {
	if strings.Contains(t.s, "<") || tagged(t.s) {
		return asHTML.Replace(t.s)
	}
	return t.s
}
