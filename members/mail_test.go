package members_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

var harbour = &magazine.Publication{Title: "Harbour & Horizon", URL: "https://harbour.example", Language: "en", PostalAddress: "1 Customs House Road, Lamu"}

func confirmation(t *testing.T, p *magazine.Publication, pending members.Pending, preferences string) members.Mail {
	t.Helper()
	m, err := members.ConfirmationMail(nil, p, pending, "https://harbour.example/confirm/abc.def?x=1&y=2", preferences)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// asked is letters as a sign-up asks for them.
var asked = func() (all []members.Letter) {
	for _, n := range letters {
		all = append(all, members.Letter{Newsletter: n})
	}
	return all
}()

func TestConfirmationMail(t *testing.T) {
	const preferences = "https://harbour.example/preferences/ghi.jkl?x=1&y=2"
	arabic := *harbour
	arabic.Language, arabic.Title, arabic.PostalAddress = "ar-EG", "المرفأ", ""
	french := *harbour
	french.Language, french.Title = "fr", "Le Port"
	for name, c := range map[string]struct {
		p           *magazine.Publication
		pending     members.Pending
		preferences string // of one who has confirmed before
	}{
		"everything": {harbour, members.Pending{Email: amina, Name: "Amina", Newsletters: asked}, ""},
		"narrow":     {harbour, members.Pending{Email: "o'neil+<x>@example.org", Newsletters: asked[:1], Follows: []magazine.Follow{salma, fiction}}, ""},
		"hostile":    {harbour, members.Pending{Email: amina, Name: "</p><script>alert(1)</script>\r\n\r\nBcc: x {{.Link}} \u202Egnp.exe\x00", Newsletters: asked[:1]}, ""},
		"arabic":     {&arabic, members.Pending{Email: amina, Name: "ليلى", Newsletters: asked[:1], Follows: []magazine.Follow{salma, fiction, {Kind: magazine.FollowTag, Slug: "البحر"}}}, preferences},
		"french":     {&french, members.Pending{Email: amina, Newsletters: asked[:1]}, preferences},
	} {
		t.Run(name, func(t *testing.T) {
			m := confirmation(t, c.p, c.pending, c.preferences)
			isAsKept(t, "confirm-"+name, m)
			if strings.Contains(m.HTML, "<script") || strings.ContainsAny(m.Subject+m.Text, "\r\x00") || strings.Contains(m.Subject, "\n") {
				t.Errorf("hostile text got through:\n%s\n%s\n%s", m.Subject, m.Text, m.HTML)
			}
			want := []string{"https://harbour.example/confirm/abc.def?x=1&y=2"}
			if c.preferences != "" {
				want = append(want, c.preferences)
			}
			if links := linksOf(t, m.HTML); !slices.Equal(links, want) || !strings.HasSuffix(m.Text, "\n"+c.preferences+"\n") && c.preferences != "" {
				t.Errorf("links %q in\n%s", links, m.Text)
			}
			if !strings.Contains(m.Text, "\nhttps://harbour.example/confirm/abc.def?x=1&y=2\n") {
				t.Errorf("the link stands on no line of its own:\n%s", m.Text)
			}
		})
	}
}

// The mails about an account are in the language of their person, else in the
// publication's.
func TestAccountMails(t *testing.T) {
	const link, preferences = "https://harbour.example/address/abc.def?x=1&y=2", "https://harbour.example/preferences/ghi.jkl?x=1&y=2"
	arabic := *harbour
	arabic.Language, arabic.Title = "ar", "المرفأ"
	for name, render := range map[string]func() (members.Mail, error){
		"signin-english": func() (members.Mail, error) { return members.SignInMail(nil, harbour, "", "012345", link, preferences) },
		"signin-arabic": func() (members.Mail, error) {
			return members.SignInMail(nil, harbour, "ar", "012345", link, preferences)
		},
		"ask-french": func() (members.Mail, error) {
			return members.AddressMail(nil, &arabic, "fr", members.AddressAsk, amina, "amina@example.net", link, preferences)
		},
		"tell-arabic": func() (members.Mail, error) {
			return members.AddressMail(nil, &arabic, "tlh", members.AddressTell, amina, "amina@example.net", link, preferences)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := render()
			if err != nil {
				t.Fatal(err)
			}
			isAsKept(t, "account-"+name, m)
			if links := linksOf(t, m.HTML); !slices.Equal(links, []string{link, preferences}) || !strings.Contains(m.Text, "\n"+link+"\n") || !strings.HasSuffix(m.Text, "\n"+preferences+"\n") {
				t.Errorf("links %q in\n%s", links, m.Text)
			}
		})
	}
}

