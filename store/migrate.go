package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"postrider/magazine"
)

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
	p, err := goose.NewProvider(s.dialect.goose, s.writer, files)
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
	return nil
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
