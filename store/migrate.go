package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"postrider/magazine"
)

// Where the engines need it, a migration has a file for each.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date: ours, then River's, under one lock
// over processes.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	unlock, err := s.migrationLock(ctx)
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot reach the database: %w", err)
	}
	defer unlock()
	foreign, err := fs.Glob(files, "*."+s.dialect.other+".sql")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(s.dialect.goose, s.writer, files, goose.WithExcludeNames(foreign))
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot read the database's schema: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	if have > newest {
		return magazine.Errorf(magazine.Unavailable, "the database's schema %d is newer than this program's %d; run the newer postrider", have, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot bring the database's schema up to date: %w", err)
	}
	m, err := rivermigrate.New(s.JobDriver(), nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot bring the job tables up to date: %w", err)
	}
	if err := s.rekey(ctx); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot bring the keys of addresses up to date: %w", err)
	}
	return nil
}

// migrated finds out, without writing, whether the schema is this binary's.
func (s *Store) migrated(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot reach the database: %w", err)
	}
	const nothing = "there is nothing in the database yet"
	var made bool
	if err := s.readers.QueryRowContext(ctx, s.dialect.hasTable, "goose_db_version").Scan(&made); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot look what is in the database: %w", err)
	} else if !made {
		return magazine.Errorf(magazine.NotFound, nothing)
	}
	have, newest, err := s.schemas(ctx)
	if err != nil {
		return err
	}
	if have == 0 {
		return magazine.Errorf(magazine.NotFound, nothing)
	}
	if have != newest { // not all numbers are taken
		return magazine.Errorf(magazine.Unavailable, "the database's schema %d is not this program's; the first start of postrider serve brings an older one up to date, and a newer one needs the newer postrider", have)
	}
	return nil
}

// schemas tells the schema that the database has, and this program's.
func (s *Store) schemas(ctx context.Context) (have, newest int64, err error) {
	if err := s.readers.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&have); err != nil {
		return 0, 0, magazine.Errorf(magazine.Unavailable, "cannot read the database's schema: %w", err)
	}
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return 0, 0, err
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "."+s.dialect.other+".sql") })
	newest, err = goose.NumericComponent(files[len(files)-1])
	return have, newest, err
}

// Outgrown tells whether a newer program has brought the schema further since this one
// opened the database. This one is to end then: it does not know what the newer one
// writes, and would leave it half done.
func (s *Store) Outgrown(ctx context.Context) (bool, error) {
	have, newest, err := s.schemas(ctx)
	return have > newest, err
}

// JobDriver is what River works on: one type of transaction on both engines.
func (s *Store) JobDriver() riverdriver.Driver[*sql.Tx] {
	if s.dialect.name == "sqlite" {
		return riversqlite.New(s.writer)
	}
	return riverdatabasesql.New(s.writer)
}

// lockFile takes a lock that ends with the process, waiting for another's.
func lockFile(ctx context.Context, path string) (func(), error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, err
	}
	return func() { l.Unlock() }, nil
}
