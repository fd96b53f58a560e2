package returns

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Kind is what a message that came back is.
type Kind string

// The kinds.
const (
	Bounce    Kind = "bounce"     // the message was given up
	Delay     Kind = "delay"      // it is still being tried
	Success   Kind = "success"    // it arrived, or went on to where no more is heard of it
	Complaint Kind = "complaint"  // the recipient called it unwanted
	AutoReply Kind = "auto-reply" // a program answered in the recipient's name
	Other     Kind = "other"      // anything else, such as a person's letter
)

// Class is whose doing a bounce is.
type Class string

// The classes. All kinds but Bounce have None.
const (
	Hard   Class = "hard"   // the address: nothing will ever arrive there
	Soft   Class = "soft"   // the mailbox or its server, now: it counts towards a run
	Sender Class = "sender" // the message, or who sends it: no address is blamed
	None   Class = "none"   // nothing follows for anybody
)

// Finding is what a message says about one recipient.
type Finding struct {
	Kind  Kind
	Class Class

	// Recipient is the address that we wrote to, as far as the message tells it.
	// Of an automatic reply it is the author. Empty where unknown.
	Recipient string
	// Status is the enhanced code (RFC 3463): the report's, or where that says
	// no more than 5.0.0, the one in the diagnostic. Empty where there is none.
	Status string
	// Code is the reply code, such as 550; 0 where there is none.
	Code int
	// Diagnostic is the last words of the server on one line, at most 500 bytes.
	Diagnostic string
}

// Report is what a message says.
type Report struct {
	Findings []Finding // one a recipient, at least one

	// MessageID is the Message-ID of the message that it is about, without its
	// brackets. Empty where it isn't told.
	MessageID string
	// ReturnPaths are the addresses that may be the return path of the message
	// that it is about, the likeliest first. They are claims: whoever writes a
	// message writes them.
	ReturnPaths []string
	// Unsubscribe are the web addresses in the List-Unsubscribe of that message.
	// They are claims, too.
	Unsubscribe []string
}

// mostFindings bounds the recipients of one report. A message of ours has one.
const mostFindings = 100

// Read reads one message to its end. It fails only where r does: whatever
// cannot be understood is Other.
func Read(r io.Reader) (Report, error) {
	m, err := parse(r)
	if err != nil {
		return Report{}, fmt.Errorf("cannot read a message: %w", err)
	}
	l := letter{root: m, original: m.find(isOriginal)}
	l.text = l.words()
	report := Report{Findings: l.findings(), MessageID: l.messageID(), ReturnPaths: l.returnPaths(), Unsubscribe: l.unsubscribe()}
	if len(report.Findings) > mostFindings {
		report.Findings = report.Findings[:mostFindings]
	}
	for i := range report.Findings {
		f := &report.Findings[i]
		f.Diagnostic = clip(oneLine(f.Diagnostic), longestDiagnostic)
	}
	return report, nil
}

const longestDiagnostic = 500 // bytes

// letter is one message, seen as something that came back.
type letter struct {
	root     *part
	original *part // the returned message or its headers; nil where there is none
	text     text  // the words for people
}

// findings asks what the message is. The order is told in doc.go.
func (l *letter) findings() []Finding {
	if found := l.complaints(); found != nil {
		return found
	}
	if found := l.deliveries(); found != nil {
		return found
	}
	if l.answersByItself() {
		return []Finding{{Kind: AutoReply, Class: None, Recipient: l.root.header.address("From")}}
	}
	if found := l.failures(); found != nil {
		return found
	}
	if l.maybeByItself() {
		return []Finding{{Kind: AutoReply, Class: None, Recipient: l.root.header.address("From")}}
	}
	return []Finding{{Kind: Other, Class: None}}
}

// returned is the header of the message that came back, or an empty one.
func (l *letter) returned() header {
	switch {
	case l.original != nil:
		return l.original.header
	case len(l.text.original) > 0:
		return parseHeader(l.text.original)
	}
	return nil
}

// messageID is the returned message's, else what the report refers to.
func (l *letter) messageID() string {
	if id := identifier(l.returned().get("Message-ID")); id != "" {
		return id
	}
	for _, p := range l.root.findAll((*part).isReport) {
		fields := parseHeader(p.body)
		for _, name := range []string{"Original-Message-ID", "X-Original-Message-ID"} {
			if id := identifier(fields.get(name)); id != "" {
				return id
			}
		}
	}
	if id := identifier(l.root.header.get("In-Reply-To")); id != "" {
		return id
	}
	refs := strings.Fields(l.root.header.get("References"))
	return identifier(strings.Join(refs[max(len(refs)-1, 0):], ""))
}

// identifier takes a Message-ID out of its brackets.
func identifier(s string) string {
	if open := strings.IndexByte(s, '<'); open >= 0 {
		s = s[open+1:]
		if end := strings.IndexByte(s, '>'); end >= 0 {
			s = s[:end]
		}
	}
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 998 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || unicode.IsControl(r) }) {
		return ""
	}
	return s
}

// unsubscribe lists the web addresses with which the returned message's list is
// left (RFC 2369 3.2).
func (l *letter) unsubscribe() (list []string) {
	for _, value := range l.returned().all("List-Unsubscribe") {
		for part := range strings.SplitSeq(value, "<") {
			link, _, whole := strings.Cut(part, ">")
			link = strings.Join(strings.Fields(link), "") // some servers fold within it
			if whole && strings.HasPrefix(strings.ToLower(link), "http") && len(list) < 5 {
				list = append(list, link)
			}
		}
	}
	return list
}

// returnPaths lists where the message itself was sent to, and what it says of
// the returned one's sender.
func (l *letter) returnPaths() (list []string) {
	seen := map[string]bool{}
	add := func(h header, names ...string) {
		for _, name := range names {
			for _, value := range h.all(name) {
				for _, a := range addressesIn(value) {
					if key := strings.ToLower(a); !seen[key] && len(list) < 20 {
						seen[key] = true
						list = append(list, a)
					}
				}
			}
		}
	}
	add(l.root.header, "X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")
	add(l.returned(), "Return-Path", "X-Envelope-From", "Errors-To")
	for _, p := range l.root.findAll((*part).isReport) {
		add(parseHeader(p.body), "Original-Mail-From", "X-Postfix-Sender", "X-Original-Sender")
	}
	return list
}
