package articles

import (
	"path"
	"slices"

	"postrider/magazine"
)

// Document is what one file says, before it is known what the store has.
//
// Of the embedded Article these are left for the caller: ID, Seq, State,
// FirstSeen, what is to be known about Image beyond its words, and
// an Updated that is zero where the file does not say when it was changed.
// GUID, and Slug where SlugGiven is false, are wishes. HTML, Teaser, Image.Src
// and the slugs in Related are final only after Rewrite.
//
// A captured page has the caption and the credit of a picture but not the
// picture: its Image has no Src.
type Document struct {
	magazine.Article

	GivenID     string   // identity as the file gives it, may be empty
	SlugGiven   bool     // the file names the slug; otherwise it was made from the title
	OldSlugs    []string // under which the article was to be found before
	DateMissing bool     // neither the file nor its name has a date: Published is zero, to be set by Reader.SetDate
	Draft       bool
	Withdrawn   bool   // Reason may be empty
	IssueTitle  string // where the file names its issue

	// Files are the paths below the source that the document may refer to: its
	// image, the files that its HTML shows or links to, related articles. A path
	// from the source's root is listed twice, there and below static/, and need
	// exist only once.
	Files []string

	name    string
	printed printedDate // Hijri
	body    *body
	lead    *local   // of Image, where it is a file of the source
	related []*local // of Related, nil where that is no file
	told    told
}

// told are the paths of files that are there and cannot be shown, which has
// been said: that they are missing is not to be said as well.
type told map[string]bool

// dir is the folder of the document below the source.
func (d *Document) dir() string { return path.Dir(d.name) }

func (d *Document) listFiles() {
	var files []string
	add := func(l *local) {
		if l != nil && !l.page {
			files = append(files, l.paths...)
		}
	}
	add(d.lead)
	for _, ref := range d.body.refs {
		for _, l := range ref.locals() {
			add(l)
		}
	}
	for _, l := range d.related {
		add(l)
	}
	slices.Sort(files)
	d.Files = slices.Compact(files)
}

// Rewrite is the last step of reading, to be called once, when Slug is final.
// It closes the references to the source's own files, puts the slug before
// every id, so that two articles on one page do not clash, and prints HTML and
// Teaser.
//
// resolve says where a path below the source is published: "/media/HASH/name"
// for a file, "/articles/slug/" for an article. It is also asked for addresses
// without a file's ending ("2024/05/tide", of a link to /2024/05/tide/), which
// may be an article's slug or its address in an older system. What is nowhere
// becomes a warning: images leave their alternative text, links their text; but
// a link from the site's root to such an address stays, for it may be a page
// that is served beside us.
func (d *Document) Rewrite(resolve func(path string) (url string, ok bool)) []magazine.Problem {
	rep := &report{}
	if d.body == nil { // called before
		return nil
	}
	w := rewriter{resolve: resolve, prefix: d.Slug + "-", rep: rep, told: d.told}
	d.Image = w.image(d.Image, d.lead)
	d.Related = w.relate(d.Related, d.related)
	w.body(d.body)
	d.Teaser = d.teaser()
	d.HTML = d.body.print()
	d.body = nil // the tree is large
	return rep.problems
}
