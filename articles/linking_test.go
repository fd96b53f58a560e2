package articles

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// has wants an article's body to have some text.
func (d *desk) has(slug, want string) {
	d.t.Helper()
	if a := d.article(slug); !strings.Contains(a.HTML, want) {
		d.t.Errorf("%s has no %s: %s", slug, want, a.HTML)
	}
}

func TestLinksBetweenFiles(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", "See [b](2024/b.md#place), [c](c.md) and [by address](/2020/delta/) before [about](/about/)."))
		d.write("2024/b.md", page("Beta", "2024-05-02", "See [a](../a.md) and [b](b.md).\n\n## Place\n\nIt is here.", "slug: second"))
		d.wants("2 0 0 0 0")
		d.has("alpha", `<a href="/articles/second/#second-place">b</a>`)
		d.has("second", `<a href="/articles/alpha/">a</a> and <a href="/articles/second/">b</a>`)
		d.has("second", `id="second-place"`)
		d.has("alpha", `, c and <a href="/2020/delta/">by address</a> before <a href="/about/">about</a>`)
		d.warned("a.md", "link", "c.md", "not there")
		d.wants("0 0 0 0 2")

		// What is linked to comes later, and its slug is not the one that it asks for.
		was := d.article("alpha")
		d.clock.Add(time.Hour)
		d.write("c.md", page("Second", "2024-05-03", "It came later."))
		d.write("d.md", page("Delta", "2024-05-04", "So did this."))
		d.wants("2 1 0 0 1")
		d.has("alpha", `<a href="/articles/second-2/">c</a> and <a href="/articles/delta/">by address</a> before <a href="/about/">`)
		d.unwarned("a.md")
		if a := d.article("alpha"); !a.Updated.Equal(was.Updated) {
			d.t.Errorf("updated moved to %v", a.Updated)
		}
		d.wants("0 0 0 0 4")

		// Articles that are read before and after the one that they link to.
		d.write("e.md", page("Epsilon", "2024-05-05", "See [c](c.md), [its address](/second-2/) and [an old one](/delta/)."))
		d.write("b.md", page("Zeta", "2024-05-06", "See [an old one](/delta/) too."))
		d.write("d.md", page("Delta", "2024-05-04", "So did this.", "slug: delta-anew"))
		d.wants("2 1 0 0 3")
		d.has("zeta", `<a href="/articles/delta-anew/">an old one</a>`)
		d.has("epsilon", `<a href="/articles/second-2/">c</a>, <a href="/articles/second-2/">its address</a> and <a href="/articles/delta-anew/">an old one</a>`)
	})
}

// Links hold over more files than one transaction takes, in both directions.
func TestLinksOverTransactions(t *testing.T) {
	d := liteDesk(t)
	const n = chunk + 40
	d.many("", n)
	last := itoa(1000 + n - 1)
	d.write("piece-1000.md", page("First", "2024-05-01", "See [the last](piece-"+last+".md) and [its address](/piece-"+last+"-again/)."))
	d.write("piece-"+last+".md", page("Piece "+last+" again", "2024-05-02", "See [the first](piece-1000.md) and [its address](/first/)."))
	d.write("issues/v1-n1.yaml", "date: 2024-05-01\ncontents: [piece-"+last+".md, piece-1000.md]\n")
	d.wants(itoa(n) + " 0 0 0 0")
	d.has("first", `<a href="/articles/piece-`+last+`-again/">the last</a> and <a href="/articles/piece-`+last+`-again/">its address</a>`)
	d.has("piece-"+last+"-again", `<a href="/articles/first/">the first</a> and <a href="/articles/first/">its address</a>`)
	d.unwarned("piece-1000.md")
	d.wants("0 0 0 0 " + itoa(n))
}

