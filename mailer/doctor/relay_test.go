package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer"
	"postrider/mailer/doctor"
)

var now = time.Date(2026, 3, 6, 7, 0, 0, 0, time.UTC)

// certificate is one for a name, good until then, with who trusts its authority,
// whose own it does not have with it.
func certificate(t *testing.T, until time.Time, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Harbour CA"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: until}
	if ip := net.ParseIP(name); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{name}
	}
	above, err1 := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	der, err2 := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), key)
	parsed, err3 := x509.ParseCertificate(above)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func says(step smtptest.Step, reply string, action smtptest.Action) smtptest.Fault {
	return func(at smtptest.Step, _ string) (string, smtptest.Action) {
		if at == step {
			return reply, action
		}
		return "", smtptest.Proceed
	}
}

// findings are those of a relay, one a line.
func findings(t *testing.T, r mailer.Relay) string {
	t.Helper()
	o, z := healthy()
	r.Name = "main"
	o.DNS, o.Now, o.Relays = posttest.DNS(t, z), now, []mailer.Relay{r}
	var all []string
	for _, f := range doctor.Examine(t.Context(), o) {
		if f.About == "relay main" {
			all = append(all, string(f.Level)+" "+f.Text)
		}
		if (f.Level == doctor.OK) != (f.Mend == "") {
			t.Errorf("%v", f)
		}
	}
	return strings.Join(all, "\n")
}

func TestRelay(t *testing.T) {
	soon, soonRoots := certificate(t, now.AddDate(0, 0, 5), "127.0.0.1")
	ended, endedRoots := certificate(t, now.AddDate(0, 0, -1), "127.0.0.1")
	other, otherRoots := certificate(t, now.AddDate(1, 0, 0), "other.example")
	good, goodRoots := certificate(t, now.AddDate(1, 0, 0), "127.0.0.1")
	password := func() (string, error) { return "right", nil }
	for name, c := range map[string]struct {
		server smtptest.Options
		relay  mailer.Relay
		want   []string // parts of what is found
		not    string
	}{
		"all is well": {
			smtptest.Options{STARTTLS: true, Username: "harbour", Password: "right", Certificate: &good, Extensions: []string{"SIZE 10485760", "PIPELINING", "8BITMIME", "SMTPUTF8"}},
			mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: goodRoots}, Username: "harbour", Password: password},
			[]string{"greets: ", "ok TLS 1.3; its certificate for 127.0.0.1 by CN=Harbour CA is good for 365 more days, until 2027-03-06", "ok it lets harbour sign in", "ok it takes messages of up to 10485760 bytes", "ok PIPELINING", "ok 8BITMIME", "ok SMTPUTF8"}, "warning",
		},
		"implicit":         {smtptest.Options{ImplicitTLS: true, Certificate: &good}, mailer.Relay{TLS: mailer.TLSImplicit, TLSConfig: &tls.Config{RootCAs: goodRoots}}, []string{"can be reached", "ok TLS 1.3"}, "wrong"},
		"ends soon":        {smtptest.Options{STARTTLS: true, Certificate: &soon}, mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: soonRoots}}, []string{"warning TLS 1.3; its certificate for 127.0.0.1 by CN=Harbour CA is good for 5 more days"}, "wrong"},
		"has ended":        {smtptest.Options{STARTTLS: true, Certificate: &ended}, mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: endedRoots}}, []string{"wrong its certificate for 127.0.0.1 ended on 2026-03-05"}, "failed"},
		"other name":       {smtptest.Options{STARTTLS: true, Certificate: &other}, mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: otherRoots}}, []string{"wrong its certificate is for other.example, not for 127.0.0.1"}, "failed"},
		"stranger":         {smtptest.Options{STARTTLS: true, Certificate: &good}, mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: otherRoots}}, []string{"wrong its certificate for 127.0.0.1 by CN=Harbour CA cannot be traced to anybody whom this machine trusts, and the relay sends no more of the chain"}, "failed"},
		"signed by itself": {smtptest.Options{STARTTLS: true}, mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: otherRoots}}, []string{"wrong nobody whom this machine trusts has signed its certificate for relay.test, localhost, 127.0.0.1, ::1 by CN=relay.test"}, "failed"},
		"no password goes to a stranger": {smtptest.Options{STARTTLS: true, Username: "harbour", Password: "right"},
			mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: otherRoots}, Username: "harbour", Password: func() (string, error) { panic("it was asked for") }}, []string{"wrong nobody whom"}, "sign in"},
		"wrong password": {smtptest.Options{STARTTLS: true, Username: "harbour", Password: "other", Certificate: &good},
			mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: goodRoots}, Username: "harbour", Password: password}, []string{"wrong ", ": 535 "}, "ok it lets"},
		"password unreadable": {smtptest.Options{STARTTLS: true, Username: "harbour", Password: "other", Certificate: &good},
			mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: goodRoots}, Username: "harbour", Password: func() (string, error) { return "", errors.New("no such file") }}, []string{"the password cannot be read: no such file"}, "ok it lets"},
		"no user name": {smtptest.Options{STARTTLS: true, Username: "harbour", Password: "right", Certificate: &good},
			mailer.Relay{TLS: mailer.TLSStart, TLSConfig: &tls.Config{RootCAs: goodRoots}}, []string{"warning it offers to sign in, and the configuration has no username"}, "wrong"},
		"STARTTLS is stripped": {smtptest.Options{}, mailer.Relay{TLS: mailer.TLSStart}, []string{"wrong the relay failed at the start of TLS: it offers no STARTTLS"}, "TLS 1."},
		"not encrypted":        {smtptest.Options{}, mailer.Relay{TLS: mailer.TLSNone}, []string{"ok the conversation is not encrypted"}, "wrong"},
		"could be encrypted":   {smtptest.Options{Extensions: []string{"STARTTLS"}}, mailer.Relay{TLS: mailer.TLSNone}, []string{"warning the conversation is not encrypted"}, "wrong"},
		"little":               {smtptest.Options{Extensions: []string{"SIZE 100000"}}, mailer.Relay{TLS: mailer.TLSNone}, []string{"wrong it takes messages of 100000 bytes at most", "ok no PIPELINING", "ok no 8BITMIME", "warning no SMTPUTF8"}, ""},
		"hardly enough":        {smtptest.Options{Extensions: []string{"SIZE 500000"}}, mailer.Relay{TLS: mailer.TLSNone}, []string{"warning it takes messages of 500000 bytes at most"}, "wrong"},
		"no limit":             {smtptest.Options{Extensions: []string{"SIZE 0"}}, mailer.Relay{TLS: mailer.TLSNone}, []string{"ok it names no limit"}, "wrong"},
		"no number":            {smtptest.Options{Extensions: []string{"SIZE lots"}}, mailer.Relay{TLS: mailer.TLSNone}, []string{"warning its limit for the size of a message has no right form: SIZE lots"}, "wrong"},
		"refuses us":           {smtptest.Options{Fault: says(smtptest.Greeting, "554 5.7.1 you are \x1b[1mlisted", smtptest.Close)}, mailer.Relay{TLS: mailer.TLSNone}, []string{"wrong ", "554 5.7.1 you are  [1mlisted"}, "\x1b"},
		"refuses EHLO":         {smtptest.Options{Fault: says(smtptest.EHLO, "421 4.3.2 not now", smtptest.Close)}, mailer.Relay{TLS: mailer.TLSNone}, []string{"ok ", "wrong ", "421 4.3.2 not now"}, ""},
		"no mail server":       {smtptest.Options{Fault: says(smtptest.Greeting, "\x00\xff\xfe binary", smtptest.Close)}, mailer.Relay{TLS: mailer.TLSNone}, []string{"wrong the relay failed at the greeting"}, "\x00"},
		"hangs":                {smtptest.Options{Fault: says(smtptest.EHLO, "", smtptest.Hang)}, mailer.Relay{TLS: mailer.TLSNone, Timeout: 50 * time.Millisecond}, []string{"did not answer within 0.05 s"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, c.server)
			c.relay.Address = s.Addr()
			got := findings(t, c.relay)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("found\n%s\nwhich lacks %q", got, want)
				}
			}
			if c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("found\n%s\nwhich has %q", got, c.not)
			}
			if len(s.Messages()) > 0 {
				t.Error("it sent a message")
			}
		})
	}
}

