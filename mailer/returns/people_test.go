package returns

import (
	"strings"
	"testing"
)

// quotedBounce is what a person may quote, paste or forward.
const quotedBounce = `This is the mail system at host relay.magazine.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<amina@example.org>: host mx.example.org[198.51.100.7] said: 550 5.1.1
    <amina@example.org>: Recipient address rejected: User unknown

Reporting-MTA: dns; relay.magazine.example

Final-Recipient: rfc822; amina@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
`

// TestNobodyIsSuppressedByWords reads messages that speak of failures and are
// none of a server: whatever they say, no address is hard for it.
func TestNobodyIsSuppressedByWords(t *testing.T) {
	const person = "Return-Path: <bashir@example.net>\nFrom: Bashir <bashir@example.net>\n"
	const program = "Return-Path: <>\nFrom: Amina Said <amina@example.org>\n"
	for name, test := range map[string]struct {
		want    Kind
		message string
	}{
		"a reply":                        {Other, person + "Subject: Re: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"a reply in German":              {Other, person + "Subject: AW: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"a reply in Turkish":             {Other, person + "Subject: YNT: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"a forward":                      {Other, person + "Subject: Fwd: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"a forward in Swedish":           {Other, person + "Subject: VB: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"pasted":                         {Other, person + "Subject: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"pasted, without a return path":  {Other, "From: Bashir <bashir@example.net>\nSubject: failure notice\n\n" + quotedBounce},
		"pasted by an administrator":     {Other, "Return-Path: <pat@example.net>\nFrom: Pat Postmaster <pat@example.net>\nSubject: user unknown\n\n" + quotedBounce},
		"a postmaster's answer":          {Other, "From: postmaster@example.org\nSubject: Re: failure notice\n\n" + quotedBounce},
		"a list's post":                  {Other, "From: Mail Delivery System <mail@lists.example>\nList-Id: <mail.lists.example>\nSubject: Undelivered Mail Returned to Sender\n\n" + quotedBounce},
		"a report that claims too much":  {Other, person + "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + quotedBounce[strings.Index(quotedBounce, "Reporting"):] + "\n--b--\n"},
		"a complaint that is forwarded":  {Other, person + "Subject: Fwd: complaint\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: amina@example.org\n\n--b--\n"},
		"an absence":                     {AutoReply, program + "Subject: Automatic reply: The tide\n\n" + quotedBounce},
		"an absence by its header":       {AutoReply, program + "Subject: The tide\nX-Autoreply: yes\n\n" + quotedBounce},
		"an absence in RFC 3834's words": {AutoReply, program + "Subject: The tide\nAuto-Submitted: auto-replied\n\nThe user unknown to you has left. 550 5.1.1"},
		"an absence without signs":       {Other, program + "Subject: The tide\n\nI have left the company. This mailbox is no longer in use. 550 5.1.1 User unknown\n"},
		"an absence that repeats a subject like a server's": {Bounce, program + "Subject: Delivery failed: how the post ended\n\nI have left. My account is disabled, user unknown.\nbashir@example.org\n"},
		"an absence that answers one":                       {AutoReply, program + "Subject: Re: Delivery failed: how the post ended\nIn-Reply-To: <e7@magazine.example>\n\nMy account is disabled, user unknown.\n"},
		"a ticket":                                          {AutoReply, "From: Help <help@example.org>\nAuto-Submitted: auto-replied\nSubject: [Ticket 17] failure notice\n\n" + quotedBounce},
		"a challenge":                                       {AutoReply, program + "Subject: Please verify that you are a person\n\nYour message could not be delivered. User unknown to us.\n"},
		"a moderator's program":                             {AutoReply, "From: bounces@lists.example\nPrecedence: bulk\nSubject: Your message to tide awaits moderator approval\n\nThe sender is unknown. 550 5.1.1\n"},
		"a receipt":                                         {AutoReply, person + "Subject: Read: x\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; amina@example.org\nAction: failed\nStatus: 5.1.1\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n"},
		"a newsletter":                                      {Other, "From: MAIL <news@lists.example>\nList-Unsubscribe: <https://lists.example/u>\nSubject: Your mailbox is full\n\n550 5.1.1 User unknown\n"},
		"phishing":                                          {Other, "From: Mail Administrator <it@example.com>\nReturn-Path: <it@example.com>\nSubject: Your mailbox is full\n\nClick here, or your account amina@example.org is disabled.\n"},
		"a quarantine's list":                               {Other, "From: Postmaster <postmaster@example.org>\nSubject: Quarantine summary\n\nYou have 3 new messages:\nspam@example.net: unknown user offers\n"},
	} {
		report, err := Read(strings.NewReader(test.message))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			if f.Class == Hard || f.Kind != test.want {
				t.Errorf("%s: %+v, want %s", name, f, test.want)
			}
		}
	}
}

// TestAwaySubjects checks what begins the subject of an automatic reply, and what doesn't.
func TestAwaySubjects(t *testing.T) {
	for _, s := range []string{
		"Automatic reply: The tide", "Auto: The tide", "Auto Re: x", "AutoReply: x", "Auto-Response: x", "Out of Office: x", "Out of the office", "OOO: x", "[OOO] x", "Re: Out of Office",
		"I am away until Monday", "Automatische Antwort: Gezeiten", "Abwesenheitsnotiz: x", "Abwesend: x", "Réponse automatique : x", "Absence du bureau", "Respuesta automática: x", "Fuera de la oficina",
		"Resposta automática: x", "Risposta automatica: x", "Fuori ufficio", "Automatisch antwoord: x", "Afwezigheidsbericht", "Autosvar: x", "Automatiskt svar: x", "Automaattinen vastaus: x",
		"Odpowiedź automatyczna: x", "Automatická odpověď: x", "Automatikus válasz: x", "Răspuns automat: x", "Otomatik Yanıt: x", "Автоматический ответ: x", "Автоответ: x", "Автоматична відповідь: x",
		"Αυτόματη απάντηση: x", "自動返信: x", "自动回复: x", "自動回覆: x", "자동 회신: x", "رد تلقائي: x", "پاسخ خودکار: x", "תשובה אוטומטית: x", "ตอบกลับอัตโนมัติ: x", "Trả lời tự động: x", "Balasan otomatis: x",
	} {
		if !awaySubject().MatchString(s) {
			t.Errorf("%q is not seen", s)
		}
	}
	for _, s := range []string{"The automatic age", "Autonomy", "Re: The tide", "My office", "Absinthe", "Automobiles: a history", "Our offices are out of paper", "Urlauber am Meer", ""} {
		if awaySubject().MatchString(s) {
			t.Errorf("%q is taken for an automatic reply", s)
		}
	}
}