// isAsKept compares a mail with the file of its name. No line of its plain text is
// wider than a mail program shows, but for an address.
func isAsKept(t *testing.T, name string, m members.Mail) {
	t.Helper()
	for line := range strings.Lines(m.Text) {
		if width := uniseg.StringWidth(line); width > templates.TextWidth && strings.Contains(line, " ") {
			t.Errorf("%s has a line of %d columns: %q", name, width, line)
		}
	}
	got := "Subject: " + m.Subject + "\n\n" + m.Text + "\n-- HTML --\n" + m.HTML
	file := filepath.Join("testdata", name+".txt")
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
	own := func(name, text string) *templates.Files {
		return templates.Over(fstest.MapFS{name: {Data: []byte(text)}}, "look")
	}
	for _, c := range []struct{ name, text, want string }{
		{"mail/confirm.html", "<p>\n{{.Nothing}}", "look/mail/confirm.html:2: there is no field Nothing here; the fields here are Direction, Done, Email, "},
		{"mail/confirm.html", "{{range .Follows}}{{.Shade}}{{end}}", "look/mail/confirm.html:1: there is no field Shade here; the fields here are Follow, Kind, Served, Slug, Title"},
		{"mail/confirm.html", "{{with .Link}}<a href='{{.}}'>{{end}}<p title=\"", "look/mail/confirm.html:1: the HTML around it comes out broken: a tag, a quote or a comment is not closed"},
		{"mail/confirm.txt", "{{range 3000000000}}{{end}}", "look/mail/confirm.txt: it takes more than 10000 steps"},
		{"mail/account.txt", `{{if eq .Button "Yes, use this address"}}{{.Nothing}}{{end}}{{.Link}}`, "look/mail/account.txt:1: there is no field Nothing here; the fields here are "},
		{"mail/account.txt", `{{if eq .Button "Take it back"}}{{.Nothing}}{{end}}{{.Link}}`, "look/mail/account.txt:1: there is no field Nothing here; the fields here are "},
		{"mail/confirm.txt", "{{if}}", "look/mail/confirm.txt:1: missing value for if"},
	} {
		err := members.CheckTemplates(own(c.name, c.text), harbour)
		if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
	if err := members.CheckTemplates(nil, harbour); err != nil {
		t.Error(err)
	}
}

// The mail to a new address, which may be a stranger's, has the old one only where
// that is nothing but an address.
func TestAddressMailHasNoSpam(t *testing.T) {
	for old, shown := range map[string]bool{
		amina: true, "amina_2+news@example.org": true, "ليلى@example.org": true,
		`"You have won! Go to http://evil.example/prize now"@evil.example`: false, "you.have.won-go-to-evil.example@evil.example": false,
		"www.evil@evil.example": false, "a/b@evil.example": false, `"a b"@evil.example`: false, strings.Repeat("won-", 15) + "@evil.example": false,
	} {
		m, err := members.AddressMail(nil, harbour, "", members.AddressAsk, old, "victim@example.net", "https://harbour.example/address/abc", "https://harbour.example/preferences")
		if err != nil {
			t.Fatal(err)
		}
		local, _, _ := strings.Cut(old, "@")
		if got := strings.Contains(m.Text, local); got != shown {
			t.Errorf("%s is shown: %v\n%s", old, got, m.Text)
		}
		if !shown && (!strings.Contains(m.Text, "Somebody, we hope you, who is signed in") || strings.Contains(m.Text+m.HTML, "evil")) {
			t.Errorf("without %s:\n%s", old, m.Text)
		}
	}
}
