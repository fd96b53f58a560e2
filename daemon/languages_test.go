package daemon_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/config"
	"postrider/daemon"
	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
)

// speaking is a configuration of a publication in a language, with message files
// of its own, each a name and a text in turn.
func speaking(t *testing.T, language, relay string, messages ...string) (file string) {
	t.Helper()
	file = settings(t, posttest.URL(t, "sqlite"), relay)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, strings.Replace(string(text), "publication:\n", "templates: look\npublication:\n  language: "+language+"\n", 1))
	folder := filepath.Join(filepath.Dir(file), "look", "messages")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(messages); i += 2 {
		write(t, filepath.Join(folder, messages[i]), messages[i+1])
	}
	return file
}

// A publication speaks its language in pages, feeds and mails, with a word of its
// own, or one that it brings as a file.
func TestLanguagesOfAPublication(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language string
		messages []string
		page     []string
		feed     string
		subject  string
		mail     []string
	}{
		{"fr-CA", []string{"fr.yaml", "authors.title: \"Plumes\""},
			[]string{`<html lang="fr-CA" dir="ltr">`, ">Plumes</a>", "Aller au texte"}, "<strong>Correction (12 avril 2024)", "Confirmez votre abonnement à Harbour & Horizon", []string{"Content-Language: fr-CA", "parce que vous êtes abonné à"}},
		{"ar", nil,
			[]string{`<html lang="ar" dir="rtl" data-numerals="arabic-indic">`, ">الكتّاب</a>"}, "<strong>تصحيح (١٢ أبريل ٢٠٢٤)", "أكّد اشتراكك في \u2068Harbour & Horizon\u2069", []string{"Content-Language: ar", "تصلك هذه الرسالة لأنك اشتركت في"}},
		{"sw", []string{"sw.yaml", "month.4: \"Aprili\"\nauthors.title: \"Waandishi\"\ndigest.because: \"Unapata hii kwa sababu ulijiandikisha kwa {newsletter} kama {email}.\"\nconfirm-mail.subject: \"Thibitisha {publication}\""},
			[]string{`<html lang="sw" dir="ltr">`, ">Waandishi</a>", "Skip to the text"}, "<strong>Correction (12 Aprili 2024)", "Thibitisha Harbour & Horizon", []string{"Content-Language: sw", "Unapata hii kwa sababu"}},
	} {
		t.Run(c.language, func(t *testing.T) {
			server := smtptest.Start(t, smtptest.Options{})
			file := speaking(t, c.language, server.Addr(), c.messages...)
			d := open(t, file)
			if _, err := d.Members.Add(t.Context(), members.Request{Email: "bo@example.org"}, true, false); err != nil {
				t.Fatal(err)
			}
			base := serve(t, d)
			write(t, filepath.Join(filepath.Dir(file), "pieces", "tide.md"), "---\ntitle: Tide\ndate: 2024-04-02\nauthor: Salma Oduya\ncorrections:\n  - date: 2024-04-12\n    text: Once.\n---\n\nIt has a hand.\n")
			if _, err := d.Read(t.Context(), false, nil); err != nil {
				t.Fatal(err)
			}
			wants(t, "the front page", string(get(t, base+"/")), c.page...)
			wants(t, "the feed", strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(string(get(t, base+"/rss.xml"))), c.feed)
			if err := d.Members.SignUp(t.Context(), members.Request{Email: "reader@example.org"}); err != nil {
				t.Fatal(err)
			}
			asked, err := server.Wait(deadline(t), 1)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := new(mime.WordDecoder).DecodeHeader(header(t, asked[0].Raw, "Subject")); err != nil || got != c.subject {
				t.Errorf("the confirmation is headed %q, want %q: %v", got, c.subject, err)
			}
			if _, err := d.Send(t.Context(), "weekly", "test", func(daemon.Progress) {}); err != nil {
				t.Fatal(err)
			}
			all := server.Messages()
			raw := string(all[len(all)-1].Raw)
			body, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(raw)))
			if err != nil {
				t.Fatal(err)
			}
			wants(t, "the digest", strings.ReplaceAll(raw+string(body), "\r\n", "\n"), c.mail...)
		})
	}
}

func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %s:\n%s", what, part, text)
		}
	}
}

// What is wrong with a message file is told by the check, with its line, and
// nothing starts on it; what is lacking is a warning.
func TestMessageFilesAreChecked(t *testing.T) {
	t.Parallel()
	check := func(file string) (told []string) {
		t.Helper()
		c, err := config.Load(file, nil, daemon.CheckConfig)
		if err != nil {
			t.Fatal(err)
		}
		err = daemon.Check(t.Context(), daemon.Options{Config: c}, func(int, int) {}, func(file string, p magazine.Problem) {
			kind := "mistake"
			if p.Warning {
				kind = "warning"
			}
			told = append(told, kind+" "+filepath.Base(file)+" "+p.String())
		})
		if err != nil {
			t.Fatal(err)
		}
		return told
	}
	for _, c := range []struct {
		language string
		messages []string
		want     string
		starts   bool
	}{
		{"fr", []string{"fr.yaml", "\nauthors.about: \"{name}\""}, `mistake fr.yaml line 2: the message "authors.about" has nothing for {name}`, false},
		{"en", []string{"en.yaml", "authors.title: {{range 9}}x{{end}}"}, "mistake en.yaml line 1: { means something else in YAML", false},
		{"sw", []string{"sw.yaml", "authors.title: \"Waandishi\""}, "messages are lacking and come in English: ", true},
		{"sw", nil, "warning config.yaml publication.language: our own words are English", true},
	} {
		file := speaking(t, c.language, "127.0.0.1:1", c.messages...)
		told := check(file)
		if len(told) != 1 || !strings.Contains(told[0], c.want) {
			t.Errorf("%q: told %q, want %q", c.messages, told, c.want)
		}
		conf, err := config.Load(file, nil, daemon.CheckConfig)
		if err != nil {
			t.Fatal(err)
		}
		d, err := daemon.Open(t.Context(), daemon.Options{Config: conf})
		if (err == nil) != c.starts || err != nil && magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("%q: started: %v", c.messages, err)
		}
		if err == nil {
			d.Close()
		}
	}
}
