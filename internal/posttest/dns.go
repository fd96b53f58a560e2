package posttest

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Records are what a DNS server says of a name.
type Records struct {
	TXT   []string // each may be longer than 255 bytes
	MX    []string // hosts, the first one preferred
	A     []string // addresses of either kind
	Fails bool     // it answers SERVFAIL
	Hangs bool     // it does not answer
	Junk  bool     // it answers with bytes that are no message
}

// DNS starts a DNS server on loopback, until the test ends, and returns what asks
// it. Names are in small letters without a dot at the end; it says of others that
// they do not exist.
func DNS(t testing.TB, zone map[string]Records) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	zone = maps.Clone(zone) // the test may change its own for the next server
	go func() {
		for b := make([]byte, 4096); ; {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			var asked dnsmessage.Message
			if asked.Unpack(b[:n]) != nil || len(asked.Questions) != 1 {
				continue
			}
			if answer := answer(zone, asked); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answer is what goes back; nil: nothing.
func answer(zone map[string]Records, asked dnsmessage.Message) []byte {
	q := asked.Questions[0]
	says, known := zone[strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))]
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: asked.ID, Response: true, RecursionAvailable: true, RecursionDesired: true}, Questions: asked.Questions}
	switch {
	case says.Hangs:
		return nil
	case says.Junk:
		return []byte("no message at all")
	case says.Fails:
		m.RCode = dnsmessage.RCodeServerFailure
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	default:
		for _, body := range says.of(q.Type) {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1}, Body: body})
		}
	}
	b, err := m.Pack()
	if err != nil {
		m.Answers, m.RCode = nil, dnsmessage.RCodeServerFailure
		b, _ = m.Pack()
	}
	return b
}

func (r *Records) of(kind dnsmessage.Type) (bodies []dnsmessage.ResourceBody) {
	switch kind {
	case dnsmessage.TypeTXT:
		for _, text := range r.TXT {
			var parts []string
			for ; len(text) > 255; text = text[255:] {
				parts = append(parts, text[:255])
			}
			bodies = append(bodies, &dnsmessage.TXTResource{TXT: append(parts, text)})
		}
	case dnsmessage.TypeMX:
		for i, host := range r.MX {
			bodies = append(bodies, &dnsmessage.MXResource{Pref: uint16(10 * i), MX: dnsmessage.MustNewName(strings.TrimSuffix(host, ".") + ".")})
		}
	case dnsmessage.TypeA, dnsmessage.TypeAAAA:
		for _, text := range r.A {
			a := netip.MustParseAddr(text)
			switch {
			case a.Is4() && kind == dnsmessage.TypeA:
				bodies = append(bodies, &dnsmessage.AResource{A: a.As4()})
			case a.Is6() && kind == dnsmessage.TypeAAAA:
				bodies = append(bodies, &dnsmessage.AAAAResource{AAAA: a.As16()})
			}
		}
	}
	return bodies
}
