package posttest

import (
	_ "embed"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// MailServers are the names of the real mail servers of MailServerTo.
var MailServers = []string{"Postfix", "Exim", "OpenSMTPD"}

var (
	//go:embed exim/exim4.conf
	eximConf string
	//go:embed opensmtpd/smtpd.conf
	opensmtpdConf string
	//go:embed laid.sh
	runLaid string
)

// laidServer is a mail server that is laid over /usr.
type laidServer struct {
	program  string            // the file that tells whether it is there
	folders  []string          // to make in its folder
	settings map[string]string // texts by their file in its folder
	command  string            // run in its folder
	tls      bool              // whether it offers STARTTLS
}

var laidServers = map[string]laidServer{
	"Exim": {
		program: "usr/sbin/exim4", folders: []string{"etc/exim4", "log"}, settings: map[string]string{"etc/exim4/exim4.conf": eximConf},
		command: `install -d -o Debian-exim /var/spool/exim4
			chown -R Debian-exim log tls.pem
			exec /usr/sbin/exim4 -bdf -q1s`,
		tls: true,
	},
	"OpenSMTPD": {
		program: "usr/sbin/smtpd", folders: []string{"etc", "log"}, settings: map[string]string{"etc/smtpd.conf": opensmtpdConf},
		command: `mkdir -p /var/lib/opensmtpd/empty
			install -d -m 711 /var/spool/smtpd
			exec /usr/sbin/smtpd -d >log/mainlog 2>&1`,
		// Debian's 6.8.0p2 offers STARTTLS, but with OpenSSL 3 each handshake ends
		// with "missing private key": https://github.com/OpenSMTPD/OpenSMTPD/issues/1171
		tls: false,
	},
}

// MailServerTo starts one of MailServers like RealMailServer, whose mail goes on to
// mailboxes by LMTP; Mailbox is nil. With lockstep it doesn't offer PIPELINING,
// which OpenSMTPD never does. OpenSMTPD doesn't offer STARTTLS here.
func MailServerTo(t testing.TB, name string, mailboxes *MailboxServer, lockstep bool) *MailServer {
	t.Helper()
	if name == "Postfix" {
		s := &MailServer{}
		s.startPostfix(t, "lmtp:inet:"+mailboxes.LMTP, lockstep)
		return s
	}
	about := laidServers[name]
	programs := unpackedBelow(t, strings.ToLower(name), about.program)
	if programs == "" {
		Missing(t, name, "run make test, which unpacks it")
	}
	dir, err := os.MkdirTemp("", "postrider-mx-")
	if err != nil {
		t.Fatal(err)
	}
	s := &MailServer{}
	if err := s.configureLaid(dir, about, mailboxes, lockstep); err != nil {
		os.RemoveAll(dir)
		t.Fatalf("configure %s: %v", name, err)
	}
	server := held{name: name, dir: dir, addr: s.Addr, log: filepath.Join(dir, "log", "mainlog")}
	server.start(t, overSystem(t), runLaid, programs, about.command)
	return s
}

func (s *MailServer) configureLaid(dir string, about laidServer, mailboxes *MailboxServer, lockstep bool) (err error) {
	if s.Addr, err = freeAddr(); err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(s.Addr)
	_, lmtp, _ := net.SplitHostPort(mailboxes.LMTP)
	for _, folder := range about.folders {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
	}
	values := map[string]any{"Dir": dir, "Port": port, "LMTP": lmtp, "Limit": MessageLimit, "Lockstep": lockstep}
	if err := writeSettings(dir, about.settings, values); err != nil {
		return err
	}
	if !about.tls {
		return nil
	}
	s.roots, err = writeCertificate(filepath.Join(dir, "tls.pem"))
	return err
}
