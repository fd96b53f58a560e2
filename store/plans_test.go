package store_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

type statement struct {
	query string
	args  []any
}

// No statement that runs for a poll, a page, a person or once a second reads a
// table from end to end. Each is run, and its plan asked for.
func TestPlansUseIndexes(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := posttest.URL(t, engine)
			clock := posttest.NewClock(posttest.Start)
			s := posttest.Open(t, url, clock.Now)
			tide := piece("tide", clock.Now())
			tide.Related = []magazine.Related{{Slug: "fog"}}
			fleeting := piece("fleeting", clock.Now())
			fleeting.Expires = clock.Now().Add(time.Minute)
			put(t, s, tide, fleeting, piece("fog", clock.Now()), piece("later", clock.Now().Add(day)))
			putIssue(t, s, magazine.Issue{IssueRef: ninth, State: magazine.IssuePublished, Contents: []string{"tide"}})
			id := join(t, s, "amina@example.org", salma)
			edition(t, s, "e", 1)
			last := plan(t, s, "e", 10)[0].Last
			deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: id, State: magazine.Deferred, Next: clock.Now()})

			clock.Add(time.Hour)
			var mu sync.Mutex
			var seen []statement
			s.Record(func(query string, args []any) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, statement{query, args})
			})
			explain := sqlitePlan
			plain := openPlain
			if engine == "postgres" {
				explain, plain = postgresPlan, func(t *testing.T, url string) *sql.DB {
					db, err := sql.Open("pgx", url)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { db.Close() })
					return db
				}
			}
			db := plain(t, strings.TrimPrefix(url, "sqlite:"))
			for _, call := range hotCalls(s, id, last) {
				seen = nil
				plans := ""
				if err := call.run(); err != nil {
					t.Errorf("%s: %v", call.name, err)
				}
				if len(seen) == 0 {
					t.Errorf("%s ran nothing", call.name)
				}
				for _, one := range seen {
					full, lines := explain(t, db, one)
					for _, f := range full {
						t.Errorf("%s reads all of %s:\n%s", call.name, f, one.query)
					}
					plans += lines
				}
				if by := byIndex[call.name]; !strings.Contains(plans, by) {
					t.Errorf("%s does not go by %s:\n%s", call.name, by, plans)
				}
			}
		})
	}
}

type hotCall struct {
	name string
	run  func() error
}

// byIndex are indexes that a plan of a call is to name, as a scan of another would be no
// scan of the table.
var byIndex = map[string]string{"followers of an author": "follows_author", "merge": "follows_author", "part": "follows_author", "aliases of an author": "follows_author", "deliveries that failed": "deliveries_unsent", "deliveries that were skipped": "deliveries_unsent", "waves": "subscriptions_waves", "waves of a frequency, with hours": "subscriptions_waves"}

