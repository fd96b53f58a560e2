package articles

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"postrider/magazine"
)

// body is the sanitised HTML of a document as a tree, with what has to be
// known of it before it is printed.
type body struct {
	root     *html.Node   // whose children are the body
	free     *body        // what stands before the mark that ends the teaser; nil: there is none
	headings []*html.Node // in their order
	named    []*html.Node // with an id
	inside   []*html.Node // a elements that lead to an id
	refs     []*reference
	words    int
	size     int // bytes of its text

	dir string
	rep *report
}

// reference is an element that refers to files of the source.
type reference struct {
	node *html.Node
	href *local // of an a element
	src  *local // of img, audio, video, source
	film *local // poster of a video
	set  []picture
}

// picture is one entry of a srcset; it is absolute where local is nil.
type picture struct {
	setEntry
	local *local
}

func (r *reference) locals() []*local {
	all := []*local{r.href, r.src, r.film}
	for _, p := range r.set {
		all = append(all, p.local)
	}
	return all
}

// newBody parses sanitised HTML. What stands before the mark that ends the teaser
// is cut off in the text and parsed by itself: the parser moves things about, so
// that what follows the mark in the text may come before it in the tree.
func newBody(source, dir string, rep *report) *body {
	b := parseBody(source, dir, rep)
	if free, marked := beforeMark(source); marked {
		b.free = parseBody(free, dir, &report{})
	}
	return b
}

// parseBody makes the tree. Tree and printer of golang.org/x/net/html see to it
// that every element is closed and that the HTML has the form on which
// magazine.AbsoluteHTML relies.
func parseBody(source, dir string, rep *report) *body {
	root := newRoot()
	nodes, err := html.ParseFragment(strings.NewReader(strings.TrimSpace(source)), root)
	if err != nil { // nested deeper than the parser lets
		nodes, err = html.ParseFragment(strings.NewReader(flatten(source)), root)
		rep.warn(0, "", "", "elements that nest more than "+itoa(maxDepth)+" deep were left out; their text was kept", "write the text with less nesting")
	}
	if err != nil {
		rep.hold(0, "", "", "the HTML cannot be read: "+err.Error(), "write it more simply")
		return &body{root: root}
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	return bodyOf(root, dir, rep)
}

func newRoot() *html.Node {
	return &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
}

// bodyOf takes a tree for a body's.
func bodyOf(root *html.Node, dir string, rep *report) *body {
	b := &body{root: root, dir: dir, rep: rep}
	b.walk(b.root)
	b.nameHeadings()
	return b
}

// walk visits the nodes below n: it drops comments, sorts out links and counts
// words.
func (b *body) walk(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch c.Type {
		case html.TextNode:
			c.Data = magazine.CleanRunes(c.Data) // what came in by name, as in &#7;
			b.words += countWords(c.Data)
			b.size += len(c.Data)
		case html.ElementNode:
			b.walk(c)
			b.element(c)
		default:
			n.RemoveChild(c)
		}
		c = next
	}
}

func (b *body) element(n *html.Node) {
	for i := range n.Attr {
		n.Attr[i].Val = magazine.CleanRunes(n.Attr[i].Val)
	}
	if attr(n, "id") != "" {
		b.named = append(b.named, n)
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.headings = append(b.headings, n)
	case atom.A:
		b.anchor(n)
	case atom.Img, atom.Audio, atom.Video, atom.Source:
		b.media(n)
	case atom.Th, atom.Td:
		if style, has := findAttr(n, "style"); has {
			dropAttr(n, "style")
			if _, side, ok := strings.Cut(style, ":"); ok {
				setAttr(n, "align", strings.ToLower(strings.TrimSpace(side)))
			}
		}
	case atom.Blockquote, atom.Q, atom.Del, atom.Ins:
		if cite := attr(n, "cite"); cite != "" {
			if t, _ := parseLink(cite, b.dir); t.kind == linkAbsolute && isWeb(t.url) {
				setAttr(n, "cite", t.url)
			} else {
				dropAttr(n, "cite")
			}
		}
	}
}

// anchor sorts out a link, or the old form of an id.
func (b *body) anchor(n *html.Node) {
	if name := attr(n, "name"); name != "" {
		dropAttr(n, "name")
		if attr(n, "id") == "" {
			setAttr(n, "id", name)
			b.named = append(b.named, n)
		}
	}
	raw, has := findAttr(n, "href")
	if !has {
		return
	}
	t, why := parseLink(raw, b.dir)
	switch t.kind {
	case linkAbsolute:
		setAttr(n, "href", t.url)
	case linkFragment:
		b.inside = append(b.inside, n)
	case linkLocal:
		setAttr(n, "href", t.local.rootPath())
		b.refs = append(b.refs, &reference{node: n, href: t.local})
	default:
		dropAttr(n, "href")
		b.rep.warn(0, "link", raw, why+"; its text was kept", "link to a file of the source or to the web")
	}
}

