package store_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/pressly/goose/v3"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// freeze writes testdata/first.sql anew. After the first release it is never
// used again: the file is what that release left on people's disks.
var freeze = flag.Bool("freeze", false, "write the database of the first release anew")

const frozen = "testdata/first.sql"

// A database of the first release opens, comes to today's schema, and keeps
// what is in it.
func TestADatabaseOfTheFirstRelease(t *testing.T) {
	if *freeze {
		writeFrozen(t)
	}
	script, err := os.ReadFile(frozen)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "first.db")
	db := openPlain(t, path)
	if _, err := db.Exec(string(script)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE subscribers SET timezone = 'Africa/Nairobi'"); err != nil { // which its people could have
		t.Fatal(err)
	}
	clock := posttest.NewClock(posttest.Start.Add(time.Hour))
	s := posttest.Open(t, "sqlite:"+path, clock.Now)

	fresh := filepath.Join(t.TempDir(), "fresh.db")
	posttest.Open(t, "sqlite:"+fresh, clock.Now)
	if got, want := strings.Join(schema(t, db), "\n"), strings.Join(schema(t, openPlain(t, fresh)), "\n"); got != want {
		t.Errorf("brought up to date it has the schema\n%s\nand a new one has\n%s", got, want)
	}
	if got := slugs(t, s, magazine.SiteScope()); got != "fog tides" {
		t.Errorf("articles %q", got)
	}
	if a, err := s.Article(ctx, "tide"); err != nil || a.ID != "id-tide" || a.Seq != 1 || a.HTML != "<p>It's 5% higher; ليلى</p>" {
		t.Errorf("%+v, %v", a, err)
	}
	if i, err := s.Issue(ctx, ninth); err != nil || i.State != magazine.IssueOpen || i.Title != "Boats" {
		t.Errorf("%+v, %v", i, err)
	}
	p, err := s.SubscriberByEmail(ctx, "amina@example.org")
	if err != nil || p.State != magazine.Confirmed {
		t.Fatalf("%+v, %v", p, err)
	}
	n, err := s.Subscription(ctx, "weekly", p.ID)
	if err != nil || n.State != magazine.SubscriptionActive || len(n.Follows) != 1 || n.Served != 2 {
		t.Errorf("%+v, %v", n, err)
	}
	if waves, err := s.AllWaves(ctx, weekly, false); err != nil || !slices.Equal(waves, []store.Wave{{Zone: "Africa/Nairobi", Hour: store.AnyHour}}) {
		t.Errorf("waves %q, %v", waves, err)
	}
	if e, err := s.Edition(ctx, "e"); err != nil || e.Counts.Sent != 1 || e.Cutoff != 2 {
		t.Errorf("%+v, %v", e, err)
	}
	if data, err := readMedia(s, "c0ffee"); err != nil || string(data) != "\x00\xff'" {
		t.Errorf("%q, %v", data, err)
	}
	if f, err := s.Files(ctx, "sample"); err != nil || len(f) != 1 || f[0].Path != "tide.md" || f[0].ArticleID != "id-tide" || !slices.Equal(f[0].Uses, []string{"dial.png"}) {
		t.Errorf("%+v, %v", f, err)
	}
	if kept, err := s.Setting(ctx, "secret", nil); err != nil || kept != "sesame" {
		t.Errorf("%q, %v", kept, err)
	}
	worksOn(t, s, clock)
}

// worksOn checks that articles in a database of the first release have their
// numbers in each scope, and that new ones go on behind them.
func worksOn(t *testing.T, s *store.Store, clock *posttest.Clock) {
	t.Helper()
	site := version(t, s, magazine.SiteScope())
	fog := again(t, s, "id-fog")
	fog.Title = "The thick fog" // which tides names as related
	put(t, s, fog)
	if now := version(t, s, magazine.SiteScope()); site == 0 || now <= site {
		t.Errorf("the site's version was %d and is %d", site, now)
	}
	put(t, s, piece("new", clock.Now()))
	if a, err := s.Article(ctx, "new"); err != nil || a.Seq != 3 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, scope := range []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("salma-oduya"), magazine.IssueScope(ninth)} {
		if v, err := s.ScopeVersion(ctx, scope); err != nil || v.Last != 3 {
			t.Errorf("%s: %+v, %v", scope.Key(), v, err)
		}
		if got := slugs(t, s, scope); !strings.Contains(got, "fog") || !strings.Contains(got, "tides") || !strings.Contains(got, "new") {
			t.Errorf("%s has %q", scope.Key(), got)
		}
	}
}

