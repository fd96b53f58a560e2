package posttest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"
)

// held is a real server that ends with the test, and with a test process that is
// killed: the script that runs it ends it when its standard input ends, and then
// removes the folder that all of its own is in.
type held struct {
	name string // for messages
	dir  string
	addr string // host:port, where it says who it is to whoever connects
	log  string // a file

	ended chan struct{} // closed when the script is gone
}

// start runs the script with the server's folder and more arguments, by the command
// (see asRoot), and waits until the server greets.
func (h *held) start(t testing.TB, command []string, script string, args ...string) {
	t.Helper()
	args = append([]string{"sh", "-euc", script, h.name, h.dir}, args...)
	cmd := exec.Command(command[0], append(command[1:], args...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	hold, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		os.RemoveAll(h.dir)
		t.Fatalf("start %s: %v", h.name, err)
	}
	h.ended = make(chan struct{})
	go func() {
		cmd.Wait()
		close(h.ended)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s said:\n%s", h.name, h.logged())
		}
		hold.Close()
		<-h.ended
	})
	if err := h.greets(); err != nil {
		hold.Close()
		<-h.ended
		t.Fatalf("%s does not answer: %v\n%s", h.name, err, &said)
	}
}

// greets waits until the server says who it is.
func (h *held) greets() error {
	deadline := time.After(2 * time.Minute)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		err := greeting(h.addr)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-h.ended:
			return fmt.Errorf("it has ended: %w", err)
		case <-deadline:
			return fmt.Errorf("%w\n%s", err, h.logged())
		}
	}
}

// greeting reads the first line that an SMTP, LMTP or IMAP server says.
func greeting(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "220") && !strings.HasPrefix(line, "* OK") {
		return fmt.Errorf("it greets with %q", line)
	}
	return err
}

func (h *held) logged() []byte {
	text, err := os.ReadFile(h.log)
	if err != nil {
		return fmt.Append(nil, err)
	}
	return text
}

// writeCertificate makes a key and a certificate for 127.0.0.1, in one file, and
// returns whom a client trusts then.
func writeCertificate(file string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), chain...)
	return roots, os.WriteFile(file, both, 0o600)
}

// unpackedBelow is the folder that a program's usr/ is in: one below bin/, where
// make test unpacks servers, or the root where it is installed; "": it is not there.
func unpackedBelow(t testing.TB, name, file string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, top := range []string{filepath.Join(strings.TrimSpace(string(out)), "bin", name), "/"} {
		if _, err := os.Stat(filepath.Join(top, file)); err == nil {
			return top
		}
	}
	return ""
}

// asRoot is the command before a command that runs it as root, which Postfix's
// master insists on being, and others before they become somebody else.
func asRoot(t testing.TB) []string {
	t.Helper()
	if os.Geteuid() == 0 {
		return []string{"env"}
	}
	if exec.Command("sudo", "-n", "true").Run() != nil {
		Missing(t, "the right to start mail servers", "run the tests as root, or where sudo asks no password")
	}
	return []string{"sudo", "-n"}
}

// overSystem is the command before one that runs it as root with file systems of its
// own, so that it can lay folders over the system's, and with processes of its own.
func overSystem(t testing.TB) []string {
	t.Helper()
	command := append(asRoot(t), "unshare", "--mount", "--pid", "--fork", "--kill-child")
	try := append(command[1:len(command):len(command)], "mount", "-t", "overlay", "overlay", "-o", "lowerdir=/etc:/usr", "/usr")
	if said, err := exec.Command(command[0], try...).CombinedOutput(); err != nil {
		Missing(t, "the right to mount ("+strings.TrimSpace(string(said))+")", "run the tests where root may mount file systems")
	}
	return command
}

// writeSettings fills in templates and writes them to files below a folder.
func writeSettings(dir string, texts map[string]string, values any) error {
	for name, text := range texts {
		var b bytes.Buffer
		if err := template.Must(template.New(name).Parse(text)).Execute(&b, values); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// freeAddr is a loopback address that nobody listens on, host:port.
func freeAddr() (string, error) {
	port, err := FreePort()
	return fmt.Sprintf("127.0.0.1:%d", port), err
}
