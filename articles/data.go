package articles

import (
	"path"
	"slices"
	"strings"

	"postrider/magazine"
)

// AuthorData is what a file of authors/ says. Bio and the image's place are
// final only after Rewrite.
type AuthorData struct {
	magazine.Author
	Aliases []string // slugs, not the author's own, under which bylines and addresses mean the author
	Files   []string // paths below the source that image and bio may refer to
	data
}

// IssueData is what a file of issues/ says. State is empty where the file does
// not say it, CoverDate zero. Note, the cover's place and Contents are final
// only after Rewrite.
type IssueData struct {
	magazine.Issue
	Files []string // paths below the source that cover, note and contents may refer to
	data
	contents []*local // of Contents, nil where that is a slug
}

// SectionData is what a file of sections/ says.
type SectionData struct {
	magazine.Section
}

// data is what a data file has in common with a document.
type data struct {
	prefix string // of ids
	text   *body  // may be nil
	image  *local
	closed bool // by Rewrite
	told   told
}

// Rewrite closes the references to the source's own files and prints Bio; see
// Document.Rewrite.
func (a *AuthorData) Rewrite(resolve func(path string) (url string, ok bool)) []magazine.Problem {
	w := a.writer(resolve)
	if w == nil {
		return nil
	}
	a.Image = w.image(a.Image, a.image)
	a.Bio = a.print(w)
	return w.rep.problems
}

// Rewrite closes the references to the source's own files and prints Note; see
// Document.Rewrite.
func (i *IssueData) Rewrite(resolve func(path string) (url string, ok bool)) []magazine.Problem {
	w := i.writer(resolve)
	if w == nil {
		return nil
	}
	i.Cover = w.image(i.Cover, i.image)
	i.Note = i.print(w)
	var slugs []string
	for n, slug := range i.Contents {
		if l := i.contents[n]; l != nil {
			var ok bool
			if slug, ok = w.slug(l); !ok {
				w.missing("contents", l, "the article is not there; it was left out")
				continue
			}
		}
		slugs = append(slugs, slug)
	}
	i.Contents = slugs
	return w.rep.problems
}

// writer is nil where the data has been rewritten before.
func (d *data) writer(resolve func(string) (string, bool)) *rewriter {
	if d.closed {
		return nil
	}
	d.closed = true
	return &rewriter{resolve: resolve, prefix: d.prefix, rep: &report{}, told: d.told}
}

func (d *data) print(w *rewriter) string {
	if d.text == nil {
		return ""
	}
	w.body(d.text)
	return d.text.print()
}

// files lists what text, image and more refer to, through a document's list.
func (d *data) files(more []*local) []string {
	doc := Document{body: d.text, lead: d.image, related: more}
	if doc.body == nil {
		doc.body = &body{}
	}
	doc.listFiles()
	return doc.Files
}

// dataFields parses a data file. Its document only carries what the readers of
// fields fill in.
func (r *Reader) dataFields(name string, raw []byte, rep *report) (*fields, bool) {
	if len(raw) > MaxFile {
		rep.hold(0, "", "", tooLarge, "shorten it")
		return nil, false
	}
	text := decode(raw, rep)
	if strings.TrimSpace(text) == "" {
		rep.hold(0, "", "", "the file is empty", "write it, or delete it")
		return nil, false
	}
	if first, rest, _ := strings.Cut(text, "\n"); strings.TrimRight(first, " ") == "---" { // YAML's mark for the start of a document
		text = "\n" + rest
	}
	v, ok := front{"---", text, 1}.parse(rep)
	d := &Document{name: name}
	d.Language = r.publication.Language
	return &fields{rep, r, d, v}, ok
}

// ParseAuthor reads a file of authors/: name, slug, aliases, bio (Markdown), url,
// image.
func (r *Reader) ParseAuthor(name string, raw []byte) (*AuthorData, []magazine.Problem) {
	rep := &report{}
	f, ok := r.dataFields(name, raw, rep)
	if !ok {
		return nil, rep.inOrder()
	}
	a := &AuthorData{}
	a.Author = f.author(f.value)
	if a.Name == "" {
		a.Name = nameWords(name)
		rep.warn(1, "name", a.Name, "the name is missing; the file's was taken", "add name")
	}
	if a.Slug == "" {
		a.Slug = magazine.Slugify(a.Name)
	}
	if a.Slug == "" {
		rep.hold(1, "name", a.Name, "it has no letter or digit", "write the author's name")
	}
	a.Aliases = f.otherSlugs(a.Slug)
	a.prefix = a.Slug + "-"
	if bio, ok := f.one("bio"); ok {
		a.text = r.markdown.body(bio.value.text, path.Dir(name), rep)
	}
	f.image()
	a.Image, a.image = f.d.Image, f.d.lead
	a.Files = a.files(nil)
	if rep.held {
		return nil, rep.inOrder()
	}
	return a, rep.inOrder()
}