// Nobody is there, or there is no such host.
func TestNoRelay(t *testing.T) {
	port, err := posttest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		net.JoinHostPort("127.0.0.1", big.NewInt(int64(port)).String()): "cannot be reached: the relay failed when it was called",
		"nonsense": `wrong the relay main has the address "nonsense"; write it as host:port`,
	} {
		if got := findings(t, mailer.Relay{Address: address, TLS: mailer.TLSNone}); !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("of %s it finds\n%s\nwant %q alone", address, got, want)
		}
	}
}

// A relay that talks without end is left.
func TestEndlessGreeting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		for err == nil {
			_, err = conn.Write([]byte(strings.Repeat("220-hello ", 1000)))
		}
	}()
	if got := findings(t, mailer.Relay{Address: l.Addr().String(), TLS: mailer.TLSNone}); !strings.Contains(got, "sent more than 64 kB in one answer") {
		t.Errorf("found\n%s", got)
	}
}

// The real servers are found well.
func TestRealRelays(t *testing.T) {
	mailboxes := posttest.RealMailboxes(t, "amina@lamu.test")
	for _, name := range posttest.MailServers {
		t.Run(name, func(t *testing.T) {
			s := posttest.MailServerTo(t, name, mailboxes, false)
			r := mailer.Relay{Address: s.Addr, TLS: mailer.TLSStart, TLSConfig: s.TLSConfig()}
			if r.TLSConfig == nil {
				r.TLS = mailer.TLSNone
			}
			got := findings(t, r)
			if strings.Contains(got, "wrong") || !strings.Contains(got, "greets: mx.test ESMTP") || !strings.Contains(got, "it takes messages of up to 1048576 bytes") {
				t.Errorf("found\n%s", got)
			}
		})
	}
}
