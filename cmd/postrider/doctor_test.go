package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer/doctor"
)

// diagnose runs a command line with a DNS of the test's.
func diagnose(t *testing.T, zone map[string]posttest.Records, line string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	a := &app{out: &o, errs: &e, dns: posttest.DNS(t, zone)}
	root := a.command()
	root.SetArgs(words(line))
	code = a.exit(t.Context(), root.ExecuteContext(t.Context()))
	return o.String(), e.String(), code
}

// rewrite changes the configuration.
func rewrite(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile("config.yaml")
	if err == nil {
		err = os.WriteFile("config.yaml", bytes.Replace(text, []byte(from), []byte(to), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mailSite is a site whose mail is set up right, with the relay at an address.
func mailSite(t *testing.T, address string) map[string]posttest.Records {
	t.Helper()
	relaySite(t, address, "")
	out, errs, code := postrider(words("dkim new 2026a")...)
	if code != 0 {
		t.Fatal(errs)
	}
	_, rest, _ := strings.Cut(out, "Value:  ")
	record, _, _ := strings.Cut(rest, "\n")
	rewrite(t, "http://localhost:8080", "https://harbour.example")
	rewrite(t, "newsletters:", "  admins: [editor@harbour.example]\n  dkim:\n    - selector: 2026a\n      key_file: dkim-2026a.pem\nnewsletters:")
	return map[string]posttest.Records{
		"harbour.example":                  {A: []string{"192.0.2.1"}, MX: []string{"mx.harbour.example"}, TXT: []string{"v=spf1 mx -all"}},
		"mx.harbour.example":               {A: []string{"192.0.2.25"}},
		"_dmarc.harbour.example":           {TXT: []string{"v=DMARC1; p=quarantine"}},
		"2026a._domainkey.harbour.example": {TXT: []string{record}},
	}
}

func TestDoctorMail(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	zone := mailSite(t, s.Addr())

	out, errs, code := diagnose(t, zone, "doctor mail")
	for _, want := range []string{"relay main\n  ok       " + s.Addr() + " greets: relay.test ESMTP\n", "\nSPF of harbour.example\n  ok       one record", "  ok       the record has the key that signs\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("it lacks %q:\n%s", want, out)
		}
	}
	if code != 0 || errs != "13 ok, 0 warnings, 0 wrong\n" || strings.Contains(out, "to mend it") || len(s.Messages()) != 0 {
		t.Errorf("exit %d, %q, and %d messages were sent, with\n%s", code, errs, len(s.Messages()), out)
	}

	out, _, code = diagnose(t, zone, "doctor mail --to amina@lamu.example --json")
	var found []doctor.Finding
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	last := found[len(found)-1]
	if last.About != "test message to amina@lamu.example" || last.Level != doctor.OK || !strings.HasPrefix(last.Text, "the relay main took it: ") {
		t.Errorf("the last of %d findings is %+v", len(found), last)
	}
	m := s.Messages()[0]
	for _, want := range []string{"Subject: Test: Harbour & Horizon\r\n", "List-Unsubscribe: <https://harbour.example/leave/test>\r\n", "Message-ID: <test.", "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=harbour.example;\r\n s=2026a;"} {
		if m.To != "amina@lamu.example" || !bytes.Contains(m.Raw, []byte(want)) {
			t.Errorf("the message to %s lacks %q:\n%s", m.To, want, m.Raw)
		}
	}

	s.SetFault(smtptest.At(smtptest.RCPT, "550 5.7.1 we know you", smtptest.Proceed))
	out, errs, code = diagnose(t, zone, "doctor mail --send")
	if want := "\ntest message to editor@harbour.example\n  wrong    main: "; code != 1 || !strings.Contains(out, want) || !strings.Contains(out, "(5.7.1 we know you)") || errs != "13 ok, 0 warnings, 1 wrong\n" {
		t.Errorf("exit %d, %q with\n%s\nwant %q in it", code, errs, out, want)
	}

	delete(zone, "_dmarc.harbour.example")
	if out, _, code = diagnose(t, zone, "doctor mail"); code != 1 || !strings.Contains(out, "DMARC of harbour.example\n  wrong    there is no record") || !strings.Contains(out, "           to mend it: publish a TXT record at _dmarc.harbour.example such as") {
		t.Errorf("exit %d with\n%s", code, out)
	}
}

// Where mail comes back to an address of its own, SPF is that of its domain.
func TestDoctorMailOfReturnPaths(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	zone := mailSite(t, s.Addr())
	rewrite(t, "  relays:", "  returns:\n    address: back@bounces.harbour.example\n  relays:")
	out, errs, code := diagnose(t, zone, "doctor mail --to amina@lamu.example")
	if code != 1 || !strings.Contains(out, "\nmail to bounces.harbour.example\n  wrong    bounces.harbour.example has no MX record") || !strings.Contains(out, "\nSPF of bounces.harbour.example\n  wrong    there is no record") {
		t.Errorf("exit %d, %s with\n%s", code, errs, out)
	}
	if m := s.Messages(); len(m) != 1 || m[0].From != "back@bounces.harbour.example" {
		t.Errorf("the test message is %+v", m)
	}
}

// With an outbox no relay is called and no password is read; a test message becomes
// a file.
func TestDoctorMailOfAnOutbox(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	zone := mailSite(t, s.Addr())
	rewrite(t, "  relays:", "  outbox: data/outbox\n  relays:")
	s.SetFault(func(smtptest.Step, string) (string, smtptest.Action) {
		t.Error("the relay was called")
		return "", smtptest.Proceed
	})
	out, errs, code := diagnose(t, zone, "doctor mail --to amina@lamu.example")
	if code != 0 || !strings.HasPrefix(out, "mail.outbox\n  warning  messages become files in ") || !strings.Contains(out, "the relay outbox took it: as a file") {
		t.Errorf("exit %d, %s with\n%s", code, errs, out)
	}
}

func TestDoctorMailUsage(t *testing.T) {
	enterSite(t)
	for line, want := range map[string]string{
		"doctor mail --to nobody":                      `postrider: "nobody" is no mail address`,
		"doctor mail --send":                           "postrider: the configuration has no mail.admins; name somebody with --to EMAIL",
		"doctor mail --send --to amina@example.org":    "none of the others can be",
		"doctor mail now":                              "doctor mail takes no arguments",
		"doctor mail --to \"a@example.org\r\nBcc: b\"": "is no mail address",
	} {
		if _, errs, code := diagnose(t, nil, line); code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %q; want %q", line, code, errs, want)
		}
	}
}
