package articles

import (
	"path"
	"strings"
	"time"

	"postrider/hijri"
	"postrider/magazine"
)

// MaxFile is the most bytes that a file of a source may have.
const MaxFile = 20 << 20

// Options says how a publication's files are to be understood.
type Options struct {
	Publication *magazine.Publication // its zone, language, title and tagline are used
	Calendar    hijri.Reckoning       // computes the Hijri dates that are not printed
}

// Reader makes articles of files. It keeps nothing between files and may be
// used by several goroutines at once.
type Reader struct {
	publication *magazine.Publication
	calendar    hijri.Reckoning
	zone        *time.Location
	markdown    *markdown
}

// New makes a Reader.
func New(o Options) *Reader {
	r := &Reader{publication: o.Publication, calendar: o.Calendar, zone: o.Publication.Zone, markdown: newMarkdown()}
	if r.zone == nil {
		r.zone = time.UTC
	}
	return r
}

// Parse reads one file: .md and .markdown with front matter, .html and .htm
// with meta elements or front matter, .txt as a captured page. The name is a
// path below the source, with slashes. Where a problem is no warning the file
// is held and there is no Document.
func (r *Reader) Parse(name string, data []byte) (*Document, []magazine.Problem) {
	rep := &report{}
	d := r.parse(name, data, rep)
	if rep.held {
		d = nil
	}
	return d, rep.inOrder()
}

func (r *Reader) parse(name string, data []byte, rep *report) *Document {
	if len(data) > MaxFile {
		rep.hold(0, "", "", tooLarge, "split it, or take images out of the text")
		return nil
	}
	text := decode(data, rep)
	if strings.TrimSpace(text) == "" {
		rep.hold(0, "", "", "the file is empty", "write the article, or delete the file")
		return nil
	}
	d := &Document{name: name}
	d.FromFile = name
	d.Language = r.publication.Language
	switch strings.ToLower(path.Ext(name)) {
	case ".txt":
		r.page(d, text, rep)
	case ".html", ".htm":
		r.html(d, text, rep)
	default:
		r.markdownFile(d, text, rep)
	}
	if rep.held {
		return nil
	}
	r.finish(d, rep)
	return d
}

// markdownFile reads front matter and Markdown.
func (r *Reader) markdownFile(d *Document, text string, rep *report) {
	f, body, line := splitFront(text, rep)
	if rep.held {
		return
	}
	if f.fence == "" {
		rep.warn(1, "", "", "the file has no front matter; title and date were taken from elsewhere", "begin it with a line of ---, title, authors and date, and another line of ---")
	}
	v, ok := f.parse(rep)
	if !ok {
		return
	}
	r.fields(d, v, rep)
	if rep.held { // the body costs most; it cannot help any more
		return
	}
	d.body = r.markdown.body(repair(body, line, rep), d.dir(), rep)
}

// finish fills what follows from the rest of the document.
func (r *Reader) finish(d *Document, rep *report) {
	r.title(d, rep)
	if d.Slug == "" {
		d.Slug = magazine.Slugify(d.Title)
	}
	if d.Slug == "" {
		d.Slug = magazine.Slugify(nameWords(d.name))
	}
	r.date(d, rep)
	d.summarise()
	d.Words = d.body.words
	if d.Words == 0 && d.HomeURL == "" {
		rep.warn(0, "", "", "the article has no text", "write it, or set draft: true")
	}
	d.listFiles()
}

// title takes what stands for a missing title and removes a heading that
// repeats the title.
func (r *Reader) title(d *Document, rep *report) {
	first := d.body.firstHeading()
	switch {
	case d.Title != "":
		d.body.dropTitle(d.Title)
		return
	case first != "":
		d.Title = first
		rep.warn(0, "title", first, "the title is missing; the first heading was taken", "add title to the front matter")
		d.body.dropTitle(first)
		return
	}
	d.Title = nameWords(d.name)
	rep.warn(0, "title", d.Title, "the title is missing; the file's name was taken", "add title to the front matter")
}

// date takes the date of the file's or folder's name where the file says none.
func (r *Reader) date(d *Document, rep *report) {
	if d.Published.IsZero() {
		t, written, ok := dateInName(d.name, r.zone)
		if !ok {
			d.DateMissing = true
			rep.warn(0, "date", "", "the date is missing, and the file's name has none", "add date to the front matter, like 2024-05-17")
			return
		}
		d.Published = t
		rep.warn(0, "date", written, "the date is missing; the one in the file's name was taken", "add date to the front matter")
	}
	r.settle(d, rep)
}

// Page renders a Markdown text that is no article, such as the privacy page.
// Links to files of the source do not work in it.
func (r *Reader) Page(markdown string) string {
	b := r.markdown.body(markdown, ".", &report{})
	w := rewriter{resolve: nowhere, rep: &report{}}
	w.body(b)
	return b.print()
}
