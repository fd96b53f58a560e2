package mailer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// signIn chooses one of go-mail's mechanisms by what the relay offers. The
// password is read only now. Over TLS the plain mechanisms come first, for some
// relays offer the others without having what they need; without TLS go-mail
// gives a password in the clear to this machine only.
type signIn struct {
	relay  *relay
	chosen smtp.Auth
}

// Start implements smtp.Auth.
func (s *signIn) Start(server *smtp.ServerInfo) (string, []byte, error) {
	order := []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}
	if server.TLS {
		order = []string{"PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"}
	}
	i := slices.IndexFunc(order, func(mechanism string) bool { return slices.Contains(server.Auth, mechanism) })
	if i < 0 {
		return "", nil, fmt.Errorf("it offers no sign-in that we know (it offers %q); "+
			"check the port and tls, or leave the user name out", printable(strings.Join(server.Auth, " ")))
	}
	if s.relay.Password == nil {
		return "", nil, errors.New("there is a user name but no password")
	}
	password, err := s.relay.Password()
	if err != nil {
		return "", nil, fmt.Errorf("the password cannot be read: %w", err)
	}
	switch order[i] {
	case "PLAIN":
		s.chosen = smtp.PlainAuth("", s.relay.Username, password, s.relay.host, false)
	case "LOGIN":
		s.chosen = smtp.LoginAuth(s.relay.Username, password, s.relay.host, false)
	case "SCRAM-SHA-256":
		s.chosen = smtp.ScramSHA256Auth(s.relay.Username, password)
	case "SCRAM-SHA-1":
		s.chosen = smtp.ScramSHA1Auth(s.relay.Username, password)
	case "CRAM-MD5":
		s.chosen = smtp.CRAMMD5Auth(s.relay.Username, password)
	}
	mechanism, first, err := s.chosen.Start(server)
	if errors.Is(err, smtp.ErrUnencrypted) {
		err = errors.New("the password is not sent without encryption; set tls to starttls or implicit")
	}
	return mechanism, first, err
}

// Next implements smtp.Auth.
func (s *signIn) Next(fromServer []byte, more bool) ([]byte, error) {
	return s.chosen.Next(fromServer, more)
}
