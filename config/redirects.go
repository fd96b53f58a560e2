package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// wildcard is a part of a path that stands for any.
var wildcard = regexp.MustCompile(`^\{[a-z][a-z0-9_]*\}$`)

// wildcards lists those of an address.
func wildcards(address string) []string {
	var found []string
	path, _, _ := strings.Cut(address, "?")
	for _, part := range strings.Split(path, "/") {
		if wildcard.MatchString(part) {
			found = append(found, part)
		}
	}
	return found
}

// oldAddress is a path of another system, from the host's root.
func oldAddress(s string) (string, *wrong) {
	u, err := url.Parse(s)
	switch {
	case err != nil || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//"):
		return "", &wrong{quote(s) + " is not a path", "write what follows the host's name, such as /feed/ or /author/{name}/feed/"}
	case strings.Contains(s, "#"):
		return "", &wrong{quote(s) + " carries a fragment, which no browser sends", "write it without what follows #"}
	case u.RawQuery != "" && len(wildcards(s)) > 0:
		return "", &wrong{quote(s) + " has a query beside a part in braces", "write one of the two"}
	case len(slices.Compact(slices.Sorted(slices.Values(wildcards(s))))) < len(wildcards(s)):
		return "", &wrong{quote(s) + " has the same name in braces twice", "give each part a name of its own"}
	}
	return s, bracesStand(s)
}

// newAddress is a path below the publication, or an address on the web.
func newAddress(s string) (string, *wrong) {
	u, err := url.Parse(s)
	ours := strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
	if err != nil || !ours && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return "", &wrong{quote(s) + " is not an address", "write a path below publication.url, such as /rss.xml, or a whole address"}
	}
	return s, bracesStand(s)
}

// bracesStand finds braces that are no whole part of a path.
func bracesStand(s string) *wrong {
	rest, names := s, wildcards(s)
	for _, name := range names {
		rest = strings.Replace(rest, name, "", 1)
	}
	if strings.ContainsAny(rest, "{}") {
		return &wrong{quote(s) + " has a brace where none can be", "write {name} between two slashes"}
	}
	return nil
}

// redirectsAgree checks that no address leads to two others or to itself, and
// that what is filled in is there.
func redirectsAgree(c *Config) (found []Mistake) {
	first := map[string]int{}
	for i, r := range c.Redirects {
		path := fmt.Sprintf("redirects[%d]", i)
		from := sameAddress(r.From)
		if j, taken := first[from]; taken && r.From != "" {
			found = append(found, Mistake{Path: path + ".from", Text: fmt.Sprintf("%q is redirected by redirects[%d] too", r.From, j), Mend: "keep one of the two"})
		} else {
			first[from] = i
		}
		for _, name := range wildcards(r.To) {
			if r.From != "" && !slices.Contains(wildcards(r.From), name) {
				found = append(found, Mistake{Path: path + ".to", Text: name + " does not stand in from", Mend: "write the part there too, or leave it out here"})
			}
		}
	}
	return append(found, c.circles(first)...)
}

// circles finds the redirects that lead back to themselves, at once or over
// others. first has the redirects by what they lead from.
func (c *Config) circles(first map[string]int) (found []Mistake) {
	for i, r := range c.Redirects {
		at := i
		for range c.Redirects {
			next, leads := first[sameAddress(c.home()+c.Redirects[at].To)]
			if !leads || r.From == "" {
				break
			}
			if next == i {
				found = append(found, Mistake{Path: fmt.Sprintf("redirects[%d].to", i), Text: "leads back to the address that it leads from", Mend: "write where it is now, or remove the redirect"})
				break
			}
			at = next
		}
	}
	return found
}

// sameAddress is what addresses have in common that are served alike: a slash
// at the end of the path makes no difference, nor does escaping.
func sameAddress(address string) string {
	path, query, has := strings.Cut(address, "?")
	path = strings.TrimRight(path, "/")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	if has {
		path += "?" + query
	}
	return path
}

// home is the path of the publication's address, without a slash at its end.
func (c *Config) home() string {
	u, err := url.Parse(c.Publication.URL)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}
