package daemon_test

import (
	"context"
	"crypto/tls"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"postrider/config"
	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/magazine"
)

const mailboxUser = "bounces@harbour.example"

// mailboxHouse is a house whose mail comes back to a Dovecot, reached by address
// as tls says.
func mailboxHouse(t *testing.T, engine string, box *posttest.MailboxServer, address, tls, password string, more ...string) *house {
	t.Helper()
	h := build(t, engine)
	h.setPassword(password)
	keys := []string{"mailbox:", "  address: '" + address + "'", "  tls: " + tls, "  username: " + mailboxUser, "  password_file: mailbox-password"}
	for _, key := range more {
		keys = append(keys, "  "+key)
	}
	h.comesBack(keys...)
	h.SetMailbox(box.TLSConfig(), 20*time.Millisecond)
	return h
}

func (h *house) setPassword(password string) {
	write(h.t, filepath.Join(filepath.Dir(h.file), "mailbox-password"), password+"\n")
}

// folders tells how many messages there are in each folder of the mailbox.
func folders(t *testing.T, box *posttest.MailboxServer, names ...string) map[string]uint32 {
	t.Helper()
	c, err := imapclient.DialInsecure(box.IMAP, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(mailboxUser, posttest.MailboxPassword).Wait(); err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint32{}
	for _, name := range names {
		status, err := c.Status(name, &imap.StatusOptions{NumMessages: true}).Wait()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		counts[name] = *status.NumMessages
	}
	return counts
}

// A real Dovecot, by each way of encryption: what lies there and what comes later
// is taken, and moved.
func TestMailbox(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, engine, tls string
		address           func(box *posttest.MailboxServer) string
	}{
		{"implicit", "sqlite", "implicit", func(box *posttest.MailboxServer) string { return box.IMAPS }},
		{"starttls", "postgres", "starttls", func(box *posttest.MailboxServer) string { return box.IMAP }},
		{"none", "sqlite", "none", func(box *posttest.MailboxServer) string { return box.IMAP }},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := posttest.RealMailboxes(t, mailboxUser)
			h := mailboxHouse(t, c.engine, box, c.address(box), c.tls, posttest.MailboxPassword)
			h.join("amina", "bakari", "chiku")
			a := h.sendNew("tide", "amina")
			b, d := h.last("bakari"), h.last("chiku")
			box.Deliver(t, "", mailboxUser, []byte(bounceOf(a, "5.1.1", unknownUser)))
			box.Deliver(t, "spam@stranger.example", mailboxUser, []byte("Subject: Buy this\r\n\r\nNow.\r\n"))
			large := bounceOf(b, "4.2.2", full)
			large = strings.Replace(large, "\r\n--b--", strings.Repeat("0123456789 0123456789 0123456789 0123456789 0123456789 012345678\r\n", 150_000)+"\r\n--b--", 1)
			box.Deliver(t, "", mailboxUser, []byte(large))
			serve(t, h.Daemon)
			h.eventually("what lies there", func() bool {
				return h.returnedInAnyOrder() == "bounce hard amina suppressed; bounce soft bakari counted"
			})
			h.eventually("that it is moved", func() bool {
				n := folders(t, box, "INBOX", "Processed")
				return n["INBOX"] == 0 && n["Processed"] == 3
			})
			box.Deliver(t, "fbl@mx.example", mailboxUser, []byte(complaintOn(string(d.Raw))))
			h.eventually("what comes later", func() bool { return strings.HasSuffix(h.returnedInAnyOrder(), "complaint none chiku suppressed") })
			h.expect("refused", h.refused(), "imap unknown 1")
			if h.log.has("@harbour.example") || h.log.has("people.example") {
				t.Errorf("an address is logged: %s", h.log.text.String())
			}
		})
	}
}

// The same messages once more, as after a restart in which the folder was put back,
// change nothing.
func TestMailboxAgain(t *testing.T) {
	t.Parallel()
	box := posttest.RealMailboxes(t, mailboxUser)
	h := mailboxHouse(t, "sqlite", box, box.IMAP, "none", posttest.MailboxPassword)
	h.join("amina")
	m := h.sendNew("tide", "amina")
	box.Deliver(t, "", mailboxUser, []byte(bounceOf(m, "4.2.2", full)))
	stop := h.serveUntil()
	h.eventually("the first", func() bool { return h.returned() != "" && folders(t, box, "INBOX")["INBOX"] == 0 })
	stop()
	c, err := imapclient.DialInsecure(box.IMAP, nil)
	h.must(err)
	defer c.Close()
	h.must(c.Login(mailboxUser, posttest.MailboxPassword).Wait())
	_, err = c.Select("Processed", nil).Wait()
	h.must(err)
	_, err = c.Move(imap.SeqSetNum(1), "INBOX").Wait()
	h.must(err)
	h.reopen()
	h.SetMailbox(box.TLSConfig(), 20*time.Millisecond)
	serve(t, h.Daemon)
	h.eventually("the second", func() bool { return folders(t, box, "INBOX")["INBOX"] == 0 })
	h.expect("came back", h.returned(), "bounce soft amina counted")
}

