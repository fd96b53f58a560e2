// Package sink is an SMTP server for measuring: it takes every message, throws it
// away, and is fast enough not to be the limit of whoever sends. smtptest is the
// one that is strict.
package sink

import (
	"bufio"
	"bytes"
	"context"

	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Sink is a running server. It offers PIPELINING, 8BITMIME, SMTPUTF8 and
// ENHANCEDSTATUSCODES, and no TLS.
type Sink struct {
	// Delay is how far away the sink is: each of its answers comes that much later
	// than the command. Those to commands that came together are late together.
	Delay time.Duration

	// Keep has the recipients of all messages kept, in order.
	Keep bool

	listener net.Listener
	taken    atomic.Int64
	began    atomic.Int64 // when the first message came, in nanoseconds
	ended    atomic.Int64 // when the last one was taken

	mu         sync.Mutex
	recipients []string
}

// Start listens on a free port of this machine until the test ends.
func Start(tb testing.TB, s *Sink) *Sink {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.listener = listener
	tb.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

// Addr is host:port.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Taken counts the messages that were accepted.
func (s *Sink) Taken() int { return int(s.taken.Load()) }

// WaitFor waits until at least n messages are accepted.
func (s *Sink) WaitFor(ctx context.Context, n int) error {
	for s.Taken() < n {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Recipients are those of the accepted messages, where Keep is set.
func (s *Sink) Recipients() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recipients
}

// Span is the time from the first message to the last one.
func (s *Sink) Span() time.Duration { return time.Duration(s.ended.Load() - s.began.Load()) }

// Reset forgets what was taken.
func (s *Sink) Reset() {
	s.taken.Store(0)
	s.began.Store(0)
	s.mu.Lock()
	s.recipients = nil
	s.mu.Unlock()
}

// dialogue is one connection. Replies gather until there is nothing more to read,
// and then leave together.
type dialogue struct {
	s       *Sink
	r       *bufio.Reader
	conn    net.Conn
	replies []byte
	late    chan []byte // what is to be said when Delay has passed
	to      string
}

func (s *Sink) serve(conn net.Conn) {
	defer conn.Close()
	d := &dialogue{s: s, r: bufio.NewReaderSize(conn, 64<<10), conn: conn}
	if s.Delay > 0 {
		d.late = make(chan []byte, 100)
		defer close(d.late)
		go d.answerLate()
	}
	d.say("220 sink ESMTP")
	for d.flush() == nil {
		line, err := d.r.ReadSlice('\n')
		if err != nil || !d.command(line) {
			d.flush()
			return
		}
	}
}

func (d *dialogue) answerLate() {
	for replies := range d.late {
		time.Sleep(d.s.Delay)
		if _, err := d.conn.Write(replies); err != nil {
			d.conn.Close()
		}
	}
}

func (d *dialogue) say(reply string) { d.replies = append(append(d.replies, reply...), "\r\n"...) }

// flush sends what was said, once all commands that have come are answered.
func (d *dialogue) flush() error {
	if d.r.Buffered() > 0 || len(d.replies) == 0 {
		return nil
	}
	replies := d.replies
	if d.late != nil {
		d.replies = nil
		d.late <- replies
		return nil
	}
	d.replies = d.replies[:0]
	_, err := d.conn.Write(replies)
	return err
}

func (d *dialogue) command(line []byte) bool {
	switch verb := string(bytes.ToUpper(line[:min(4, len(line))])); verb {
	case "EHLO":
		d.say("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES")
	case "RCPT":
		if d.s.Keep {
			d.to = string(bytes.Trim(line[len("RCPT TO:"):], "<>\r\n "))
		}
		d.say("250 2.1.5 fine")
	case "DATA":
		if d.s.began.Load() == 0 {
			d.s.began.CompareAndSwap(0, time.Now().UnixNano())
		}
		d.say("354 end with a dot")
		return d.flush() == nil && d.text() == nil
	case "QUIT":
		d.say("221 2.0.0 bye")
		return false
	default:
		d.say("250 2.0.0 fine")
	}
	return true
}

// end is what ends a message, with the end of the line before.
var end = []byte("\n.\r\n")

// text reads a message up to its final dot.
func (d *dialogue) text() error {
	if err := d.skip(); err != nil {
		return err
	}
	if d.s.Keep {
		d.s.mu.Lock()
		d.s.recipients = append(d.s.recipients, d.to)
		d.s.mu.Unlock()
	}
	d.s.taken.Add(1)
	d.s.ended.Store(time.Now().UnixNano())
	d.say("250 2.0.0 taken")
	return nil
}

// skip throws away what comes up to the final dot. It looks at all that has come at
// once: line by line takes three times as long. And it looks at the last of it first:
// behind the final dot comes no more than the next envelope, before that is answered.
func (d *dialogue) skip() error {
	if first, err := d.r.Peek(len(end) - 1); err != nil {
		return err
	} else if bytes.Equal(first, end[1:]) { // there is no text
		_, err := d.r.Discard(len(first))
		return err
	}
	for {
		come, _ := d.r.Peek(d.r.Buffered())
		last := max(0, len(come)-1<<10)
		i := bytes.Index(come[last:], end)
		if i >= 0 {
			i += last
		} else {
			i = bytes.Index(come, end)
		}
		if i >= 0 {
			_, err := d.r.Discard(i + len(end))
			return err
		}
		d.r.Discard(max(0, len(come)-len(end)+1))
		if _, err := d.r.Peek(d.r.Buffered() + 1); err != nil {
			return err
		}
	}
}