// otherSlugs reads the spellings and slugs under which an author is known
// besides. A spelling may look like a slug.
func (f *fields) otherSlugs(own string) (slugs []string) {
	p, ok := f.get("aliases")
	if !ok {
		return nil
	}
	for _, v := range p.value.many() {
		text := ""
		if v.kind == scalar {
			text = magazine.CleanText(v.text)
		}
		made := magazine.Slugify(text)
		if made == "" || strings.ContainsAny(text, `/\`) {
			f.warn(v.line, p.key, v.String(), "it is neither a name nor a slug; it was left out", "write a name, or the last part of an author's old address here; other addresses belong under redirects in the configuration")
			continue
		}
		for _, slug := range []string{made, slugOf(text)} {
			if slug != own && !slices.Contains(slugs, slug) {
				slugs = append(slugs, slug)
			}
		}
	}
	return slugs
}

// ParseSection reads a file of sections/: name, slug, description.
func (r *Reader) ParseSection(name string, raw []byte) (*SectionData, []magazine.Problem) {
	rep := &report{}
	f, ok := r.dataFields(name, raw, rep)
	if !ok {
		return nil, rep.inOrder()
	}
	s := &SectionData{}
	s.Name, _ = f.text("name", "title")
	if s.Name == "" {
		s.Name = nameWords(name)
		rep.warn(1, "name", s.Name, "the name is missing; the file's was taken", "add name")
	}
	slug, _ := f.text("slug")
	if s.Slug = slugOf(slug); s.Slug == "" {
		s.Slug = magazine.Slugify(s.Name)
	}
	s.Description, _ = f.text("description")
	if s.Slug == "" {
		rep.hold(1, "name", s.Name, "it has no letter or digit", "write the section's name")
		return nil, rep.inOrder()
	}
	return s, rep.inOrder()
}

// ParseIssue reads a file of issues/: volume, number (else from the file's name,
// v012-n09.yaml), title, date, hijri, state, cover, note (Markdown), contents.
func (r *Reader) ParseIssue(name string, raw []byte) (*IssueData, []magazine.Problem) {
	rep := &report{}
	f, ok := r.dataFields(name, raw, rep)
	if !ok {
		return nil, rep.inOrder()
	}
	i := &IssueData{}
	i.IssueRef = f.issueRef(name)
	i.Title, _ = f.text("title")
	i.CoverDate, _ = f.day("date", "coverdate")
	if i.CoverDate.IsZero() && !rep.held {
		rep.warn(1, "date", "", "the issue has no cover date, which orders the issues", "add date")
	}
	if h, ok := f.one("hijri"); ok {
		f.d.setHijri(f.reader, h.value.text, h.line, rep)
		i.Hijri = f.d.Hijri
	}
	i.State = f.state()
	f.cover(i)
	if note, ok := f.one("note"); ok {
		i.text = r.markdown.body(note.value.text, path.Dir(name), rep)
	}
	i.prefix = "issue-" + i.Volume + "-" + i.Number + "-"
	f.contents(i)
	i.Files = i.files(i.contents)
	if rep.held {
		return nil, rep.inOrder()
	}
	return i, rep.inOrder()
}

// issueRef is the issue that a data file is about.
func (f *fields) issueRef(name string) magazine.IssueRef {
	f.issue()
	ref := f.d.Issue
	if ref.IsZero() {
		ref, _ = parseIssueRef(strings.TrimSuffix(path.Base(name), path.Ext(name)))
	}
	if ref.IsZero() {
		f.hold(1, "volume", "", "volume and number are missing", "add volume and number, or name the file like v012-n09.yaml")
	}
	return ref
}

// state reads open or published. Another word holds the file: it decides
// whether a mail goes out.
func (f *fields) state() magazine.IssueState {
	p, ok := f.get("state")
	if !ok {
		return ""
	}
	switch s := magazine.IssueState(strings.ToLower(strings.TrimSpace(p.value.text))); s {
	case magazine.IssueOpen, magazine.IssuePublished:
		return s
	}
	f.hold(p.line, p.key, p.value.String(), "an issue is open or published", "write state: open or state: published")
	return ""
}

func (f *fields) cover(i *IssueData) {
	if p, ok := f.get("cover", "image"); ok {
		i.Cover, i.image = f.imageOf(p.value, p.key)
	}
}

// contents reads slugs or paths of articles' files, in order.
func (f *fields) contents(i *IssueData) {
	p, ok := f.get("contents")
	if !ok {
		return
	}
	for _, v := range p.value.many() {
		var rel magazine.Related
		var file *local
		if v.kind == scalar {
			rel, file = f.relatedText(v.text)
		}
		if file == nil && rel.Slug == "" {
			f.warn(v.line, p.key, v.String(), "it names no article; it was left out", "write the article's slug, or its file's path")
			continue
		}
		i.Contents = append(i.Contents, rel.Slug)
		i.contents = append(i.contents, file)
	}
}
