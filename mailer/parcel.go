package mailer

import (
	"io"
	netmail "net/mail"
	"strings"
	"time"

	"postrider/magazine"
)

// Recipient is what is one person's own in the message of a group.
type Recipient struct {
	// MessageID is the identity without brackets, left@right. It is made from what
	// is sent and to whom, so that a repeat carries the same one (RFC 5322 3.6.4).
	MessageID string

	To   netmail.Address // the one recipient
	Date time.Time       // required; printed in its own zone

	// ReturnPath is where the message comes back to if it cannot be delivered: the
	// envelope's sender. Where empty, that is the sender's own address.
	ReturnPath string

	// UnsubscribeURL leaves the list by one POST (RFC 8058) and is shown by mail
	// programs (RFC 2369). It is http or https, and left out where empty.
	UnsubscribeURL string

	// Attempt says which try this is for this person, counted from 1; 0 is 1.
	// It isn't written; it decides how long a refusal waits (Backoff).
	Attempt int
}

// Parcel is one person's message, ready for the wire: nothing in it can fail any
// more once the conversation has begun.
type Parcel struct {
	Recipient
	from, to netmail.Address
	utf8     bool // an address in it needs SMTPUTF8

	// pieces follow one another. No line in them begins with a dot, and the last
	// one is ended.
	pieces [][]byte

	refused *Result // why it cannot be written; nil: it can
}

// For is the message of one person, with what stands for each mark in the HTML,
// where it comes escaped, and in the text. One that cannot be written has failed
// when it is sent: the fault is the address of the person, or our own.
func (c *Compiled) For(r Recipient, html, text []string) *Parcel {
	p := &Parcel{Recipient: r, from: c.from}
	to, err := wireAddress("To", r.To)
	if err != nil {
		return p.cannot(BlameRecipient, PhaseRcpt, err)
	}
	if err := r.check(); err != nil {
		return p.cannot(BlameMessage, PhaseData, err)
	}
	if len(html) != c.marks || len(text) != c.marks {
		return p.cannot(BlameMessage, PhaseData, magazine.Errorf(magazine.Internal, "the message has %d marks, and there are %d values for its HTML and %d for its text", c.marks, len(html), len(text)))
	}
	p.to, p.utf8 = to, c.utf8 || needsUTF8(to)
	if r.ReturnPath != "" {
		p.from = netmail.Address{Address: r.ReturnPath}
	}
	p.pieces = make([][]byte, 1, 3+2*len(c.pieces)) // the first is for the signatures
	p.pieces = append(p.pieces, r.headers(to), c.head)
	for _, piece := range c.pieces {
		p.pieces = append(p.pieces, piece.fixed)
		if piece.mark < 0 {
			continue
		}
		value := text[piece.mark]
		if piece.html {
			value = html[piece.mark]
		}
		if value != "" {
			p.pieces = append(p.pieces, append(appendQuoted(nil, valid(value)), softBreak...))
		}
	}
	if len(c.signers) == 0 {
		return p
	}
	if p.pieces[0], err = sign(c.signers, r.Date, p.pieces[1:3], p.pieces[3:]); err != nil {
		return p.cannot(BlameMessage, PhaseData, err)
	}
	return p
}

func (p *Parcel) cannot(blame Blame, phase Phase, err error) *Parcel {
	p.refused = &Result{State: Failed, Blame: blame, Phase: phase, Reason: err.Error()}
	return p
}

// headers are those that are one person's own.
func (r *Recipient) headers(to netmail.Address) []byte {
	h := make([]byte, 0, 512)
	h = r.Date.AppendFormat(append(h, "Date: "...), time.RFC1123Z)
	h = append(append(append(h, "\r\nMessage-ID: <"...), r.MessageID...), ">\r\n"...)
	h = appendFolded(h, "To: "+to.String())
	if r.UnsubscribeURL != "" {
		h = append(append(append(h, "List-Unsubscribe: <"...), r.UnsubscribeURL...), ">\r\n"...) // RFC 2369 3.2
		h = append(h, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"...)                // RFC 8058 3.1
	}
	return h
}

// check refuses what has no right form. These fields are made by programs, so
// they are never mended in silence.
func (r *Recipient) check() error {
	to := "the message to " + r.To.Address
	switch {
	case !messageID(r.MessageID):
		return badField(to, "Message-ID", r.MessageID, "of the form left@right")
	case r.Date.IsZero():
		return badField(to, "date", "", "set")
	case r.ReturnPath != "" && !messageID(r.ReturnPath): // it has the same form
		return badField(to, "return path", r.ReturnPath, "of the form name@domain")
	case r.UnsubscribeURL != "" && !webAddress(r.UnsubscribeURL):
		return badField(to, "unsubscribe link", r.UnsubscribeURL, "an http or https address")
	}
	return nil
}

// WriteTo writes the message as RFC 5322 and MIME: headers encoded, the text and
// then the HTML as alternatives, quoted-printable, lines ended by CRLF and at
// most 998 bytes long. The error names the field that cannot be written.
func (p *Parcel) WriteTo(w io.Writer) (n int64, err error) {
	if p.refused != nil {
		return 0, magazine.Errorf(magazine.Invalid, "%s", p.refused.Reason)
	}
	for _, piece := range p.pieces {
		m, err := w.Write(piece)
		if n += int64(m); err != nil {
			return n, err
		}
	}
	return n, nil
}

// letters and digits with the others that a part of a message may have. (As
// regular expressions these took half of the time that a person takes.)
var (
	inID     = bytesOf("!#$%&'*+/=?^_`{|}~.-")    // RFC 5322 3.6.4, dot-atom-text
	inDomain = bytesOf("_.-")                     // of an id
	inURL    = bytesOf("._~:/?#[]@!$&'()*+,;=%-") // RFC 3986 2
)

func bytesOf(others string) *[256]bool {
	var set [256]bool
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + others {
		set[c] = true
	}
	return &set
}

// within tells whether s has only bytes of a set, at least one, and fits in a line.
func within(s string, set *[256]bool, most int) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// messageID tells whether s is of the form left@right.
func messageID(s string) bool {
	left, right, _ := strings.Cut(s, "@")
	return within(left, inID, 120) && within(right, inDomain, 120)
}

// webAddress tells whether s is an http or https address that fits in a line.
func webAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && rest != "" && rest[0] != '/' && within(s, inURL, 900)
}
