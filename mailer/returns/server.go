package returns

import (
	"strings"
)

// serverName is what mail servers call themselves in From, as a name or before the @.
var serverName = oneOf(
	`mailer[-_. ]?daemon`, `mail[-_. ]?daemon`, `mdaemon`, `^bounces?@`, `^uucp`, `<>`, // nearly all
	`post[-_ ]?master`, `mail delivery`, `maildelivery`, `delivery (?:system|subsystem|service|agent)`, // Postfix, Exim, Sendmail
	`system ?administrator`, `mail administrator`, `microsoftexchange[0-9a-f]+@`, `internet mail`, // Exchange
	`mail ?server`, `mail system`, `mail[-_. ]service`, `mail router`, `(?:mail|smtp) gateway`, `e-?mail security`, `antispam`,
)

// answered begins the subject of a letter that answers or forwards another, by language.
var answered = oneOf(`^\s*(?:` +
	`re|ref|fw|fwd|` + // en
	`aw|antw|antwort|wg|` + // de
	`sv|vs|vb|vl|i|vá|pd|odp|atb|` + // sv, no, da, fi, hu, pl, cs
	`rép|tr|res|enc|rif|rv|doorst|továbbítás|` + // fr, pt, it, es, nl, hu
	`ynt|i̇lt|απ|πρθ|ответ|` + // tr, el, ru
	`הועבר|תשובה|رد|إعادة توجيه|回复|回覆|答复|转发|轉寄` + // he, ar, zh
	`)\s*(?:\[\d+\])?\s*[:：]`)

// fromServer tells whether a mail server says to have sent the message. A
// letter that answers or forwards one is a person's, and so is what a list sent
// in the name of something that only sounds like a server.
func (l *letter) fromServer() bool {
	h := l.root.header
	if answered().MatchString(h.text("Subject")) {
		return false
	}
	if h.has("X-Failed-Recipients") {
		return true
	}
	from := h.text("From")
	if from == "" {
		from = h.text("Sender")
	}
	if l.fromList() {
		return serverAddress().MatchString(h.get("From"))
	}
	switch {
	case from == "":
		return l.fromNobody()
	case serverName().MatchString(h.address("From")):
		return true
	}
	// A name alone is believed unless a person's address is the return path.
	return serverName().MatchString(from) && (l.fromNobody() || !h.has("Return-Path") || serverName().MatchString(h.get("Return-Path")))
}

// fromNobody tells whether the message came from the null address, as reports do
// (RFC 5321 4.5.5), and automatic replies too.
func (l *letter) fromNobody() bool {
	path := strings.ToLower(strings.TrimSpace(l.root.header.get("Return-Path")))
	return path == "<>" || strings.HasPrefix(path, "<mailer-daemon")
}

// fromList tells whether the message went to many.
func (l *letter) fromList() bool {
	h := l.root.header
	return h.has("List-Unsubscribe") || h.has("List-Id") && !h.has("X-Failed-Recipients") && !h.has("Auto-Submitted")
}

// serverWords begin what programs say that call themselves nothing in From, or
// write in their administrator's name.
var serverWords = oneOf(
	`this is the (?:mail system at|postfix program|mailer-daemon|mail delivery|machine generated)`, `this is the qmail-send program`, // Postfix, OpenSMTPD, qmail
	`this message was created automatically by mail delivery software`, `message that you sent could not be delivered`, // Exim, GMX
	`the original message was received at`, `-{3,} transcript of session`, `had permanent fatal`, // Sendmail, MDaemon
	`did not reach the following recipient`, `your message did not reach some or all`, `(?:following recipient|following address).{0,40}(?:could not be reached|failed)`, // Exchange, MailEnable
	`this is an automatically generated delivery status`, `delivery to the following recipients? (?:failed|has been delayed)`, // Exchange, Google
	`could not be delivered to(?:: <?\S+@| one or more| some| the following)`, `undeliverable to the following`, `was not delivered to:`, // KDDI, GroupWise, Domino
	`non-?delivery report`, `message from interscan`,
)

var (
	failureSubject = oneOf(`^\W*(?:undeliver(?:ed|able)|undelivered|returned (?:mail|e-?mail|message)|failure notice|non-?delivery|unzustellbar)`,
		`^\W*(?:delivery (?:status|failure|failed|has failed|notification|problem|error)|permanent delivery failure|warning: (?:message|could not send))`,
		`^\W*(?:mail (?:delivery|could not be delivered|system error)|message (?:delivery|undeliverable|could not be delivered))`)
	programAddress = oneOf(`^(?:[^<]*<)?(?:no-?reply|do-?not-?reply|[^@<]*(?:daemon|notif|mail-?er|mail-?system|imss|gateway|antivirus|smtp)[^@<]*)@`)
	serverAddress  = oneOf(`(?:mailer-daemon|postmaster|mdaemon)@`)
)

// saysServer tells whether a program that doesn't call itself a server writes
// like one. A person's address is never taken for one, whatever it quotes.
func (l *letter) saysServer() bool {
	h := l.root.header
	if answered().MatchString(h.text("Subject")) || l.fromList() || !l.fromNobody() && !programAddress().MatchString(h.get("From")) {
		return false
	}
	return failureSubject().MatchString(h.text("Subject")) || l.serversWords()
}

// serversWords tells whether the message begins as servers' reports do.
func (l *letter) serversWords() bool {
	return serverWords().MatchString(oneLine(joined(l.text.lines[:min(len(l.text.lines), 15)], 3000)))
}

// aboutReport tells whether what came back was itself a report or an automatic
// message of a server: nobody wrote to a reader, so nobody's address is meant.
func (l *letter) aboutReport() bool {
	h := l.returned()
	if h == nil {
		return false
	}
	media, _ := contentType(h.get("Content-Type"))
	return media == "multipart/report" || strings.Contains(strings.ToLower(h.get("From")), "mailer-daemon") || strings.TrimSpace(h.get("Return-Path")) == "<>"
}
