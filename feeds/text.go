package feeds

import (
	"encoding/json"
	"encoding/xml"
	"regexp"
	"strings"

	"postrider/magazine"
)

// text is plain text on one line without characters that XML 1.0 section 2.2
// forbids. Only plain makes one.
type text struct{ s string }

// plain makes a text. U+FFFD, which stands for bytes that were broken before
// we got them, becomes a question mark: validators take it for an encoding
// fault of the feed.
func plain(s string) text {
	return text{strings.ReplaceAll(magazine.CleanText(s), "\uFFFD", "?")}
}

// name makes a text of what names a person or a thing, where no format can say
// that something is HTML and nobody means it to be: what looks like HTML is
// read as HTML, as often as it does, and what then still does loses its signs.
func name(s string) text {
	t := plain(s)
	for tagged(t.s) {
		read := plain(angles.Replace(plainText(t.s)))
		if read == t {
			return plain(strings.ReplaceAll(t.s, "&", ""))
		}
		t = read
	}
	return t
}

var angles = strings.NewReplacer("<", "", ">", "")

// MarshalXML leaves the element out where there is no text.
func (t text) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if t.s == "" {
		return nil
	}
	return e.EncodeElement(inner{referenced.Replace(t.s)}, start)
}

// MarshalXMLAttr leaves the attribute out where there is no text.
func (t text) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	if t.s == "" {
		return xml.Attr{}, nil
	}
	return xml.Attr{Name: name, Value: t.s}, nil
}

// MarshalJSON writes a string.
func (t text) MarshalJSON() ([]byte, error) { return json.Marshal(t.s) }

// inner is XML that has been escaped already.
type inner struct {
	XML string `xml:",innerxml"`
}

var (
	// referenced writes & and < as the RSS Best Practices Profile advises
	// (rssboard.org/rss-profile, "Character Data"): hexadecimal references are
	// read as plain characters by the most readers.
	referenced = strings.NewReplacer("&", "&#x26;", "<", "&#x3C;", ">", "&#x3E;")
	asHTML     = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	tagLike    = regexp.MustCompile(`</[\pL\pN_]+\s*>|&#?[\pL\pN_]+;`)
)

// tagged finds what makes readers that guess take plain text for HTML: an end
// tag or a character reference.
func tagged(s string) bool { return strings.ContainsAny(s, "<&") && tagLike.MatchString(s) }

// An rssTitle is plain text in an element of RSS that may be read as text or as
// HTML. What readers would guess to be HTML is written as HTML, so that they
// show it as it is.
type rssTitle text

// MarshalXML leaves the element out where there is no text.
func (t rssTitle) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	s := t.s
	if s == "" {
		return nil
	}
	if tagged(s) {
		s = asHTML.Replace(s)
	}
	return e.EncodeElement(inner{referenced.Replace(s)}, start)
}

// An rssHTML is plain text in an element of RSS that is always HTML.
type rssHTML text

// MarshalXML writes the element, empty where there is no text.
func (t rssHTML) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(inner{referenced.Replace(asHTML.Replace(t.s))}, start)
}

// A typedText is plain text in an element that says by its type attribute
// what it holds.
type typedText struct {
	text
	plainType string // "text" in Atom (RFC 4287 section 3.1), "plain" in Media RSS
}

// MarshalXML leaves the element out where there is no text.
func (t typedText) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if t.s == "" {
		return nil
	}
	s, kind := t.s, t.plainType
	if tagged(s) {
		s, kind = asHTML.Replace(s), "html"
	}
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "type"}, Value: kind})
	return e.EncodeElement(inner{referenced.Replace(s)}, start)
}

// atomText is a text construct of Atom.
func atomText(t text) typedText { return typedText{t, "text"} }

// mediaText is a title or description of Media RSS.
func mediaText(t text) typedText { return typedText{t, "plain"} }

// markup is HTML without forbidden characters and with absolute links.
type markup struct{ s string }

func fragment(html string) markup {
	html = magazine.CleanRunes(html)
	if strings.IndexByte(html, '\r') >= 0 || strings.Contains(html, "\uFFFD") || strings.Contains(html, "&#13;") { // rare, and replacing is slow
		html = lineEnds.Replace(html)
	}
	return markup{html}
}

// lineEnds are written as XML reads them (XML 1.0 section 2.11). A reference to
// a carriage return is an error in HTML (section 13.2.5.80).
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "&#13;\n", "\n", "&#13;", "\n", "\uFFFD", "?")

// MarshalXML writes the HTML as character data that people can read, and
// leaves the element out where there is none.
func (m markup) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if m.s == "" {
		return nil
	}
	return e.EncodeElement(struct {
		HTML string `xml:",cdata"`
	}{m.s}, start)
}

// languageTag has the shape of a BCP 47 tag.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// language is a BCP 47 tag, or empty where s is none.
func language(s string) text {
	if !languageTag.MatchString(s) {
		return text{}
	}
	return text{s}
}