// media sorts out the addresses of a picture, a sound or a film.
func (b *body) media(n *html.Node) {
	ref := &reference{node: n}
	ref.src = b.address(n, "src")
	ref.film = b.address(n, "poster")
	if raw, has := findAttr(n, "srcset"); has {
		ref.set = b.pictures(raw)
		printSet(n, ref.set)
	}
	switch n.DataAtom {
	case atom.Audio, atom.Video:
		setAttr(n, "controls", "")
	case atom.Img:
		if _, has := findAttr(n, "alt"); !has {
			setAttr(n, "alt", "")
		}
	}
	b.refs = append(b.refs, ref)
}

// address makes an attribute an address that may be shown, or drops it.
func (b *body) address(n *html.Node, key string) *local {
	raw, has := findAttr(n, key)
	if !has {
		return nil
	}
	t, why := parseLink(raw, b.dir)
	switch {
	case t.kind == linkAbsolute && isWeb(t.url):
		setAttr(n, key, t.url)
		return nil
	case t.kind == linkLocal:
		t.local.page = false
		setAttr(n, key, t.local.rootPath())
		return t.local
	}
	if why == "" {
		why = "it is no file"
	}
	dropAttr(n, key)
	b.rep.warn(0, n.Data, raw, why+"; it was left out", "name a file of the source or a web address")
	return nil
}

func (b *body) pictures(raw string) []picture {
	var set []picture
	for _, e := range parseSrcset(raw) {
		t, _ := parseLink(e.address, b.dir)
		switch {
		case t.kind == linkAbsolute && isWeb(t.url):
			e.address = t.url
			set = append(set, picture{e, nil})
		case t.kind == linkLocal:
			t.local.page = false
			e.address = t.local.rootPath()
			set = append(set, picture{e, t.local})
		}
	}
	return set
}

// printSet writes a srcset with ", " between its pictures, as
// magazine.AbsoluteHTML expects.
func printSet(n *html.Node, set []picture) {
	if len(set) == 0 {
		dropAttr(n, "srcset")
		return
	}
	var b strings.Builder
	for i, p := range set {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.address)
		if p.size != "" {
			b.WriteString(" " + p.size)
		}
	}
	setAttr(n, "srcset", b.String())
}

// nameHeadings gives ids to headings without one, from their text, and sees to
// it that each id is there once.
func (b *body) nameHeadings() {
	taken := make(map[string]bool, len(b.named)+len(b.headings))
	numbers := map[string]int{} // the last given to an id that is there often
	kept := b.named[:0]
	for _, n := range b.named {
		if id := attr(n, "id"); taken[id] {
			dropAttr(n, "id")
		} else {
			taken[id] = true
			kept = append(kept, n)
		}
	}
	b.named = kept
	for _, h := range b.headings {
		if attr(h, "id") != "" {
			continue
		}
		id := magazine.Slugify(textOf(h))
		if id == "" {
			continue
		}
		free := id
		for taken[free] {
			numbers[id]++
			free = id + "-" + itoa(numbers[id]+1)
		}
		taken[free] = true
		setAttr(h, "id", free)
		b.named = append(b.named, h)
	}
}

// firstHeading is the text of the first heading.
func (b *body) firstHeading() string {
	for _, h := range b.headings {
		if text := magazine.CleanText(textOf(h)); text != "" {
			return text
		}
	}
	return ""
}

// dropTitle removes the heading that repeats the title at the head of the body,
// and moves the other headings down by one where one of them is an h1, so that
// the page's title is its only h1.
func (b *body) dropTitle(title string) {
	if b.free != nil {
		b.free.dropTitle(title)
	}
	if len(b.headings) > 0 {
		h := b.headings[0]
		same := strings.EqualFold(magazine.CleanText(textOf(h)), title)
		if same && (h.DataAtom == atom.H1 || firstElement(b.root) == h) {
			h.Parent.RemoveChild(h)
			b.headings = b.headings[1:]
			b.words -= countWords(textOf(h))
			b.forget(h)
		}
	}
	for _, h := range b.headings {
		if h.DataAtom == atom.H1 {
			b.lowerHeadings()
			return
		}
	}
}

func (b *body) lowerHeadings() {
	lower := []atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.H6}
	for _, h := range b.headings {
		for i, a := range lower[:6] {
			if h.DataAtom == a {
				h.DataAtom, h.Data = lower[i+1], lower[i+1].String()
				break
			}
		}
	}
}

// forget drops what is known of a removed element.
func (b *body) forget(gone *html.Node) {
	within := func(n *html.Node) bool {
		for ; n != nil; n = n.Parent {
			if n == gone {
				return true
			}
		}
		return false
	}
	keep := func(nodes []*html.Node) []*html.Node {
		var kept []*html.Node
		for _, n := range nodes {
			if !within(n) {
				kept = append(kept, n)
			}
		}
		return kept
	}
	b.named, b.inside = keep(b.named), keep(b.inside)
	var refs []*reference
	for _, r := range b.refs {
		if !within(r.node) {
			refs = append(refs, r)
		}
	}
	b.refs = refs
}

func (b *body) print() string { return printChildren(b.root, b.size) }