// Where messages cannot be moved they stay, and are passed over from then on.
func TestMailboxWithoutAFolderToMoveTo(t *testing.T) {
	t.Parallel()
	box := posttest.RealMailboxes(t, mailboxUser)
	h := mailboxHouse(t, "sqlite", box, box.IMAP, "none", posttest.MailboxPassword, `processed: "no//such"`)
	h.join("amina", "bakari")
	h.publish("tide")
	h.send()
	box.Deliver(t, "", mailboxUser, []byte(bounceOf(h.last("amina"), "5.1.1", unknownUser)))
	stop := h.serveUntil()
	h.eventually("the first", func() bool { return h.returned() == "bounce hard amina suppressed" && h.log.has("stay in the mailbox") })
	box.Deliver(t, "", mailboxUser, []byte(bounceOf(h.last("bakari"), "5.1.1", unknownUser)))
	h.eventually("the second", func() bool {
		return h.returnedInAnyOrder() == "bounce hard amina suppressed; bounce hard bakari suppressed"
	})
	stop()
	if n := folders(t, box, "INBOX"); n["INBOX"] != 2 {
		t.Errorf("%v", n)
	}
}

// What is wrong with a mailbox is said in the log and by check, without any
// address, and nothing else suffers; once it is mended it is read.
func TestBrokenMailbox(t *testing.T) {
	t.Parallel()
	box := posttest.RealMailboxes(t, mailboxUser)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for _, c := range []struct {
		name, address, tls, password, says string
		more                               []string
	}{
		{"wrong password", box.IMAP, "none", "wrong", "refuses the sign-in", nil},
		{"no folder", box.IMAP, "none", posttest.MailboxPassword, "does not open the folder Elsewhere", []string{"folder: Elsewhere"}},
		{"nobody there", nobody.Addr().String(), "none", posttest.MailboxPassword, "cannot be reached", nil},
		{"no TLS there", box.IMAP, "implicit", posttest.MailboxPassword, "offers no encryption that can be trusted", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := mailboxHouse(t, "sqlite", box, c.address, c.tls, c.password, c.more...)
			base := serve(t, h.Daemon)
			h.eventually("the log", func() bool { return h.log.has(c.says) })
			get(t, base+"/rss.xml")
			h.eventually("the word of check", func() bool { return h.checks("mail that comes back cannot be read") })
			if h.log.has(mailboxUser) {
				t.Errorf("the user is logged: %s", h.log.text.String())
			}
			if c.name != "wrong password" {
				return
			}
			h.setPassword(posttest.MailboxPassword)
			h.eventually("the mailbox", func() bool { return h.log.has("reading mail that comes back") })
			h.eventually("that check is content", func() bool { return !h.checks("mail that comes back cannot be read") })
		})
	}
}

// An untrusted certificate gets no password.
func TestMailboxThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	box := posttest.RealMailboxes(t, mailboxUser)
	for tlsMode, address := range map[string]string{"implicit": box.IMAPS, "starttls": box.IMAP} {
		h := mailboxHouse(t, "sqlite", box, address, tlsMode, posttest.MailboxPassword)
		h.SetMailbox(&tls.Config{}, 20*time.Millisecond)
		serve(t, h.Daemon)
		h.eventually("the log", func() bool { return h.log.has("offers no encryption that can be trusted") })
	}
}

// checks tells whether postrider check has a problem with such words.
func (h *house) checks(words string) (found bool) {
	h.t.Helper()
	c, err := config.Load(h.file, nil, daemon.CheckConfig)
	h.must(err)
	h.must(daemon.Check(h.ctx, daemon.Options{Config: c, Version: "test", Now: h.clock.Now}, func(int, int) {}, func(_ string, p magazine.Problem) {
		found = found || strings.Contains(p.Text, words)
	}))
	return found
}

// serveUntil runs the daemon until it is stopped.
func (h *house) serveUntil() (stop func()) {
	h.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ctx, cancel := context.WithCancel(h.ctx)
	ended := make(chan error, 1)
	d := h.Daemon
	go func() { ended <- d.Serve(ctx, l) }()
	return func() {
		h.t.Helper()
		cancel()
		h.must(heard(h.t, ended))
	}
}
