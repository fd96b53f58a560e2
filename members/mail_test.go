package members_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

var harbour = &magazine.Publication{Title: "Harbour & Horizon", URL: "https://harbour.example", Language: "en", PostalAddress: "1 Customs House Road, Lamu"}

func confirmation(t *testing.T, p *magazine.Publication, pending members.Pending) members.Mail {
	t.Helper()
	m, err := members.ConfirmationMail(templates.Overlay(nil), p, pending, "https://harbour.example/confirm/abc.def?x=1&y=2")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConfirmationMail(t *testing.T) {
	arabic := *harbour
	arabic.Language, arabic.Title, arabic.PostalAddress = "ar", "المرفأ", ""
	for name, c := range map[string]struct {
		p       *magazine.Publication
		pending members.Pending
	}{
		"everything": {harbour, members.Pending{Email: amina, Name: "Amina", Newsletters: letters}},
		"narrow":     {harbour, members.Pending{Email: "o'neil+<x>@example.org", Newsletters: letters[:1], Follows: []magazine.Follow{salma, fiction}}},
		"hostile":    {harbour, members.Pending{Email: amina, Name: "</p><script>alert(1)</script>\r\n\r\nBcc: x {{.Link}} \u202Egnp.exe\x00", Newsletters: letters[:1]}},
		"arabic":     {&arabic, members.Pending{Email: amina, Name: "ليلى", Newsletters: letters[:1]}},
	} {
		t.Run(name, func(t *testing.T) {
			m := confirmation(t, c.p, c.pending)
			got := "Subject: " + m.Subject + "\n\n" + m.Text + "\n-- HTML --\n" + m.HTML
			file := filepath.Join("testdata", "confirm-"+name+".txt")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("the mail is not as in %s (rewrite it with -update): %v\n%s", file, err, got)
			}
			if strings.Contains(m.HTML, "<script") || strings.ContainsAny(m.Subject+m.Text, "\r\x00") || strings.Contains(m.Subject, "\n") {
				t.Errorf("hostile text got through:\n%s", got)
			}
			if links := linksOf(t, m.HTML); len(links) != 1 || links[0] != "https://harbour.example/confirm/abc.def?x=1&y=2" {
				t.Errorf("links %q", links)
			}
			if !strings.Contains(m.Text, "\nhttps://harbour.example/confirm/abc.def?x=1&y=2\n") {
				t.Errorf("the link stands on no line of its own:\n%s", m.Text)
			}
		})
	}
}

func linksOf(t *testing.T, text string) (links []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" || a.Key == "src" {
				links = append(links, a.Val)
			}
		}
	}
	return links
}

func TestTemplatesThatCannotBeUsed(t *testing.T) {
	good := map[string]*fstest.MapFile{"mail/confirm.html": {Data: []byte("<p>{{.Link}}")}, "mail/confirm.txt": {Data: []byte("{{.Link}}")}}
	for name, text := range map[string]string{"mail/confirm.html": "{{.Nothing}}", "mail/confirm.txt": "{{if}}"} {
		files := fstest.MapFS{}
		for n, f := range good {
			files[n] = f
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
		_, err := members.ConfirmationMail(files, harbour, members.Pending{Email: amina}, "https://x.example")
		if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		delete(files, name)
		if _, err := members.ConfirmationMail(files, harbour, members.Pending{Email: amina}, "https://x.example"); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
