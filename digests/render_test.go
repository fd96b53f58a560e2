package digests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"postrider/magazine"
	"postrider/templates"
)

func render(t testing.TB, r *Renderer, articles []magazine.Article) *Mail {
	t.Helper()
	return renderEdition(t, r, friday, articles)
}

func renderEdition(t testing.TB, r *Renderer, e Edition, articles []magazine.Article) *Mail {
	t.Helper()
	mail, err := r.Render(e, articles)
	if err != nil {
		t.Fatal(err)
	}
	return mail
}

func TestGolden(t *testing.T) {
	for _, d := range digestsOfTests(t) {
		t.Run(d.name, func(t *testing.T) {
			subject, htmlPart, text := d.mail.For(reader)
			golden(t, d.name+".html", htmlPart)
			golden(t, d.name+".txt", text)
			golden(t, d.name+".subject", subject+"\n"+d.mail.Preheader+"\n")
			if strings.Contains(htmlPart+text, markBegin) {
				t.Error("a mark is left")
			}
		})
	}
}

// The same articles give the same bytes in whatever order they come.
func TestRenderIsDeterministic(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		all := drawArticles(t, 1, 5)
		one, err1 := r.Render(friday, all)
		two, err2 := r.Render(friday, rapid.Permutation(all).Draw(t, "order"))
		if err1 != nil || err2 != nil || *one != *two {
			t.Fatalf("two mails of the same articles differ: %v, %v", err1, err2)
		}
		for i := range all {
			for part, text := range map[string]string{"HTML": one.HTML, "text": one.Text} {
				if !strings.Contains(text, "/articles/"+all[i].Slug+"/") {
					t.Fatalf("the %s has no link to %s", part, all[i].Slug)
				}
			}
		}
	})
}

// many are articles with words as long as they may be.
func many(n int) []magazine.Article {
	all := make([]magazine.Article, n)
	for i := range all {
		all[i] = magazine.Article{
			ID: fmt.Sprint(i), Seq: int64(i + 1), Slug: fmt.Sprint("piece-", i), Title: fmt.Sprintf("Piece %d %s", i, strings.Repeat("& more ", 40)),
			Summary: strings.Repeat("<words> ", 100), Authors: []magazine.Author{amina, joren}, Section: tools,
			Published: time.Date(2024, 1, 1, 0, 0, n-i, 0, time.UTC),
		}
	}
	return all
}

func TestSizeBound(t *testing.T) {
	r := renderer(t)
	link := regexp.MustCompile(`/articles/piece-(\d+)/`)
	for _, n := range []int{1, 30, 60, 3000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			mail := render(t, r, many(n))
			if len(mail.HTML) > maxHTML {
				t.Errorf("%d bytes of HTML", len(mail.HTML))
			}
			linked := map[string]bool{}
			for _, m := range link.FindAllStringSubmatch(mail.Text, -1) {
				if linked[m[1]] {
					t.Errorf("piece %s is linked twice", m[1])
				}
				linked[m[1]] = true
				if !strings.Contains(mail.HTML, m[0]) {
					t.Errorf("piece %s is in the text and not in the HTML", m[1])
				}
			}
			for i := range len(linked) { // the newest are those that are printed
				if !linked[fmt.Sprint(i)] {
					t.Errorf("piece %d is not linked though %d are", i, len(linked))
				}
			}
			rest := n - len(linked)
			if want := wordsIn(t, "en").T("digest.rest-alone", "count", rest); rest > 0 && (!strings.Contains(mail.Text, want+":\nhttps://harbour.example/mag/\n") || !strings.Contains(mail.HTML, ">and "+want+"</a>")) {
				t.Errorf("%d are linked, and %q is not said", len(linked), want)
			}
			whole := 1 + strings.Count(mail.HTML, "<h3")
			if whole < min(n, leastWhole) {
				t.Errorf("only %d articles are whole", whole)
			}
			if n > 60 && len(mail.HTML) < maxHTML*9/10 {
				t.Errorf("only %d bytes are used", len(mail.HTML))
			}
			t.Logf("%d bytes, %d whole, %d linked", len(mail.HTML), whole, len(linked))
		})
	}
}

