package config

import (
	"slices"
	"strings"
	"testing"
)

func TestReturns(t *testing.T) {
	c := load(t, least+`
mail:
  returns:
    address: Bounces@hafen-köln.example
    soft_bounces: 3
    listen: 127.0.0.1:2525
    protocol: lmtp
    mailbox: {address: "127.0.0.1:143", tls: none, username: bounces, password_file: /secret}
    webhooks:
      - {provider: ses, topic: "arn:aws:sns:eu-west-1:123456789012:returns"}
      - {provider: brevo, secret_file: /brevo}
`)
	r := c.Mail.Returns
	if r.Address != "bounces@xn--hafen-kln-67a.example" || r.SoftRun != 3 || r.Listen != "127.0.0.1:2525" || r.Protocol != ProtocolLMTP {
		t.Errorf("%+v", r)
	}
	if want := (Mailbox{"127.0.0.1:143", TLSNone, "bounces", "/secret", "INBOX", "Processed"}); r.Mailbox != want {
		t.Errorf("%+v", r.Mailbox)
	}
	if want := []Webhook{{"ses", "", "arn:aws:sns:eu-west-1:123456789012:returns"}, {"brevo", "/brevo", ""}}; !slices.Equal(r.Webhooks, want) {
		t.Errorf("%+v", r.Webhooks)
	}
}

func TestReturnsMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{listen: ':25'}":                                             "mail.returns.address: is needed with listen or mailbox",
		"{address: b@x.example, protocol: lmtp}":                      "mail.returns.listen: is needed with protocol",
		"{address: Bounces <b@x.example>}":                            "cannot be a return path",
		"{address: b.c@x.example}":                                    "cannot be a return path",
		"{address: b@}":                                               "cannot be a return path",
		"{address: bouncesbouncesbounces@x.example}":                  "cannot be a return path",
		"{soft_bounces: 1}":                                           "write a number from 2 to 20",
		"{soft_days: 61}":                                             "write a number from 0 to 60",
		"{mailbox: {username: b}}":                                    "mail.returns.mailbox.address: is needed",
		"{address: b@x.example, mailbox: {address: imap}}":            "such as imap.harbour.example:993",
		"{address: b@x.example, mailbox: {address: 'i.example:993'}}": "mail.returns.mailbox.username: is needed",
		"{address: b@x.example, mailbox: {address: 'i.example:993', username: b}}":                                     "mail.returns.mailbox.password_file: is needed",
		"{address: b@x.example, mailbox: {address: 'i.example:143', username: b, password_file: p, tls: none}}":        "in the open",
		"{address: b@x.example, mailbox: {address: 'i.example:993', username: b, password_file: p, processed: INBOX}}": "is the folder that is read",
		"{webhooks: [{provider: ses}]}": "webhooks[0].topic: is needed for ses",
		"{webhooks: [{provider: ses, topic: 'arn:aws:sqs:eu-west-1:123456789012:x'}]}":                   "is not the ARN of an SNS topic",
		"{webhooks: [{provider: ses, topic: 'arn:aws:sns:eu-west-1:123456789012:x', secret_file: f}]}":   "is of no use to ses",
		"{webhooks: [{provider: mailgun}]}":                                                              "webhooks[0].secret_file: is needed for mailgun",
		"{webhooks: [{provider: brevo, secret_file: f}, {provider: brevo, secret_file: g}]}":             "brevo is the provider of webhooks[0] too",
		"{webhooks: [{provider: brevo, secret_file: f, topic: 'arn:aws:sns:eu-west-1:123456789012:x'}]}": "belongs to ses alone",
		"{webhooks: [{provider: mailchimp}]}":                                                            "is not a choice here",
	} {
		ms := mistakes(t, least+"mail:\n  returns: "+text+"\n", nil)
		if len(ms) != 1 || !strings.Contains(ms[0].String(), want) || ms[0].Line == 0 {
			t.Errorf("%s: got %q, want %q", text, ms, want)
		}
	}
}
