package magazine

import "strings"

// AbsoluteHTML makes the links of sanitised HTML that start at the site's root
// absolute: base is the publication's URL, without a slash at its end. It
// relies on the serialiser of golang.org/x/net/html, which writes every
// attribute as name="value" and every quotation mark in text or values as
// &#34;, so that an attribute's start cannot occur in text.
func AbsoluteHTML(html, base string) string {
	base = inAttribute.Replace(base)
	var out strings.Builder
	rest := html
	for {
		at := strings.Index(rest, `="/`)
		if at < 0 {
			break
		}
		value := at + len(`="`)
		out.WriteString(rest[:value])
		if isLink(rest[:at]) && !strings.HasPrefix(rest[value:], "//") {
			out.WriteString(base)
		}
		rest = rest[value:]
	}
	if out.Len() > 0 {
		out.WriteString(rest)
		html = out.String()
	}
	return absoluteSets(html, base)
}

var inAttribute = strings.NewReplacer("&", "&amp;", `"`, "&#34;")

// isLink tells whether a tag's text ends with the name of an attribute that holds one link.
func isLink(before string) bool {
	for _, name := range [...]string{" href", " src", " poster", " cite"} {
		if strings.HasSuffix(before, name) {
			return true
		}
	}
	return false
}

// absoluteSets does the same for the lists of links in srcset.
func absoluteSets(html, base string) string {
	const start = ` srcset="`
	var out strings.Builder
	for {
		at := strings.Index(html, start)
		if at < 0 {
			out.WriteString(html)
			return out.String()
		}
		at += len(start)
		out.WriteString(html[:at])
		end := at + strings.IndexByte(html[at:]+`"`, '"')
		for i, entry := range strings.Split(html[at:end], ", ") {
			if i > 0 {
				out.WriteString(", ")
			}
			if strings.HasPrefix(entry, "/") && !strings.HasPrefix(entry, "//") {
				out.WriteString(base)
			}
			out.WriteString(entry)
		}
		html = html[end:]
	}
}