func hotCalls(s *store.Store, id, last string) []hotCall {
	in := func(scope magazine.Scope, o store.ListOptions) func() error {
		return func() error { _, err := s.ArticlesIn(ctx, scope, o); return err }
	}
	write := func(f func(tx *store.Tx) error) func() error { return func() error { return s.Write(ctx, f) } }
	due := time.Minute
	return []hotCall{
		{"authors in parts", func() error { _, err := s.AuthorsFrom(ctx, "", "a", 10); return err }},
		{"sections in parts", func() error { _, err := s.SectionsFrom(ctx, "", "a", 10); return err }},
		{"deliveries that failed", func() error {
			_, _, err := s.DeliveriesOf(ctx, "e", store.DeliveryFilter{State: magazine.Failed}, "", 20_000, 100)
			return err
		}},
		{"deliveries that were skipped", func() error {
			_, _, err := s.DeliveriesOf(ctx, "e", store.DeliveryFilter{State: magazine.Skipped, Domain: "example.org"}, "a", 20_000, 100)
			return err
		}},
		{"people of a state", func() error {
			_, _, err := s.PeopleOf(ctx, store.PersonFilter{State: magazine.Pending}, "a", 5000, 100)
			return err
		}},
		{"people of a state who get a newsletter", func() error {
			_, _, err := s.PeopleOf(ctx, store.PersonFilter{State: magazine.Pending, Audience: store.Audience{Newsletter: "weekly"}}, "a", 5000, 100)
			return err
		}},
		{"site", in(magazine.SiteScope(), store.ListOptions{Limit: 50, Before: 9})},
		{"author's articles", in(magazine.AuthorScope("salma-oduya"), store.ListOptions{Limit: 50})},
		{"issue's articles", in(magazine.IssueScope(ninth), store.ListOptions{})},
		{"a feed's ids", func() error {
			_, err := s.ArticleIDs(ctx, magazine.SiteScope(), store.ListOptions{Above: 50, Before: 101, Limit: 50})
			return err
		}},
		{"a feed's articles", func() error { _, err := s.ArticlesByID(ctx, []string{"id-tide", "id-fog"}); return err }},
		{"scope version", func() error { _, err := s.ScopeVersion(ctx, magazine.SiteScope()); return err }},
		{"author", func() error { _, err := s.Author(ctx, "salma-oduya"); return err }},
		{"author of an alias", func() error { _, err := s.AuthorSlug(ctx, "salma-oduya"); return err }},
		{"section", func() error { _, err := s.Section(ctx, "fiction"); return err }},
		{"issue", func() error { _, err := s.Issue(ctx, ninth); return err }},
		{"article", func() error { _, err := s.Article(ctx, "tide"); return err }},
		{"articles by slug", func() error { _, err := s.ArticlesBySlug(ctx, []string{"tide"}); return err }},
		{"tags", func() error { _, err := s.Tags(ctx); return err }},
		{"own feeds", func() error { _, err := s.OwnFeeds(ctx, id); return err }},
		{"what a person follows", func() error { _, err := s.FollowedBy(ctx, id); return err }},
		{"articles followed", func() error {
			ids, err := s.ArticlesFollowed(ctx, []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: "salma-oduya"}, {Kind: magazine.FollowSection, Slug: "fiction"}, {Kind: magazine.FollowTag, Slug: "tides"}}, 50)
			if err == nil && len(ids) == 0 {
				return fmt.Errorf("nothing is followed")
			}
			return err
		}},
		{"keep a file", write(func(tx *store.Tx) error {
			return tx.PutMedia(ctx, store.Media{Hash: "c0ffee", Data: []byte("a file")})
		})},
		{"media", func() error { _, err := readMedia(s, "c0ffee"); return err }},
		{"save an article", write(func(tx *store.Tx) error {
			row, err := tx.FindArticle(ctx, store.ByID, "id-tide")
			if err != nil {
				return err
			}
			row.Title, row.State = "Another title", magazine.Scheduled
			return tx.PutArticle(ctx, *row)
		})},
		{"withdraw", write(func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-fog", "") })},
		{"bring an article", write(func(tx *store.Tx) error {
			fresh := piece("fresh", tx.Now)
			fresh.Pass, fresh.Related = 9, []magazine.Related{{Slug: "tide"}}
			return tx.PutArticle(ctx, fresh)
		})},
		{"another name", write(func(tx *store.Tx) error {
			_, err := tx.ForgetReaderIn(ctx, "sample", []magazine.Scope{magazine.AuthorScope("salma-oduya"), magazine.AuthorScope("noor")})
			return err
		})},
		{"end of a pass", func() error {
			if n, err := s.EndPass(ctx, "sample", 9); n != 2 || err != nil { // the one brought, and the one that expires
				return fmt.Errorf("%d changed: %w", n, err)
			}
			return nil
		}},
		{"begin of a pass", func() error { _, err := s.BeginPass(ctx); return err }},
		{"next due", func() error { _, err := s.NextDue(ctx); return err }},
		{"candidates", write(func(tx *store.Tx) error { _, err := tx.ArticlesAfter(ctx, 0, 9, time.Time{}); return err })},
		{"scheduled", write(func(tx *store.Tx) error { _, err := tx.ScheduledUntil(ctx, posttest.Start); return err })},
		{"find by given id", write(func(tx *store.Tx) error { _, err := tx.FindArticle(ctx, store.ByGivenID, "x"); return err })},
		{"find by guid", write(func(tx *store.Tx) error { _, err := tx.FindArticle(ctx, store.ByGUID, "x"); return err })},
		{"find by slug", write(func(tx *store.Tx) error { _, err := tx.FindArticle(ctx, store.BySlug, "tide"); return err })},
		{"find by anything", write(func(tx *store.Tx) error {
			_, err := tx.MatchArticles(ctx, store.ArticleKeys{IDs: []string{"x"}, GivenIDs: []string{"x"}, GUIDs: []string{"x"}, Bodies: []string{"x"}})
			return err
		})},
		{"archive", in(magazine.SiteScope(), store.ListOptions{Above: 50, Before: 101})},
		{"readers", func() error { _, err := s.Readers(ctx, weekly, "", "", 50); return err }},
		{"readers of a frequency", func() error {
			_, err := s.Readers(ctx, store.Audience{Newsletter: "weekly", Not: []string{"daily", "monthly"}}, "", "", 50)
			return err
		}},
		{"followers", func() error {
			return s.EachFollower(ctx, weekly, 0, func(*magazine.Subscription) error { return nil })
		}},
		{"who follows everything", func() error { _, err := s.FollowsEverything(ctx, weekly, "", nil, 0, 9); return err }},
		{"who follows everything in others", func() error {
			_, err := s.FollowsEverything(ctx, weekly, "", []string{"ar", "fr"}, 0, 9)
			return err
		}},
		{"languages", func() error { _, err := s.Languages(ctx); return err }},
		{"served in languages", func() error { _, err := s.ServedIn(ctx, weekly, []string{"ar", "fr"}, 0); return err }},
		{"least served", write(func(tx *store.Tx) error { _, _, err := tx.LeastServed(ctx, weekly, tx.Now); return err })},
		{"least served of a frequency", write(func(tx *store.Tx) error {
			_, _, err := tx.LeastServed(ctx, store.Audience{Newsletter: "weekly", Not: []string{"daily", "monthly"}}, tx.Now)
			return err
		})},
		{"readers of waves", func() error {
			_, err := s.Readers(ctx, store.Audience{Newsletter: "weekly", Waves: []store.Wave{{"Africa/Nairobi", ""}, {"", "07:00"}, {"Asia/Tokyo", store.AnyHour}}}, "", "", 50)
			return err
		}},
		{"waves", func() error { _, err := s.AllWaves(ctx, weekly, false); return err }},
		{"waves of a frequency, with hours", func() error {
			_, err := s.AllWaves(ctx, store.Audience{Newsletter: "weekly", Not: []string{"daily", "monthly"}}, true)
			return err
		}},
		{"a zone", write(func(tx *store.Tx) error { return tx.SetTimezone(ctx, id, "Africa/Nairobi") })},
		{"an hour", write(func(tx *store.Tx) error { _, err := tx.SetHour(ctx, "weekly", id, "07:00"); return err })},
		{"pauses over?", func() error { _, err := s.PausesOver(ctx); return err }},
		{"pauses over", write(func(tx *store.Tx) error { _, err := tx.EndPauses(ctx); return err })},
		{"resumed", write(func(tx *store.Tx) error { _, err := tx.Resume(ctx, "weekly", id); return err })},
		{"readers counted", func() error { _, err := s.CountReaders(ctx, weekly); return err }},
		{"subscriptions", func() error { _, err := s.Subscriptions(ctx, id); return err }},
		{"subscriber by address", func() error { _, err := s.SubscriberByEmail(ctx, "amina@example.org"); return err }},
		{"sign-ups", write(func(tx *store.Tx) error { _, err := tx.OpenSignUps(ctx, id, time.Time{}); return err })},
		{"leaving", write(func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, "monthly", id); return err })},
		{"in turn", func() error { _, err := s.InTurn(ctx, "e", weekly, "", "~", 50); return err }},
		{"turn", func() error { _, err := s.Turn(ctx, "e", "weekly", id); return err }},
		{"due deliveries", func() error { _, err := s.DueDeliveries(ctx); return err }},
		{"claimed deliveries", write(func(tx *store.Tx) error { _, err := tx.ClaimDeliveries(ctx, "me", 10, due); return err })},
		{"renewed deliveries", write(func(tx *store.Tx) error { return tx.RenewDeliveries(ctx, "me", due) })},
		{"an edition's state", func() error { _, err := s.EditionState(ctx, "e"); return err }},
		{"free ranges", write(func(tx *store.Tx) error { _, err := tx.FreeRanges(ctx, "e", 0); return err })},
		{"those who got a paused one", write(func(tx *store.Tx) error { return tx.ServePaused(ctx, "weekly") })},
		{"others wait", func() error { _, err := s.OthersWait(ctx, "send", "send_range", "e"); return err }},
		{"a domain put off", write(func(tx *store.Tx) error { return tx.PutOffDomain(ctx, "example.org", tx.Now.Add(due), "later", 10) })},
		{"superseded", write(func(tx *store.Tx) error { _, err := tx.Supersede(ctx, "weekly", id, "e2"); return err })},
		{"stray ranges?", func() error { _, err := s.HasStrayRanges(ctx, "send_range", 10); return err }},
		{"stray ranges", write(func(tx *store.Tx) error { _, err := tx.StrayRanges(ctx, "send_range", 10, due); return err })},
		{"a range", write(func(tx *store.Tx) error {
			r, err := tx.ClaimRange(ctx, "e", last, "me", due)
			if err != nil || r == nil {
				return fmt.Errorf("claimed %v: %w", r, err)
			}
			if err := tx.CutRange(ctx, r, weekly, 500, due); err != nil {
				return err
			}
			if err := advance(ctx, tx, r, last, 0); err != nil {
				return err
			}
			if err := tx.CloseRange(ctx, r, weekly, 1); err != nil {
				return err
			}
			_, err = tx.FinishEdition(ctx, "e")
			return err
		})},
		{"deliveries of an edition", func() error { return s.EachDelivery(ctx, "e", "", func(magazine.Delivery) error { return nil }) }},
		{"deliveries to an address", func() error {
			return s.EachDelivery(ctx, "", "amina@example.org", func(magazine.Delivery) error { return nil })
		}},
		{"what came back", write(func(tx *store.Tx) error {
			if _, _, err := tx.HasReturn(ctx, "k", id, "e"); err != nil {
				return err
			}
			if _, _, err := tx.DeliveryOf(ctx, "e", id); err != nil {
				return err
			}
			if err := tx.CameBack(ctx, "e", id, "", 0, "", ""); err != nil {
				return err
			}
			if _, err := tx.LastDelivery(ctx, id, tx.Now); err != nil {
				return err
			}
			if _, _, _, err := tx.SoftRun(ctx, id, "e", tx.Now); err != nil {
				return err
			}
			_, err := tx.AddReturn(ctx, store.Return{Key: "k", Edition: "e", Subscriber: id})
			return err
		})},
		{"edition", func() error { _, err := s.Edition(ctx, "e"); return err }},
		{"message", func() error { _, err := s.Message(ctx, "e", "g"); return err }},
		{"some files", func() error { _, err := s.FilesAt(ctx, "sample", []string{"x", "y"}); return err }},
		{"some media", func() error { _, err := s.MediaFilesAt(ctx, "sample", []string{"x", "y"}); return err }},
		{"awaited", write(func(tx *store.Tx) error { _, err := tx.Awaiting(ctx, "sample", []string{"x"}); return err })},
		{"awaits", write(func(tx *store.Tx) error {
			return tx.PutAwaits(ctx, "sample", map[string][]string{"x": {"y"}, "z": nil})
		})},
		{"unended", func() error { _, err := s.Unended(ctx, "sample", 9); return err }},
		{"alarms", func() error { _, err := s.Alarms(ctx, 100); return err }},
		{"occurrences", func() error { _, err := s.OccurrencesFrom(ctx, "weekly", "main", "2024-10-04"); return err }},
		{"edition by key", write(func(tx *store.Tx) error { _, err := tx.EditionByKey(ctx, "k"); return err })},
		{"kept tallies", func() error { _, err := s.Tallies(ctx, []string{"e", "f"}); return err }},
		{"a tally", func() error {
			_, err := s.TallyEdition(ctx, "e", func(text string) string { return text })
			return err
		}},
		{"people by id", func() error { _, err := s.SubscribersByID(ctx, []string{id, "nobody"}); return err }},
		{"people found", func() error { _, err := s.SearchSubscribers(ctx, "mina", 50); return err }},
		{"people found by their beginning", func() error { _, err := s.SearchSubscribers(ctx, "am", 50); return err }},
		{"last deliveries to a person", func() error { _, err := s.LastDeliveriesTo(ctx, id, 50); return err }},
		{"a role", func() error { _, err := s.Role(ctx, id); return err }},
		{"acts about a person", func() error { _, err := s.SubscriberActs(ctx, id); return err }},
		{"last acts", func() error { _, err := s.LastActs(ctx, posttest.Start, 100); return err }},
		{"acts of an edition", func() error { _, err := s.EditionActs(ctx, "e"); return err }},
		{"issue comes", write(func(tx *store.Tx) error { _, err := tx.IssueComes(ctx, ninth); return err })},
		{"orphans", func() error { _, err := s.Orphans(ctx, "sample", 1, 9); return err }},
		{"asked for as an address", write(func(tx *store.Tx) error {
			_, err := tx.AddressAsks(ctx, "a hash", posttest.Start)
			return err
		})},
		{"erased", write(func(tx *store.Tx) error { return tx.Erase(ctx, magazine.Subscriber{ID: "nobody"}) })},
		{"files of a source", func() error { _, err := s.Files(ctx, "sample"); return err }},
		{"followers of an author", func() error { _, err := s.Followers(ctx, "salma-oduya"); return err }},
		{"merge", write(func(tx *store.Tx) error {
			if err := tx.PutArticle(ctx, by("noor", piece("dawn", tx.Now))); err != nil {
				return err
			}
			if err := tx.Touch(ctx, magazine.AuthorScope("noor")); err != nil { // as if it had appeared
				return err
			}
			return tx.MergeAuthors(ctx, "noor", "salma-oduya", "amina")
		})},
		{"part", write(func(tx *store.Tx) error { return tx.PartAuthors(ctx, "noor") })},
		{"aliases of an author", write(func(tx *store.Tx) error {
			_, err := tx.PutAliases(ctx, "sample", "salma-oduya", []string{"noor"})
			return err
		})},
	}
}

