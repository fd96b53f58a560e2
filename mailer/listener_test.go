package mailer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// taker is what is behind a listener in tests.
type taker struct {
	mu      sync.Mutex
	to      []string
	text    []string
	bytes   int64
	fails   error
	refused atomic.Int32
	begun   chan bool // told of each message that begins to come; nil: nobody waits for that
}

func (k *taker) take(_ context.Context, to []string, message io.Reader) error {
	if k.begun != nil {
		k.begun <- true
	}
	start, err := io.ReadAll(io.LimitReader(message, 1000))
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, message)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		return err
	}
	k.to, k.text, k.bytes = append(k.to, strings.Join(to, " ")), append(k.text, string(start)), n+int64(len(start))
	return k.fails
}

// listening starts a listener that ends with the test.
func listening(t *testing.T, k *taker, lmtp bool) (address string, paths *ReturnPaths) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	paths = returnPaths(t, "bounces@harbour.example")
	s := &Listener{Paths: paths, LMTP: lmtp, Hostname: "harbour.example", Log: slog.New(slog.DiscardHandler), Take: k.take, Refused: func() { k.refused.Add(1) }}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l, 100*time.Millisecond) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the listener ended with %v", err)
		}
	})
	return l.Addr().String(), paths
}

// caller speaks to a listener, line by line.
type caller struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func call(t *testing.T, address string) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return &caller{t, conn, bufio.NewReader(conn)}
}

// hear reads a reply to its last line.
func (c *caller) hear(want string) {
	c.t.Helper()
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("instead of %s: %v", want, err)
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if !strings.HasPrefix(line, want) {
			c.t.Errorf("%q, want %s", line, want)
		}
		return
	}
}

func (c *caller) say(line, want string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, line+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
	c.hear(want)
}

func TestListener(t *testing.T) {
	for _, lmtp := range []bool{false, true} {
		t.Run(map[bool]string{false: "smtp", true: "lmtp"}[lmtp], func(t *testing.T) {
			k := &taker{}
			address, paths := listening(t, k, lmtp)
			path := paths.For(posting)
			c := call(t, address)
			c.hear("220 ")
			if lmtp {
				c.say("LHLO mx.example", "250 ")
			} else {
				c.say("EHLO mx.example", "250 ")
			}
			c.say("MAIL FROM:<> BODY=8BITMIME", "250 ")
			c.say("RCPT TO:<amina@example.org>", "550 5.1.1 ")
			c.say("RCPT TO:<letters@harbour.example>", "550 5.1.1 ")
			c.say("RCPT TO:<postmaster>", "501 ")
			c.say("RCPT TO:<bounces+d-forged-forged-xxxxxxxxxxxxxxxx@harbour.example>", "550 5.1.1 ")
			c.say("RCPT TO:<"+strings.ToUpper(path)+">", "250 ")
			c.say("DATA", "354 ")
			c.say("Subject: undelivered\r\n\r\nä\xff\x00\r\n..\r\n.", "250 ")
			c.say("MAIL FROM:<fbl@mx.example>", "250 ")
			c.say("RCPT TO:<Bounces@harbour.example>", "250 ")
			k.fails = errors.New("the disk is full")
			c.say("DATA", "354 ")
			c.say("Subject: complaint\r\n\r\n.", "451 4.3.0 ")
			c.say("QUIT", "221 ")
			if got := strings.Join(k.to, "; "); got != strings.ToUpper(path)+"; Bounces@harbour.example" {
				t.Errorf("taken to %s", got)
			}
			if k.text[0] != "Subject: undelivered\r\n\r\nä\xff\x00\r\n.\r\n" {
				t.Errorf("%q", k.text[0])
			}
			if n := k.refused.Load(); n != 1 {
				t.Errorf("%d forged, want 1", n)
			}
		})
	}
}

// A message without an end is never taken.
func TestListenerTakesWholeMessagesOnly(t *testing.T) {
	k := &taker{}
	address, paths := listening(t, k, false)
	c := call(t, address)
	c.hear("220 ")
	c.say("HELO mx.example", "250 ")
	c.say("MAIL FROM:<>", "250 ")
	c.say("RCPT TO:<"+paths.For(posting)+">", "250 ")
	c.say("DATA", "354 ")
	io.WriteString(c.conn, "Subject: undelivered\r\n\r\nand then")
	c.conn.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, c.in) // until it is closed
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.to) != 0 {
		t.Errorf("taken: %q", k.text)
	}
}

