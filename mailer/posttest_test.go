package mailer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
)

// relayTo describes the relay at which a test server listens.
func relayTo(s *smtptest.Server, tls TLS) Relay {
	return Relay{Name: "main", Address: s.Addr(), TLS: tls, TLSConfig: s.TLSConfig()}
}

func newRelays(t *testing.T, relays ...Relay) *Relays {
	t.Helper()
	rs, err := NewRelays("sender.example", time.Now, relays...)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// piped makes relays named relay0, relay1 … whose connections are pipes to the
// servers, so that they can be used with a bubble's clock. A nil server refuses
// every connection.
func piped(t *testing.T, servers ...*smtptest.Server) *Relays {
	t.Helper()
	var relays []Relay
	for i := range servers {
		relays = append(relays, Relay{Name: fmt.Sprintf("relay%d", i), Address: "relay.test:25", TLS: TLSNone})
	}
	rs := newRelays(t, relays...)
	for i, s := range servers {
		rs.relays[i].dial = func(context.Context, string, string) (net.Conn, error) {
			if s == nil {
				return nil, errors.New("connection refused")
			}
			client, server := net.Pipe()
			go s.Serve(server)
			return client, nil
		}
	}
	return rs
}

func pipeServer(t *testing.T, o smtptest.Options) *smtptest.Server {
	s := smtptest.New(o)
	t.Cleanup(s.Close)
	return s
}

func opened(t *testing.T, transport Transport) Conversation {
	t.Helper()
	c, err := transport.Open(t.Context())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// numbered is a digest to person n.
func numbered(n int) *Message {
	m := digest()
	m.MessageID = fmt.Sprintf("weekly-17.%d@harbour.example", n)
	m.To.Address = fmt.Sprintf("person%d@lamu.example", n)
	return m
}

func mustBeSent(t *testing.T, r Result) {
	t.Helper()
	if r.State != Sent {
		t.Fatalf("not sent: %+v", r)
	}
}
