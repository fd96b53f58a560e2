package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

const secretBody = "Only those who paid may read that the lamp is green."

var (
	nairobi = time.FixedZone("EAT", 3*60*60)
	ninth   = magazine.IssueRef{Volume: "12", Number: "9"}
	tenth   = magazine.IssueRef{Volume: "12", Number: "10"}
	craft   = magazine.Section{Slug: "science-craft", Name: "Science & Craft"}
	coast   = magazine.Section{Slug: "letters-from-the-coast", Name: "Letters from the Coast"}
	salma   = magazine.Author{Slug: "salma-oduya", Name: "Salma Oduya"}
	jun     = magazine.Author{Slug: "junichi-vale", Name: "Jun'ichi Vale"}
	layla   = magazine.Author{Slug: "layla-ben-youssef", Name: "ليلى بن يوسف"}
	maren   = magazine.Author{Slug: "maren-ostergaard", Name: "Maren Østergaard", Bio: `<p>Looks after <a href="/sections/science-craft/">old charts</a>.</p>`, URL: "https://maren.example/"}
)

// fixture is a small publication over a real store.
type fixture struct {
	*testing.T
	store   *store.Store
	members *members.Members
	clock   *posttest.Clock
	log     bytes.Buffer
	options Options
	site    *site
	handler http.Handler
	signUps []string              // ids of the sign-ups whose confirmation was to be mailed
	signIns []string              // likewise of sign-ins
	moves   []members.AddressArgs // likewise the mails about changes of address
}

