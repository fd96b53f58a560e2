package digests

import (
	"fmt"
	"maps"
	"os"
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
)

func render(t testing.TB, r *Renderer, articles []magazine.Article) *Mail {
	t.Helper()
	mail, err := r.Render(friday, articles)
	if err != nil {
		t.Fatal(err)
	}
	return mail
}

func TestGolden(t *testing.T) {
	arabic := func(o *Options) {
		p := publication()
		p.Title, p.Tagline, p.Language, p.Accent = "المرفأ والأفق", "لمن يعيشون قرب الماء", "ar", "#a04000"
		o.Publication, o.Preferences, o.InBrowser, o.MaximumArticles = p, true, true, 3
	}
	tests := []struct {
		name     string
		renderer *Renderer
		articles []magazine.Article
	}{
		{"week", renderer(t), week()},
		{"arabic", renderer(t, arabic), week()},
		{"one", renderer(t), week()[5:]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			mail := render(t, test.renderer, test.articles)
			p := someone
			p.PreferencesURL, p.BrowserURL = "https://harbour.example/mag/choose?t=abc", "https://harbour.example/mag/mails/e1?t=abc"
			subject, htmlPart, text := mail.For(p)
			golden(t, test.name+".html", htmlPart)
			golden(t, test.name+".txt", text)
			golden(t, test.name+".subject", subject+"\n"+mail.Preheader+"\n")
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
			if want := fmt.Sprintf("%d more", rest); rest > 0 && (!strings.Contains(mail.Text, want+":\nhttps://harbour.example/mag/\n") || !strings.Contains(mail.HTML, ">and "+want+"</a>")) {
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
	for _, want := range []string{"\no'brien&\"<b>@example.org\n", "\nhttps://h.example/leave?t=a&n=b\"'<\n", "\nhttps://h.example/choose/unsubscribe\n", "\nhttps://h.example/mail X: y\n"} {
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
		return renderer(t).picture(&magazine.Article{Image: &magazine.Image{Alt: "Alt", Caption: "Caption.", Credit: "Credit", Mail: &magazine.Image{Src: src, Width: width, Height: height}}})
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
	if renderer(t).picture(&svg) != nil {
		t.Error("a picture without a form for mails is shown")
	}
}

// The text part is 72 columns wide but for addresses.
func TestTextWidth(t *testing.T) {
	mail := render(t, renderer(t), append(week(), many(5)...))
	for line := range strings.SplitSeq(mail.Text, "\n") {
		if uniseg.StringWidth(line) > textWidth && !strings.HasPrefix(line, "https://") {
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

// A template that cannot be used is an error at start, which names it.
func TestWrongTemplates(t *testing.T) {
	file := func(name string) string {
		b, err := os.ReadFile("../templates/mail/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	tests := []struct{ name, file, from, to, want string }{
		{"missing", "digest.txt", "", "", "templates/mail/digest.txt"},
		{"does not parse", "digest.html", "{{.Subject}}", "{{.Subject", "digest.html:"},
		{"style does not parse", "digest.css", "{{.Light.Ink}}", "{{.Light.", "digest.css:"},
		{"a field that is not there", "digest.html", "{{.Subject}}", "{{.Topic}}", "Topic"},
		{"a field that is not there, in the text", "digest.txt", ".Facts", ".Fact", "Fact"},
		{"no way to leave in the HTML", "digest.html", "[[unsubscribe]]", "#", "templates/mail/digest.html has no link for leaving"},
		{"no way to leave in the text", "digest.txt", "[[unsubscribe]]", "", "templates/mail/digest.txt has no link for leaving"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, name := range []string{"digest.html", "digest.css", "digest.txt"} {
				source := file(name)
				if name == test.file {
					if test.from == "" {
						continue
					}
					if source = strings.Replace(source, test.from, test.to, 1); source == file(name) {
						t.Fatalf("%s has no %s", name, test.from)
					}
				}
				files["mail/"+name] = &fstest.MapFile{Data: []byte(source)}
			}
			o := options()
			o.Templates = files
			_, err := New(o)
			if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name %s", err, test.want)
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
