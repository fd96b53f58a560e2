package mailer

import (
	"bytes"
	netmail "net/mail"
)

// parcel is a message ready for the wire: nothing in it can fail any more once
// the conversation has begun.
type parcel struct {
	from, to netmail.Address
	utf8     bool // an address in it needs SMTPUTF8
	body     []byte
}

// pack renders a message. What cannot be written has failed, and is either the
// recipient's address or our own doing.
func pack(m *Message) (*parcel, *Result) {
	to, err := wireAddress("To", m.To)
	if err != nil {
		return nil, &Result{State: Failed, Blame: BlameRecipient, Phase: PhaseRcpt, Reason: err.Error()}
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, &Result{State: Failed, Blame: BlameMessage, Phase: PhaseData, Reason: err.Error()}
	}
	from, _ := wireAddress("From", m.From) // WriteTo has checked both
	replyTo, _ := wireAddress("Reply-To", m.ReplyTo)
	utf8 := needsUTF8(to) || needsUTF8(from) || needsUTF8(replyTo)
	return &parcel{from: from, to: to, utf8: utf8, body: b.Bytes()}, nil
}

// stuffed doubles the dots that begin a line (RFC 5321 4.5.2) and makes sure
// that the last line is ended. The final dot is not part of it.
func stuffed(body []byte) []byte {
	b := append([]byte("\r\n"), body...)
	b = bytes.ReplaceAll(b, []byte("\r\n."), []byte("\r\n.."))
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		b = append(b, "\r\n"...)
	}
	return b[2:]
}
