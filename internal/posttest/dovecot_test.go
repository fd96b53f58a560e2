package posttest_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/textproto"
	"strings"
	"testing"

	"postrider/internal/posttest"
)

func TestRealMailboxes(t *testing.T) {
	s := posttest.RealMailboxes(t, "salma@home.test", "tariq@home.test")

	body := "Salma's café\r\n.leading dots\r\n..\r\n"
	s.Deliver(t, "out@press.test", "salma@home.test", []byte("Subject: Tides\r\n\r\n"+body))
	s.Deliver(t, "", "salma@home.test", []byte("Subject: More\r\n\r\nNothing.\r\n"))
	got := s.Messages(t, "salma@home.test", 2)
	if !bytes.HasPrefix(got[0], []byte("Return-Path: <out@press.test>\r\nDelivered-To: salma@home.test\r\n")) || !bytes.HasSuffix(got[0], []byte("\r\nSubject: Tides\r\n\r\n"+body)) {
		t.Errorf("the first message came as %q", got[0])
	}
	if len(got) != 2 || !bytes.Contains(got[1], []byte("\r\nSubject: More\r\n")) {
		t.Errorf("the second message came as %q", got[1:])
	}
	if others := s.Messages(t, "tariq@home.test", 0); len(others) != 0 {
		t.Errorf("tariq has %d messages", len(others))
	}

	// A program signs in over TLS, with the right password only.
	config := s.TLSConfig()
	config.ServerName = "127.0.0.1"
	conn, err := tls.Dial("tcp", s.IMAPS, config)
	if err != nil {
		t.Fatal(err)
	}
	c := textproto.NewConn(conn)
	defer c.Close()
	for _, say := range []string{"", "a LOGIN salma@home.test wrong", "b LOGIN salma@home.test \"" + posttest.MailboxPassword + "\""} {
		if say != "" {
			c.PrintfLine("%s", say)
		}
		line, err := c.ReadLine()
		if want := map[string]string{"": "* OK", "a": "a NO", "b": "b OK"}[strings.SplitN(say, " ", 2)[0]]; err != nil || !strings.HasPrefix(line, want) {
			t.Errorf("to %q Dovecot says %q, %v; want %s", say, line, err, want)
		}
	}

	// Nobody else has a mailbox.
	lmtp, err := net.Dial("tcp", s.LMTP)
	if err != nil {
		t.Fatal(err)
	}
	l := textproto.NewConn(lmtp)
	defer l.Close()
	l.ReadResponse(220)
	for _, step := range []struct {
		say  string
		want int
	}{{"LHLO home.test", 250}, {"MAIL FROM:<out@press.test>", 250}, {"RCPT TO:<nobody@home.test>", 550}} {
		l.PrintfLine("%s", step.say)
		if _, text, err := l.ReadResponse(step.want); err != nil {
			t.Errorf("to %q Dovecot says %q, %v", step.say, text, err)
		}
	}
}
