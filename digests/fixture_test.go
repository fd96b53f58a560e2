package digests

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postrider/magazine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name, or writes it there.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what was rendered; look at the difference, then run with -update:\n%s", file, got)
	}
}

var nairobi = time.FixedZone("EAT", 3*60*60)

func publication() *magazine.Publication {
	return &magazine.Publication{
		Title: "Harbour & Horizon", Tagline: "For People Who Live by the Water", URL: "https://harbour.example/mag",
		Language: "en", Zone: nairobi, PostalAddress: "1 Customs House Road, Lamu",
		Citation: "{section}, {publication} Vol. {volume}, No. {number}, {hijri_month}, {hijri_year}",
	}
}

func options() Options {
	return Options{
		Publication: publication(),
		Newsletter:  magazine.Newsletter{Name: "weekly", Title: "The Week by the Water"},
		PrivacyURL:  "https://harbour.example/mag/privacy/", TermsURL: "https://harbour.example/mag/terms/",
	}
}

func renderer(t testing.TB, change ...func(*Options)) *Renderer {
	t.Helper()
	o := options()
	for _, c := range change {
		c(&o)
	}
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	friday = Edition{ID: "e1", Date: time.Date(2024, 9, 6, 4, 0, 0, 0, time.UTC)}

	essays  = magazine.Section{Slug: "essays", Name: "Essays"}
	letters = magazine.Section{Slug: "letters", Name: "Letters"}
	tools   = magazine.Section{Slug: "tools", Name: "Tools & Trades"}

	amina  = magazine.Author{Slug: "amina-yusuf", Name: "Amina Yusuf"}
	joren  = magazine.Author{Slug: "joren-de-wit", Name: "Joren de Wit"}
	layla  = magazine.Author{Slug: "layla-haddad", Name: "ليلى حداد"}
	marcus = magazine.Author{Slug: "marcus-o-neill", Name: "Marcus O’Neill"}

	someone = Person{Email: "reader@example.org", Name: "A Reader", UnsubscribeURL: "https://harbour.example/mag/leave?t=abc&n=weekly"}
)

// week is an issue's worth of articles: several authors, sections, an Arabic
// one, one for members, one with its home elsewhere, one in no section.
func week() []magazine.Article {
	issue := magazine.IssueRef{Volume: "12", Number: "9"}
	all := []magazine.Article{
		{
			Slug: "two-keepers", Title: "Two Keepers, One Lamp", Section: essays, Authors: []magazine.Author{amina, joren}, Hijri: "Safar 28, 1446", Words: 1900,
			Summary: "For forty years two families have shared a lighthouse and a quarrel. Neither would hear of parting with the other.",
			Image: &magazine.Image{
				Src: "/media/aa11/lamp.webp", Alt: "A white lighthouse on a low rock, its lamp lit at dusk", Caption: "The lamp at Ras Kiponda, a little after six.", Credit: "Photograph by Joren de Wit", Width: 2400, Height: 1350,
				Mail: &magazine.Image{Src: "/media/bb22/lamp.jpg", Width: 1200, Height: 675},
			},
		},
		{
			Slug: "tide-clock", Title: "The Tide Clock That Ran Backwards for a Whole Monsoon Season", Section: tools, Authors: []magazine.Author{marcus}, Hijri: "Safar 25, 1446", Words: 640,
			Summary: "Dr. Said found the fault in a spring no longer than an eyelash. Then the clock began to tell the truth.",
		},
		{
			Slug: "quiet-nets", Title: "Quiet Nets", Section: essays, Authors: []magazine.Author{joren, amina, marcus}, Access: magazine.Members, Hijri: "Safar 24, 1446", Words: 2800,
			Summary: "What the fish no longer hear.",
		},
		{
			Slug: "حارس-المد", Title: "حارس المدّ: رجلٌ يقرأ البحر قبل أن يتكلّم", Language: "ar", Section: letters, Authors: []magazine.Author{layla, amina}, Hijri: "٢٣ صفر ١٤٤٦", Words: 900,
			Summary: "كلّ صباح يكتب سالم ارتفاع الماء على جدار داره. لم يُخطئ منذ عشرين سنة.",
		},
		{
			Slug: "rope-walk", Title: "A Rope Walk, Reopened", Section: tools, Authors: []magazine.Author{marcus}, HomeURL: "https://ropes.example/walk?year=2024&lang=en", Words: 300,
			Summary: "Three hundred metres of shed, and every metre was needed.",
		},
		{Slug: "errata", Title: "What We Got Wrong in August", Words: 90},
	}
	for i := range all {
		a := &all[i]
		a.ID, a.Seq, a.State, a.Issue = string(rune('a'+i)), int64(i+1), magazine.Published, issue
		a.HijriMonth, a.HijriYear = "Safar", "1446"
		a.Published = time.Date(2024, 9, 2, 21, 30, 0, 0, time.UTC).AddDate(0, 0, -i)
		if a.Language == "" {
			a.Language = "en"
		}
	}
	return all
}