// The people who run this are told before mail programs cut a mail off.
func TestWarning(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string
	}{
		{6, ""}, {37, "its HTML has 8"}, {60, "; so 27 articles are printed by title alone"}, {3000, " articles are only counted"},
	} {
		mail := render(t, renderer(t), many(c.n))
		if c.want == "" && mail.Warning != "" || !strings.Contains(mail.Warning, c.want) {
			t.Errorf("%d articles, %d bytes: %q, want %q", c.n, len(mail.HTML), mail.Warning, c.want)
		}
	}
	if mail := render(t, renderer(t, func(o *Options) { o.MaximumArticles = 5 }), many(30)); mail.Warning != "" {
		t.Errorf("what an admin asked for is no warning: %q", mail.Warning)
	}
}

func TestMaximumArticles(t *testing.T) {
	mail := render(t, renderer(t, func(o *Options) { o.MaximumArticles = 2 }), week())
	if got := strings.Count(mail.HTML, "<h3"); got != 1 { // beside the lead
		t.Errorf("%d articles beside the lead, want 1", got)
	}
	for _, a := range week() {
		if link := a.Link(publication()); !strings.Contains(mail.Text, link) {
			t.Errorf("no link to %s", link)
		}
	}
}

// Whatever an article brings stays words: no element, no attribute, no mark,
// no address but the publication's, and a mail that fits.
func TestHostileArticle(t *testing.T) {
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>` + "\uFDD0unsubscribe\uFDD1[[unsubscribe]]{{.Home}}\u202E\r\nBcc: all@example.org\x00"
	a := magazine.Article{
		ID: "e", Slug: evil, Title: evil, Summary: strings.Repeat(evil, 3), Hijri: evil, Language: evil,
		HomeURL: "javascript:alert(1)//\uFDD0unsubscribe\uFDD1", Section: magazine.Section{Slug: evil, Name: evil},
		Issue: magazine.IssueRef{Volume: evil, Number: evil}, HijriMonth: evil, HijriYear: evil,
		Image: &magazine.Image{Alt: evil, Caption: evil, Credit: evil, Mail: &magazine.Image{Src: "https://pictures.example/" + evil, Width: 1 << 30, Height: 1 << 30}},
	}
	for range 1000 {
		a.Authors = append(a.Authors, magazine.Author{Slug: evil, Name: evil})
	}
	b := a
	b.ID, b.Seq, b.HomeURL = "f", 2, "https://harbour.example/"+strings.Repeat("a", 90_000)
	b.Title = strings.Repeat("🏳️‍🌈", 50_000)

	mail := render(t, renderer(t), []magazine.Article{a, b})
	plain := render(t, renderer(t), week()[4:]) // what a mail of two friendly ones has
	if got, want := elements(t, mail.HTML), elements(t, plain.HTML); !slices.Equal(got, want) {
		t.Errorf("elements %v, want %v", got, want)
	}
	if got := strings.Count(mail.HTML, markBegin) + strings.Count(mail.Text, markBegin); got != 4 {
		t.Errorf("%d marks, want unsubscribe and email in either part:\n%q", got, mail.Text)
	}
	for part, text := range map[string]string{"HTML": mail.HTML, "text": mail.Text, "subject": mail.Subject, "preheader": mail.Preheader} {
		for _, bad := range []string{"javascript:", "\u202E", "\x00", "\r"} {
			if strings.Contains(text, bad) {
				t.Errorf("the %s has %q", part, bad)
			}
		}
	}
	if strings.ContainsAny(mail.Subject+mail.Preheader, "\n\r") {
		t.Error("the subject or the preheader has more than one line")
	}
	if len(mail.HTML) > maxHTML {
		t.Errorf("%d bytes", len(mail.HTML))
	}
	_, htmlPart, _ := mail.For(someone)
	if got := strings.Count(htmlPart, "leave?t=abc"); got != 1 {
		t.Errorf("the address for leaving stands %d times in the HTML", got)
	}
}

// elements are the kinds of elements of a document and their attributes, each once.
func elements(t *testing.T, document string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data == "img" || n.Data == "br" {
			continue
		}
		kinds[n.Data] = true
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, markBegin) {
				t.Errorf("a link to %q", a.Val)
			}
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}

func TestFor(t *testing.T) {
	mail := render(t, renderer(t, func(o *Options) { o.Preferences, o.InBrowser = true, true }), week())
	nasty := Person{
		Email: `o'brien&"<b>@example.org`, Name: mark("email"), UnsubscribeURL: "https://h.example/leave?t=a&n=b\"'<",
		PreferencesURL: "https://h.example/choose/" + mark("unsubscribe"), BrowserURL: "https://h.example/mail\r\nX: y",
	}
	subject, htmlPart, text := mail.For(nasty)
	if subject != mail.Subject {
		t.Errorf("the subject became %q", subject)
	}
	for _, want := range []string{`o&#39;brien&amp;&#34;&lt;b&gt;@example.org`, `href="https://h.example/leave?t=a&amp;n=b&#34;&#39;&lt;"`, `href="https://h.example/choose/unsubscribe"`, `href="https://h.example/mail X: y"`} {
		if strings.Count(htmlPart, want) != 1 {
			t.Errorf("the HTML has %s %d times", want, strings.Count(htmlPart, want))
		}
	}
	for _, want := range []string{"\no'brien&\"<b>@example.org.\n", "\nhttps://h.example/leave?t=a&n=b\"'<\n", "\nhttps://h.example/choose/unsubscribe\n", "\nhttps://h.example/mail X: y\n"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("the text has %q %d times", want, strings.Count(text, want))
		}
	}
	if strings.Contains(htmlPart+text, markBegin) {
		t.Error("a mark is left")
	}
}

