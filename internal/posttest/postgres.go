package posttest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
)

// server is the one PostgreSQL that this test process shares.
var server struct {
	once sync.Once
	err  error
	PostgresServer
}

// PostgresServer is a private PostgreSQL server.
type PostgresServer struct {
	bin, dir string
	port     int
	who      *syscall.Credential // whom it runs as; nil: who runs the tests
	cmd      *exec.Cmd
	made     atomic.Int64 // databases

	template    sync.Once
	templated   string // the name of the database with the schema
	templateErr error
}

// Main runs a package's tests and then ends the services that they started.
// Packages that call Postgres, Stores or Program have it in their TestMain.
func Main(m *testing.M) {
	code := m.Run()
	server.end()
	if program.dir != "" {
		os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

// Postgres makes a database on a private PostgreSQL server, which it starts at the
// first call, and returns its address. It has the schema, and nothing else.
func Postgres(t testing.TB) string {
	t.Helper()
	s := shared(t)
	s.template.Do(func() {
		url := s.Database(t)
		s.templated, s.templateErr = url[strings.LastIndexByte(url, '/')+1:strings.IndexByte(url, '?')], migrated(url)
	})
	if s.templateErr != nil {
		t.Fatal(s.templateErr)
	}
	return s.copyOf(t, s.templated)
}

// shared is the server of all tests of the package.
func shared(t testing.TB) *PostgresServer {
	t.Helper()
	bin := needPostgres(t)
	server.once.Do(func() { server.err = server.make(bin) })
	if server.err != nil {
		t.Fatalf("PostgreSQL does not start: %v", server.err)
	}
	return &server.PostgresServer
}

// OwnPostgres starts a server that is the test's own, for it to crash.
func OwnPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	bin := needPostgres(t)
	s := &PostgresServer{}
	t.Cleanup(s.end)
	if err := s.make(bin); err != nil {
		t.Fatalf("PostgreSQL does not start: %v", err)
	}
	return s
}

func needPostgres(t testing.TB) (bin string) {
	t.Helper()
	if bin = postgresBin(); bin == "" {
		Missing(t, "PostgreSQL", "apt-get install postgresql, or run make test")
	}
	return bin
}

// Database makes an empty database and returns its address.
func (s *PostgresServer) Database(t testing.TB) string {
	t.Helper()
	return s.copyOf(t, "template1")
}

// copyOf makes a database that is a copy of another, and returns its address.
func (s *PostgresServer) copyOf(t testing.TB, of string) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.made.Add(1))
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE " + name + " TEMPLATE " + of); err != nil {
		t.Fatalf("cannot make the database %s: %v", name, err)
	}
	return s.url(name)
}

// Sync has the shared server wait for the disk from now on, as it does by itself
// everywhere but in tests. A benchmark of what is written needs it.
func Sync(t testing.TB) {
	t.Helper()
	db, err := sql.Open("pgx", shared(t).url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *PostgresServer) url(name string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, name)
}

// postgresBin is the folder of the newest installed server's programs.
func postgresBin() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

// make makes the server's files in a folder of its own, and starts it.
func (s *PostgresServer) make(bin string) (err error) {
	s.bin = bin
	if s.dir, err = os.MkdirTemp("", "postrider-pg-"); err != nil {
		return err
	}
	if s.who, err = postgresUser(s.dir); err != nil {
		return err
	}
	if out, err := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	settings, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer settings.Close()
	if _, err := settings.WriteString("fsync = off\n"); err != nil { // see Sync
		return err
	}
	if s.port, err = FreePort(); err != nil {
		return err
	}
	return s.Start()
}

func (s *PostgresServer) data() string { return filepath.Join(s.dir, "data") }

func (s *PostgresServer) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.who, Setpgid: true}
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	return cmd
}

// Start starts the server, the first time or after Crash, and waits until it
// takes connections.
func (s *PostgresServer) Start() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command("postgres", "-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "max_connections=200")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	return s.answering()
}

// Crash ends the server at once and without a checkpoint, as pg_ctl stop -m
// immediate does: what its next start finds is what it would find after a crash.
func (s *PostgresServer) Crash() {
	s.cmd.Process.Signal(syscall.SIGQUIT)
	s.cmd.Wait()
}

// end ends the server and removes what it has.
func (s *PostgresServer) end() {
	if s.cmd != nil {
		s.cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		s.cmd.Wait()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func (s *PostgresServer) answering() error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		err = db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("%w\n%s", err, log)
		}
	}
}

// postgresUser is whom the server runs as: it refuses root.
func postgresUser(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}