// reader is someone with every link that a mail may have.
var reader = func() Person {
	p := someone
	p.PreferencesURL, p.BrowserURL = "https://harbour.example/mag/choose?t=abc", "https://harbour.example/mag/mails/e1?t=abc"
	return p
}()

type digestOfTests struct {
	name string
	mail *Mail
}

// digestsOfTests are the mails that the golden files and the browser show.
func digestsOfTests(t testing.TB) []digestOfTests {
	arabic := func(o *Options) {
		p := publication()
		p.Title, p.Tagline, p.Language, p.Accent = "المرفأ والأفق", "لمن يعيشون قرب الماء", "ar", "#a04000"
		p.Citation, p.PostalAddress = "{publication}، المجلد {volume}، العدد {number}، {hijri_month} {hijri_year}", "لامو، كينيا"
		o.Publication, o.Preferences, o.InBrowser, o.MaximumArticles = p, true, true, 3
		o.Newsletter.Title = "أسبوع عند الماء"
		o.Intro = "ما جاء به البحر هذا الأسبوع. الأرشيف كاملًا على https://harbour.example/issues/."
	}
	words := func(o *Options) {
		o.Preferences, o.InBrowser, o.MaximumArticles, o.Sections = true, true, 4, []string{"tools", "letters"}
		o.Intro = "Good morning from the harbour office. What the tide brought since last Friday stands below;\nwhat it took is in https://harbour.example/issues/."
		o.Outro = "Something to tell us? Write to the desk: any of us reads it.\n\nThe next one comes on 13 September. Until then, fair winds (https://harbour.example/winds)."
	}
	noted := friday
	noted.Note = "Marcus has been to the rope walk, and you should, too.\n\nThe tide tables for October are out early this year: https://harbour.example/tides/2024-10. Print them, and hang them where the salt cannot reach."
	issued := friday
	issued.Note, issued.Correction = "Page 12 was missing.", true
	issued.Issue = &magazine.Issue{IssueRef: magazine.IssueRef{Volume: "12", Number: "9"}, Title: "Reckoning", Hijri: "Rabi' al-Awwal 1446 AH",
		Cover: &magazine.Image{Alt: "A tide dial above bands of sea", Credit: "Drawing by the studio", Mail: &magazine.Image{Src: "/media/c/cover.png", Width: 600, Height: 800}},
		Note:  `<p>This is a number about counting. <a href="/articles/tide/">Jun'ichi Vale</a> adds up moons until they come out as a tide.</p><p>The arithmetic comes <strong>first</strong>.</p>`}
	ours := func(o *Options) {
		all, err := o.Templates.Messages()
		if err != nil {
			t.Fatal(err)
		}
		o.Publication.Citation = all.In("en").Pattern("issue.citation")
	}
	spoken := func(e Edition, language string) Edition {
		e.Language = language
		return e
	}
	pinned := week()
	pinned[2].Pinned = friday.Date.AddDate(0, 1, 0)
	return []digestOfTests{
		{"week", render(t, renderer(t), week())},
		{"arabic", render(t, renderer(t, arabic), week())},
		{"one", render(t, renderer(t), week()[5:])},
		{"contents", renderEdition(t, renderer(t), issued, week())},
		{"words", renderEdition(t, renderer(t, words), noted, pinned)},
		{"in-arabic", renderEdition(t, renderer(t, words, ours), spoken(noted, "ar"), pinned)},
		{"in-french", renderEdition(t, renderer(t, words), spoken(issued, "fr"), week())},
		{"arabic-in-english", renderEdition(t, renderer(t, arabic), spoken(friday, "en"), week())},
	}
}
