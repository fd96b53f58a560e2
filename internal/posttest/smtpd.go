package posttest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
)

// MailServer is a real Postfix, private to one test: its queue is in a folder
// of its own, it listens on loopback alone, and all that it accepts goes on to
// Mailbox, whatever the address. It takes mail from anybody without signing
// in, and offers STARTTLS.
//
// Mailbox is where the mail's journey ends. A fault set there is a receiving
// server that refuses or is down, and what Postfix makes of it (a bounce to
// the return path, another try later) is real.
type MailServer struct {
	Addr    string // host:port
	Mailbox *smtptest.Server

	roots *x509.CertPool
}

// MessageLimit is the largest message that a MailServer takes, in bytes.
const MessageLimit = 1 << 20

var (
	//go:embed postfix/main.cf
	mainCF string
	//go:embed postfix/master.cf
	masterCF string
	//go:embed postfix/run.sh
	runPostfix string
)

// RealMailServer starts a Postfix that ends with the test. The Makefile
// unpacks Postfix below the project's bin/, since Debian's mail servers cannot
// be installed beside one another; one that is installed serves as well.
func RealMailServer(t testing.TB) *MailServer {
	t.Helper()
	s := &MailServer{Mailbox: smtptest.Start(t, smtptest.Options{})}
	host, port, _ := net.SplitHostPort(s.Mailbox.Addr())
	s.startPostfix(t, fmt.Sprintf("smtp:[%s]:%s", host, port), false)
	return s
}

// startPostfix starts a Postfix whose mail goes on by a transport (see
// transport(5)). With lockstep it doesn't offer PIPELINING.
func (s *MailServer) startPostfix(t testing.TB, transport string, lockstep bool) {
	t.Helper()
	programs := unpackedBelow(t, "postfix", "usr/lib/postfix/sbin/master")
	if programs == "" {
		Missing(t, "Postfix", "run make test, which unpacks it")
	}
	dir, err := os.MkdirTemp("", "postrider-mx-")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.configure(dir, programs, transport, lockstep); err != nil {
		os.RemoveAll(dir)
		t.Fatalf("configure Postfix: %v", err)
	}
	server := held{name: "Postfix", dir: dir, addr: s.Addr, log: filepath.Join(dir, "data", "log")}
	server.start(t, asRoot(t), runPostfix, programs)
}

// TLSConfig trusts the server's certificate; it is nil where it has none.
func (s *MailServer) TLSConfig() *tls.Config {
	if s.roots == nil {
		return nil
	}
	return &tls.Config{RootCAs: s.roots}
}

// Messages waits until at least n messages have come through to the mailbox
// and returns all.
func (s *MailServer) Messages(t testing.TB, n int) []smtptest.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	messages, err := s.Mailbox.Wait(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// configure writes the server's settings and certificate below its folder.
func (s *MailServer) configure(dir, programs, transport string, lockstep bool) (err error) {
	if s.Addr, err = freeAddr(); err != nil {
		return err
	}
	values := map[string]any{
		"Dir": dir, "Programs": programs, "Listen": s.Addr, "Limit": MessageLimit,
		"Transport": transport, "Lockstep": lockstep,
	}
	if err := os.Chmod(dir, 0o755); err != nil { // its processes run as several users
		return err
	}
	if err := writeSettings(dir, map[string]string{"main.cf": mainCF, "master.cf": masterCF}, values); err != nil {
		return err
	}
	s.roots, err = writeCertificate(filepath.Join(dir, "tls.pem"))
	return err
}
