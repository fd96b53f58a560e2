package feeds

import (
	"encoding/xml"
	"regexp"

	"postrider/magazine"
)

// The namespaces of the modules that RSS and Atom share.
const (
	mediaNS = "http://search.yahoo.com/mrss/"
	prismNS = "http://prismstandard.org/namespaces/basic/2.0/"
	fhNS    = "http://purl.org/syndication/history/1.0"
)

// A mediaType is the media type of an image (RFC 6838 section 4.2), or nothing.
// Only imageType makes one.
type mediaType struct{ s string }

func imageType(s string) mediaType {
	if !imageShape.MatchString(s) {
		return mediaType{}
	}
	return mediaType{s}
}

var imageShape = regexp.MustCompile(`^image/[A-Za-z0-9][A-Za-z0-9.+-]*$`)

// MarshalXMLAttr leaves the attribute out where the type isn't known.
func (t mediaType) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	if t.s == "" {
		return xml.Attr{}, nil
	}
	return xml.Attr{Name: name, Value: t.s}, nil
}

// mediaContent is the lead image as Media RSS 1.5.1 has it: its title is the
// caption, its description the alternative text.
type mediaContent struct {
	XMLName     xml.Name  `xml:"media:content"`
	URL         address   `xml:"url,attr"`
	Medium      string    `xml:"medium,attr"`
	Type        mediaType `xml:"type,attr"`
	Size        int64     `xml:"fileSize,attr,omitempty"`
	Width       int       `xml:"width,attr,omitempty"`
	Height      int       `xml:"height,attr,omitempty"`
	Title       typedText `xml:"media:title"`
	Description typedText `xml:"media:description"`
	Credit      *mediaCredit
}

// mediaCredit names who made the image, in a role of the European Broadcasting
// Union's list that fits photographs and drawings alike.
type mediaCredit struct {
	XMLName xml.Name `xml:"media:credit"`
	Role    string   `xml:"role,attr"`
	Scheme  string   `xml:"scheme,attr"`
	Name    string   `xml:",chardata"` // a text's
}

func leadImage(p *picture) *mediaContent {
	if p == nil {
		return nil
	}
	m := &mediaContent{URL: p.address, Medium: "image", Type: p.mime, Size: p.bytes, Width: p.width, Height: p.height,
		Title: mediaText(p.caption), Description: mediaText(p.alt)}
	if p.credit.s != "" {
		m.Credit = &mediaCredit{Role: "artist", Scheme: "urn:ebu", Name: p.credit.s}
	}
	return m
}

// cover says where an article was printed, in the words of PRISM 2.0 as the
// feeds of journals use them. What isn't known is left out.
type cover struct {
	PublicationName text `xml:"prism:publicationName"`
	ISSN            text `xml:"prism:issn"`
	Volume          text `xml:"prism:volume"`
	Number          text `xml:"prism:number"`
	Date            text `xml:"prism:coverDate"` // 2006-01-02
	DisplayDate     text `xml:"prism:coverDisplayDate"`
	Section         text `xml:"prism:section"`
}

// cover collects what is known of the article's place in print. The displayed
// date is the article's own in both calendars, as printed; of an article
// without a Hijri date the issue's.
func (b *Builder) cover(a *magazine.Article, issue *magazine.Issue) cover {
	p := b.Publication
	c := cover{
		PublicationName: plain(p.Title), ISSN: plain(p.ISSN), Section: plain(a.Section.Name),
		Volume: plain(a.Issue.Volume), Number: plain(a.Issue.Number),
	}
	hijri, day := a.Hijri, a.Published
	if issue != nil && !instantOf(issue.CoverDate).isNone() {
		c.Date = plain(p.Day(issue.CoverDate))
		if hijri == "" {
			hijri, day = issue.Hijri, issue.CoverDate
		}
	}
	c.DisplayDate = plain(joined(" · ", hijri, b.longDate(day, a.Language)))
	return c
}
