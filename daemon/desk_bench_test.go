package daemon_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

var deskPeople = flag.Int("desk-people", 1_000_000, "how many people BenchmarkDesk has in the larger of its databases, with ten times as many deliveries; both have a tenth as many articles")

const (
	deskEditions = 10 // which everybody has had
	fewPeople    = 1000
	deskLooks    = 21 // at each page, whose median counts
	deskKnown    = 3 * time.Minute
)

// BenchmarkDesk asks for every page of the desk, over 1,000 people and 10,000 deliveries,
// and over 1,000,000 and 10,000,000 (-desk-people takes another number), both with 100,000
// articles. Some figures are counted beside the pages and are known from then on;
// a page that has none of them yet waits for them for a moment, then says that they are
// being counted. So two things are told of each page: how long the first look takes that
// anybody takes at a desk that has just been opened, and how long the next ones take, when
// all figures of the page are known, and how soon they were. -v shows them of each page.
//
// ms is the median of the slowest page, with the figures known; worst-ms the longest that
// any look took with many people, the first ones too. The ratio is that of the
// medians with many and with few, with the figures known, of looks taken in turn, so that
// whatever else the machine does concerns both; where there are few, some lists are
// shorter than the hundred that a page shows, as its size tells. x-raw is the largest of all pages; x-small the
// largest of those that take a millisecond or more with many: below, what a longer list
// costs to be written, and the machine, is all there is to see. An export is taken until its first byte.
// -short leaves it out.
func BenchmarkDesk(b *testing.B) {
	if testing.Short() {
		b.Skip("to make 10,000,000 deliveries takes minutes")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			articles := max(*deskPeople/10, fewPeople)
			small, large := furnish(b, engine, fewPeople, articles), furnish(b, engine, *deskPeople, articles)
			for b.Loop() {
				var slowest, worst, grown, raw float64
				b.Logf("%-58s %8s %8s %8s %8s %8s %8s %8s %8s %8s", "milliseconds", "first", "few", "known in", "median", "longest", "few", "ratio", "kB", "few")
				for _, path := range deskPaths {
					one, other := small.open(b, path), large.open(b, path)
					both(b, path, &one, &other, small, large)
					ratio := other.median() / one.median()
					b.Logf("%-58s %8.1f %8.1f %8.0f %8.2f %8.1f %8.2f %8.1f %8.1f %8.1f", path, other.first, one.first, other.known, other.median(), slices.Max(other.looks), one.median(), ratio, other.size, one.size)
					slowest, worst, raw = max(slowest, other.median()), max(worst, other.first, slices.Max(other.looks)), max(raw, ratio)
					if other.median() >= 1 {
						grown = max(grown, ratio)
					}
				}
				b.ReportMetric(slowest, "ms")
				b.ReportMetric(worst, "worst-ms")
				b.ReportMetric(grown, "x-small")
				b.ReportMetric(raw, "x-raw")
			}
		})
	}
}

// deskPaths are the pages; PERSON is one who had every edition, and IMPORT brought
// everybody. What is after "person105" or "author-40" is in the midst of its list.
var deskPaths = []string{"/desk/",
	"/desk/editions/", "/desk/editions/?newsletter=weekly&state=sent", "/desk/editions/e5/",
	"/desk/editions/e5/deliveries/", "/desk/editions/e5/deliveries/?state=failed", "/desk/editions/e5/deliveries/?state=sent", "/desk/editions/e5/deliveries/?state=skipped",
	"/desk/editions/e5/deliveries/?state=sent&after=person105", "/desk/editions/e5/deliveries/?state=failed&after=person105",
	"/desk/editions/e5/deliveries/?relay=main", "/desk/editions/e5/deliveries/?relay=none", "/desk/editions/e5/deliveries/?domain=people.example", "/desk/editions/e5/deliveries/?state=failed&words=ok", "/desk/editions/e5/deliveries/?state=failed&words=nothing",
	"/desk/preview/", "/desk/preview/?newsletter=weekly&to=person12@people.example", "/desk/preview/mail?newsletter=weekly&to=person12@people.example",
	"/desk/schedules/", "/desk/schedules/weekly/main/", "/desk/schedules/new",
	"/desk/articles/", "/desk/authors/", "/desk/authors/?after=author-40", "/desk/authors/?q=author+1", "/desk/authors/?one=author-1&into=author-2", "/desk/sections/",
	"/desk/issues/", "/desk/issues/?volume=2&number=2", "/desk/issues/1/2/", "/desk/feeds/",
	"/desk/people/", "/desk/people/?q=person12", "/desk/people/?q=77%40people", "/desk/people/?q=pe", "/desk/people/?q=nobody",
	"/desk/people/?state=pending", "/desk/people/?state=pending&after=person105", "/desk/people/?state=confirmed", "/desk/people/?state=bounced", "/desk/people/?newsletter=weekly&schedule=main", "/desk/people/PERSON/",
	"/desk/people/add/", "/desk/people/import/", "/desk/people/import/IMPORT/", "/desk/people/export",
	"/desk/users/", "/desk/log/", "/desk/log/audit.csv"}

