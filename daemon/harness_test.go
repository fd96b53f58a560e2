package daemon_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/config"
	"postrider/daemon"
	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
)

// engines runs a test on every engine.
func engines(t *testing.T, test func(t *testing.T, engine string)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel() // each waits for its own disk most of the time
			test(t, engine)
		})
	}
}

// house is a daemon with a mail server and a clock that stands until it is set.
type house struct {
	*daemon.Daemon
	t      *testing.T
	ctx    context.Context
	file   string // the configuration
	clock  *clock
	server *smtptest.Server
	log    *journal
	ids    map[string]string // of people, by the part before the @
}

// clock is one that a test sets, and that may run besides.
type clock struct {
	*posttest.Clock
	running time.Time // since when; zero: it stands
}

func (c *clock) Now() time.Time {
	if c.running.IsZero() {
		return c.Clock.Now()
	}
	return c.Clock.Now().Add(time.Since(c.running))
}

// build opens a daemon on a fresh database of an engine, with a clock that
// stands. Relays answer within the test's patience or count as hanging.
func build(t *testing.T, engine string) *house {
	t.Helper()
	return buildOn(t, posttest.URL(t, engine), &clock{Clock: posttest.NewClock(posttest.Start)})
}

// buildRunning is build with a clock that runs, for tests in which River works.
func buildRunning(t *testing.T, engine string) *house {
	t.Helper()
	return buildOn(t, posttest.URL(t, engine), &clock{posttest.NewClock(posttest.Start), time.Now()})
}

// patience is how long a relay may be silent: longer than a test that others run
// beside ever keeps a relay waiting that is well.
const patience = 2 * time.Second

// stalls is how long a command waits that is to give up: longer than a daemon ever takes
// beside other tests to come so far that it waits for something.
const stalls = 4 * time.Second

func buildOn(t *testing.T, url string, clock *clock) *house {
	t.Helper()
	server := smtptest.Start(t, smtptest.Options{})
	h := &house{t: t, ctx: t.Context(), clock: clock, server: server, ids: map[string]string{}}
	h.file = settings(t, url, server.Addr())
	h.reopen()
	return h
}

// reopen opens the daemon anew on the same database, as after a restart.
func (h *house) reopen() {
	h.t.Helper()
	if h.Daemon != nil {
		h.Daemon.Close()
	}
	h.log = &journal{}
	h.Daemon = openAt(h.t, h.file, h.clock.Now, h.log)
	h.SetDeskPatience(time.Minute)
	relays, err := mailer.NewRelays("test.example", h.clock.Now, mailer.Relay{Name: "main", Address: h.server.Addr(), TLS: mailer.TLSNone, Timeout: patience})
	if err != nil {
		h.t.Fatal(err)
	}
	h.SetTransport(relays)
}

