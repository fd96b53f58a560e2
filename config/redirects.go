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
	return append(found, c.circles()...)
}

// circles finds the redirects that lead back to themselves, at once or over
// others.
func (c *Config) circles() (found []Mistake) {
	l := c.leads()
	for i, r := range c.Redirects {
		if l.back(i) {
			found = append(found, Mistake{Path: fmt.Sprintf("redirects[%d].to", i), Text: fmt.Sprintf("%q leads back to the address that it leads from", r.To), Mend: "write where it is now, or remove the redirect"})
		}
	}
	return found
}

// leads finds where addresses lead, as the web package does.
type leads struct {
	*Config
	exact    map[string]int // by sameAddress
	patterns []int
}

func (c *Config) leads() leads {
	l := leads{c, map[string]int{}, nil}
	for i, r := range c.Redirects {
		if len(wildcards(r.From)) > 0 {
			l.patterns = append(l.patterns, i)
		} else if r.From != "" {
			l.exact[sameAddress(r.From)] = i
		}
	}
	return l
}

// back follows a redirect until it is taken again to where it led at first. A
// pattern that matches its own target is none such: it is not followed there,
// and often a page of ours stands there, as for /{section}/{slug}/ to
// /articles/{slug}/.
func (l leads) back(i int) bool {
	start, ours := l.ours(l.Redirects[i].To)
	at := start
	for range max(len(l.Redirects), 20) { // a browser gives up after 20
		if !ours {
			return false
		}
		taken, to := l.on(at)
		next := ""
		if next, ours = l.ours(to); ours && taken == i && sameAddress(next) == sameAddress(start) {
			return sameAddress(next) != sameAddress(at) || !slices.Contains(l.patterns, i)
		}
		at = next
	}
	return false
}

// on tells which redirect is taken at an address, and where it leads; to is
// empty where there is none. A part in braces stands for what was filled in.
func (l leads) on(address string) (taken int, to string) {
	path, _, _ := strings.Cut(address, "?")
	for _, a := range []string{address, path} {
		if i, ok := l.exact[sameAddress(a)]; ok {
			return i, l.Redirects[i].To
		}
	}
	for _, i := range l.patterns {
		if to, ok := l.Redirects[i].fill(path); ok {
			return i, to
		}
	}
	return 0, ""
}

// fill puts the parts of a path that match into the new address.
func (r Redirect) fill(path string) (to string, ok bool) {
	want, have := strings.Split(sameAddress(r.From), "/"), strings.Split(sameAddress(path), "/")
	if len(want) != len(have) {
		return "", false
	}
	var filled []string
	for i, part := range want {
		if wildcard.MatchString(part) && have[i] != "" {
			filled = append(filled, part, have[i])
		} else if part != have[i] {
			return "", false
		}
	}
	return strings.NewReplacer(filled...).Replace(r.To), true
}

// ours is the address from the host's root that a target has on our own host.
func (c *Config) ours(to string) (address string, ok bool) {
	to, _, _ = strings.Cut(to, "#")
	if strings.HasPrefix(to, "/") {
		return c.home() + to, true
	}
	u, err := url.Parse(c.Publication.URL)
	_, rest, whole := strings.Cut(to, "://")
	host, path, _ := strings.Cut(rest, "/")
	return "/" + path, whole && err == nil && strings.EqualFold(host, u.Host)
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