// The same on PostgreSQL: what the later migrations make of rows that are there.
func TestRowsOfTheFirstReleaseOnPostgres(t *testing.T) {
	script, err := os.ReadFile(frozen)
	if err != nil {
		t.Fatal(err)
	}
	url := posttest.Bare(t, "postgres")
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"), goose.WithExcludeNames([]string{"00004_fewer_trees.sqlite.sql", "00013_delivery_trees.sqlite.sql", "00041_acts_stay.sqlite.sql", "00043_search.sqlite.sql"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DELETE FROM counters"); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(script)) {
		table, row := strings.CutPrefix(line, "INSERT INTO ")
		if !row || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_") {
			continue
		}
		// Rows with references come before what they refer to.
		line = "SET session_replication_role = replica; " + strings.ReplaceAll(line, "X'00FF27'", `'\x00FF27'`)
		if _, err := db.Exec(line); err != nil {
			t.Fatalf("%s%v", line, err)
		}
	}
	if _, err := db.Exec("UPDATE subscribers SET timezone = 'Africa/Nairobi'"); err != nil {
		t.Fatal(err)
	}
	clock := posttest.NewClock(posttest.Start.Add(time.Hour))
	s := posttest.Open(t, url, clock.Now)
	if waves, err := s.AllWaves(ctx, weekly, false); err != nil || !slices.Equal(waves, []store.Wave{{Zone: "Africa/Nairobi", Hour: store.AnyHour}}) {
		t.Errorf("waves %q, %v", waves, err)
	}
	if a, err := s.Article(ctx, "tide"); err != nil || a.Seq != 1 || a.HTML != "<p>It's 5% higher; ليلى</p>" {
		t.Errorf("%+v, %v", a, err)
	}
	if data, err := readMedia(s, "c0ffee"); err != nil || string(data) != "\x00\xff'" {
		t.Errorf("%q, %v", data, err)
	}
	worksOn(t, s, clock)
}

func writeFrozen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "first.db")
	clock := posttest.NewClock(posttest.Start)
	s := posttest.Open(t, "sqlite:"+path, clock.Now)
	tide := piece("tide", clock.Now().Add(-day))
	tide.HTML, tide.Related = "<p>It's 5% higher; ليلى</p>", []magazine.Related{{Slug: "fog"}}
	later := piece("later", clock.Now().Add(day))
	later.Expires = clock.Now().Add(2 * day)
	put(t, s, tide, piece("fog", clock.Now()), later)
	renamed := again(t, s, "id-tide")
	renamed.Slug = "tides"
	put(t, s, renamed)
	putIssue(t, s, magazine.Issue{IssueRef: ninth, State: magazine.IssueOpen, Title: "Boats", CoverDate: clock.Now(), Contents: []string{"fog", "tide"}})
	id := join(t, s, "amina@example.org", salma)
	edition(t, s, "e", 2, renamed.Article)
	plan(t, s, "e", 10)
	write(t, s, func(tx *store.Tx) error {
		for _, err := range []error{
			tx.PutAuthor(ctx, magazine.Author{Slug: "salma-oduya", Name: "Salma Oduya", Bio: "<p>Writes.</p>"}),
			tx.PutSection(ctx, magazine.Section{Slug: "fiction", Name: "Fiction"}),
			tx.PutFiles(ctx, store.File{Source: "sample", Path: "tide.md", Hash: "h", State: store.FileArticle, ArticleID: "id-tide", Uses: []string{"dial.png"}}),
			tx.PutMedia(ctx, store.Media{Hash: "c0ffee", Type: "image/png", Data: []byte("\x00\xff'")}),
			tx.PutMediaFile(ctx, store.MediaFile{Source: "sample", Path: "dial.png", Image: &magazine.Image{Src: "/media/c0ffee/dial.png"}}),
			tx.PutSignUp(ctx, store.SignUp{ID: "u", Subscriber: id, Asked: true, Wants: []store.Share{{Newsletter: "weekly"}}}),
			tx.Suppress(ctx, "gone@example.org", "bounced"),
			tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "e", Subscriber: id, Email: "amina@example.org", State: magazine.Sent, MessageID: "m"}),
			tx.PutMessage(ctx, &magazine.Edition{ID: "e"}, "g", "{}", nil),
			tx.SetScheduleHandled(ctx, "weekly", "main", clock.Now()),
			tx.Beat(ctx, "a@:8080"),
		} {
			if err != nil {
				return err
			}
		}
		if _, err := tx.Schedule(ctx, "weekly", "main"); err != nil {
			return err
		}
		_, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: "weekly", Schedule: "main", Day: "2024-10-04", Slot: "07:00", At: clock.Now(), Edition: "e", Outcome: "edition"})
		return err
	})
	if _, err := s.Setting(ctx, "secret", func() string { return "sesame" }); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(frozen), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(frozen, []byte(dump(t, openPlain(t, path))), 0o644); err != nil {
		t.Fatal(err)
	}
}

func openPlain(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// schema lists the statements that make a database.
func schema(t *testing.T, db *sql.DB) []string {
	return texts(t, db, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name")
}

func texts(t *testing.T, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// dump writes a database as the statements that make it.
func dump(t *testing.T, db *sql.DB) string {
	var b strings.Builder
	b.WriteString("-- A database of the first release. Never changed after it.\n")
	for _, statement := range schema(t, db) {
		b.WriteString(statement + ";\n")
	}
	for _, table := range texts(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_stat1' ORDER BY name") {
		columns := texts(t, db, "SELECT name FROM pragma_table_info($1)", table)
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = `quote("` + c + `")`
		}
		for _, values := range texts(t, db, fmt.Sprintf(`SELECT %s FROM %s`, strings.Join(row, ` || ', ' || `), table)) {
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s);\n", table, values)
		}
	}
	return b.String()
}
