package magazine

import (
	"regexp"
	"strings"
)

// The serialiser of golang.org/x/net/html writes every attribute as
// name="value" and every quotation mark in text or values as &#34;, so that an
// attribute's start cannot occur in text.
var (
	rootLink = regexp.MustCompile(`( (?:href|src|poster|cite)=")(/[^/"][^"]*"|/")`)
	srcset   = regexp.MustCompile(` srcset="[^"]*"`)
	setEntry = regexp.MustCompile(`(^ srcset="|, )/([^/])`)
)

// AbsoluteHTML makes the links of sanitised HTML that start at the site's root
// absolute: base is the publication's URL, without a slash at its end.
func AbsoluteHTML(html, base string) string {
	base = strings.NewReplacer("&", "&amp;", `"`, "&#34;", "$", "$$").Replace(base)
	html = rootLink.ReplaceAllString(html, "${1}"+base+"$2")
	return srcset.ReplaceAllStringFunc(html, func(set string) string {
		return setEntry.ReplaceAllString(set, "${1}"+base+"/$2")
	})
}