// newFixture fills a store and makes the handler; change alters the options first.
func newFixture(t *testing.T, change ...func(*Options)) *fixture {
	t.Helper()
	f := &fixture{T: t, clock: posttest.NewClock(posttest.Start)}
	f.store = posttest.Open(t, posttest.URL(t, "sqlite"), f.clock.Now)
	f.fill()
	weekly := []magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water"}}
	f.options = Options{
		Publication: &magazine.Publication{
			Title: "Harbour & Horizon", Tagline: "For People Who Live by the Water", URL: "https://harbour.example", Language: "en",
			Zone: nairobi, Citation: "{section}, {publication} Vol. {volume}, No. {number}, {hijri_month}, {hijri_year}",
			ISSN: "1234-5679", PostalAddress: "1 Customs House Road, Lamu", Copyright: "Harbour & Horizon",
		},
		Store: f.store, Newsletters: weekly, Now: f.clock.Now, Log: slog.New(slog.NewTextHandler(&f.log, nil)),
		Feeds: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			fmt.Fprintf(w, "feed at %s", r.URL.Path)
		}),
		Privacy: "<h1>Privacy</h1><p>We keep your address.</p>", Terms: "<p>Read.</p>",
	}
	for _, c := range change {
		c(&f.options)
	}
	var err error
	f.members, err = members.New(context.Background(), members.Options{Store: f.store, Newsletters: func() []magazine.Newsletter { return f.options.Newsletters }, Zone: nairobi, Publication: f.options.Publication, Mail: func(_ context.Context, _ *store.Tx, id string) error {
		f.signUps = append(f.signUps, id)
		return nil
	}, MailSignIn: func(_ context.Context, _ *store.Tx, id string) error {
		f.signIns = append(f.signIns, id)
		return nil
	}, MailAddress: func(_ context.Context, _ *store.Tx, a members.AddressArgs) error {
		f.moves = append(f.moves, a)
		return nil
	}, Forget: func(context.Context, *store.Tx, string, time.Time) error { return nil },
		Import: func(context.Context, *store.Tx, members.ImportArgs, time.Time) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	f.options.Members = f.members
	if desk := f.options.Desk; desk != nil {
		desk.Publication, desk.Store, desk.Members, desk.Log, desk.Ending = f.options.Publication, f.store, f.members, f.options.Log, context.Background()
	}
	if f.site, f.handler, err = newSite(f.options); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) write(do func(ctx context.Context, tx *store.Tx) error) {
	f.Helper()
	ctx := context.Background()
	if err := f.store.Write(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		f.Fatal(err)
	}
}

// put keeps articles and makes visible what is due.
func (f *fixture) put(articles ...magazine.Article) {
	f.Helper()
	f.write(func(ctx context.Context, tx *store.Tx) error {
		for i, a := range articles {
			if a.ID == "" {
				a.ID = a.Slug
			}
			if a.State == "" {
				a.State = magazine.Scheduled
			}
			if a.Published.IsZero() {
				a.Published = time.Date(2024, 9, 5+i, 0, 0, 0, 0, nairobi)
			}
			if a.Updated.IsZero() {
				a.Updated = a.Published
			}
			if a.Language == "" {
				a.Language = "en"
			}
			a.GUID, a.Words = "tag:harbour.example,2024:"+a.ID, 900
			if err := tx.PutArticle(ctx, store.ArticleRow{Article: a}); err != nil {
				return err
			}
		}
		_, err := tx.PublishDue(ctx)
		return err
	})
}

func (f *fixture) fill() {
	cover := &magazine.Image{Src: "/media/c0ffee/cover.png", Alt: "A tide dial", Width: 90, Height: 120, Type: "image/png"}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		for _, m := range []store.Media{
			{Hash: "c0ffee", Type: "image/png", Width: 90, Height: 120, Data: picture(90, 120)},
			{Hash: "5a5a", Type: "image/svg+xml", Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
			{Hash: "7e27", Type: "text/html", Data: []byte("<script>alert(1)</script>")},
			{Hash: "abcd", Type: "audio/mpeg", Data: []byte("0123456789")},
		} {
			if err := tx.PutMedia(ctx, m); err != nil {
				return err
			}
		}
		for _, i := range []magazine.Issue{
			{IssueRef: ninth, State: magazine.IssuePublished, Title: "Reckoning", CoverDate: time.Date(2024, 9, 5, 0, 0, 0, 0, nairobi), Hijri: "Rabi' al-Awwal 1446",
				Cover: cover, Note: "<p>This is a number about counting.</p>", Contents: []string{"a-sum-of-moons", "tide-clocks"}},
			{IssueRef: tenth, State: magazine.IssueOpen, CoverDate: time.Date(2024, 10, 1, 0, 0, 0, 0, nairobi), Hijri: "Rabi' al-Thani 1446"},
		} {
			if _, err := tx.PutIssue(ctx, i); err != nil {
				return err
			}
		}
		return tx.PutAuthor(ctx, maren)
	})
	f.put(
		magazine.Article{
			Slug: "tide-clocks", Title: "The Clockmakers Who Taught Harbours to Read the Tide", Subtitle: "A moon that everybody needs",
			Authors: []magazine.Author{salma, jun, maren}, Section: craft, Issue: ninth, Hijri: "Rabi' al-Awwal 03, 1446", HijriMonth: "Rabi' al-Awwal", HijriYear: "1446",
			Summary: "Why a brass clock still keeps the tide.", Tags: []string{"tides"}, Updated: time.Date(2024, 9, 20, 0, 0, 0, 0, nairobi),
			Image: &magazine.Image{Src: "/media/c0ffee/dial.png", Alt: "A brass dial", Caption: "The dial.", Credit: "ARCHIVE/Lamu", Width: 90, Height: 120, Mail: &magazine.Image{Src: "/media/c0ffee/dial-mail.png", Width: 90, Height: 120}},
			HTML:  `<p>It goes round. <a href="/articles/risala/">A letter</a> <img src="/media/c0ffee/dial.png" alt="again"/></p>`,
			Related: []magazine.Related{
				{Slug: "risala"}, {Slug: "a-draft", Title: "Not out yet"}, {Title: "A Ledger of High Waters", Authors: []string{"Ibrahim Castellan"}, Date: "2023-08-31", Hijri: "Safar 14, 1445"},
				{Title: "Elsewhere", URL: "https://else.example/x"}, {Slug: "no-such"},
			},
			Corrections: []magazine.Correction{{Date: time.Date(2024, 9, 20, 0, 0, 0, 0, nairobi), Text: "The clock has one hand."}},
		},
		magazine.Article{Slug: "a-sum-of-moons", Title: "A Sum of Moons", Authors: []magazine.Author{jun}, Section: craft, Issue: ninth, HTML: "<p>Six waves.</p>",
			Image: &magazine.Image{Caption: "My grandmother kept a pencil on a string.", Credit: "Onomichi"}},
		magazine.Article{Slug: "risala", Title: "رسالة من قرقنة", Language: "ar", Authors: []magazine.Author{layla}, Section: coast, Issue: tenth, Hijri: "٣ ربيع الآخر ١٤٤٦ هـ", Summary: "بيت من سعف النخيل", HTML: "<p>وصلتُ إلى قرقنة</p>"},
		magazine.Article{Slug: "green-lamp", Title: "The Green Lamp", Authors: []magazine.Author{salma}, Section: coast, Issue: tenth, Access: magazine.Members, Teaser: "<p>There is a lamp.</p>", HTML: "<p>There is a lamp.</p><p>" + secretBody + "</p>"},
		magazine.Article{Slug: "hostile", Title: `</title><script>alert("x")</script> & 'quotes'`, Subtitle: `"><img src=x onerror=alert(1)>`, Summary: `<b>"bold"</b>`,
			Authors: []magazine.Author{{Slug: "mallory", Name: `<i>Mallory</i>" onload="x`}}, Section: magazine.Section{Slug: "odd", Name: "<Odd>"},
			Related: []magazine.Related{{Title: "Bad link", URL: "javascript:alert(1)"}}, HTML: "<p>Plain.</p>"},
		magazine.Article{Slug: "moved", Title: "At Home Elsewhere", HomeURL: "https://else.example/home?a=1&b=2", HTML: "<p>x</p>"},
		magazine.Article{Slug: "a-draft", Title: "Not out yet", State: magazine.Draft, HTML: "<p>x</p>"},
		magazine.Article{Slug: "tomorrow", Title: "Tomorrow's", Published: posttest.Start.Add(24 * time.Hour), HTML: "<p>x</p>"},
		magazine.Article{Slug: "gone", Title: "Gone", HTML: "<p>x</p>"},
		magazine.Article{ID: "renamed", Slug: "old-name", Title: "Renamed", HTML: "<p>x</p>"},
	)
	f.rename()
}