func TestPicture(t *testing.T) {
	shown := func(width, height int, src string) *picture {
		return renderer(t).picture(&magazine.Image{Alt: "Alt", Caption: "Caption.", Credit: "Credit", Mail: &magazine.Image{Src: src, Width: width, Height: height}}, columnWidth)
	}
	want := picture{URL: "https://harbour.example/mag/a.png", Alt: "Alt", Caption: "Caption. Credit", Width: 600, Height: 301}
	if got := shown(1200, 601, "/a.png"); got == nil || *got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := shown(320, 200, "/a.png"); got == nil || got.Width != 320 || got.Height != 200 {
		t.Errorf("a small picture became %+v", got)
	}
	if shown(0, 200, "/a.png") != nil || shown(320, 0, "/a.png") != nil || shown(320, 200, "data:image/png;base64,AA") != nil {
		t.Error("a picture without size or address is shown")
	}
	svg := magazine.Article{Image: &magazine.Image{Src: "/a.svg", Width: 100, Height: 100}}
	if renderer(t).picture(svg.Image, columnWidth) != nil {
		t.Error("a picture without a form for mails is shown")
	}
}

// The text part is 72 columns wide but for addresses.
func TestTextWidth(t *testing.T) {
	mail := render(t, renderer(t), append(week(), many(5)...))
	for line := range strings.SplitSeq(mail.Text, "\n") {
		if uniseg.StringWidth(line) > templates.TextWidth && !strings.HasPrefix(line, "https://") {
			t.Errorf("%d columns: %q", uniseg.StringWidth(line), line)
		}
		if strings.TrimRight(line, " \t") != line {
			t.Errorf("a space at the end of %q", line)
		}
	}
}

func TestRenderNothing(t *testing.T) {
	if _, err := renderer(t).Render(friday, nil); magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "e1") {
		t.Errorf("got %v", err)
	}
}

func TestTooBigAnyway(t *testing.T) {
	_, err := New(func() Options {
		o := options()
		o.Publication.PostalAddress = strings.Repeat("Lamu ", 20_000)
		return o
	}())
	if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "95000 is the most") {
		t.Errorf("got %v", err)
	}
}

