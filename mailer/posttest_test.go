package mailer

import (
	"context"
	"errors"
	"fmt"
	"io"
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
			client, server := pipe()
			go s.Serve(server)
			return client, nil
		}
	}
	return rs
}

// pipe is a net.Pipe that holds some 32 kB on the way from the first end to the
// second, as a network does: a relay answers while more is on its way to it.
func pipe() (net.Conn, net.Conn) {
	client, in := net.Pipe()
	out, server := net.Pipe()
	held := make(chan []byte, 8)
	go func() {
		defer close(held)
		for {
			b := make([]byte, 4096)
			n, err := in.Read(b)
			if n > 0 {
				held <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	go func() {
		defer out.Close()
		for b := range held {
			if _, err := out.Write(b); err != nil {
				in.Close()
				break
			}
		}
		for range held { // what was on its way is lost
		}
	}()
	go func() {
		defer in.Close()
		io.Copy(in, out)
	}()
	return client, server
}

func pipeServer(t *testing.T, o smtptest.Options) *smtptest.Server {
	s := smtptest.New(o)
	t.Cleanup(s.Close)
	return s
}

func opened(t *testing.T, transport Transport) Conversation {
	t.Helper()
	c, err := transport.Open(t.Context(), Bulk)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// letter is a message with its one recipient.
type letter struct {
	Message
	Recipient
}

func (l *letter) pack() *Parcel { return l.Message.For(l.Recipient) }

func send(ctx context.Context, c Conversation, l *letter) Result { return c.Send(ctx, l.pack(), nil) }

// numbered is a digest to person n.
func numbered(n int) *letter {
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
