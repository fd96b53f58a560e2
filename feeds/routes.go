package feeds

import (
	"net/url"
	"strconv"
	"strings"

	"postrider/magazine"
)

// Patterns are the feeds' addresses as patterns of http.ServeMux.
func Patterns() []string {
	patterns := []string{"GET /" + opmlFormat.File, "GET /authors/{slug}/" + opmlFormat.File}
	for _, below := range []string{"/", "/authors/{slug}/", "/sections/{slug}/", "/issues/{volume}/{number}/"} {
		for _, f := range Formats {
			patterns = append(patterns, "GET "+below+f.File, "GET "+below+"archive/{page}/"+f.File)
		}
	}
	return patterns
}

// locate says which document an escaped path means. It takes the exact
// addresses that Channel.Path and the list of feeds make, in any valid
// escaping, and nothing else.
func locate(escapedPath string) (part, Format, bool) {
	parts := strings.Split(strings.TrimPrefix(escapedPath, "/"), "/")
	for i, one := range parts {
		name, err := url.PathUnescape(one)
		if err != nil || name == "" || !strings.HasPrefix(escapedPath, "/") {
			return part{}, Format{}, false
		}
		parts[i] = name
	}
	f, ok := formatOf(parts[len(parts)-1])
	if !ok {
		return part{}, Format{}, false
	}
	parts = parts[:len(parts)-1]
	var p part
	if n := len(parts) - 2; n >= 0 && n != 1 && parts[n] == "archive" { // an author may be called archive
		if p.page, ok = pageNumber(parts[n+1]); !ok {
			return part{}, Format{}, false
		}
		parts = parts[:n]
	}
	switch {
	case len(parts) == 0:
		p.scope = magazine.SiteScope()
	case len(parts) == 2 && parts[0] == "authors":
		p.scope = magazine.AuthorScope(parts[1])
	case len(parts) == 2 && parts[0] == "sections":
		p.scope = magazine.SectionScope(parts[1])
	case len(parts) == 3 && parts[0] == "issues":
		p.scope = magazine.IssueScope(magazine.IssueRef{Volume: parts[1], Number: parts[2]})
	default:
		return part{}, Format{}, false
	}
	return p, f, f != opmlFormat || p.hasList()
}

// hasList tells that a part has a list of feeds beside its own: the whole, and
// each author.
func (p part) hasList() bool {
	return p.page == 0 && (p.scope.Kind == magazine.ScopeSite || p.scope.Kind == magazine.ScopeAuthor)
}

// pageNumber reads the number of a page as part.path writes it.
func pageNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

func formatOf(file string) (Format, bool) {
	for _, f := range Formats {
		if f.File == file {
			return f, true
		}
	}
	return opmlFormat, file == opmlFormat.File
}
