package returns

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wanted is what is to be made of each message in testdata: kind, class,
// recipient, status and code of each finding, a dash for what is not told.
var wanted = map[string][]string{
	"arf-abuse":                  {"complaint none amina@example.org - 0"},
	"arf-auth-failure":           {"other none - - 0"},
	"arf-not-spam":               {"other none - - 0"},
	"arf-redacted":               {"complaint none - - 0"},
	"barracuda-blocked":          {"bounce sender amina@example.org - 0"},
	"courier-unknown":            {"bounce hard amina@example.org 5.0.0 550"},
	"damaged-no-boundary":        {"bounce hard amina@example.org 5.1.1 550"},
	"damaged-no-mime":            {"bounce hard amina@example.org 5.1.1 550"},
	"damaged-unended":            {"bounce hard amina@example.org 5.1.1 550"},
	"damaged-wrong-boundary":     {"bounce hard amina@example.org 5.1.1 550"},
	"domino-unknown":             {"bounce hard amina@example.org 5.1.1 0"},
	"dovecot-full":               {"bounce soft amina@example.org - 0"},
	"encoded-base64":             {"bounce hard amina@example.org 5.1.1 550"},
	"encoded-quoted":             {"bounce hard amina@example.org 5.1.1 550"},
	"exchange2003-closed-utf7":   {"bounce hard amina@example.org 5.1.1 0"},
	"exchange2003-unknown":       {"bounce hard amina@example.org 5.1.1 0"},
	"exchange55-unknown":         {"bounce hard amina@example.org - 0"},
	"exim-timeout":               {"bounce soft amina@example.org 5.0.0 0"},
	"exim-unknown":               {"bounce hard amina@example.org 5.1.1 550"},
	"exim-warning":               {"delay none amina@example.org 4.7.1 450"},
	"exim-words":                 {"bounce hard amina@example.org - 550", "bounce soft bashir@example.net - 0"},
	"gateway-wraps":              {"bounce hard amina@example.org 5.1.1 550"},
	"gmail-incomplete":           {"delay none amina@example.org 4.4.1 0"},
	"gmail-lines":                {"bounce hard amina@example.org 5.1.1 550"},
	"gmail-words":                {"bounce hard amina@example.org - 550"},
	"gmx-full":                   {"bounce soft amina@example.org 5.2.2 0"},
	"groupwise-unknown":          {"bounce hard amina@example.org - 0"},
	"hotmail-complaint":          {"complaint none amina@example.org - 0"},
	"html-only":                  {"bounce hard amina@example.org 5.1.1 550"},
	"icloud-full":                {"bounce soft amina@example.org 5.2.2 552"},
	"latin1-full":                {"bounce soft amina@example.org - 0"},
	"mailenable-domain":          {"bounce hard amina@exmaple.example - 0"},
	"mdaemon-unknown":            {"bounce hard amina@example.org 5.1.1 550"},
	"microsoft365-edge":          {"bounce hard amina@example.org 5.4.1 550"},
	"microsoft365-expired":       {"bounce soft amina@example.org 5.4.316 550"},
	"microsoft365-restricted":    {"bounce sender amina@example.org 5.7.133 550"},
	"microsoft365-unknown":       {"bounce hard amina@example.org 5.1.10 550"},
	"mimecast-unknown":           {"bounce hard amina@example.org 5.0.0 550"},
	"newsletter-mailbox-full":    {"other none - - 0"},
	"notes-words":                {"bounce hard amina@example.org - 0"},
	"opensmtpd-unknown":          {"bounce hard amina@example.org 5.7.1 550"},
	"person-forwards-bounce":     {"other none - - 0"},
	"person-pastes-bounce":       {"other none - - 0"},
	"person-quotes-bounce":       {"other none - - 0"},
	"person-writes":              {"other none - - 0"},
	"postfix-after-data":         {"bounce sender amina@example.org 5.0.0 550"},
	"postfix-blocked":            {"bounce sender amina@example.org 5.1.1 550"},
	"postfix-delayed":            {"delay none amina@example.org 4.4.1 0"},
	"postfix-delivered":          {"success none amina@example.org 2.0.0 250"},
	"postfix-no-domain":          {"bounce hard amina@exmaple.example 5.4.4 0"},
	"postfix-plain-550":          {"bounce hard amina@example.org 5.0.0 550"},
	"postfix-unknown":            {"bounce hard amina@example.org 5.1.1 550"},
	"postfix-utf8":               {"bounce hard амина@пример.example 5.1.1 550"},
	"postfix-words-against-code": {"bounce hard spam-full@example.org 5.7.1 550"},
	"postmaster-writes":          {"other none - - 0"},
	"qmail-unknown": {"bounce hard amina@example.org 5.1.1 0", "bounce soft bashir@example.org 5.2.2 0", "bounce sender chidi@example.net 5.7.1 550",
		"bounce hard dalia@nowhere.example 5.1.2 0", "bounce soft esther@example.com 4.4.1 0"},
	"reply-about-failures":     {"auto-reply none amina@example.org - 0"},
	"reply-challenge":          {"auto-reply none amina@example.org - 0"},
	"reply-japanese":           {"auto-reply none amina@example.org - 0"},
	"reply-outlook-de":         {"auto-reply none amina@example.org - 0"},
	"reply-receipt":            {"auto-reply none amina@example.org - 0"},
	"reply-vacation":           {"auto-reply none amina@example.org - 0"},
	"report-dmarc":             {"other none - - 0"},
	"rfc3464-bounce-of-bounce": {"other none - - 0"},
	"rfc3464-no-blank-lines":   {"bounce hard amina@example.org 5.1.1 0", "bounce soft bashir@example.net 5.2.2 0"},
	"rfc3464-plus-in-address":  {"bounce hard amina+42@example.org 5.1.1 0"},
	"rfc3464-several": {"bounce hard amina+tide@example.org 5.1.1 550", "delay none bashir@example.net 4.4.1 0", "success none chidi@example.com 2.0.0 0",
		"success none dalia-list@example.com 2.2.0 0", "bounce soft esther@example.org 5.2.2 552", "bounce sender fola@example.org 5.7.1 554"},
	"sendmail-content": {"bounce sender amina@example.org 5.5.0 554"},
	"sendmail-unknown": {"bounce hard amina@example.org 5.1.1 550"},
	"sendmail-warning": {"delay none amina@example.org - 0"},
	"sendmail-words":   {"bounce hard amina@example.org - 550", "bounce soft bashir@example.org - 554"},
	"yahoo-unknown":    {"bounce hard amina@example.org - 554"},
}