func TestRelatedFiles(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "related: [b.md, gamma, The Tide Clock, later.md]"))
		d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own.", "slug: second"))
		d.write("t.md", page("The Tide Clock", "2024-05-02", "It is named by its title."))
		d.wants("3 0 0 0 0")
		named := func() (all []string) {
			for _, r := range d.article("alpha").Related {
				all = append(all, r.Slug)
			}
			return all
		}
		if got := strings.Join(named(), " "); got != "second gamma the-tide-clock" {
			d.t.Errorf("related: %s", got)
		}
		d.warned("a.md", "related", "later.md", "not there")
		d.write("later.md", page("Later", "2024-05-03", "It is there now."))
		d.wants("1 1 0 0 2")
		if got := strings.Join(named(), " "); got != "second gamma the-tide-clock later" {
			d.t.Errorf("related: %s", got)
		}
	})
}

func TestAuthorFiles(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "author: Salma Oduya", "section: Science & Craft"))
		d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own.", "authors: [{name: Salma Oduya, slug: the-other-salma}, Noor]", "draft: true"))
		d.write("c.md", page("Gamma", "2024-05-03", "Gamma has a text too.", "authors: [Noor, Salma Oduya]"))
		d.wants("3 0 0 0 0")
		if got := d.listedIn(magazine.AuthorScope("salma-oduya")); got != "gamma alpha" {
			d.t.Errorf("before: %s", got)
		}
		was := d.article("alpha")
		d.clock.Add(time.Hour)
		d.write("authors/salma.yaml", "name: Salma Oduya\nslug: salma\nbio: She walks.\n")
		d.write("sections/craft.yaml", "name: Science & Craft\nslug: craft\n")
		d.wants("0 2 0 0 1")
		author := func(slug, want string) {
			d.t.Helper()
			if got := d.listedIn(magazine.AuthorScope(slug)); got != want {
				d.t.Errorf("%s: %s, want %s", slug, got, want)
			}
		}
		author("salma", "gamma alpha")
		author("salma-oduya", "")
		if got := d.listedIn(magazine.SectionScope("craft")); got != "alpha" {
			d.t.Errorf("craft: %s", got)
		}
		if a := d.article("alpha"); !a.Updated.Equal(was.Updated) || d.article("beta").Authors[0].Slug != "the-other-salma" {
			d.t.Errorf("updated %v, %+v", a.Updated, d.article("beta").Authors)
		}
		d.wants("0 0 0 0 3")
		d.write("authors/salma.yaml", "name: Salma Oduya\nslug: s-oduya\n")
		d.wants("0 2 0 0 1")
		author("s-oduya", "gamma alpha")
		author("salma", "")
		d.write("e.md", page("Epsilon", "2024-05-05", "It came last.", "author: Salma Oduya"))
		d.wants("1 0 0 0 3")
		author("s-oduya", "epsilon gamma alpha")
		d.write("authors/salma.yaml", "name: [broken\n")
		d.wants("0 0 0 1 4")
		author("s-oduya", "epsilon gamma alpha")
		d.remove("authors/salma.yaml") // bylines are all that is left
		d.wants("0 3 0 0 1")
		author("salma-oduya", "epsilon gamma alpha")
		author("s-oduya", "")
		if w, err := d.store.Author(d.t.Context(), "s-oduya"); err != nil || w.Bio != "" {
			d.t.Errorf("%+v, %v", w, err)
		}
		d.wants("0 0 0 0 4")
		d.write("authors/salma.yaml", "name: Salma Oduya\nslug: s-oduya\nbio: She is back.\n")
		d.wants("0 3 0 0 1")
		author("s-oduya", "epsilon gamma alpha")
		if w, err := d.store.Author(d.t.Context(), "s-oduya"); err != nil || w.Bio != "<p>She is back.</p>" {
			d.t.Errorf("%+v, %v", w, err)
		}
	})
}

