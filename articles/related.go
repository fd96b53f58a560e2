package articles

import (
	"path"
	"strings"

	"postrider/magazine"
)

// relate reads related pieces: slugs, paths of files, web addresses, titles,
// or objects.
func (f *fields) relate() {
	p, ok := f.get("related")
	if !ok {
		return
	}
	for _, v := range p.value.many() {
		var rel magazine.Related
		var file *local
		switch v.kind {
		case scalar:
			rel, file = f.relatedText(v.text)
		case table:
			rel, file = f.relatedObject(v)
		}
		if file == nil && rel.Slug == "" && rel.URL == "" && rel.Title == "" {
			if !v.empty() {
				f.warn(v.line, p.key, v.String(), "it names no article; it was left out", "write the article's slug")
			}
			continue
		}
		f.d.Related = append(f.d.Related, rel)
		f.d.related = append(f.d.related, file)
	}
}

// relatedText tells what a text points to.
func (f *fields) relatedText(s string) (rel magazine.Related, file *local) {
	s = magazine.CleanText(s)
	switch t, _ := parseLink(s, f.d.dir()); {
	case s == "" || t.kind == linkNone:
	case t.kind == linkAbsolute && isWeb(t.url):
		rel.URL, rel.Title = t.url, strings.TrimSuffix(t.url[strings.Index(t.url, "//")+2:], "/")
	case t.kind == linkLocal && isArticle(t.local.paths[0]):
		file = t.local
	case strings.Contains(s, "/"):
		rel.Slug = lastSegment(s)
	case isSlug(s):
		rel.Slug = s
	default:
		rel.Title = s
	}
	return rel, file
}

func (f *fields) relatedObject(v value) (rel magazine.Related, file *local) {
	in := fields{f.report, f.reader, f.d, v}
	if s, _ := in.text("slug", "file", "path"); s != "" {
		rel, file = f.relatedText(s)
	}
	if s, _ := in.text("url"); s != "" {
		if t, _ := parseLink(s, ""); t.kind == linkAbsolute && isWeb(t.url) {
			rel.URL = t.url
		}
	}
	if s, _ := in.text("title"); s != "" {
		rel.Title = s
	}
	if p, ok := in.get("authors", "author"); ok {
		for _, a := range p.value.many() {
			if a.kind == scalar && p.value.kind == scalar {
				rel.Authors = append(rel.Authors, splitByline(a.text)...)
			} else if a.kind == scalar {
				rel.Authors = append(rel.Authors, magazine.CleanText(a.text))
			}
		}
	}
	if t, _ := in.day("date"); !t.IsZero() {
		rel.Date = f.reader.publication.Day(t)
	}
	rel.Hijri, _ = in.text("hijri")
	return rel, file
}

// isArticle tells a path that may be an article's.
func isArticle(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".html", ".htm", ".txt":
		return true
	}
	return false
}