// large are the tables that grow with the publication and its readers. The
// counter, scopes' names, editions and issues are few.
var large = regexp.MustCompile(`^(articles|article_\w+|files|file_awaits|media\w*|subscri\w+|person_words|follows|merged_follows|signups|signins|sessions|passkeys|address_changes|address_asks|leavings|returns|suppressions|deliveries|edition_\w+|alarms|occurrences|acts)$`)

var (
	scanned = regexp.MustCompile(`^SCAN (\w+)`)
	partial = regexp.MustCompile(`INDEX (articles_pass|articles_due|deliveries_open|deliveries_deferred|edition_ranges_open|subscriptions_paused)\b`) // these hold few rows
	named   = regexp.MustCompile(`(?:FROM|JOIN|UPDATE|,) (\w+) (?:AS )?(\w+)`)
)

// sqlitePlan lists the large tables that a statement reads from end to end, by
// their rows or by a whole index, and its plan.
func sqlitePlan(t *testing.T, db *sql.DB, s statement) (full []string, plan string) {
	t.Helper()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+s.query, s.args...)
	if err != nil {
		t.Fatalf("%v:\n%s", err, s.query)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "\n"
		if m := scanned.FindStringSubmatch(detail); m != nil && large.MatchString(tableOf(s.query, m[1])) && !partial.MatchString(detail) {
			full = append(full, detail)
		}
	}
	return full, plan
}

// tableOf is the table behind a name that a plan has.
func tableOf(query, name string) string {
	for _, m := range named.FindAllStringSubmatch(query, -1) {
		if m[2] == name {
			return m[1]
		}
	}
	return name
}

var seqScan = regexp.MustCompile(`Seq Scan on (\w+)`)

// postgresPlan does so where there is any other way: the tables are too small
// for PostgreSQL to prefer an index by itself.
func postgresPlan(t *testing.T, db *sql.DB, s statement) (full []string, plan string) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("SET LOCAL enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query("EXPLAIN "+s.query, s.args...)
	if err != nil {
		t.Fatalf("%v:\n%s", err, s.query)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan += line + "\n"
		if m := seqScan.FindStringSubmatch(line); m != nil && large.MatchString(m[1]) {
			full = append(full, strings.TrimSpace(line))
		}
	}
	return full, plan
}