// found reads a message and writes its findings as wanted has them.
func found(t testing.TB, message string) []string {
	t.Helper()
	report, err := Read(strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range report.Findings {
		list = append(list, fmt.Sprintf("%s %s %s %s %d", f.Kind, f.Class, dash(f.Recipient), dash(f.Status), f.Code))
	}
	return list
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// samples are the messages in testdata by name.
func samples(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list[strings.TrimSuffix(filepath.Base(file), ".eml")] = string(text)
	}
	return list
}

func TestRead(t *testing.T) {
	all := samples(t)
	for name, want := range wanted {
		if got := found(t, all[name]); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	for name := range all {
		if wanted[name] == nil {
			t.Errorf("%s: nothing is said of what is wanted", name)
		}
	}
}

// TestReadOnTheWay does to each message what happens to messages on the way:
// none of it changes what is made of it.
func TestReadOnTheWay(t *testing.T) {
	changes := map[string]func(string) string{
		"CRLF":            func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"CR":              func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
		"CRCRLF":          func(s string) string { return strings.ReplaceAll(s, "\n", "\r\r\n") },
		"NUL":             func(s string) string { return strings.ReplaceAll(s, "e", "\x00e\x00") },
		"separator":       func(s string) string { return "From MAILER-DAEMON Thu Nov 26 07:05:12 2026\n" + s },
		"blank lines":     func(s string) string { return "\n  \n" + s },
		"byte order mark": func(s string) string { return "\ufeff" + s },
		"trailing spaces": func(s string) string { return strings.ReplaceAll(s, "\n--", " \n--") },
		"more headers": func(s string) string {
			return "X-Spam-Status: No, score=-2\nX-Virus-Scanned: by a scanner\nDKIM-Signature: v=1; a=rsa-sha256;\n\tb=xyz\n" + s
		},
		"names in capitals": func(s string) string {
			head, body, _ := strings.Cut(s, "\n\n")
			for _, name := range []string{"From:", "To:", "Subject:", "Content-Type:", "Return-Path:", "Auto-Submitted:"} {
				head = strings.ReplaceAll("\n"+head, "\n"+name, "\n"+strings.ToUpper(name))[1:]
			}
			return head + "\n\n" + body
		},
		"headers reversed": func(s string) string {
			head, body, _ := strings.Cut(s, "\n\n")
			fields := strings.Split(strings.ReplaceAll(strings.ReplaceAll(head, "\n\t", "\x01\t"), "\n ", "\x01 "), "\n")
			slices.Reverse(fields)
			return strings.ReplaceAll(strings.Join(fields, "\n"), "\x01", "\n") + "\n\n" + body
		},
	}
	for name, message := range samples(t) {
		for way, change := range changes {
			if got := found(t, change(message)); !slices.Equal(got, wanted[name]) {
				t.Errorf("%s with %s: %q, want %q", name, way, got, wanted[name])
			}
		}
	}
}

// TestReadSaysWhichMessage checks what leads back to the message that was sent.
func TestReadSaysWhichMessage(t *testing.T) {
	const verp = "b+k7q2-amina=example.org@bounce.magazine.example"
	all := samples(t)
	for _, name := range []string{"postfix-unknown", "exim-unknown", "opensmtpd-unknown", "qmail-unknown", "sendmail-words", "gmail-words", "gmx-full", "hotmail-complaint", "arf-abuse"} {
		report, err := Read(strings.NewReader(all[name]))
		if err != nil {
			t.Fatal(err)
		}
		if report.MessageID != "e7.k7q2@magazine.example" || !slices.Contains(report.ReturnPaths, verp) {
			t.Errorf("%s: it is about %q, sent from one of %q", name, report.MessageID, report.ReturnPaths)
		}
	}
}

func TestReadTellsTheServersWords(t *testing.T) {
	all := samples(t)
	for name, want := range map[string]string{
		"postfix-unknown":     "550 5.1.1 <amina@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
		"sendmail-content":    "554 5.6.0 <amina@example.org>: Message content refused",
		"exim-timeout":        "retry timeout exceeded",
		"notes-words":         "User amina (amina@example.org) not listed in Domino Directory",
		"groupwise-unknown":   "user not found",
		"latin1-full":         "boîte aux lettres pleine",
		"html-only":           "550 5.1.1 User unknown",
		"exchange55-unknown":  "on Thu, 26 Nov 2026 07:05:14 -0000 The recipient name is not recognized The MTS-ID of the original message is: c=us;a= ;p=example;l=MX17 MSEXCH:IMS:EXAMPLE:SITE:MX 0 (000C05A6) Unknown Recipient",
		"reply-outlook-de":    "",
		"damaged-no-boundary": "550 5.1.1 <amina@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
	} {
		report, err := Read(strings.NewReader(all[name]))
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Findings[0].Diagnostic; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
