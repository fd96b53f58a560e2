package returns

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// evidence is all that a report says of why a message was given up.
type evidence struct {
	text     string // a server's words
	status   string // the report's
	code     int    // of the server's reply
	enhanced string // in the server's reply
	said     sayings
	at       phase
}

// phase is the step of the conversation that was refused, where it is told.
type phase int

const (
	phaseUnknown phase = iota
	phaseMail          // our sender address
	phaseRcpt
	phaseData // the message
)

// longestJudged is how many bytes of a server's words are judged: more than a
// reply has (RFC 5321 4.5.3.1.5), for some are surrounded by others' words.
const longestJudged = 1500

// newEvidence reads a server's words.
func newEvidence(text string) evidence {
	judged := clip(text, longestJudged)
	e := evidence{text: text, said: sayingsIn(judged), at: phaseIn(judged)}
	e.code, e.enhanced = replyIn(judged)
	return e
}

// speaks tells whether the words say anything that can be judged.
func (e evidence) speaks() bool {
	s := e.said
	return e.code != 0 || e.enhanced != "" || s.unknown || s.full || s.sender || s.refused || s.later || s.waiting
}

var (
	replyWithStatus = pattern(`(?:^|[^0-9A-Za-z.])([245][0-5]\d)[- ]+['"(]?#?([245]\.\d{1,3}\.\d{1,3})(?:[^0-9.]|\.?(?:\s|$))`)
	replyFirst      = pattern(`^\s*([245][0-5]\d)(?:[- :;,]|$)`)
	replyIntroduced = pattern(`(?i)(?:said:?\s*|<<<\s*|returned:?\s*'?|[:;(#>,\[]\s*|response:?\s*|error:?\s*|code:?\s*)([45][0-5]\d)(?:[- :;,)'"<\]]|\.?\s|$)|\s([45][0-5]\d)-?['"<]`)
	statusMarked    = pattern(`(?:#|\(|^)([245]\.\d{1,3}\.\d{1,3})(?:[^0-9.]|\.?(?:\s|$))|\s([45]\.[0-7]\.\d{1,3})\s+[A-Za-z]`)
)

// replyIn finds the reply code and the enhanced code in a server's words.
func replyIn(s string) (code int, enhanced string) {
	if m := replyWithStatus().FindStringSubmatch(s); m != nil {
		code, _ = strconv.Atoi(m[1])
		return code, m[2]
	}
	for _, find := range []func() *regexp.Regexp{replyFirst, replyIntroduced} {
		if m := find().FindStringSubmatch(s); m != nil && code == 0 {
			code, _ = strconv.Atoi(strings.Join(m[1:], ""))
		}
	}
	if m := statusMarked().FindStringSubmatch(s); m != nil {
		enhanced = m[1] + m[2]
	}
	return code, enhanced
}

var phases = []struct {
	at    phase
	words func() *regexp.Regexp
}{
	// Postfix: (in reply to end of DATA command); Exim: after pipelined end of data;
	// Yahoo and PowerMTA: [RCPT_TO].
	{phaseData, pattern(`(?i)(?:in reply to|after)(?: pipelined)? (?:(?:sending )?end of data|data|message body|\.)|\(body\)|\[(?:BODY|EOD|DATA)\]`)},
	{phaseRcpt, pattern(`(?i)(?:in reply to|after)(?: pipelined)? rcpt|\[RCPT_TO\]`)},
	{phaseMail, pattern(`(?i)(?:in reply to|after)(?: pipelined)? (?:mail from|mail|helo|ehlo|auth|initial connection)\b|\[MAIL_FROM\]`)},
}

// phaseIn finds the step at which a server refused, where it is told.
func phaseIn(s string) phase {
	s = oneLine(s)
	for _, p := range phases {
		if p.words().MatchString(s) {
			return p.at
		}
	}
	return phaseUnknown
}

// generic tells whether an enhanced code says no more than that it failed.
// Sendmail makes 5.5.0 of every 554.
func generic(status string) bool {
	return status == "" || strings.HasSuffix(status, ".0.0") || strings.HasSuffix(status, ".5.0")
}

