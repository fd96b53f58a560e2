package feeds

import (
	"net/url"
	"strings"

	"postrider/magazine"
)

// Patterns are the feeds' addresses as patterns of http.ServeMux.
func Patterns() []string {
	patterns := []string{"GET /" + opmlFormat.File}
	for _, below := range []string{"/", "/authors/{slug}/", "/sections/{slug}/", "/issues/{volume}/{number}/"} {
		for _, f := range Formats {
			patterns = append(patterns, "GET "+below+f.File)
		}
	}
	return patterns
}

// locate says which document an escaped path means. It takes the exact
// addresses that Channel.Path and the list of feeds make, in any valid
// escaping, and nothing else.
func locate(escapedPath string) (magazine.Scope, Format, bool) {
	parts := strings.Split(strings.TrimPrefix(escapedPath, "/"), "/")
	for i, part := range parts {
		name, err := url.PathUnescape(part)
		if err != nil || name == "" || !strings.HasPrefix(escapedPath, "/") {
			return magazine.Scope{}, Format{}, false
		}
		parts[i] = name
	}
	last := len(parts) - 1
	f, ok := formatOf(parts[last], last == 0)
	if !ok {
		return magazine.Scope{}, Format{}, false
	}
	switch {
	case last == 0:
		return magazine.SiteScope(), f, true
	case last == 2 && parts[0] == "authors":
		return magazine.AuthorScope(parts[1]), f, true
	case last == 2 && parts[0] == "sections":
		return magazine.SectionScope(parts[1]), f, true
	case last == 3 && parts[0] == "issues":
		return magazine.IssueScope(magazine.IssueRef{Volume: parts[1], Number: parts[2]}), f, true
	}
	return magazine.Scope{}, Format{}, false
}

func formatOf(file string, site bool) (Format, bool) {
	for _, f := range Formats {
		if f.File == file {
			return f, true
		}
	}
	return opmlFormat, site && file == opmlFormat.File
}
