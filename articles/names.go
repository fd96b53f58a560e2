package articles

import (
	"slices"

	"postrider/magazine"
)

// names are the slugs of those who have a file of their own, by name: in
// bylines and sections the same name means the same page.
type names struct {
	authors, sections map[string]string
	aliases           map[string]string // the authors' own slugs by the others that they have
}

// apply gives an author or a section the slug of the file that has the same
// name, unless the document gives a slug itself. An author whose slug is an alias
// has the one that it leads to; one who comes twice by that stands once.
func (n names) apply(d *Document) {
	var once []magazine.Author
	for _, w := range d.Authors {
		if slug, ok := n.authors[w.Name]; ok && w.Slug == magazine.Slugify(w.Name) {
			w.Slug = slug
		}
		if slug, ok := n.aliases[w.Slug]; ok {
			w.Slug = slug
		}
		if !slices.ContainsFunc(once, func(had magazine.Author) bool { return had.Slug == w.Slug }) {
			once = append(once, w)
		}
	}
	d.Authors = once
	if slug, ok := n.sections[d.Section.Name]; ok && d.Section.Slug == magazine.Slugify(d.Section.Name) {
		d.Section.Slug = slug
	}
}

// moved are the scopes in which articles may stand under a name whose slug is
// another from now on.
func moved(slugs map[string]string, name, slug string, scope func(slug string) magazine.Scope) []magazine.Scope {
	had, known := slugs[name]
	if known && had == slug {
		return nil
	}
	scopes := []magazine.Scope{scope(magazine.Slugify(name)), scope(slug)}
	if known {
		scopes = append(scopes, scope(had))
	}
	return scopes
}
