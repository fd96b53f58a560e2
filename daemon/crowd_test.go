package daemon_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// A crowd is a publication with 50 new articles and many subscriptions.
type crowd struct {
	d       *daemon.Daemon
	people  int
	edition string // whose content is fixed
}

func assemble(b *testing.B, engine string, people int, sets [][]magazine.Follow) *crowd {
	b.Helper()
	c := &crowd{people: people}
	file := settings(b, posttest.URL(b, engine), "127.0.0.1:9")
	for i := range 50 {
		write(b, filepath.Join(filepath.Dir(file), "pieces", fmt.Sprintf("piece%d.md", i)), fmt.Sprintf("---\ntitle: Piece %d\nauthors: [Author %d, Author %d]\nsection: Section %d\ntags: [Tag %d, Tag %d, Tag %d]\ndate: 2024-09-05\n---\n\nWords.\n",
			i, i*7%60, i*11%60, i%12, i*3%40, i*13%40, i*17%40))
	}
	clock := posttest.NewClock(posttest.Start)
	c.d = openAt(b, file, clock.Now, io.Discard)
	if done, err := c.d.Read(b.Context(), false, nil); err != nil || done.New != 50 {
		b.Fatal(done, err)
	}
	populate(b, c.d.Store, engine, people, sets)
	return c
}

// fix fixes the content of an edition for the crowd.
func (c *crowd) fix(b *testing.B) {
	b.Helper()
	id, err := c.d.SendNow(b.Context(), "weekly", "benchmark")
	if err == nil {
		err = c.d.FixContent(b.Context(), id)
	}
	if err != nil {
		b.Fatal(err)
	}
	c.edition = id
}

const followSets = 2000

// sets makes different follow sets. The first follows everything.
func sets() [][]magazine.Follow {
	r := rand.New(rand.NewPCG(5, 2))
	all, seen := [][]magazine.Follow{nil}, map[string]bool{}
	for len(all) < followSets {
		of := map[magazine.Follow]bool{}
		for range 1 + r.IntN(6) {
			switch n := r.IntN(112); {
			case n < 60:
				of[magazine.Follow{Kind: magazine.FollowAuthor, Slug: fmt.Sprintf("author-%d", n)}] = true
			case n < 72:
				of[magazine.Follow{Kind: magazine.FollowSection, Slug: fmt.Sprintf("section-%d", n-60)}] = true
			default:
				of[magazine.Follow{Kind: magazine.FollowTag, Slug: magazine.TagKey(fmt.Sprintf("Tag %d", n-72))}] = true
			}
		}
		if text := fmt.Sprint(of); !seen[text] { // maps print sorted
			seen[text] = true
			var set []magazine.Follow
			for f := range of {
				set = append(set, f)
			}
			all = append(all, set)
		}
	}
	return all
}

// populate makes subscribers of the newsletter weekly, each with the next of the
// sets; see BenchmarkGroups.
func populate(b *testing.B, s *store.Store, engine string, people int, sets [][]magazine.Follow) {
	b.Helper()
	err := s.Write(b.Context(), func(tx *store.Tx) error {
		run := func(query string, args ...any) error {
			_, err := tx.ExecContext(b.Context(), query, args...)
			return err
		}
		// The number of each person stands in created, until the end. Their ids come
		// in another order, as true ones do.
		if err := run(`INSERT INTO subscribers (id, email, email_key, name, state, timezone, created, confirmed, tier)
			WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST($1 AS BIGINT))
			SELECT 'person' || CAST(100000000 + i * 611953 % 9999991 AS TEXT), 'person' || i || '@people.example', 'person' || i || '@people.example', '',
				CASE WHEN i % 50 = 7 THEN 'pending' ELSE 'confirmed' END, '', i, 1, CASE WHEN CAST($2 AS BIGINT) > 1 AND i / CAST($2 AS BIGINT) % 10 = 3 THEN 'member' ELSE 'free' END FROM n`, people, len(sets)); err != nil {
			return err
		}
		if err := run("CREATE TABLE crowd (set_number BIGINT NOT NULL, kind TEXT NOT NULL, slug TEXT NOT NULL, PRIMARY KEY (set_number, kind, slug))"); err != nil {
			return err
		}
		for i, set := range sets {
			for _, f := range set {
				if err := run("INSERT INTO crowd (set_number, kind, slug) VALUES ($1, $2, $3)", i, string(f.Kind), f.Slug); err != nil {
					return err
				}
			}
		}
		const number = "p.created % CAST($1 AS BIGINT)"
		const served = "CASE WHEN " + number + " % 5 = 4 THEN " + number + " % 50 ELSE 0 END"
		if err := run(`INSERT INTO subscriptions (newsletter, subscriber_id, state, served, created, ended, paused_until)
			SELECT 'weekly', p.id, 'active', `+served+`, 1, 0, CASE WHEN p.created % 50 = 9 THEN 253402214400000000 ELSE 0 END FROM subscribers p ORDER BY p.id`, len(sets)); err != nil {
			return err
		}
		if err := run(`INSERT INTO follows (newsletter, subscriber_id, kind, slug, served)
			SELECT 'weekly', p.id, c.kind, c.slug, `+served+` FROM subscribers p JOIN crowd c ON c.set_number = `+number+` ORDER BY p.id`, len(sets)); err != nil {
			return err
		}
		if err := run("INSERT INTO suppressions (email_key, reason, created) SELECT email_key, 'bounced', 1 FROM subscribers WHERE created % 50 = 11"); err != nil {
			return err
		}
		if err := run("DROP TABLE crowd"); err != nil || engine == "sqlite" {
			return err
		}
		return run("ANALYZE") // as PostgreSQL does by itself, in time
	})
	if err != nil {
		b.Fatal(err)
	}
}