func TestIssueFiles(t *testing.T) {
	desks(t, func(d *desk) {
		ref := magazine.IssueRef{Volume: "12", Number: "9"}
		write := func(state string) {
			d.write("issues/v012-n09.yaml", "date: 2024-05-01\nstate: "+state+"\nnote: See [a](../a.md).\ncontents: [../b.md, alpha, ../c.md]\n")
		}
		write("open")
		for name, title := range map[string]string{"a": "Alpha", "b": "Beta", "c": "Gamma", "d": "Delta"} {
			if name != "c" {
				d.write(name+".md", page(title, "2024-05-01", title+" has a text of its own.", "issue: v012-n09"))
			}
		}
		d.wants("3 0 0 0 0")
		issue, err := d.store.Issue(d.t.Context(), ref)
		d.must(err)
		if issue.State != magazine.IssueOpen || strings.Join(issue.Contents, " ") != "beta alpha" || !strings.Contains(issue.Note, `href="/articles/alpha/"`) {
			d.t.Errorf("%+v", issue)
		}
		d.write("c.md", page("Gamma", "2024-05-01", "Gamma has a text too.", "issue: v012-n09"))
		d.wants("1 0 0 0 3")
		d.write("d.md", page("Delta", "2024-05-01", "Delta has a text of its own.", "issue: v012-n09", "slug: fourth"))
		write("published")
		d.wants("0 1 0 0 3")
		if issue, err = d.store.Issue(d.t.Context(), ref); err != nil || issue.State != magazine.IssuePublished || strings.Join(issue.Contents, " ") != "beta alpha gamma" {
			d.t.Errorf("%+v, %v", issue, err)
		}
		if got := d.listedIn(magazine.IssueScope(ref)); got != "beta alpha gamma fourth" {
			d.t.Errorf("contents: %s", got)
		}
		d.write("b.md", page("Beta", "2024-05-01", "Beta has a text of its own.", "issue: v012-n09", "slug: second"))
		d.wants("0 1 0 0 3")
		if got := d.listedIn(magazine.IssueScope(ref)); got != "second alpha gamma fourth" {
			d.t.Errorf("contents after a slug changed: %s", got)
		}
		write("open") // an issue never goes back
		d.wants("0 0 0 0 4")
		if issue, err = d.store.Issue(d.t.Context(), ref); err != nil || issue.State != magazine.IssuePublished {
			d.t.Errorf("%+v, %v", issue, err)
		}
		d.wants("0 0 0 0 4")
	})
}

