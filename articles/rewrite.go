package articles

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"postrider/magazine"
)

// rewriter closes the references of one document.
type rewriter struct {
	resolve func(path string) (url string, ok bool)
	prefix  string // of ids
	rep     *report
	told    told
}

// nowhere resolves nothing.
func nowhere(string) (string, bool) { return "", false }

// find asks for each place where the file may be.
func (w *rewriter) find(l *local) (string, bool) {
	for _, p := range l.paths {
		if address, ok := w.resolve(p); ok {
			return address, true
		}
	}
	return "", false
}

// image closes the lead image; it is gone where its file is missing, but for
// its words.
func (w *rewriter) image(img *magazine.Image, l *local) *magazine.Image {
	if img == nil || l == nil {
		return img
	}
	address, ok := w.find(l)
	if !ok {
		w.missing("image", l, "the image is not there; it was left out")
		return nil
	}
	closed := *img
	closed.Src = address
	return &closed
}

func (w *rewriter) missing(field string, l *local, text string) {
	for _, p := range l.paths {
		if w.told[p] {
			return
		}
	}
	w.rep.warn(0, field, l.written, text, "put the file at "+strings.Join(l.paths, " or "))
}

// relate turns files among the related pieces into slugs.
func (w *rewriter) relate(all []magazine.Related, files []*local) []magazine.Related {
	var kept []magazine.Related
	for i, rel := range all {
		if l := files[i]; l != nil {
			slug, ok := w.slug(l)
			if !ok {
				w.missing("related", l, "the related article is not there; it was left out")
				continue
			}
			rel.Slug = slug
		}
		kept = append(kept, rel)
	}
	return kept
}

// slug is that of the article which a file is.
func (w *rewriter) slug(l *local) (string, bool) {
	address, ok := w.find(l)
	if !ok {
		return "", false
	}
	return slugIn(address)
}

// slugIn is the slug in "/articles/slug/".
func slugIn(address string) (string, bool) {
	rest, ok := strings.CutPrefix(address, "/articles/")
	if !ok {
		return "", false
	}
	slug, _, _ := strings.Cut(rest, "/")
	return unescape(slug), slug != ""
}

// body closes the links of a body and puts the prefix before its ids.
func (w *rewriter) body(b *body) {
	if b.free != nil { // what is wrong in it is told of the whole
		part := rewriter{resolve: w.resolve, prefix: w.prefix, rep: &report{}}
		part.body(b.free)
	}
	for _, ref := range b.refs {
		switch {
		case ref.href != nil:
			w.anchor(ref)
		default:
			w.media(ref)
		}
	}
	ids := make(map[string]bool, len(b.named))
	for _, n := range b.named {
		id := attr(n, "id")
		ids[id] = true
		setAttr(n, "id", w.prefix+id)
	}
	for _, a := range b.inside {
		if id := unescape(attr(a, "href")[1:]); ids[id] {
			setAttr(a, "href", fragment(w.prefix+id))
		}
	}
}

func fragment(id string) string {
	return "#" + (&url.URL{Fragment: id}).EscapedFragment()
}

// anchor closes a link. A place in another article has that article's slug
// before its id.
func (w *rewriter) anchor(ref *reference) {
	l := ref.href
	address, ok := w.find(l)
	if !ok {
		if l.rooted && l.page {
			return // perhaps a page that is served beside us
		}
		w.missing("link", l, "what is linked to is not there; the link's text was kept")
		if ref.node.Parent != nil {
			unwrap(ref.node)
		}
		return
	}
	address += l.query
	if l.part != "" {
		id := l.part
		if slug, isArticle := slugIn(address); isArticle {
			id = slug + "-" + id
		}
		address += fragment(id)
	}
	setAttr(ref.node, "href", address)
}

// media closes a picture, a sound or a film. One that is not there leaves its
// alternative text.
func (w *rewriter) media(ref *reference) {
	n := ref.node
	w.attr(n, "src", ref.src)
	w.attr(n, "poster", ref.film)
	if ref.set != nil {
		w.set(ref)
	}
	if n.Parent == nil || attr(n, "src") != "" || attr(n, "srcset") != "" {
		return
	}
	parent := n.Parent
	switch n.DataAtom {
	case atom.Img:
		if alt := attr(n, "alt"); strings.TrimSpace(alt) != "" {
			parent.InsertBefore(&html.Node{Type: html.TextNode, Data: alt}, n)
		}
	case atom.Audio, atom.Video: // the sources inside have been closed before
		if hasElement(n, atom.Source) {
			return
		}
		if strings.TrimSpace(textOf(n)) != "" { // what is shown where it cannot be played
			unwrap(n)
			return
		}
	}
	parent.RemoveChild(n)
	dropEmpty(parent)
}

func (w *rewriter) attr(n *html.Node, key string, l *local) {
	if l == nil {
		return
	}
	if address, ok := w.find(l); ok {
		setAttr(n, key, address)
		return
	}
	dropAttr(n, key)
	w.missing(n.Data, l, "the file is not there; it was left out")
}

func (w *rewriter) set(ref *reference) {
	var kept []picture
	for _, p := range ref.set {
		if p.local != nil {
			address, ok := w.find(p.local)
			if !ok {
				w.missing("srcset", p.local, "the file is not there; it was left out")
				continue
			}
			p.address = address
		}
		kept = append(kept, p)
	}
	printSet(ref.node, kept)
}

func hasElement(n *html.Node, name atom.Atom) bool {
	for d := range n.Descendants() {
		if d.DataAtom == name {
			return true
		}
	}
	return false
}

// dropEmpty removes paragraphs, figures and pictures that have become empty.
func dropEmpty(n *html.Node) {
	for n != nil && n.Parent != nil {
		switch n.DataAtom {
		case atom.P, atom.Figure, atom.Picture, atom.A:
		default:
			return
		}
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.DataAtom != atom.Source || d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" {
				return
			}
		}
		parent := n.Parent
		parent.RemoveChild(n)
		n = parent
	}
}