// A bounce of 50 MB is read to its end and not kept.
func TestListenerWithALargeMessage(t *testing.T) {
	k := &taker{}
	address, paths := listening(t, k, false)
	c := call(t, address)
	c.hear("220 ")
	c.say("EHLO mx.example", "250 ")
	c.say(fmt.Sprintf("MAIL FROM:<> SIZE=%d", largestReturned+1), "552 5.3.4 ")
	c.say("MAIL FROM:<>", "250 ")
	c.say("RCPT TO:<"+paths.For(posting)+">", "250 ")
	c.say("DATA", "354 ")
	line := strings.Repeat("x", 98) + "\r\n"
	block := strings.Repeat(line, 1000)
	for range 500 {
		io.WriteString(c.conn, block)
	}
	c.say(".", "250 ")
	if k.bytes != 50_000_000 {
		t.Errorf("%d bytes were read", k.bytes)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapSys > 200<<20 {
		t.Errorf("the heap takes %d MB", m.HeapSys>>20)
	}
}

// One who guesses return paths is sent away, and the connections are bounded.
func TestListenerBoundsVisitors(t *testing.T) {
	k := &taker{}
	address, _ := listening(t, k, false)
	c := call(t, address)
	c.hear("220 ")
	c.say("EHLO mx.example", "250 ")
	c.say("MAIL FROM:<>", "250 ")
	for i := range mostMisses - 1 {
		c.say(fmt.Sprintf("RCPT TO:<bounces+d%d@harbour.example>", i), "550 ")
	}
	c.say("RCPT TO:<bounces+d@harbour.example>", "421 4.7.0 ")
	if line, err := c.in.ReadString('\n'); err == nil {
		t.Errorf("it goes on: %q", line)
	}
	var all []*caller
	for range mostConnections {
		all = append(all, call(t, address))
		all[len(all)-1].hear("220 ")
	}
	call(t, address).hear("421 4.3.2 ")
	all[0].say("QUIT", "221 ")
	for deadline := time.Now().Add(time.Minute); ; {
		next := call(t, address)
		line, err := next.in.ReadString('\n')
		if err == nil && strings.HasPrefix(line, "220 ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the place of one who left stays taken")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// When the daemon ends, one who waits is sent away at once, and one who hands over
// a message may end it.
func TestListenerEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &taker{begun: make(chan bool, 1)}
	paths := returnPaths(t, "bounces@harbour.example")
	s := &Listener{Paths: paths, Hostname: "harbour.example", Log: slog.New(slog.DiscardHandler), Take: k.take, Refused: func() {}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l, time.Hour) }()
	idle, busy := call(t, l.Addr().String()), call(t, l.Addr().String())
	idle.hear("220 ")
	idle.say("EHLO mx.example", "250 ")
	busy.hear("220 ")
	busy.say("EHLO mx.example", "250 ")
	busy.say("MAIL FROM:<>", "250 ")
	busy.say("RCPT TO:<"+paths.For(posting)+">", "250 ")
	busy.say("DATA", "354 ")
	io.WriteString(busy.conn, "Subject: undelivered\r\n")
	<-k.begun
	cancel()
	idle.hear("421 ")
	busy.say("\r\nthe rest\r\n.", "250 ")
	busy.hear("421 ")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(k.text) != 1 || !strings.HasSuffix(k.text[0], "the rest\r\n") {
		t.Errorf("taken: %q", k.text)
	}
}

// Whoever breaks off does not fill the log: only what we could not do is an error.
func TestBrokenOffMessageIsNoError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &taker{}
	var log strings.Builder // written to by the one connection, and read when all has ended
	ended := make(chan struct{})
	paths := returnPaths(t, "bounces@harbour.example")
	s := &Listener{Paths: paths, Hostname: "harbour.example", Log: slog.New(slog.NewTextHandler(&log, nil)), Refused: func() {},
		Take: func(ctx context.Context, to []string, message io.Reader) error {
			defer close(ended)
			return k.take(ctx, to, message)
		}}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l, time.Minute) }()
	c := call(t, l.Addr().String())
	c.hear("220 ")
	c.say("EHLO mx.example", "250 ")
	c.say("MAIL FROM:<>", "250 ")
	c.say("RCPT TO:<"+paths.For(posting)+">", "250 ")
	c.say("DATA", "354 ")
	io.WriteString(c.conn, "Subject: half of a mess")
	c.conn.Close()
	<-ended
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}
