// Package smtptest is an SMTP server for tests: it speaks RFC 5321 strictly,
// records what it accepted, and misbehaves on request at any step.
package smtptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
)

// Options set up a Server. The zero Options is a relay without TLS and AUTH.
type Options struct {
	// Extensions are the EHLO lines beside STARTTLS and AUTH; nil means
	// PIPELINING, 8BITMIME, SMTPUTF8 and ENHANCEDSTATUSCODES, empty means none.
	Extensions []string

	STARTTLS    bool // offered, and required before MAIL
	ImplicitTLS bool
	Certificate *tls.Certificate // nil: one that Roots trusts

	Username, Password string   // where set, AUTH is offered and required before MAIL
	Mechanisms         []string // nil means PLAIN and LOGIN, the two it can do

	Fault Fault // nil: none
}

// Message is one message that was accepted: 250 went out after its final dot,
// or the fault Vanish swallowed it.
type Message struct {
	From, To   string // without brackets
	Parameters string // of MAIL, such as BODY=8BITMIME
	Hello      string // the name that EHLO gave
	Username   string // who signed in
	TLS        bool
	Connection int    // which connection of this server, from 1
	Raw        []byte // as sent, CRLF, without dot-stuffing
}

// Server is a running server. Its methods may be used from many goroutines.
type Server struct {
	options  Options
	listener net.Listener // nil where only Serve is used
	done     chan struct{}
	running  sync.WaitGroup

	mu          sync.Mutex
	fault       Fault
	release     chan struct{} // closed by Release
	changed     chan struct{} // closed and replaced at each new message
	messages    []Message
	open        map[net.Conn]bool
	connections int
	closed      bool
}

// New makes a server that listens nowhere: hand it connections by Serve, for
// example one end of a net.Pipe.
func New(o Options) *Server {
	if o.Extensions == nil {
		o.Extensions = []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}
	}
	if o.Certificate == nil {
		own := certificate()
		o.Certificate = &own
	}
	if o.Mechanisms == nil {
		o.Mechanisms = []string{"PLAIN", "LOGIN"}
	}
	return &Server{
		options: o, fault: o.Fault,
		done: make(chan struct{}), release: make(chan struct{}), changed: make(chan struct{}),
		open: map[net.Conn]bool{},
	}
}

// Start listens on a free port of 127.0.0.1 until the test ends.
func Start(tb testing.TB, o Options) *Server {
	tb.Helper()
	s := New(o)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("start the test SMTP server: %v", err)
	}
	s.listener = listener
	s.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.running.Go(func() { s.Serve(conn) })
		}
	})
	tb.Cleanup(s.Close)
	return s
}

// Addr is host:port of the listener.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Roots is the pool that trusts the server's certificate, which is good for
// 127.0.0.1, ::1, localhost and relay.test.
func (s *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(certificate().Leaf)
	return pool
}

// TLSConfig trusts the server's certificate.
func (s *Server) TLSConfig() *tls.Config { return &tls.Config{RootCAs: s.Roots()} }

// SetFault replaces the fault; nil ends it.
func (s *Server) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Release lets every step go on that hangs now; later ones hang anew.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.release)
	s.release = make(chan struct{})
}

// Messages are the messages accepted so far, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Wait waits until at least n messages are accepted and returns all.
func (s *Server) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		messages, changed := slices.Clone(s.messages), s.changed
		s.mu.Unlock()
		if len(messages) >= n {
			return messages, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return messages, fmt.Errorf("waiting for %d messages, have %d: %w", n, len(messages), ctx.Err())
		case <-s.done:
			return messages, fmt.Errorf("waiting for %d messages, have %d: the server is closed", n, len(messages))
		}
	}
}

// Connections counts the connections that were begun.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// Close ends the listener and every connection, and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.done)
	if s.listener != nil {
		s.listener.Close()
	}
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Serve holds one conversation over conn and closes it.
func (s *Server) Serve(conn net.Conn) {
	defer conn.Close()
	number, ok := s.enter(conn)
	if !ok {
		return
	}
	defer s.leave(conn)
	newSession(s, conn, number).run()
}

func (s *Server) enter(conn net.Conn) (number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, false
	}
	s.connections++
	s.open[conn] = true
	return s.connections, true
}

func (s *Server) leave(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, conn)
}

func (s *Server) accept(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	close(s.changed)
	s.changed = make(chan struct{})
}
