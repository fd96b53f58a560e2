package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"postrider/internal/posttest"
	"postrider/store"
)

// A database that has people already keeps more texts for the plans of a search from the
// migration on that asks for it, and not from when PostgreSQL happens to look at them again.
func TestSearchStatisticsOfAnOldDatabase(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	url := posttest.URL(t, "postgres")
	s := posttest.Open(t, url, clock.Now)
	run := func(text string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error { _, err := tx.ExecContext(ctx, text); return err })
	}
	known := func() (n int) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(array_length(histogram_bounds::text::text[], 1)), 0) FROM pg_stats WHERE tablename = 'subscribers_search'").Scan(&n)
		})
		return n
	}
	run("ALTER INDEX subscribers_search ALTER COLUMN 1 SET STATISTICS -1") // as before the migration
	run("INSERT INTO subscribers (id, email, email_key, name, state, timezone, language, created, confirmed) SELECT 'x' || n, 'p' || n || '@example.org', 'k' || n, '', 'confirmed', '', '', 0, 0 FROM generate_series(1, 5000) n")
	run("ANALYZE subscribers")
	before := known()
	run("DELETE FROM goose_db_version WHERE version_id = 96") // it is still to come
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	foreign, err := filepath.Glob("migrations/*.sqlite.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i := range foreign {
		foreign[i] = filepath.Base(foreign[i])
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"), goose.WithExcludeNames(foreign))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.ApplyVersion(ctx, 96, true); err != nil {
		t.Fatal(err)
	}
	if after := known(); before == 0 || after <= before {
		t.Errorf("%d are kept before, and %d after it", before, after)
	}
}
