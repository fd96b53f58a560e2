package posttest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
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
	dir   string
	ended chan struct{} // closed when the process is gone
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
	programs := postfixPrograms(t)
	if programs == "" {
		Missing(t, "Postfix", "run make test, which unpacks it")
	}
	asRoot := asRoot(t)
	dir, err := os.MkdirTemp("", "postrider-mx-")
	if err != nil {
		t.Fatal(err)
	}
	s := &MailServer{dir: dir, roots: x509.NewCertPool(), Mailbox: smtptest.Start(t, smtptest.Options{})}
	if err := s.configure(programs); err != nil {
		os.RemoveAll(dir)
		t.Fatalf("configure Postfix: %v", err)
	}
	said, stop := s.run(t, programs, asRoot)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix said:\n%s", s.log())
		}
		stop()
	})
	if err := s.greets(); err != nil {
		stop()
		t.Fatalf("Postfix does not answer: %v\n%s", err, said)
	}
	return s
}

// run starts the server. Stop ends it and waits; then said may be read. The
// script that holds it ends it when its standard input ends: by stop, or with
// a test process that was killed.
func (s *MailServer) run(t testing.TB, programs string, asRoot []string) (said *bytes.Buffer, stop func()) {
	t.Helper()
	cmd := exec.Command(asRoot[0], append(asRoot[1:], "sh", "-euc", runPostfix, "postfix", s.dir, programs)...)
	said, s.ended = new(bytes.Buffer), make(chan struct{})
	cmd.Stdout, cmd.Stderr = said, said
	hold, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		os.RemoveAll(s.dir)
		t.Fatalf("start Postfix: %v", err)
	}
	go func() {
		cmd.Wait()
		close(s.ended)
	}()
	return said, func() {
		hold.Close()
		<-s.ended
	}
}

// TLSConfig trusts the server's certificate.
func (s *MailServer) TLSConfig() *tls.Config { return &tls.Config{RootCAs: s.roots} }

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
func (s *MailServer) configure(programs string) error {
	port, err := FreePort()
	if err != nil {
		return err
	}
	s.Addr = fmt.Sprintf("127.0.0.1:%d", port)
	host, mailbox, _ := net.SplitHostPort(s.Mailbox.Addr())
	values := map[string]any{
		"Dir": s.dir, "Programs": programs, "Listen": s.Addr, "Limit": MessageLimit,
		"Mailbox": fmt.Sprintf("[%s]:%s", host, mailbox),
	}
	if err := os.Chmod(s.dir, 0o755); err != nil { // its processes run as several users
		return err
	}
	for name, text := range map[string]string{"main.cf": mainCF, "master.cf": masterCF} {
		var b bytes.Buffer
		if err := template.Must(template.New(name).Parse(text)).Execute(&b, values); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(s.dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return s.writeCertificate()
}

// writeCertificate makes a key and a certificate for 127.0.0.1, in one file.
func (s *MailServer) writeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	s.roots.AppendCertsFromPEM(chain)
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), chain...)
	return os.WriteFile(filepath.Join(s.dir, "tls.pem"), both, 0o600)
}

// greets waits until the server says who it is.
func (s *MailServer) greets() error {
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		err := greeting(s.Addr)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return fmt.Errorf("it has ended: %w", err)
		case <-deadline:
			return fmt.Errorf("%w\n%s", err, s.log())
		}
	}
}

func greeting(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	text := textproto.NewConn(conn)
	defer text.Close()
	_, _, err = text.ReadResponse(220)
	return err
}

// log is what Postfix logged.
func (s *MailServer) log() []byte {
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "log"))
	if err != nil {
		return fmt.Append(nil, err)
	}
	return text
}

// postfixPrograms is the folder that Postfix's usr/ is in, or "".
func postfixPrograms(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, top := range []string{filepath.Join(strings.TrimSpace(string(out)), "bin", "postfix"), "/"} {
		if _, err := os.Stat(filepath.Join(top, "usr/lib/postfix/sbin/master")); err == nil {
			return top
		}
	}
	return ""
}

// asRoot is the command before a command that runs it as root, which
// Postfix's master insists on being.
func asRoot(t testing.TB) []string {
	t.Helper()
	if os.Geteuid() == 0 {
		return []string{"env"}
	}
	if exec.Command("sudo", "-n", "true").Run() != nil {
		Missing(t, "the right to start Postfix", "run the tests as root, or where sudo asks no password")
	}
	return []string{"sudo", "-n"}
}