// dot is a picture of one colour.
func dot(c color.Color) string {
	img := image.NewRGBA(image.Rect(0, 0, 8, 6))
	for i := range 48 {
		img.Set(i%8, i/8, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.String()
}

func TestMedia(t *testing.T) {
	desks(t, func(d *desk) {
		text := page("Alpha", "2024-05-01", "![Rope](rope.png) and [a paper](paper.pdf).", "image: {src: /images/dial.png, alt: A dial}")
		d.write("a.md", text)
		d.wants("1 0 0 0 0")
		if a := d.article("alpha"); a.Image != nil || !strings.Contains(a.HTML, "Rope and a paper") {
			d.t.Errorf("%+v, %s", a.Image, a.HTML)
		}
		d.warned("a.md", "image", "/images/dial.png", "not there")
		d.wants("0 0 0 0 1")

		d.clock.Add(time.Hour)
		d.write("images/dial.png", dot(color.Black))
		d.write("rope.png", dot(color.White))
		d.wants("0 1 0 0 0")
		a := d.article("alpha")
		if a.Image == nil || a.Image.Alt != "A dial" || a.Image.Width != 8 || a.Image.Mail == nil || !strings.HasPrefix(a.Image.Src, "/media/") || !a.Updated.Equal(d.clock.Now()) {
			d.t.Fatalf("%+v, updated %v", a.Image, a.Updated)
		}
		hash, name, _ := strings.Cut(strings.TrimPrefix(a.Image.Src, "/media/"), "/")
		if m, err := d.store.Media(d.t.Context(), hash); err != nil || m.Type != "image/png" || name != "dial.png" {
			d.t.Errorf("%+v, %v", m, err)
		}
		d.wants("0 0 0 0 1")

		d.write("images/dial.png", dot(color.White))
		d.wants("0 1 0 0 0")
		if b := d.article("alpha"); b.Image.Src == a.Image.Src {
			d.t.Errorf("the picture was replaced, not its address %s", b.Image.Src)
		}
		d.write("rope.png", "It is no picture.")
		d.wants("0 1 0 0 0")
		d.warned("a.md", "rope.png")
		if p := d.line("a.md").Problems; len(p) != 2 { // and the paper
			d.t.Errorf("%v", p)
		}
		d.has("alpha", "Rope and a paper")
		d.wants("0 0 0 0 1")
		d.write("a.md", text+"\nMore.\n")
		d.wants("0 1 0 0 0")
		d.warned("a.md", "rope.png")
		d.remove("images/dial.png")
		d.wants("0 1 0 0 0")
		if a := d.article("alpha"); a.Image != nil {
			d.t.Errorf("%+v", a.Image)
		}
		d.wants("0 0 0 0 1")
		d.write("authors/ada.yaml", "name: Ada\nimage: ../images/ada.png\n")
		d.wants("0 0 0 0 1")
		d.write("images/ada.png", dot(color.Black))
		d.wants("0 0 0 0 1")
		if w := d.authorImage("ada"); w == nil || w.Width != 8 {
			d.t.Errorf("%+v", w)
		}
	})
}

func (d *desk) authorImage(slug string) *magazine.Image {
	d.t.Helper()
	names, err := d.store.AuthorNames(d.t.Context())
	d.must(err)
	if names["Ada"] != slug {
		d.t.Fatalf("%v", names)
	}
	files, err := d.store.MediaFiles(d.t.Context(), d.src.name)
	d.must(err)
	return files["images/ada.png"].Image
}

// A members-only article shows what stands before the mark.
func TestMembersOnly(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", "For all.\n\n<!--more-->\n\nFor members.", "access: members"))
	d.wants("1 0 0 0 0")
	a := d.article("alpha")
	if public := a.PublicHTML(); !strings.Contains(public, "For all.") || strings.Contains(public, "For members.") || !strings.Contains(a.HTML, "For members.") {
		t.Errorf("%s, %s", public, a.HTML)
	}
	d.write("a.md", page("Alpha", "2024-05-01", "For all.\n\n<!--more-->\n\nFor members."))
	d.wants("0 1 0 0 0")
	if a := d.article("alpha"); a.Access != magazine.Everyone || !strings.Contains(a.PublicHTML(), "For members.") {
		t.Errorf("%s", a.PublicHTML())
	}
	d.wants("0 0 0 0 1")
}

// What only the parser takes for the mark may have been moved.
func TestMembersOnlyWithMisspeltMark(t *testing.T) {
	for _, mark := range []string{"<!more>", "<!--more--!>"} {
		d, problems := newReader().Parse("a.html", []byte("---\ntitle: T\ndate: 2024-05-01\naccess: members\n---\n<article><p>free</p><table><tr><td>cell</td></tr>"+mark+"<p>SECRET</p></table></article>"))
		if d == nil {
			t.Fatal(problems)
		}
		if strings.Contains(d.teaser()+d.Summary, "SECRET") {
			t.Errorf("%s: teaser %q, summary %q", mark, d.teaser(), d.Summary)
		}
	}
}

// A file that could not be read is read when it can be, though nothing else
// tells that anything has changed.
func TestUnreadableFile(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.write("b.md", strings.Repeat("x", 100))
	d.must(os.Truncate(d.path("b.md"), MaxFile+1))
	d.touch("b.md")
	d.wants("1 0 0 1 0")
	d.wants("0 0 0 1 1")
	if k := d.file("b.md"); k.State != store.FileHeld || k.Reader != "" || !strings.Contains(k.Problems[0].Text, "20 MiB") {
		t.Errorf("%+v", k)
	}
	if strings.Count(d.log.String(), "a file is held") != 1 {
		t.Errorf("log: %s", d.log)
	}
}

// file is what the store knows of a file.
func (d *desk) file(path string) store.File {
	d.t.Helper()
	all, err := d.store.Files(d.t.Context(), d.src.name)
	d.must(err)
	for _, k := range all {
		if k.Path == path {
			return k
		}
	}
	d.t.Fatalf("%s is not known", path)
	return store.File{}
}
