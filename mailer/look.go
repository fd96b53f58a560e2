package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"time"
)

// Sight is what a relay shows to one who calls it and sends nothing.
type Sight struct {
	Greeting string // its first words, on one line; "" where they come encrypted
	TLS      *tls.ConnectionState
	Distrust error             // why its certificate is not accepted; nil: it is, or there is none
	Offers   map[string]string // its extensions, with what stands behind them
	SignedIn bool
	Fault    *Result // nil: it could be sent mail
}

// extensions are those that Look asks for.
var extensions = []string{"SIZE", "PIPELINING", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH"}

// Look has a conversation with a relay as for sending, up to the sign-in, and ends
// it. Hostname is what EHLO says; "" means this machine's name. A certificate is
// judged as of now; one that is not accepted ends the conversation, so no password
// goes out. It takes a minute or two at most, and no longer than ctx.
func Look(ctx context.Context, d Relay, hostname string, now time.Time) (Sight, error) {
	var s Sight
	host, _, _ := net.SplitHostPort(d.Address) // newRelay says what is wrong with it
	roots := d.TLSConfig
	d.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, // it is verified below, so that a bad one can be told of
		VerifyConnection: func(state tls.ConnectionState) error {
			s.TLS = &state
			s.Distrust = trusted(state.PeerCertificates, host, roots, now)
			return s.Distrust
		}}
	r, err := newRelay(d)
	if err != nil {
		return s, err
	}
	var first *firstLine
	dial := r.dial
	r.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		first = &firstLine{Conn: conn, full: d.TLS == TLSImplicit}
		return first, nil
	}
	l, f := connect(ctx, r, helloName(hostname), now)
	if first != nil {
		s.Greeting = printable(strings.TrimPrefix(first.line.String(), "220 "))
	}
	if f != nil {
		result := r.result(*f, 1)
		s.Fault = &result
		return s, nil
	}
	s.SignedIn, s.Offers = d.Username != "", map[string]string{}
	for _, name := range extensions {
		if ok, words := l.client.Extension(name); ok {
			s.Offers[name] = printable(words)
		}
	}
	l.quit()
	return s, nil
}

// trusted verifies a server's certificates, its own first, as crypto/tls does.
func trusted(sent []*x509.Certificate, host string, config *tls.Config, now time.Time) error {
	o := x509.VerifyOptions{DNSName: host, CurrentTime: now, Intermediates: x509.NewCertPool()}
	if config != nil {
		o.Roots = config.RootCAs
	}
	for _, c := range sent[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := sent[0].Verify(o)
	return err
}

// firstLine keeps the first line that is read.
type firstLine struct {
	net.Conn
	line strings.Builder
	full bool
}

func (c *firstLine) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.full {
		words, _, ended := strings.Cut(string(p[:n]), "\n")
		c.line.WriteString(words[:min(len(words), longestReply)])
		c.full = ended || c.line.Len() >= longestReply
	}
	return n, err
}
