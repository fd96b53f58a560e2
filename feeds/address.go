package feeds

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"postrider/magazine"
)

// An address is an absolute URI in the characters of RFC 3986, or nothing.
// webAddress, tagURI and identity make them.
type address struct{ s string }

// MarshalXML leaves the element out where there is no address.
func (a address) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if a.s == "" {
		return nil
	}
	return e.EncodeElement(a.s, start)
}

// MarshalXMLAttr leaves the attribute out where there is no address.
func (a address) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	if a.s == "" {
		return xml.Attr{}, nil
	}
	return xml.Attr{Name: name, Value: a.s}, nil
}

// MarshalJSON writes a string.
func (a address) MarshalJSON() ([]byte, error) { return json.Marshal(a.s) }

// webAddress makes an address of an http or https URL, escaping what people
// write unescaped. Anything else gives nothing.
func webAddress(s string) address {
	s = strings.TrimSpace(magazine.CleanRunes(s))
	u, err := url.Parse(escapePercents(s))
	if err != nil || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return address{}
	}
	host := hostName(u)
	if host == "" {
		return address{}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	made := u.Scheme + "://" + host + escape(u.EscapedPath())
	if u.RawQuery != "" {
		made += "?" + escape(u.RawQuery)
	}
	if u.Fragment != "" {
		made += "#" + escape(u.EscapedFragment())
	}
	return address{made}
}

var (
	dnsName = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)
	ipv6    = regexp.MustCompile(`^[0-9a-f:.]*:[0-9a-f:.]*$`)
)

// hostName is the URL's host in lower case, in ASCII, or nothing.
func hostName(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if strings.IndexFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 || strings.Contains(host, "xn--") {
		if ascii, err := idna.Lookup.ToASCII(host); err == nil {
			host = ascii
		}
	}
	if dnsName.MatchString(host) || ipv6.MatchString(host) {
		return host
	}
	return ""
}

// uriMarks are the reserved and unreserved characters of RFC 3986 that may
// stand in a path, query or fragment, besides letters and digits.
const uriMarks = "-._~:/?@!$&'()*+,;=%"

// escape writes the bytes that RFC 3986 forbids as percent and two digits.
// Percents that stand there are kept.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(uriMarks, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

var percent = regexp.MustCompile(`%[0-9A-Fa-f]{2}|%`)

// escapePercents escapes the percents that begin no escape.
func escapePercents(s string) string {
	if strings.IndexByte(s, '%') < 0 { // nearly always
		return s
	}
	return percent.ReplaceAllStringFunc(s, func(p string) string {
		if p == "%" {
			return "%25"
		}
		return p
	})
}

// Authority is the host of a publication in names of RFC 4151. Names must
// outlive the host, so that the first one is to be kept (see Builder).
func Authority(p *magazine.Publication) string {
	u, err := url.Parse(p.URL)
	if err != nil || !dnsName.MatchString(hostName(u)) {
		return "localhost"
	}
	return strings.ReplaceAll(hostName(u), "_", "-")
}

// tagURI makes an identity of RFC 4151 from a name that is unique within the
// publication. The year is the first in which this program could have made one;
// it never changes.
func (b *Builder) tagURI(name string) address {
	authority := b.Authority
	if !dnsName.MatchString(authority) {
		authority = Authority(b.Publication)
	}
	return address{"tag:" + authority + ",2026:" + escape(unescapable.Replace(norm.NFC.String(magazine.CleanRunes(name))))}
}

// unescapable parts names from what stands for escaped characters. A percent
// gets no escape of its own: some programs unescape twice.
var unescapable = strings.NewReplacer("~", "~7E", "%", "~25")

var (
	uriShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$`)
	tagShape = regexp.MustCompile(`^tag:([A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+,\d{4}(-\d{2}(-\d{2})?)?:[^#]*(#[^#]*)?$`)
	urnShape = regexp.MustCompile(`^(?i:urn):[A-Za-z0-9][A-Za-z0-9-]{1,31}:[^#?/&~]+$`)
	uuid     = regexp.MustCompile(`^(?i:urn:uuid):[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

// isURI tells whether a GUID can be an atom:id as it is (RFC 4287 section
// 4.2.6): an absolute URI that keeps its scheme's rules where we know them.
func isURI(guid string) bool {
	if !uriShape.MatchString(guid) || strings.Count(guid, "#") > 1 {
		return false
	}
	scheme, _, _ := strings.Cut(guid, ":")
	switch strings.ToLower(scheme) {
	case "tag":
		return tagShape.MatchString(guid)
	case "urn":
		isUUID := len(guid) > 9 && strings.EqualFold(guid[:9], "urn:uuid:")
		return urnShape.MatchString(guid) && (!isUUID || uuid.MatchString(guid))
	}
	return true
}

// identity is an article's atom:id: its GUID where that is a URI, and else one
// made from it once and for all.
func (b *Builder) identity(a *magazine.Article) address {
	switch {
	case isURI(a.GUID):
		return address{a.GUID}
	case plain(a.GUID).s != "":
		return b.tagURI("guid/" + a.GUID)
	default:
		return b.tagURI("article/" + a.ID)
	}
}
