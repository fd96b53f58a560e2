package smtptest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
)

func TestSendsThroughTheStandardClient(t *testing.T) {
	s := Start(t, Options{STARTTLS: true, Username: "harbour", Password: "s3cret"})
	c, err := smtp.Dial(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Mail("a@relay.test"); !isReply(err, 530) {
		t.Fatalf("MAIL before STARTTLS: %v, want 530", err)
	}
	config := s.TLSConfig()
	config.ServerName = "relay.test"
	if err := c.StartTLS(config); err != nil {
		t.Fatal(err)
	}
	if err := c.Mail("a@relay.test"); !isReply(err, 530) {
		t.Fatalf("MAIL before AUTH: %v, want 530", err)
	}
	if err := c.Auth(smtp.PlainAuth("", "harbour", "s3cret", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Mail("a@relay.test"), c.Rcpt("b@relay.test")); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "Subject: x\n\n.one dot\n")
	if got := len(s.Messages()); got != 0 {
		t.Fatalf("%d messages before the final dot", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Wait(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	m := got[0]
	if string(m.Raw) != "Subject: x\r\n\r\n.one dot\r\n" {
		t.Errorf("raw message %q", m.Raw)
	}
	if m.From != "a@relay.test" || m.To != "b@relay.test" || m.Username != "harbour" || !m.TLS || m.Connection != 1 {
		t.Errorf("recorded %+v", m)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	whole := []string{"EHLO x", "MAIL FROM:<a@x>", "RCPT TO:<b@x>", "DATA", "Subject: x\r\n\r\ntext\r\n."}
	for name, c := range map[string]struct {
		fault    Fault
		lines    []string
		want     string // the last reply's first line; "" for a closed connection
		accepted int
	}{
		"none":                {nil, whole, "250 2.0.0 taken", 1},
		"reply":               {At(RCPT, "550 5.1.1 nobody", Proceed), whole[:3], "550 5.1.1 nobody", 0},
		"several lines":       {At(MAIL, "451 4.3.0 busy\nvery busy", Proceed), whole[:2], "451-4.3.0 busy", 0},
		"close":               {At(RCPT, "", Close), whole[:3], "", 0},
		"reply and close":     {At(DATA, "421 4.3.2 going down", Close), whole[:4], "421 4.3.2 going down", 0},
		"refused at the end":  {At(End, "554 5.7.1 spam", Proceed), whole, "554 5.7.1 spam", 0},
		"closed at the end":   {At(End, "", Close), whole, "", 0},
		"vanish":              {At(End, "", Vanish), whole, "", 1},
		"own words":           {At(End, "250 2.0.0 queued as 17", Proceed), whole, "250 2.0.0 queued as 17", 1},
		"out of order":        {nil, []string{"EHLO x", "RCPT TO:<b@x>"}, "503 5.5.1 MAIL first", 0},
		"a parameter":         {nil, []string{"EHLO x", "MAIL FROM:<a@x> RET=HDRS"}, "555 5.5.4 a parameter that is not offered", 0},
		"a script":            {nil, []string{"EHLO x", "MAIL FROM:<é@x>"}, "553 5.6.7 the address needs SMTPUTF8", 0},
		"a bare LF":           {nil, append(whole[:4:4], "Subject: x\r\n\r\ntext\nmore\r\n."), "550 5.6.11 a bare CR or LF", 0},
		"a bare LF and a dot": {nil, append(whole[:4:4], "Subject: x\r\n\r\ntext\n.\nmore\r\n."), "550 5.6.11 a bare CR or LF", 0},
		"a long line":         {nil, append(whole[:4:4], strings.Repeat("x", 999)+"\r\n."), "500 5.6.0 a line of the message is too long", 0},
		"endless":             {At(EHLO, "", Endless), whole[:1], "250-and another thing", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := Start(t, Options{Fault: c.fault})
			conn, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			text := textproto.NewConn(conn)
			reply, err := text.ReadLine()
			for _, line := range c.lines {
				text.PrintfLine("%s", line)
				if reply, err = text.ReadLine(); err != nil {
					break
				}
				for first := reply; strings.HasPrefix(first, "250-") && line == "EHLO x" && c.want != reply; {
					if first, err = text.ReadLine(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.want == "" && err == nil || c.want != "" && reply != c.want {
				t.Errorf("last reply %q (%v), want %q", reply, err, c.want)
			}
			if got := len(s.Messages()); got != c.accepted {
				t.Errorf("%d messages accepted, want %d", got, c.accepted)
			}
		})
	}
}

func TestHangsUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Fault: At(Greeting, "", Hang)})
		t.Cleanup(s.Close)
		client, server := net.Pipe()
		defer client.Close()
		go s.Serve(server)
		greeting := make(chan string)
		go func() {
			line, _ := textproto.NewConn(client).ReadLine()
			greeting <- line
		}()
		synctest.Wait()
		select {
		case line := <-greeting:
			t.Fatalf("greeted with %q before the release", line)
		default:
		}
		s.Release()
		if line := <-greeting; line != "220 relay.test ESMTP" {
			t.Errorf("greeting %q", line)
		}
	})
}

func TestWaitEnds(t *testing.T) {
	s := Start(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("wait with a cancelled context: %v", err)
	}
	s.Close()
	if _, err := s.Wait(t.Context(), 1); err == nil {
		t.Error("wait on a closed server has no error")
	}
}

func isReply(err error, code int) bool {
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code == code
}
