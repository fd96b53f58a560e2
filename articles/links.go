package articles

import (
	"net/url"
	"path"
	"strings"
)

// linkKind says where a link leads.
type linkKind int

const (
	linkNone     linkKind = iota // nowhere that we let readers go
	linkAbsolute                 // to the web, a mail address or a telephone
	linkFragment                 // within the document
	linkLocal                    // to something below the source
)

// link is the target of a href or src.
type link struct {
	kind  linkKind
	url   string // of an absolute one
	part  string // of a fragment, decoded, without the #
	local *local
}

// local is a reference to something below the source.
type local struct {
	written string   // as it stood in the file
	paths   []string // where it may be, cleaned, in the order to try
	query   string   // with its ?, may be empty
	part    string   // fragment, decoded, may be empty
	page    bool     // an address without a file's ending
	rooted  bool     // written from the source's root
	slash   bool     // written with a slash at its end
}

// noBreaks removes what browsers ignore in addresses (URL Standard 4.4, step 3).
var noBreaks = strings.NewReplacer("\t", "", "\n", "", "\r", "")

// schemeOf is the scheme of an absolute address in small letters, else empty
// (RFC 3986 section 3.1).
func schemeOf(address string) string {
	for i := 0; i < len(address); i++ {
		switch c := address[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(address[:i])
		default:
			return ""
		}
	}
	return ""
}

// parseLink sorts out a link that was written in a file of the folder dir. Of
// absolute links only http, https, mailto and tel are let through; why says
// what was wrong with one that leads nowhere.
func parseLink(raw, dir string) (t link, why string) {
	raw = noBreaks.Replace(strings.TrimSpace(raw))
	if raw == "" {
		return link{}, "it is empty"
	}
	if strings.HasPrefix(raw, "#") {
		return link{kind: linkFragment, part: unescape(raw[1:])}, ""
	}
	slashed := strings.ReplaceAll(raw, `\`, "/")
	if strings.HasPrefix(slashed, "//") {
		raw = "https:" + slashed
	}
	if s := schemeOf(raw); s != "" {
		return absolute(raw, s)
	}
	l := &local{written: raw}
	rest, part, _ := strings.Cut(slashed, "#")
	l.part = unescape(part)
	rest, query, asked := strings.Cut(rest, "?")
	if asked {
		l.query = "?" + query
	}
	if rest == "" {
		return link{}, "it leads nowhere"
	}
	name := unescape(rest)
	l.rooted, l.slash = strings.HasPrefix(name, "/"), strings.HasSuffix(name, "/")
	if l.rooted {
		name = path.Clean(name)[1:]
	} else {
		name = path.Join(dir, name)
	}
	if name == ".." || strings.HasPrefix(name, "../") || strings.ContainsRune(name, 0) {
		return link{}, "it leads out of the source's folder"
	}
	if name == "" {
		name = "."
	}
	l.paths = []string{name}
	l.page = path.Ext(name) == "" || name == "."
	if l.rooted && !l.page {
		l.paths = append(l.paths, path.Join("static", name)) // Hugo's folder for what is published as it is
	}
	return link{kind: linkLocal, local: l}, ""
}

func absolute(raw, scheme string) (link, string) {
	switch scheme {
	case "http", "https":
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" {
			return link{}, "it is no web address"
		}
		return link{kind: linkAbsolute, url: u.String()}, ""
	case "mailto", "tel":
		if len(raw) == len(scheme)+1 {
			return link{}, "it is empty"
		}
		return link{kind: linkAbsolute, url: raw}, ""
	}
	return link{}, "links of the kind " + scheme + ": are not let through"
}

// isWeb tells a web address from one for mail or telephone.
func isWeb(address string) bool {
	return strings.HasPrefix(strings.ToLower(address), "http")
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// rootPath writes the reference from the site's root, as it is published where
// nobody knows better.
func (l *local) rootPath() string {
	p := "/"
	if l.paths[0] != "." {
		p += l.paths[0]
		if l.slash {
			p += "/"
		}
	}
	out := (&url.URL{Path: p}).EscapedPath() + l.query
	if l.part != "" {
		out += "#" + (&url.URL{Fragment: l.part}).EscapedFragment()
	}
	return out
}

// setEntry is one picture of a srcset.
type setEntry struct{ address, size string }

// parseSrcset takes a srcset apart (HTML Standard 4.8.4.2.1): addresses may
// have commas inside, but not at their ends.
func parseSrcset(s string) []setEntry {
	var set []setEntry
	for {
		s = strings.TrimLeft(s, " \t\n\f\r,")
		if s == "" {
			return set
		}
		end := strings.IndexAny(s, " \t\n\f\r")
		if end < 0 {
			end = len(s)
		}
		e := setEntry{address: s[:end]}
		s = s[end:]
		if strings.HasSuffix(e.address, ",") {
			e.address = strings.TrimRight(e.address, ",")
		} else {
			size, rest, _ := strings.Cut(s, ",")
			e.size, s = strings.Join(strings.Fields(size), " "), rest
		}
		set = append(set, e)
	}
}
