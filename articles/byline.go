package articles

import (
	"regexp"
	"strings"

	"postrider/magazine"
)

// authors reads people: a byline in one text, a list of names, or objects with
// name, slug, bio and url.
func (f *fields) authors() {
	p, ok := f.get("authors", "author")
	if !ok {
		return
	}
	if p.value.kind == scalar {
		for _, name := range splitByline(p.value.text) {
			f.addAuthor(magazine.Author{Name: name}, p.value, p.key)
		}
		return
	}
	for _, v := range p.value.many() {
		switch v.kind {
		case scalar:
			f.addAuthor(magazine.Author{Name: v.text}, v, p.key)
		case table:
			a := f.author(v)
			a.Bio = f.bio(v)
			f.addAuthor(a, v, p.key)
		case list:
			f.warn(v.line, p.key, v.String(), "it is no author; it was left out", "write each author as a name")
		}
	}
}

// author reads an author's fields but the bio.
func (f *fields) author(v value) magazine.Author {
	in := fields{f.report, f.reader, f.d, v}
	var a magazine.Author
	a.Name, _ = in.text("name", "title")
	slug, _ := in.text("slug")
	a.Slug = slugOf(slug)
	if address, p := in.text("url", "website"); address != "" {
		if t, _ := parseLink(address, ""); t.kind == linkAbsolute && isWeb(t.url) {
			a.URL = t.url
		} else {
			f.warn(p.line, p.key, address, "it is no web address; it was left out", "write it like https://example.org/")
		}
	}
	return a
}

// bio prints an author's bio. In an article it has no files of its own; those
// belong to authors/.
func (f *fields) bio(v value) string {
	in := fields{f.report, f.reader, f.d, v}
	p, ok := in.one("bio")
	if !ok {
		return ""
	}
	b := f.reader.markdown.body(p.value.text, f.d.dir(), f.report)
	w := rewriter{resolve: nowhere, prefix: "author-", rep: f.report}
	w.body(b)
	return b.print()
}

func (f *fields) addAuthor(a magazine.Author, v value, key string) {
	f.d.addAuthor(a, v.line, key, v.String(), f.report)
}

// mailInName is an address after a name: Salma Oduya <salma@example.org>.
var mailInName = regexp.MustCompile(`\s*<[^<>]*@[^<>]*>\s*$`)

// addAuthor adds an author who is not named yet.
func (d *Document) addAuthor(a magazine.Author, line int, key, shown string, rep *report) {
	a.Name = magazine.CleanText(mailInName.ReplaceAllString(a.Name, ""))
	if a.Slug == "" {
		a.Slug = magazine.Slugify(a.Name)
	}
	if a.Name == "" || a.Slug == "" {
		rep.warn(line, key, shown, "it is no author's name; it was left out", "write the name")
		return
	}
	for _, have := range d.Authors {
		if have.Slug == a.Slug {
			return
		}
	}
	d.Authors = append(d.Authors, a)
}

var (
	bylineParts = regexp.MustCompile(`\s*[,;،]\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+`)
	// afterName is what belongs to the name before the comma.
	afterName = regexp.MustCompile(`^(?i:jr|sr|ii|iii|iv|phd|ph\.d|md|m\.d|esq)\.?$`)
)

// splitByline takes the names out of "A, B and C", "A & B" or "A, B". A name
// with such a word in it can be written in a list.
func splitByline(s string) []string {
	var names []string
	for _, part := range bylineParts.Split(magazine.CleanText(s), -1) {
		switch {
		case part == "":
		case len(names) > 0 && afterName.MatchString(part):
			names[len(names)-1] += ", " + part
		default:
			names = append(names, strings.TrimSpace(part))
		}
	}
	return names
}
