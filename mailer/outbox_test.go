package mailer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
)

func TestOutboxWritesOneFileAMessage(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data", "outbox")
	c := opened(t, &Outbox{Folder: folder, Now: time.Now})
	m := digest()
	for range 2 { // a repeat overwrites
		if r := send(t.Context(), c, m); r != (Result{State: Sent, Phase: PhaseMessage, Relay: "outbox"}) {
			t.Fatalf("result %+v", r)
		}
	}
	mustBeSent(t, send(t.Context(), c, numbered(2)))
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", e.Name(), info.Mode(), err)
		}
	}
	if got := strings.Join(names, " "); got != "weekly-17.2@harbour.example.eml weekly-17.k3v9q@harbour.example.eml" {
		t.Errorf("files %s", got)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v (%v)", info.Mode(), err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "weekly-17.k3v9q@harbour.example.eml"))
	if err != nil || !bytes.Equal(got, written(t, m)) {
		t.Errorf("the file holds %q (%v)", got, err)
	}
}

func TestOutboxFileNames(t *testing.T) {
	seen := map[string]bool{}
	for id, want := range map[string]string{
		"a.b-c_d@e.example":             "a.b-c_d@e.example.eml",
		"../../etc/passwd@e":            "%2E.%2F..%2Fetc%2Fpasswd@e.eml",
		".hidden@e":                     "%2Ehidden@e.eml",
		"a/b@e":                         "a%2Fb@e.eml",
		"a%2Fb@e":                       "a%252Fb@e.eml",
		`a\b:c*d?"|@e`:                  "a%5Cb%3Ac%2Ad%3F%22%7C@e.eml",
		strings.Repeat("a", 300) + "@e": "",
		strings.Repeat("a", 301) + "@e": "",
	} {
		got := fileName(id)
		if want != "" && got != want {
			t.Errorf("%q becomes %q, want %q", id, got, want)
		}
		if len(got) > 210 || filepath.Base(got) != got || strings.HasPrefix(got, ".") || seen[got] {
			t.Errorf("%q becomes %q", id, got)
		}
		seen[got] = true
	}
}

func TestOutboxThatCannotBeWritten(t *testing.T) {
	now := time.Date(2026, 3, 6, 4, 0, 0, 0, time.UTC)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := &Outbox{Folder: filepath.Join(file, "outbox"), Now: func() time.Time { return now }}
	_, err := o.Open(t.Context(), Bulk)
	var u *Unavailable
	if !errors.As(err, &u) || !u.Until.Equal(now.Add(time.Minute)) || u.Result.Blame != BlameRelay ||
		magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), o.Folder) {
		t.Errorf("open below a file: %v", err)
	}

	o.Folder = filepath.Join(t.TempDir(), "outbox")
	c := opened(t, o)
	if err := os.Remove(o.Folder); err != nil {
		t.Fatal(err)
	}
	if r := send(t.Context(), c, digest()); r.State != Deferred || r.CostsAttempt() || r.RetryAfter != time.Minute || !strings.Contains(r.Reason, o.Folder) {
		t.Errorf("sending into a folder that is gone: %+v", r)
	}
	// A name that is taken by a folder: the half-written file is cleaned away.
	if err := os.MkdirAll(filepath.Join(o.Folder, fileName(digest().MessageID), "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if r := send(t.Context(), c, digest()); r.State != Deferred || r.CostsAttempt() {
		t.Errorf("sending onto a folder: %+v", r)
	}
	if left, err := os.ReadDir(o.Folder); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestOutboxReadOnly(t *testing.T) {
	folder := t.TempDir()
	for dir, mode := range map[string]os.FileMode{folder: 0o555, filepath.Dir(folder): 0o755} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	posttest.AsNobody(t)
	c := opened(t, &Outbox{Folder: folder, Now: time.Now})
	if r := send(t.Context(), c, digest()); r.State != Deferred || r.CostsAttempt() || !strings.Contains(r.Reason, "writable") {
		t.Errorf("result %+v", r)
	}
}

func TestOutboxRefusals(t *testing.T) {
	c := opened(t, &Outbox{Folder: t.TempDir(), Now: time.Now})
	m := digest()
	m.To.Address = "amina"
	if r := send(t.Context(), c, m); r.State != Failed || r.Blame != BlameRecipient || r.Relay != "outbox" {
		t.Errorf("a bad address: %+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := send(ctx, c, digest()); r.State != Deferred || r.CostsAttempt() {
		t.Errorf("after a stop: %+v", r)
	}
}
