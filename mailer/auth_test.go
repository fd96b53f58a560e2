package mailer

import (
	"testing"

	"github.com/wneessen/go-mail/smtp"
)

func TestChoosesTheMechanism(t *testing.T) {
	for _, c := range []struct {
		offered []string
		tls     bool
		want    string // "" for an error
	}{
		{[]string{"CRAM-MD5", "LOGIN", "PLAIN"}, true, "PLAIN"},
		{[]string{"CRAM-MD5", "LOGIN"}, true, "LOGIN"},
		{[]string{"CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"}, true, "SCRAM-SHA-256"},
		{[]string{"CRAM-MD5", "SCRAM-SHA-1"}, true, "SCRAM-SHA-1"},
		{[]string{"CRAM-MD5"}, true, "CRAM-MD5"},
		{[]string{"PLAIN", "LOGIN", "CRAM-MD5"}, false, "CRAM-MD5"},
		{[]string{"PLAIN", "SCRAM-SHA-256"}, false, "SCRAM-SHA-256"},
		{[]string{"PLAIN", "LOGIN"}, false, ""},
		{[]string{"LOGIN"}, false, ""},
		{[]string{"XOAUTH2"}, true, ""},
		{nil, true, ""},
	} {
		r := &relay{Relay: Relay{Username: "harbour", Password: func() (string, error) { return "s3cret", nil }}, host: "relay.test"}
		got, _, err := (&signIn{relay: r}).Start(&smtp.ServerInfo{Name: "relay.test", TLS: c.tls, Auth: c.offered})
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("offered %v, TLS %t: %q (%v), want %q", c.offered, c.tls, got, err, c.want)
		}
	}
}
