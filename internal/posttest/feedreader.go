package posttest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // newsboat keeps what it read in SQLite
)

// Entry is what a feed reader kept of one entry.
type Entry struct {
	GUID, Title, Author, Link string
	Content                   string
	Published                 time.Time // UTC, whole seconds
}

// Reader is a real feed reader, newsboat, that has subscribed to one feed. It
// remembers between polls, as a person's does.
type Reader struct {
	home, url string
}

// FeedReader polls a feed once with a new reader and returns what it kept,
// newest first.
func FeedReader(t testing.TB, url string) []Entry {
	t.Helper()
	return NewReader(t, url).Poll(t)
}

// NewReader makes a reader with an empty memory, subscribed to url.
func NewReader(t testing.TB, url string) *Reader {
	t.Helper()
	if _, err := exec.LookPath("newsboat"); err != nil {
		Missing(t, "the feed reader newsboat", "apt-get install newsboat, or run make test")
	}
	r := &Reader{home: t.TempDir(), url: url}
	r.write(t, "urls", url+"\n")
	r.write(t, "config", "error-log "+r.file("errors")+"\nprepopulate-query-feeds no\ndownload-retries 1\n")
	return r
}

// Poll asks for the feed once and returns all entries that the reader knows
// then, newest first. A feed that cannot be fetched or read fails the test.
func (r *Reader) Poll(t testing.TB) []Entry {
	t.Helper()
	if complaint := r.reload(t); complaint != "" {
		t.Fatalf("newsboat does not like %s: %s", r.url, complaint)
	}
	return r.Entries(t)
}

// Refused asks for the feed once and returns what the reader writes of why it
// could not have it. One that it has fails the test.
func (r *Reader) Refused(t testing.TB) string {
	t.Helper()
	complaint := r.reload(t)
	if complaint == "" {
		t.Fatalf("newsboat has nothing against %s", r.url)
	}
	return complaint
}

// reload has newsboat poll, and returns what it writes of what went wrong.
func (r *Reader) reload(t testing.TB) (complaint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	os.Remove(r.file("errors"))
	cmd := exec.CommandContext(ctx, "newsboat", "-u", r.file("urls"), "-C", r.file("config"), "-c", r.file("cache.db"), "-x", "reload")
	cmd.Env = append(os.Environ(), "HOME="+r.home, "XDG_CONFIG_HOME="+r.home, "XDG_DATA_HOME="+r.home, "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("newsboat reading %s: %v\n%s", r.url, err, out)
	}
	written, err := os.ReadFile(r.file("errors"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(written)
}

// Entries returns all that the reader knows, newest first, and asks for nothing.
func (r *Reader) Entries(t testing.TB) []Entry {
	t.Helper()
	entries, err := r.entries(t.Context())
	if err != nil {
		t.Fatalf("what newsboat kept of %s: %v", r.url, err)
	}
	return entries
}

func (r *Reader) entries(ctx context.Context) ([]Entry, error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: r.file("cache.db"), RawQuery: "mode=ro"}).String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT guid, title, author, url, content, pubDate FROM rss_item
		WHERE feedurl = $1 AND deleted = 0 ORDER BY pubDate DESC, id DESC`, r.url)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []Entry
	for rows.Next() {
		var e Entry
		var seconds int64
		if err := rows.Scan(&e.GUID, &e.Title, &e.Author, &e.Link, &e.Content, &seconds); err != nil {
			return nil, err
		}
		e.Published = time.Unix(seconds, 0).UTC()
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

func (r *Reader) file(name string) string { return filepath.Join(r.home, name) }

func (r *Reader) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(r.file(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
