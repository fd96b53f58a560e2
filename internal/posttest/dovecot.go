package posttest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// MailboxServer is a real Dovecot, private to one test, where the journey of a
// mail ends: it takes it by LMTP and gives it out by IMAP. It knows the users
// that it was started with and no others.
type MailboxServer struct {
	LMTP  string // host:port; without TLS, for anybody
	IMAP  string // host:port; with STARTTLS, and signing in without it, too
	IMAPS string // host:port; TLS from the start

	dir   string
	roots *x509.CertPool
}

// MailboxPassword is every user's of a MailboxServer.
const MailboxPassword = "tides and tidings"

//go:embed dovecot/dovecot.conf
var dovecotConf string

// runDovecot is run in its folder.
const runDovecot = `chown -R nobody:nogroup .
	exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs /usr/sbin/dovecot -F -c "$PWD/dovecot.conf"`

// RealMailboxes starts a Dovecot with a mailbox for each of the addresses. It
// ends with the test. The Makefile unpacks Dovecot below the project's bin/; one
// that is installed serves as well.
func RealMailboxes(t testing.TB, addresses ...string) *MailboxServer {
	t.Helper()
	programs := unpackedBelow(t, "dovecot", "usr/lib/dovecot/lmtp")
	if programs == "" {
		Missing(t, "Dovecot", "run make test, which unpacks it")
	}
	dir, err := os.MkdirTemp("", "postrider-mailboxes-")
	if err != nil {
		t.Fatal(err)
	}
	s := &MailboxServer{dir: dir}
	if err := s.configure(addresses); err != nil {
		os.RemoveAll(dir)
		t.Fatalf("configure Dovecot: %v", err)
	}
	server := held{name: "Dovecot", dir: dir, addr: s.IMAP, log: filepath.Join(dir, "log")}
	server.start(t, overSystem(t), runLaid, programs, runDovecot)
	return s
}

// TLSConfig trusts the server's certificate, which is for 127.0.0.1.
func (s *MailboxServer) TLSConfig() *tls.Config { return &tls.Config{RootCAs: s.roots} }

// configure writes the server's settings, users and certificate below its folder.
func (s *MailboxServer) configure(addresses []string) (err error) {
	values := map[string]any{"Dir": s.dir}
	for name, addr := range map[string]*string{"LMTP": &s.LMTP, "IMAP": &s.IMAP, "IMAPS": &s.IMAPS} {
		if *addr, err = freeAddr(); err != nil {
			return err
		}
		_, values[name], _ = net.SplitHostPort(*addr)
	}
	var users strings.Builder // see Dovecot's passwd-file
	for i, address := range addresses {
		fmt.Fprintf(&users, "%s:{PLAIN}%s:65534:65534::%s/home%d::\n", address, MailboxPassword, s.dir, i)
	}
	if err := writeSettings(s.dir, map[string]string{"dovecot.conf": dovecotConf, "users": users.String()}, values); err != nil {
		return err
	}
	s.roots, err = writeCertificate(filepath.Join(s.dir, "tls.pem"))
	return err
}

// Deliver hands a message to one user by LMTP, as a mail server does.
func (s *MailboxServer) Deliver(t testing.TB, from, to string, message []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", s.LMTP)
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClient(&lmtpConn{Conn: conn}, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err = c.Mail(from); err == nil {
		err = c.Rcpt(to)
	}
	if err != nil {
		t.Fatalf("Dovecot does not take a message from %q to %q: %v", from, to, err)
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(message)
	}
	if err == nil {
		err = w.Close() // one recipient, so one reply (RFC 2033 4.2)
	}
	if err == nil {
		err = c.Quit()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// lmtpConn has net/smtp speak LMTP: it greets with LHLO in the place of EHLO.
type lmtpConn struct{ net.Conn }

func (c *lmtpConn) Write(b []byte) (int, error) {
	if rest, ok := strings.CutPrefix(string(b), "EHLO "); ok {
		b = []byte("LHLO " + rest)
	}
	return c.Conn.Write(b)
}

// Messages waits until a user's inbox has at least n messages and returns all, as
// they are delivered: with Dovecot's Return-Path, Delivered-To and Received on top.
func (s *MailboxServer) Messages(t testing.TB, address string, n int) [][]byte {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		messages, err := s.inbox(address)
		if err != nil {
			t.Fatalf("the inbox of %s: %v", address, err)
		}
		if len(messages) >= n {
			return messages
		}
		if time.Now().After(end) {
			t.Fatalf("the inbox of %s has %d messages, want %d", address, len(messages), n)
		}
	}
}

// inbox reads all messages of a user over one IMAP connection (RFC 3501).
func (s *MailboxServer) inbox(address string) (messages [][]byte, err error) {
	conn, err := net.DialTimeout("tcp", s.IMAP, 10*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "login LOGIN %q %q\r\nopen EXAMINE INBOX\r\nread UID FETCH 1:* BODY.PEEK[]\r\n", address, MailboxPassword)
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		tag, said, _ := strings.Cut(line, " ")
		if tag != "*" && tag != ")" && !strings.HasPrefix(said, "OK") {
			return nil, fmt.Errorf("IMAP says %q", line)
		}
		if tag == "read" {
			return messages, nil
		}
		if _, size, ok := strings.Cut(line, "BODY[] {"); ok {
			n, _ := strconv.Atoi(strings.TrimSuffix(size, "}"))
			message := make([]byte, n)
			if _, err := io.ReadFull(r, message); err != nil {
				return nil, err
			}
			messages = append(messages, message)
		}
	}
}
