package feeds

import (
	"bytes"
	"encoding/json"
	"slices"

	gorilla "github.com/gorilla/feeds"
	"postrider/magazine"
)

// jsonFeed is JSON Feed 1.1 (jsonfeed.org/version/1.1). What a periodical has
// beyond it stands in each item's _postrider. It shadows what gorilla's structure cannot write validly.
type jsonFeed struct {
	gorilla.JSONFeed              // version
	Title            text         `json:"title"`
	Home             address      `json:"home_page_url,omitzero"`
	Self             address      `json:"feed_url,omitzero"`
	Next             address      `json:"next_url,omitzero"`
	Description      text         `json:"description,omitzero"`
	Icon             address      `json:"icon,omitzero"`
	Favicon          address      `json:"favicon,omitzero"`
	Language         text         `json:"language,omitzero"`
	Authors          []jsonAuthor `json:"authors,omitempty"`
	Hubs             []jsonHub    `json:"hubs,omitempty"`
	Postrider        jsonHouse    `json:"_postrider"`
}

type jsonHub struct {
	Type string  `json:"type"`
	URL  address `json:"url"`
}

// jsonHouse is what the publication says in every feed, and of the issue in an
// issue's.
type jsonHouse struct {
	Publication text       `json:"publication"`
	ISSN        text       `json:"issn,omitzero"`
	Copyright   text       `json:"copyright,omitzero"`
	Generator   text       `json:"generator,omitzero"`
	Complete    bool       `json:"complete,omitempty"` // the feed holds all that there is
	Issue       *jsonIssue `json:"issue,omitempty"`
}

type jsonIssue struct {
	Volume       text `json:"volume"`
	Number       text `json:"number"`
	Title        text `json:"title,omitzero"`
	CoverDate    text `json:"cover_date,omitzero"`
	CoverDisplay text `json:"cover_display_date,omitzero"`
	Hijri        text `json:"hijri,omitzero"`
}

type jsonAuthor struct {
	Name   text    `json:"name"`
	URL    address `json:"url,omitzero"`
	Avatar address `json:"avatar,omitzero"`
}

type jsonItem struct {
	ID        text         `json:"id"`
	URL       address      `json:"url"`
	Title     text         `json:"title"`
	HTML      string       `json:"content_html,omitempty"`
	Text      text         `json:"content_text,omitzero"`
	Summary   text         `json:"summary,omitzero"`
	Image     address      `json:"image,omitzero"`
	Published string       `json:"date_published,omitempty"`
	Modified  string       `json:"date_modified,omitempty"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []text       `json:"tags,omitempty"`
	Language  text         `json:"language,omitzero"`
	Postrider jsonPrint    `json:"_postrider"`
}

// jsonPrint is the article's place in print and what else readers may use.
type jsonPrint struct {
	Publication  text            `json:"publication"`
	ISSN         text            `json:"issn,omitzero"`
	Volume       text            `json:"volume,omitzero"`
	Number       text            `json:"number,omitzero"`
	CoverDate    text            `json:"cover_date,omitzero"`
	CoverDisplay text            `json:"cover_display_date,omitzero"`
	Section      text            `json:"section,omitzero"`
	Hijri        text            `json:"hijri,omitzero"`
	Citation     text            `json:"citation,omitzero"`
	Subtitle     text            `json:"subtitle,omitzero"`
	MembersOnly  bool            `json:"members_only,omitempty"`
	Image        *jsonImage      `json:"image,omitempty"`
	Related      []jsonReference `json:"related,omitempty"`
}

type jsonImage struct {
	Alt     text `json:"alt,omitzero"`
	Caption text `json:"caption,omitzero"`
	Credit  text `json:"credit,omitzero"`
}

type jsonReference struct {
	Title text    `json:"title"`
	URL   address `json:"url,omitzero"`
	About text    `json:"about,omitzero"`
}

// jsonFeed is the feed without its items.
func (b *Builder) jsonFeed(ch *Channel) *jsonFeed {
	f := &jsonFeed{
		JSONFeed: gorilla.JSONFeed{Version: "https://jsonfeed.org/version/1.1"},
		Title:    ch.title(), Home: b.home(ch), Self: b.self(ch, JSON), Description: plain(ch.Description), Language: language(b.Publication.Language),
		Authors: []jsonAuthor{{Name: orUntitled(b.Publication.Title), URL: webAddress(b.Publication.Link("/"))}},
		Icon:    b.imageAddress(ch.Image), Favicon: b.imageAddress(b.Icon), Postrider: b.jsonHouse(ch),
	}
	for _, i := range []*magazine.Image{b.Icon, b.Logo} { // the icon is square, as is wanted here
		if f.Icon.s == "" {
			f.Icon = b.imageAddress(i)
		}
	}
	_, f.Next, _ = b.archive(ch, JSON)
	if ch.page == 0 { // a page of the archive is not pushed
		for _, h := range b.hubs() {
			f.Hubs = append(f.Hubs, jsonHub{"WebSub", h})
		}
	}
	return f
}

func (b *Builder) jsonHouse(ch *Channel) jsonHouse {
	p := b.Publication
	h := jsonHouse{Publication: orUntitled(p.Title), ISSN: plain(p.ISSN), Copyright: plain(p.Copyright), Generator: plain(b.Generator), Complete: ch.Complete}
	if i := ch.issue; i != nil {
		c := b.cover(&magazine.Article{Issue: i.IssueRef, Language: p.Language}, i)
		h.Issue = &jsonIssue{Volume: c.Volume, Number: c.Number, Title: plain(i.Title), CoverDate: c.Date, CoverDisplay: c.DisplayDate, Hijri: plain(i.Hijri)}
	}
	return h
}

// writeJSON leaves <, > and & as they are: a feed is no part of a page.
func writeJSON(to *bytes.Buffer, v any) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	to.Truncate(to.Len() - 1) // a line's end
	return nil
}

func (b *Builder) jsonItem(e *entry) jsonItem {
	a := e.article
	i := jsonItem{
		ID: e.guid, URL: e.link, Title: e.title, HTML: e.content.s, Summary: e.summary, Language: e.language,
		Published: e.published.rfc3339(), Modified: e.updated.rfc3339(), Tags: e.tags,
		Postrider: jsonPrint{
			Publication: e.cover.PublicationName, ISSN: e.cover.ISSN, Volume: e.cover.Volume, Number: e.cover.Number,
			CoverDate: e.cover.Date, CoverDisplay: e.cover.DisplayDate, Section: e.section, Hijri: plain(a.Hijri),
			Citation: plain(e.citation), Subtitle: plain(a.Subtitle), MembersOnly: a.Access != magazine.Everyone,
		},
	}
	if i.HTML == "" { // one of the two must be there
		i.Text = orUntitled(first(e.summary.s, e.title.s))
	}
	if e.section.s != "" && !slices.Contains(e.tags, e.section) {
		i.Tags = append([]text{e.section}, i.Tags...)
	}
	for _, w := range e.authors {
		i.Authors = append(i.Authors, jsonAuthor{w.name, w.uri, w.avatar})
	}
	if e.image != nil {
		i.Image = e.image.address
		i.Postrider.Image = &jsonImage{e.image.alt, e.image.caption, e.image.credit}
	}
	for _, r := range e.related {
		i.Postrider.Related = append(i.Postrider.Related, jsonReference{r.title, r.link, r.about})
	}
	return i
}