func openAt(t testing.TB, file string, now func() time.Time, log io.Writer) *daemon.Daemon {
	t.Helper()
	c, err := config.Load(file, nil, daemon.CheckConfig)
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.Open(context.Background(), daemon.Options{Config: c, Version: "test", Now: now, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) has(words string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Contains(j.text.String(), words)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// join adds confirmed subscribers: each name stands for NAME@people.example.
func (h *house) join(names ...string) {
	h.t.Helper()
	for _, name := range names {
		_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example"}, true, false)
		h.must(err)
		p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
		h.must(err)
		h.ids[name] = p.ID
	}
}

// inOrder lists people in the order in which their turns come.
func (h *house) inOrder() []string {
	var names []string
	for name := range h.ids {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(h.ids[a], h.ids[b]) })
	return names
}

// publish puts articles into the source and reads them.
func (h *house) publish(slugs ...string) {
	h.t.Helper()
	h.publishIn("Sea", slugs...)
}

func (h *house) publishIn(section string, slugs ...string) {
	h.t.Helper()
	for _, slug := range slugs {
		write(h.t, filepath.Join(filepath.Dir(h.file), "pieces", slug+".md"), fmt.Sprintf("---\ntitle: %s\nauthors: [Salma Oduya]\nsection: %s\ndate: 2024-09-05\nsummary: Of the %[1]s.\n---\n\nWords on the %[1]s.\n", slug, section))
	}
	done, err := h.Read(h.ctx, false, nil)
	if err != nil || done.New != len(slugs) {
		h.t.Fatalf("%d of %d are new: %v", done.New, len(slugs), err)
	}
}

// send makes an edition and does all of it that can be done now.
func (h *house) send() string {
	h.t.Helper()
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Drive(h.ctx))
	return id
}

func (h *house) edition(id string) *magazine.Edition {
	h.t.Helper()
	e, err := h.Store.Edition(h.ctx, id)
	h.must(err)
	return e
}

// expectEdition checks an edition's state and counts: "sent 2 sent, 1 failed".
func (h *house) expectEdition(id, want string) {
	h.t.Helper()
	e := h.edition(id)
	got := string(e.State)
	for _, n := range []struct {
		n    int
		what string
	}{{e.Counts.Sent, "sent"}, {e.Counts.Deferred, "deferred"}, {e.Counts.Failed, "failed"}, {e.Counts.Skipped, "skipped"}, {e.Counts.Nothing, "nothing"}} {
		if n.n > 0 {
			got += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	if got != want {
		h.t.Errorf("edition %s: %q, want %q (%s)", id, got, want, e.Reason)
	}
}

// delivery finds what became of an edition for a person; the zero Delivery: nothing.
func (h *house) delivery(edition, name string) (found magazine.Delivery) {
	h.t.Helper()
	h.must(h.Store.EachDelivery(h.ctx, edition, name+"@people.example", func(d magazine.Delivery) error {
		found = d
		return nil
	}))
	return found
}

// served is a person's served number.
func (h *house) served(name string) int64 {
	h.t.Helper()
	sub, err := h.Store.Subscription(h.ctx, "weekly", h.ids[name])
	h.must(err)
	return sub.Served
}

// got lists which articles' links each message to a person had, in order:
// "clock tide; bell" is two messages.
func (h *house) got(name string) string {
	var all []string
	for _, m := range h.server.Messages() {
		if m.To == name+"@people.example" {
			all = append(all, strings.Join(articlesIn(m.Raw), " "))
		}
	}
	return strings.Join(all, "; ")
}

// written is a message as it goes over the wire.
func written(p *mailer.Parcel) []byte {
	var b bytes.Buffer
	p.WriteTo(&b)
	return b.Bytes()
}

// listOf is the newsletter that a message is of.
func listOf(p *mailer.Parcel) string {
	_, list, _ := strings.Cut(string(written(p)), "\r\nList-Id: <")
	list, _, _ = strings.Cut(list, ".")
	return list
}

// articlesIn lists the slugs of the articles that a message links to, sorted.
func articlesIn(raw []byte) []string {
	var slugs []string
	text := strings.ReplaceAll(string(raw), "=\r\n", "") // quoted-printable's soft line breaks
	for _, part := range strings.Split(text, "/articles/")[1:] {
		if slug, _, ok := strings.Cut(part, "/"); ok && !slices.Contains(slugs, slug) {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	return slugs
}

func (h *house) suppressed(name string) string {
	h.t.Helper()
	why, err := h.Store.Suppressed(h.ctx, name+"@people.example")
	h.must(err)
	return why
}

func (h *house) write(f func(tx *store.Tx) error) {
	h.t.Helper()
	h.must(h.Store.Write(h.ctx, f))
}

// at misbehaves at one step towards one person, as often as times says.
func at(name string, step smtptest.Step, reply string, action smtptest.Action, times int) smtptest.Fault {
	var mu sync.Mutex
	var to string
	return func(now smtptest.Step, argument string) (string, smtptest.Action) {
		mu.Lock()
		defer mu.Unlock()
		if now == smtptest.RCPT {
			to = argument
		}
		if now != step || times == 0 || name != "" && to != name+"@people.example" {
			return "", smtptest.Proceed
		}
		times--
		return reply, action
	}
}

func header(t *testing.T, raw []byte, name string) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get(name)
}

// deadline ends waiting for something that never comes.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// heard waits for a word from elsewhere.
func heard[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case word := <-from:
		return word
	case <-deadline(t).Done():
		t.Fatal("no word came")
		panic("unreachable")
	}
}
