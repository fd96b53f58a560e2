package returns

import (
	"slices"
	"strings"
	"testing"
)

// TestReadUnusual reads reports that lack what they should have, or say it in
// other places.
func TestReadUnusual(t *testing.T) {
	report := func(words, fields string) string {
		return "From: MAILER-DAEMON@relay.magazine.example\nSubject: Delivery report\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
			"--b\nContent-Type: text/plain\n\n" + words + "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.magazine.example\n\n" + fields +
			"\n--b\nContent-Type: message/rfc822\n\nFrom: letters@magazine.example\nTo: Amina <amina@example.org>\nMessage-ID: <e7@magazine.example>\n\n--b--\n"
	}
	server := func(subject, words string) string {
		return "Return-Path: <>\nFrom: MAILER-DAEMON@relay.magazine.example\nSubject: " + subject + "\n\n" + words
	}
	for name, test := range map[string]struct {
		message string
		want    []string
	}{
		"no action, 5":             {report("", "Final-Recipient: rfc822; amina@example.org\nStatus: 5.1.1\n"), []string{"bounce hard amina@example.org 5.1.1 0"}},
		"no action, 4":             {report("", "Final-Recipient: rfc822; amina@example.org\nStatus: 4.4.1\n"), []string{"delay none amina@example.org 4.4.1 0"}},
		"no action, 2":             {report("", "Final-Recipient: rfc822; amina@example.org\nStatus: 2.1.5\n"), []string{"success none amina@example.org 2.1.5 0"}},
		"no action, no status":     {report("", "Final-Recipient: rfc822; amina@example.org\n"), []string{"other none amina@example.org - 0"}},
		"no recipient":             {report("", "Action: failed\nStatus: 5.1.1\n"), []string{"bounce hard amina@example.org 5.1.1 0"}},
		"an X.400 recipient":       {report("", "Final-Recipient: x400; /C=WW/S=amina/\nAction: failed\nStatus: 5.1.1\n"), []string{"bounce hard amina@example.org 5.1.1 0"}},
		"no group":                 {report("I could not deliver your message to <amina@example.org>.\n550 5.1.1 User unknown\n", ""), []string{"bounce hard amina@example.org 5.1.1 550"}},
		"a status that talks":      {report("", "Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.0.0 (mailbox full)\n"), []string{"bounce soft amina@example.org 5.0.0 0"}},
		"twice the same":           {report("", strings.Repeat("Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.1.1\n\n", 3)), []string{"bounce hard amina@example.org 5.1.1 0"}},
		"a transcript with a name": {report("<<< 550 5.1.1 User <amina@example.org> unknown\n<<< 554 5.5.1 Error: no valid recipients\n", "Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.0.0\n"), []string{"bounce hard amina@example.org 5.1.1 550"}},
		"a transcript without one": {report("Transcript:\n<<< 552 5.2.2 Mailbox full\n", "Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.0.0\n"), []string{"bounce soft amina@example.org 5.2.2 552"}},
		"phase in the words":       {report("<amina@example.org>: host mx.example.org said: 550 no (in reply to end of DATA command)\n", "Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no\n"), []string{"bounce sender amina@example.org 5.0.0 550"}},
		"a type without quotes":    {strings.Replace(report("", "Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.1.1\n"), "boundary=b", "boundary=b; x=a b; y", 1), []string{"bounce hard amina@example.org 5.1.1 0"}},
		"words of success":         {server("Successful Mail Delivery Report", "<amina@example.org>: delivered\n"), []string{"success none amina@example.org - 0"}},
		"nobody named":             {server("Returned mail: User unknown", "Sorry.\n"), []string{"bounce soft - - 0"}},
		"no words":                 {server("failure notice", ""), []string{"bounce soft - - 0"}},
		"no from":                  {"Return-Path: <>\nSubject: failure notice\n\n<amina@example.org>:\n550 no such user\n", []string{"bounce hard amina@example.org - 550"}},
		"own address alone":        {"To: amina@example.org\n" + server("failure notice", "<amina@example.org>:\n550 no such user\n"), []string{"bounce hard amina@example.org - 550"}},
		"a header encoded":         {server("=?utf-8?B?RmFpbHVyZSBub3RpY2U=?=", "<amina@example.org>: =?\nuser unknown\n"), []string{"bounce hard amina@example.org - 0"}},
		"a complaint without part": {"From: fbl@example.org\nSubject: x\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nFeedback-Type: abuse\n\n--b--\n", []string{"complaint none - - 0"}},
	} {
		if got := found(t, test.message); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestReadBoundsWhatItTells(t *testing.T) {
	var many strings.Builder
	many.WriteString("From: MAILER-DAEMON@example.org\nSubject: failure notice\n\n")
	for i := range 2 * mostFindings {
		many.WriteString("<a" + strings.Repeat("b", i) + "@example.org>:\n550 " + strings.Repeat("é", 600) + "\n\n")
	}
	report, err := Read(strings.NewReader(many.String()))
	if err != nil || len(report.Findings) != mostFindings {
		t.Fatalf("%d findings, %v", len(report.Findings), err)
	}
	if d := report.Findings[0].Diagnostic; len(d) > longestDiagnostic || !strings.HasSuffix(d, "é") {
		t.Errorf("the diagnostic has %d bytes and ends in %q", len(d), d[len(d)-4:])
	}
}

// Fields that belong to nobody do not pile up, and what follows them counts: each
// one was compared with all before it.
func TestFieldsOfNobody(t *testing.T) {
	report := strings.Repeat("Reporting-MTA: dns; relay.magazine.example\n\n", 1000) + "Final-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.1.1\n"
	groups := recipientGroups([]byte(report))
	if len(groups) != 1 || groups[0].get("Final-Recipient") == "" || len(groups[0]) > mostOfRecipient {
		t.Errorf("%d groups, the first of %d fields", len(groups), len(slices.Concat(groups...)))
	}
}
