package posttest_test

import (
	"bytes"
	"errors"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"

	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
)

// letter sends one message through the server over STARTTLS.
func letter(t *testing.T, s *posttest.MailServer, from, to, text string) error {
	t.Helper()
	c, err := smtp.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	config := s.TLSConfig()
	config.ServerName = "127.0.0.1"
	if err := c.StartTLS(config); err != nil {
		t.Fatal(err)
	}
	if err := c.Mail(from); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt(to); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

func TestRealMailServer(t *testing.T) {
	s := posttest.RealMailServer(t)

	body := "Salma's café\r\n.leading dots\r\n..\r\n"
	if err := letter(t, s, "out@press.test", "reader@home.test", "Subject: Tides\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	got := s.Messages(t, 1)[0]
	if got.From != "out@press.test" || got.To != "reader@home.test" {
		t.Errorf("the envelope is from %q to %q", got.From, got.To)
	}
	m, err := mail.ReadMessage(bytes.NewReader(got.Raw))
	if err != nil {
		t.Fatal(err)
	}
	if received := m.Header.Get("Received"); !strings.Contains(received, "by mx.test (Postfix)") || !strings.Contains(received, "using TLSv1.3") {
		t.Errorf("the message came another way: Received: %s", received)
	}
	if !bytes.HasSuffix(got.Raw, []byte("\r\n\r\n"+body)) {
		t.Errorf("the body came as %q, want %q at the end", got.Raw, body)
	}

	large := "Subject: Large\r\n\r\n" + strings.Repeat(strings.Repeat("x", 78)+"\r\n", posttest.MessageLimit/80+1)
	var refused *textproto.Error
	if err := letter(t, s, "out@press.test", "reader@home.test", large); !errors.As(err, &refused) || refused.Code != 552 {
		t.Errorf("a message over the limit: %v, want 552", err)
	}

	s.Mailbox.SetFault(func(step smtptest.Step, argument string) (string, smtptest.Action) {
		if step == smtptest.RCPT && strings.HasPrefix(argument, "gone@") {
			return "550 5.1.1 no such person", smtptest.Proceed
		}
		return "", smtptest.Proceed
	})
	if err := letter(t, s, "return+17@press.test", "gone@home.test", "Subject: Tides\r\n\r\nGone.\r\n"); err != nil {
		t.Fatal(err)
	}
	bounce := s.Messages(t, 2)[1]
	if bounce.From != "" || bounce.To != "return+17@press.test" {
		t.Errorf("the bounce is from %q to %q", bounce.From, bounce.To)
	}
	for _, want := range []string{"multipart/report", "Final-Recipient: rfc822; gone@home.test", "Status: 5.1.1"} {
		if !strings.Contains(string(bounce.Raw), want) {
			t.Errorf("the bounce lacks %q:\n%s", want, bounce.Raw)
		}
	}
}
