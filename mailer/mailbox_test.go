package mailer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"postrider/magazine"
)

// upload is a message as go-imap's server takes it.
type upload struct{ *strings.Reader }

func (l upload) Size() int64 { return l.Reader.Size() }

// poorServer is an IMAP server that can neither move a message nor delete one
// without all others that are marked for it.
func poorServer(t *testing.T) (address string, user *imapmemserver.User) {
	t.Helper()
	server := imapmemserver.New()
	user = imapmemserver.NewUser("bounces", "sesame")
	server.AddUser(user)
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	s := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: imap.CapSet{imap.CapIMAP4rev1: {}}, NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return server.NewSession(), nil, nil
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String(), user
}

// watcher watches a mailbox, and keeps what it has taken.
type watcher struct {
	mu    sync.Mutex
	taken []string
	place MailboxPlace
	later string // a message that is refused for now
	works chan struct{}
}

func (w *watcher) mailbox(address string) *Mailbox {
	return &Mailbox{Address: address, TLS: TLSNone, Username: "bounces", Password: func() (string, error) { return "sesame", nil }, Folder: "INBOX", Processed: "Processed", Most: 20, Poll: 10 * time.Millisecond,
		Take: func(_ context.Context, message io.Reader) error {
			text, err := io.ReadAll(message)
			w.mu.Lock()
			defer w.mu.Unlock()
			if err == nil && string(text) == w.later {
				return magazine.Errorf(magazine.Unavailable, "not yet")
			}
			w.taken = append(w.taken, string(text))
			return err
		},
		Place: func(context.Context) (MailboxPlace, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.place, nil },
		SetPlace: func(_ context.Context, p MailboxPlace) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.place = p
			return nil
		},
		Works: func() {
			select {
			case w.works <- struct{}{}:
			case <-time.After(time.Second): // nobody waits any more
			}
		},
		Stays: func(error) {}}
}

// watch watches until so many were taken.
func (w *watcher) watch(t *testing.T, address string, n int) {
	t.Helper()
	w.works = make(chan struct{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- w.mailbox(address).Watch(ctx) }()
	for done := false; !done; {
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		case <-w.works:
		}
		w.mu.Lock()
		done = len(w.taken) >= n
		w.mu.Unlock()
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func (w *watcher) expect(t *testing.T, taken ...string) {
	t.Helper()
	if !slices.Equal(w.taken, taken) {
		t.Errorf("taken: %q, want %q", w.taken, taken)
	}
}

func TestPoorMailbox(t *testing.T) {
	address, user := poorServer(t)
	put := func(text string) {
		t.Helper()
		if _, err := user.Append("INBOX", upload{strings.NewReader(text)}, &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	w := &watcher{later: "Subject: two\r\n\r\n"}
	put("Subject: one\r\n\r\n")
	put("Subject: two\r\n\r\n")
	put("Subject: three, which goes on for long\r\n")
	w.watch(t, address, 2)
	one, three := "Subject: one\r\n\r\n", "Subject: three, which goes on for long\r\n"[:20]
	if got := slices.Compact(w.taken); got[0] != one || !slices.Contains(got, three) || slices.Contains(got, w.later) {
		t.Errorf("taken: %q", got)
	}
	if w.place.UID != 1 {
		t.Errorf("two is passed over: %+v", w.place)
	}
	w.later, w.taken = "", nil
	w.watch(t, address, 2)
	w.expect(t, "Subject: two\r\n\r\n", three)
	put("Subject: four\r\n\r\n")
	w.taken = nil
	w.watch(t, address, 1)
	w.expect(t, "Subject: four\r\n\r\n")
	w.place.Validity++ // the folder was made anew
	w.taken = nil
	w.watch(t, address, 4)
	w.expect(t, one, "Subject: two\r\n\r\n", three, "Subject: four\r\n\r\n")
}

// What is wrong is said in words that name no user.
func TestMailboxFaults(t *testing.T) {
	address, _ := poorServer(t)
	hangsUp := func(says string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				io.WriteString(c, says)
				c.Close()
			}
		}()
		return l.Addr().String()
	}
	for name, c := range map[string]struct {
		change func(m *Mailbox)
		says   string
	}{
		"no password":    {func(m *Mailbox) { m.Password = func() (string, error) { return "", errors.New("no such file") } }, "no such file"},
		"wrong password": {func(m *Mailbox) { m.Password = func() (string, error) { return "open", nil } }, "refuses the sign-in; check username and password_file: imap: NO"},
		"no folder":      {func(m *Mailbox) { m.Folder = "Elsewhere" }, "does not open the folder Elsewhere"},
		"it hangs up":    {func(m *Mailbox) { m.Address = hangsUp("") }, "does not greet"},
		"it speaks SMTP": {func(m *Mailbox) { m.Address = hangsUp("220 mx.example ESMTP bounces\r\n") }, "does not greet"},
		"no STARTTLS":    {func(m *Mailbox) { m.TLS = TLSStart }, "offers no encryption that can be trusted"},
		"no TLS":         {func(m *Mailbox) { m.TLS = TLSImplicit }, "offers no encryption that can be trusted"},
		"PREAUTH":        {func(m *Mailbox) { m.TLS, m.Address = TLSStart, hangsUp("* PREAUTH hello bounces\r\n") }, "offers no encryption that can be trusted"},
	} {
		w := &watcher{works: make(chan struct{}, 1)}
		m := w.mailbox(address)
		c.change(m)
		err := m.Watch(context.Background())
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(fmt.Sprint(err), "bounces") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
