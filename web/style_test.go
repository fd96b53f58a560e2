package web

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"postrider/magazine"
	"postrider/templates"
)

func styleSheet(t *testing.T) string {
	t.Helper()
	css, err := (*templates.Files)(nil).ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(css)
}

// tokens reads the colours of a block of custom properties.
func tokens(t *testing.T, block string) map[string]colour {
	t.Helper()
	found := map[string]colour{}
	for _, m := range regexp.MustCompile(`--(\w+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
		c, err := parseColour(m[2])
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := found[m[1]]; !ok {
			found[m[1]] = c
		}
	}
	return found
}

func TestColoursCanBeRead(t *testing.T) {
	css := styleSheet(t)
	dark := strings.Index(css, "prefers-color-scheme: dark")
	for name, set := range map[string]map[string]colour{"light": tokens(t, css[:dark]), "dark": tokens(t, css[dark:])} {
		for token, least := range map[string]float64{"ink": 7, "quiet": 4.5, "accent": 4.5, "good": 4.5, "wait": 4.5, "bad": 4.5} {
			for _, paper := range []string{"paper", "wash"} {
				if got := contrast(set[token], set[paper]); got < least {
					t.Errorf("%s: %s on %s has contrast %.2f, wanted %.1f", name, token, paper, got, least)
				}
			}
		}
	}
	if light := tokens(t, css[:dark]); light["paper"] != lightPaper || light["accent"] != defaultAccent {
		t.Error("the papers and the accent in accent.go are not those of style.css")
	}
	if tokens(t, css[dark:])["paper"] != darkPaper {
		t.Error("the dark paper in accent.go is not that of style.css")
	}
}

func TestStyleIsLogical(t *testing.T) {
	physical := regexp.MustCompile(`(?m)^\s*((margin|padding|border)-(left|right|top|bottom)|left|right|top|bottom|float|text-align: (left|right)|width|height|max-width|min-width)\b.*:?`)
	for _, m := range physical.FindAllString(styleSheet(t), -1) {
		t.Errorf("%q depends on the direction of the page", strings.TrimSpace(m))
	}
}

func TestAccentIsMadeReadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := colour{rapid.Float64Range(0, 1).Draw(t, "red"), rapid.Float64Range(0, 1).Draw(t, "green"), rapid.Float64Range(0, 1).Draw(t, "blue")}
		c = mustColour(c.String())
		for _, paper := range []colour{white, lightPaper, darkPaper} {
			got := c.readableOn(paper)
			if contrast(got, paper) < readable {
				t.Fatalf("%s on %s became %s, contrast %.2f", c, paper, got, contrast(got, paper))
			}
			if contrast(c, paper) >= readable && got != c {
				t.Fatalf("%s can be read on %s and became %s", c, paper, got)
			}
		}
	})
}

func FuzzParseColour(f *testing.F) {
	for _, seed := range []string{"#0b5a70", "#FFFFFF", "#fff", "red", "", "#0b5a7", "#0b5a70;", "#+1+1+1", "# 1 1 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := parseColour(s); err == nil && c.String() != strings.ToLower(s) {
			t.Errorf("%q became %s", s, c)
		}
	})
}

func TestAccentOfThePublication(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Publication.Accent = "#ffcc00" })
	css := f.get("/style.css").body
	c := mustColour("#ffcc00")
	if !strings.Contains(css, ":root { --accent: "+c.readableOn(lightPaper).String()+"; }") || strings.Contains(css, ":root { --accent: #ffcc00; }\n@media (prefers") {
		t.Error("the accent is not darkened for the light paper")
	}
	o := f.options
	o.Publication = &magazine.Publication{Title: "x", URL: "https://x.example", Accent: "gold"}
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), `"gold"`) {
		t.Errorf("an accent that is no colour: %v", err)
	}
}

func TestTemplates(t *testing.T) {
	own := templates.Over(fstest.MapFS{
		"pages/authors.html": {Data: []byte(`{{define "content"}}<h1>Our people</h1>{{end}}`)},
		"pages/parts.html":   {Data: []byte(`{{define "issue-name"}}Number {{.Number}}{{end}}`)},
		"style.css":          {Data: []byte(`body { color: pink }`)},
	}, "look")
	g := newFixture(t, func(o *Options) { o.Templates = own })
	if body := g.get("/authors/").body; !strings.Contains(body, "<h1>Our people</h1>") {
		t.Error("the publication's own template is not used")
	}
	if body := g.get("/issues/").body; !strings.Contains(body, "<h1>Issues</h1>") || !strings.Contains(body, ">Number 9</a>") || !strings.Contains(body, "class=\"colophon\"") {
		t.Error("a block of the publication's own is not used, or the built-in ones around it are gone")
	}
	if body := g.get("/style.css").body; body != "body { color: pink }" {
		t.Errorf("the publication's style is not used: %.100q", body)
	}
}

// Every page is tried out at the start, and all that is wrong with the
// publication's own templates is told at once.
func TestWrongTemplates(t *testing.T) {
	f := newFixture(t)
	o := f.options
	o.Templates = templates.Over(fstest.MapFS{
		"pages/authors.html": {Data: []byte("{{define \"content\"}}\n{{nothing}}{{end}}")},
		"pages/issue.html":   {Data: []byte("{{define \"content\"}}\n\n{{.Content.Isue.Title}}{{end}}")},
		"pages/section.html": {Data: []byte("{{define \"content\"}}{{end}}<h1>Our part</h1>")},
		"pages/message.html": {Data: []byte("{{define \"content\"}}<p title=\"{{end}}")},
		"pages/join.html":    {Data: []byte("{{define \"content\"}}{{template \"form\"}}{{end}}")},
		"pages/text.html":    {Data: []byte("{{define \"content\"}}{{range 3000000000}}{{end}}{{end}}")},
	}, "look")
	_, err := New(o)
	if magazine.CodeOf(err) != magazine.Invalid {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		`look/pages/authors.html:2: there is no function "nothing"; beside Go's own there are abs, bdi, between, `,
		"look/pages/issue.html:3: there is no field Isue here; the fields here are Address, Articles, Citation, Issue, Next, Previous",
		"look/pages/section.html:1: what stands outside of {{define}} is never shown; put it into a block: content",
		"look/pages/message.html:1: the HTML around it comes out broken: ",
		`look/pages/join.html:1: there is no block "form"`,
		"look/pages/text.html: it takes more than 1000000 steps; look for a range",
	} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("not said, or more than once: %s\n%v", want, err)
		}
	}
}

// A form by which nobody could join is found at the start; one that has what it
// needs is the publication's own.
func TestOwnFormToJoinBy(t *testing.T) {
	f := newFixture(t)
	form := func(marks string) *templates.Files {
		return templates.Over(fstest.MapFS{"pages/join.html": {Data: []byte(`{{define "content"}}<h1>Ours</h1><form method="post" action="{{link "/join"}}">` + marks + `<input name="email"><button>Go</button></form>{{end}}`)}}, "look")
	}
	for what, marks := range map[string]string{"without marks": "", "marks behind the form": `</form>{{template "marks" .Content}}<form>`} {
		o := f.options
		o.Templates = form(marks)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), `look/pages/join.html: the form does not tell when it was made, so nobody could join by it; write {{template "marks" .}} in the form, where . is .Content`) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	g := newFixture(t, func(o *Options) { o.Templates = form(`{{template "marks" .Content}}`) })
	if page := g.get("/join").body; !strings.Contains(page, "<h1>Ours</h1>") || madeOf(t, page) == "" {
		t.Errorf("%s", page)
	}
}
