package mailer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// Listener takes mail that comes back, over SMTP (RFC 5321) or LMTP (RFC 2033).
// It takes nothing but what is addressed to a return path, and passes none on.
type Listener struct {
	Paths    *ReturnPaths
	LMTP     bool
	Hostname string // as it greets

	// Take gets a message with the return paths that it came to, and reads it to
	// its end. Once it returns nil the message is confirmed, so its effect must be
	// on disk by then; after anything else the sender is asked to try again later.
	Take func(ctx context.Context, to []string, message io.Reader) error
	// Refused is told that somebody wrote to a return path that was never used.
	Refused func()
	Log     *slog.Logger
}

// What one connection may cost. A report returns the message, which may be large.
const (
	mostConnections     = 50
	mostRecipients      = 10 // a report has one
	mostMisses          = 10 // recipients that are not ours
	largestReturned     = 64 << 20
	longestReturnedLine = 1 << 20          // bytes; some servers break none
	longestSilence      = time.Minute      // between two packets
	longestVisit        = 15 * time.Minute // from the greeting to the end
)

// Serve takes mail on l until ctx is done. What is being taken then may come to
// its end, for up to grace.
func (s *Listener) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &visit{Listener: s, ctx: context.WithoutCancel(ctx), conn: c}, nil
	}))
	server.LMTP, server.Domain = s.LMTP, s.Hostname
	server.MaxRecipients, server.MaxMessageBytes, server.MaxLineLength = mostRecipients, largestReturned, longestReturnedLine
	server.EnableSMTPUTF8, server.EnableBINARYMIME = true, true
	server.ErrorLog = quietly{s.Log}
	visitors := &bounded{Listener: l, all: map[*visitor]bool{}}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		visitors.dismiss()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if server.Shutdown(last) != nil {
			server.Close()
		}
	})
	err := server.Serve(visitors)
	if !stop() {
		<-ended
		return nil
	}
	server.Close()
	return err
}

// visit is one connection.
type visit struct {
	*Listener
	ctx    context.Context
	conn   *smtp.Conn
	to     []string
	missed int
}

func (v *visit) Reset() { v.to = nil }

func (v *visit) Logout() error { return nil }

func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes return paths that we have made, and the address that they are made
// of: complaints may come to that.
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	tag, ours := v.Paths.tag(to)
	_, made := v.Paths.Read(to)
	if ours && (made || tag == "") {
		v.to = append(v.to, to)
		return nil
	}
	if ours {
		v.Refused()
	}
	if v.missed++; v.missed >= mostMisses {
		v.visitor().heard.Store(true)
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Too many unknown recipients"}
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such return path; no mail is relayed here"}
}

func (v *visit) visitor() *visitor { return v.conn.Conn().(*visitor) }

// Data takes the message. Over LMTP every recipient gets the same answer.
func (v *visit) Data(r io.Reader) error {
	v.visitor().busy.Store(true)
	defer v.visitor().busy.Store(false)
	in := &handedOver{r: r}
	err := v.Take(v.ctx, v.to, in)
	var known *smtp.SMTPError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known): // the message is too large
		return known
	case in.failed:
		v.Log.Debug("a message that came back did not arrive whole", "error", err)
	default:
		v.Log.Error("a message that came back could not be taken; its sender tries again", "error", err)
	}
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
}

// handedOver is a message that arrives, and remembers whether that broke off: then
// it is not for us to mend.
type handedOver struct {
	r      io.Reader
	failed bool
}

func (h *handedOver) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.failed = h.failed || err != nil && err != io.EOF
	return n, err
}

// quietly logs what go-smtp says of connections that broke: it happens all day.
type quietly struct{ log *slog.Logger }

func (q quietly) Printf(format string, v ...any) {
	q.log.Debug("a connection with returned mail ended badly", "format", format, "values", v)
}
func (q quietly) Println(v ...any) {
	q.log.Debug("a connection with returned mail ended badly", "values", v)
}

// bounded accepts so many connections at once, each for so long.
type bounded struct {
	net.Listener
	mu      sync.Mutex
	all     map[*visitor]bool // that are here
	leaving bool              // none may begin anything more
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if v := b.enter(conn); v != nil {
			return v, nil
		}
		conn.SetDeadline(time.Now().Add(time.Second))
		conn.Write([]byte("421 4.3.2 Too many connections; try again later\r\n"))
		conn.Close()
	}
}

// enter lets a connection in; nil: there are too many.
func (b *bounded) enter(conn net.Conn) *visitor {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) >= mostConnections {
		return nil
	}
	v := &visitor{Conn: conn, of: b, until: time.Now().Add(longestVisit)}
	v.leaving.Store(b.leaving)
	b.all[v] = true
	return v
}

// dismiss has all go who are not handing over a message.
func (b *bounded) dismiss() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leaving = true
	for v := range b.all {
		v.leaving.Store(true)
		if !v.busy.Load() {
			v.Conn.SetReadDeadline(time.Now()) // go-smtp says 421 to one who was silent for too long
		}
	}
}

// visitor bounds each wait, and all of them together: go-smtp has one deadline for
// a whole message, however it gets on.
type visitor struct {
	net.Conn
	of      *bounded
	until   time.Time
	heard   atomic.Bool // enough: the answer that is being given is the last one
	busy    atomic.Bool // handing over a message
	leaving atomic.Bool // as soon as it is not busy
}

func (v *visitor) deadline() time.Time {
	if next := time.Now().Add(longestSilence); next.Before(v.until) {
		return next
	}
	return v.until
}

func (v *visitor) Read(p []byte) (int, error) {
	if v.heard.Load() {
		return 0, io.EOF
	}
	v.Conn.SetReadDeadline(v.deadline())
	if v.leaving.Load() && !v.busy.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	return v.Conn.Read(p)
}

func (v *visitor) Write(p []byte) (int, error) {
	v.Conn.SetWriteDeadline(v.deadline())
	return v.Conn.Write(p)
}

func (v *visitor) Close() error {
	v.of.mu.Lock()
	delete(v.of.all, v)
	v.of.mu.Unlock()
	return v.Conn.Close()
}