// office is a desk and who sits at it.
type office struct {
	d      *daemon.Daemon
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
	o := &office{d: d, person: p.ID}
	o.anew(b)
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

// deliver writes down that everybody had the editions; a tenth was refused,
// so that a hundred were where there are few people: a page of a list.
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
			SELECT $1, p.id, 'weekly', p.email, CASE WHEN p.email LIKE '%7@%' THEN 'failed' ELSE 'sent' END, CASE WHEN p.email LIKE '%7@%' THEN 'refused' ELSE '' END,
				CASE WHEN p.email LIKE '%7@%' THEN 550 ELSE 250 END, '2.0.0', 'ok', 'main', p.id || '.e@harbour.example', 1, CAST($2 AS BIGINT), 0 FROM subscribers p ORDER BY p.id`,
			id, tx.Now.AddDate(0, 0, n-deskEditions).UnixMicro()); err != nil {
			return err
		}
		if err := tx.SetEditionState(ctx, id, magazine.EditionSent, ""); err != nil {
			return err
		}
	}
	for _, query := range []string{
		"UPDATE subscribers SET state = 'pending' WHERE email LIKE '%3@%'",
		"UPDATE subscriptions SET served = (SELECT MAX(seq) - 20 FROM articles)", // they had all but the last
		// A list has brought everybody.
		`INSERT INTO imports (id, name, who, state, created, changed, bytes, lines, line, revision, plan, done)
			SELECT 'import', 'people.csv', 'owner@people.example', 'done', 1, 1, 1, COUNT(*), COUNT(*), 1, '{}', '{"added":' || COUNT(*) || '}' FROM subscribers`,
		`INSERT INTO import_people (import_id, subscriber_id, was, became)
			SELECT 'import', p.id, '', '{"state":"confirmed","name":"' || p.email || '","shares":[{"newsletter":"weekly"}]}' FROM subscribers p ORDER BY p.id`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	if engine == "postgres" { // as it does by itself, in time
		_, err := tx.ExecContext(ctx, "SELECT gin_clean_pending_list(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin' AND c.relkind = 'i'; ANALYZE")
		return err
	}
	return nil
}

// anew opens the desk as if the program had just started: no figure is known.
func (o *office) anew(b *testing.B) {
	b.Helper()
	var err error
	if o.pages, err = o.d.Pages(); err != nil {
		b.Fatal(err)
	}
}

func (o *office) ask(method, path string) (w *firstByte) {
	r := httptest.NewRequest(method, "http://localhost:8080"+strings.NewReplacer("PERSON", o.person, "IMPORT", "import").Replace(path), nil)
	if method == http.MethodPost {
		r.PostForm, r.Form = url.Values{"newsletter": {"weekly"}}, url.Values{}
	}
	if o.cookie != "" {
		r.Header.Set("Cookie", o.cookie)
	}
	w = &firstByte{ResponseRecorder: httptest.NewRecorder(), only: strings.HasSuffix(path, "/export") || strings.HasSuffix(path, ".csv")}
	defer func() {
		if broken := recover(); broken != nil && !w.only {
			panic(broken)
		}
	}()
	o.pages.ServeHTTP(w, r)
	return w
}

// firstByte is an answer that may be wanted up to its first byte only.
type firstByte struct {
	*httptest.ResponseRecorder
	only bool
}

func (w *firstByte) Write(p []byte) (int, error) {
	if w.only {
		w.ResponseRecorder.Write(p)
		return 0, errors.New("that is enough")
	}
	return w.ResponseRecorder.Write(p)
}

// looks is how long a page took, in milliseconds.
type looks struct {
	first float64
	known float64 // after how long all of its figures were
	size  float64 // of the page, in kilobytes
	looks []float64
}

func (l *looks) median() float64 {
	slices.Sort(l.looks)
	return l.looks[len(l.looks)/2]
}

// open looks at a page of a desk that was opened just now, and waits until its figures
// are known.
func (o *office) open(b *testing.B, path string) (l looks) {
	b.Helper()
	o.anew(b)
	began := time.Now()
	ms := func() float64 { return float64(time.Since(began).Microseconds()) / 1000 }
	page := o.look(b, path)
	for l.first = ms(); counting(path, page); page = o.look(b, path) {
		if time.Since(began) > deskKnown {
			b.Errorf("%s has figures that are not known after %s", path, deskKnown)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.known, l.size = ms(), float64(len(page))/1000
	return l
}

// counting tells that a page has figures that are not known yet. A mail may say what it
// likes.
func counting(path, page string) bool {
	return !strings.HasPrefix(path, "/desk/preview/") && (strings.Contains(page, "counted;") || strings.Contains(page, "…"))
}

// look looks at a page.
func (o *office) look(b *testing.B, path string) string {
	b.Helper()
	method := http.MethodGet
	if strings.HasSuffix(path, "/export") {
		method = http.MethodPost
	}
	w := o.ask(method, path)
	if w.Code != http.StatusOK || w.Body.Len() == 0 {
		b.Fatalf("%s is %d\n%s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// both looks at the same page of two desks, in turn.
func both(b *testing.B, path string, one, other *looks, desks ...*office) {
	b.Helper()
	for range deskLooks {
		for at, l := range []*looks{one, other} {
			began := time.Now()
			desks[at].look(b, path)
			l.looks = append(l.looks, float64(time.Since(began).Microseconds())/1000)
		}
	}
}