// own is a publication's folder with these files.
func own(files ...string) func(*Options) {
	folder := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		folder[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return func(o *Options) { o.Templates = templates.Over(folder, "look") }
}

// A file of the publication takes the place of ours, or of the blocks in it
// that it defines.
func TestOwnTemplates(t *testing.T) {
	plain := render(t, renderer(t), week())
	foot := render(t, renderer(t, own("mail/digest.html", `{{define "footer"}}<tr><td>Bye, <a href="[[unsubscribe]]">go</a></td></tr>{{end}}`)), week())
	if !strings.Contains(foot.HTML, ">go</a>") || strings.Contains(foot.HTML, "You get this") || !strings.Contains(foot.HTML, "<h2") || foot.Text != plain.Text {
		t.Errorf("one block alone was to be another:\n%s", foot.HTML)
	}
	without := render(t, renderer(t, own("mail/digest.html", `{{define "masthead"}}{{end}}`)), week())
	if strings.Contains(without.HTML, "<h1") || !strings.Contains(without.HTML, "<h2") {
		t.Error("an empty block does not take ours away")
	}
	whole := render(t, renderer(t, own("mail/digest.txt", `{{.Title}}: {{template "lead" .}} [[unsubscribe]]`)), week())
	if !strings.HasPrefix(whole.Text, "Harbour & Horizon: Two Keepers, One Lamp\n=") || strings.Contains(whole.Text, "You get this") || whole.HTML != plain.HTML {
		t.Errorf("a whole file was to be another, with our blocks at its call:\n%s", whole.Text)
	}
	style := render(t, renderer(t, own("mail/digest.css", `{{define "style"}}.masthead h1 { color: {{.Light.Accent}}; }{{end}}`)), week())
	if !strings.Contains(style.HTML, "color: "+light.Accent+`;">`) && !strings.Contains(style.HTML, "color:"+light.Accent) {
		t.Errorf("rules of the publication's own are not written into the elements:\n%.2000s", style.HTML)
	}
}

// A template that cannot be used is an error at start: file, line and what to
// write, all at once.
func TestWrongTemplates(t *testing.T) {
	for name, c := range map[string]struct {
		own  func(*Options)
		want []string
	}{
		"nothing parses": {own("mail/digest.html", "\n{{.Subject", "mail/digest.css", "{{if}}", "mail/digest.txt", "{{shout .Title}}"), []string{
			"look/mail/digest.html:2: unclosed action", "look/mail/digest.css:1: missing value for if; write it as",
			`look/mail/digest.txt:1: there is no function "shout"; beside Go's own there are fill, fillAfter, t, underline`}},
		"no such fields": {own("mail/digest.html", `{{define "facts"}}`+"\n"+`{{.Shade}}{{end}}`, "mail/digest.txt", `{{define "lead"}}{{.Lead.Topic}}{{end}}`), []string{
			"look/mail/digest.html:2: there is no field Shade here; the fields here are Authors, Byline, Date, Direction, Facts, Hijri, Language, Members, Minutes, Picture, ",
			"look/mail/digest.txt:1: there is no field Topic here; the fields here are Authors, "}},
		"only where there is little": {own("mail/digest.txt", `{{define "lead"}}{{.Lead.Picture.Alt}}{{end}}`), []string{
			"look/mail/digest.txt:1: there may be nothing that has a field Alt; put it between {{with}} and {{end}}"}},
		"no such block":      {own("mail/digest.html", `{{define "also"}}{{template "lede" .}}{{end}}`), []string{`look/mail/digest.html:1: there is no block "lede"`}},
		"a tag left open":    {own("mail/digest.html", "{{define \"footer\"}}\n<p class=\"{{.Title}}{{end}}"), []string{"look/mail/digest.html:1: the HTML around it comes out broken"}},
		"a block misused":    {own("mail/digest.html", `{{define "lead"}}{{template "facts" .}}{{end}}`), []string{`look: a template gives the built-in block "facts" what it cannot use: there is no field `, `look for {{template "facts" …}}`}},
		"no way to leave":    {own("mail/digest.html", `{{define "footer"}}{{end}}`, "mail/digest.txt", "{{.Title}}"), []string{"look/mail/digest.html: the mail has no link for leaving; write [[unsubscribe]]", "look/mail/digest.txt: the mail has no link"}},
		"no words but marks": {own("mail/digest.html", `[[unsubscribe]]{{.Words.Shout}}`), []string{"look/mail/digest.html:1: there is no field Shout here; the fields here are Apart, Between, Date, "}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			c.own(&o)
			_, err := New(o)
			if magazine.CodeOf(err) != magazine.Invalid {
				t.Fatalf("got %v", err)
			}
			for _, want := range c.want {
				if strings.Count(err.Error(), want) != 1 {
					t.Errorf("not said, or more than once: %s\n%v", want, err)
				}
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	r := renderer(b)
	all := week()
	for b.Loop() {
		render(b, r, all)
	}
}
