package daemon_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// deskEditions is how many editions everybody has had.
const deskEditions = 10

// BenchmarkDesk asks for every page of the desk, over 1,000 people, 1,000 articles and
// 10,000 deliveries, and over 1,000,000, 100,000 and 10,000,000. ms is the median of the
// slowest page's times in the large one, worst-ms the longest that any page of it took, and
// x-small how many times as long the page took whose median grew most; those of below a millisecond are left
// out of that. -v names the pages. -short leaves it out.
func BenchmarkDesk(b *testing.B) {
	if testing.Short() {
		b.Skip("to make 10,000,000 deliveries takes minutes")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			small, large := furnish(b, engine, 1000, 1000), furnish(b, engine, 1_000_000, 100_000)
			for b.Loop() {
				var median, worst, grown float64
				for _, path := range deskPaths {
					one, other := small.times(b, path), large.times(b, path)
					b.Logf("%-44s %6.1f ms, at most %6.1f; with few %6.1f", path, other.median, other.most, one.median)
					median, worst = max(median, other.median), max(worst, other.most)
					if other.median >= 1 {
						grown = max(grown, other.median/max(one.median, 0.2))
					}
				}
				b.ReportMetric(median, "ms")
				b.ReportMetric(worst, "worst-ms")
				b.ReportMetric(grown, "x-small")
			}
		})
	}
}

// deskPaths are the pages; PERSON is one who had every edition.
var deskPaths = []string{"/desk/", "/desk/editions/", "/desk/editions/?newsletter=weekly&state=sent", "/desk/editions/e5/", "/desk/editions/e5/deliveries/?state=failed", "/desk/editions/e5/deliveries/?state=sent",
	"/desk/preview/", "/desk/preview/?newsletter=weekly&email=person12@people.example", "/desk/schedules/", "/desk/schedules/weekly/main/", "/desk/schedules/new", "/desk/articles/", "/desk/authors/", "/desk/authors/?q=author+1", "/desk/sections/",
	"/desk/issues/", "/desk/issues/1/2/", "/desk/feeds/", "/desk/people/", "/desk/people/?q=person12", "/desk/people/?q=77%40people", "/desk/people/?q=nobody", "/desk/people/?state=pending", "/desk/people/PERSON/",
	"/desk/people/add/", "/desk/people/import/", "/desk/users/", "/desk/log/"}

// office is a desk and who sits at it.
type office struct {
	pages  http.Handler
	cookie string
	person string
}

func furnish(b *testing.B, engine string, people, articles int) *office {
	b.Helper()
	file := settings(b, posttest.URL(b, engine), "127.0.0.1:9")
	corpus(b, filepath.Join(filepath.Dir(file), "pieces"), articles)
	d := openAt(b, file, posttest.NewClock(time.Now()).Now, io.Discard)
	if done, err := d.Read(b.Context(), false, nil); err != nil || done.New != articles {
		b.Fatal(done, err)
	}
	populate(b, d.Store, engine, people, everything)
	if err := d.Store.Write(b.Context(), func(tx *store.Tx) error { return deliver(b.Context(), tx, engine) }); err != nil {
		b.Fatal(err)
	}
	p, err := d.Store.SubscriberByEmail(b.Context(), "person12@people.example")
	if err != nil {
		b.Fatal(err)
	}
	o := &office{person: p.ID}
	if o.pages, err = d.Pages(); err != nil {
		b.Fatal(err)
	}
	u, err := d.Members.SetUser(b.Context(), "owner@people.example", "", "root")
	if err != nil {
		b.Fatal(err)
	}
	token, err := d.Members.UserLink(b.Context(), u, "root")
	if err != nil {
		b.Fatal(err)
	}
	in := o.ask(http.MethodPost, "/signin/"+token)
	for _, c := range in.Result().Cookies() {
		o.cookie = c.Name + "=" + c.Value
	}
	if o.cookie == "" {
		b.Fatalf("signing in: %d\n%s", in.Code, in.Body)
	}
	return o
}

// deliver writes down that everybody had the editions; a hundredth was refused.
func deliver(ctx context.Context, tx *store.Tx, engine string) error {
	for n := range deskEditions {
		id := fmt.Sprintf("e%d", n)
		if _, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: "weekly", Key: "now/" + id, State: magazine.EditionPlanned, Nominal: tx.Now.AddDate(0, 0, n-deskEditions)}); err != nil {
			return err
		}
		if err := tx.FixContent(ctx, id, 0, 1, nil, []magazine.Article{{ID: "a", Slug: "a", Title: "An article", Language: "en", Seq: 1}}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, at, next_at)
			SELECT $1, p.id, 'weekly', p.email, CASE WHEN p.email LIKE '%77@%' THEN 'failed' ELSE 'sent' END, CASE WHEN p.email LIKE '%77@%' THEN 'refused' ELSE '' END,
				CASE WHEN p.email LIKE '%77@%' THEN 550 ELSE 250 END, '2.0.0', 'ok', 'main', p.id || '.e@harbour.example', 1, CAST($2 AS BIGINT), 0 FROM subscribers p ORDER BY p.id`,
			id, tx.Now.AddDate(0, 0, n-deskEditions).UnixMicro()); err != nil {
			return err
		}
		if err := tx.SetEditionState(ctx, id, magazine.EditionSent, ""); err != nil {
			return err
		}
	}
	if engine == "postgres" {
		_, err := tx.ExecContext(ctx, "ANALYZE") // as it does by itself, in time
		return err
	}
	return nil
}

func (o *office) ask(method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost:8080"+strings.ReplaceAll(path, "PERSON", o.person), nil)
	if o.cookie != "" {
		r.Header.Set("Cookie", o.cookie)
	}
	w := httptest.NewRecorder()
	o.pages.ServeHTTP(w, r)
	return w
}

// spread is how long a page took, in milliseconds.
type spread struct{ median, most float64 }

func (o *office) times(b *testing.B, path string) spread {
	b.Helper()
	var all []float64
	for range 11 {
		began := time.Now()
		if w := o.ask(http.MethodGet, path); w.Code != http.StatusOK {
			b.Fatalf("%s is %d\n%s", path, w.Code, w.Body)
		}
		all = append(all, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(all)
	return spread{all[len(all)/2], all[len(all)-1]}
}