// specific is the most telling enhanced code: what the recipient's server said
// counts more than what a server on the way made of it.
func (e evidence) specific() string {
	switch {
	case !generic(e.enhanced):
		return e.enhanced
	case !generic(e.status):
		return e.status
	}
	return ""
}

// shownStatus is the report's, unless the reply's says more.
func (e evidence) shownStatus() string {
	if e.enhanced != "" && (e.status == "" || strings.HasSuffix(e.status, ".0.0") && !generic(e.enhanced)) {
		return e.enhanced
	}
	return e.status
}

var (
	// hardCodes say that the mailbox does not exist, no longer exists, or has an
	// address nobody can have (RFC 3463 3.2, 3.3; RFC 7505; Microsoft's 5.4.310:
	// the domain does not exist).
	hardCodes = []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.310"}
	// fullCodes say that the mailbox has no room (RFC 3463 3.3; Google's 5.2.2 has kin).
	fullCodes = []string{"5.2.2", "4.2.2"}
	// senderCodes mean the sender's address or the message's size (RFC 3463 3.2 to 3.4).
	senderCodes = []string{"5.1.7", "5.1.8", "5.2.3", "5.3.4"}
	// senderSubjects mean the protocol, the content and policy (RFC 3463 3.6 to 3.8).
	senderSubjects = []string{"5.5.", "5.6.", "5.7."}
)

// class judges a message that was given up. Words come before codes, for many
// servers have one code for everything; but a clear code is not overruled by
// vague words.
func (e evidence) class() Class {
	specific := e.specific()
	switch {
	case e.transient(specific):
		return e.transientClass()
	case e.said.full || slices.Contains(fullCodes, specific):
		return Soft
	case e.at == phaseMail || slices.Contains(senderCodes, specific):
		return Sender
	case e.said.unknown || e.noSuchAtMicrosoft(specific):
		if e.said.sender && !slices.Contains(hardCodes, specific) {
			return Sender
		}
		return Hard
	case slices.Contains(hardCodes, specific):
		return e.hardClass()
	case e.said.waiting:
		return Soft
	case e.said.sender:
		return Sender
	case e.said.refused && strings.HasPrefix(specific, "5.1."):
		return Soft // it speaks of the address, and not clearly
	case e.said.refused:
		return Sender
	case e.said.later:
		return Soft
	case slices.ContainsFunc(senderSubjects, func(s string) bool { return strings.HasPrefix(specific, s) }):
		return Sender
	case specific != "":
		return Soft
	}
	return e.plainClass()
}

// transient tells whether the last that was heard was to try again.
func (e evidence) transient(specific string) bool {
	return e.code/100 == 4 || strings.HasPrefix(specific, "4.") || specific == "" && strings.HasPrefix(e.status, "4.")
}

// transientClass judges what was given up after many tries.
func (e evidence) transientClass() Class {
	if e.said.sender && !e.said.waiting {
		return Sender
	}
	return Soft
}

// hardClass judges a clear code that the words don't support.
func (e evidence) hardClass() Class {
	switch {
	case e.said.sender:
		return Sender
	case e.said.busy:
		return Soft
	}
	return Hard
}

// noSuchAtMicrosoft knows what Exchange Online says of a mailbox that its
// directory doesn't have: 550 5.4.1 Recipient address rejected: Access denied.
func (e evidence) noSuchAtMicrosoft(specific string) bool {
	return specific == "5.4.1" && e.said.edge
}

// plainClass judges a reply without an enhanced code, or no reply at all.
func (e evidence) plainClass() Class {
	plain := e.enhanced == "" || e.enhanced == "5.5.0" // Microsoft says 550 5.5.0 of an unknown mailbox
	switch {
	case e.at == phaseData && e.code/100 == 5:
		return Sender
	case plain && (e.code == 550 || e.code == 551 || e.code == 553 || e.code == 556):
		return Hard // RFC 5321 4.2.3, RFC 7504
	case e.code == 554:
		return Sender
	}
	return Soft
}