// rename gives one article a new slug and withdraws another.
func (f *fixture) rename() {
	f.write(func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.FindArticle(ctx, store.BySlug, "old-name")
		if err != nil {
			return err
		}
		row.Slug, row.State = "new-name", magazine.Scheduled
		if err := tx.PutArticle(ctx, *row); err != nil {
			return err
		}
		return tx.Withdraw(ctx, "gone", "the source could not be found again")
	})
}

func picture(width, height int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.Set(i%width, i/width, color.RGBA{11, 90, 112, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// answer is a finished response with its body as text.
type answer struct {
	*http.Response
	body string
}

func (f *fixture) do(r *http.Request) answer {
	f.Helper()
	ctx, leave := context.WithCancel(r.Context())
	defer leave()
	w := &leaver{httptest.NewRecorder(), leave}
	f.handler.ServeHTTP(w, r.WithContext(ctx))
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.Fatal(err)
	}
	return answer{res, string(body)}
}

// leaver is one who goes away when something comes before the end of an answer: what
// stays open would keep the test.
type leaver struct {
	*httptest.ResponseRecorder
	leave func()
}

func (l *leaver) Flush() {
	l.ResponseRecorder.Flush()
	l.leave()
}

func (f *fixture) get(path string, headers ...string) answer {
	f.Helper()
	return f.do(request("GET", path, "", headers...))
}

// post sends a form; one to join by as somebody does who had it for a minute.
func (f *fixture) post(path, form string, headers ...string) answer {
	f.Helper()
	if strings.HasSuffix(path, "/join") {
		form += "&made=" + f.members.StampForm(f.clock.Now().Add(-time.Minute))
	}
	return f.do(request("POST", path, form, headers...))
}

func request(method, path, form string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}
