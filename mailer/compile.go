package mailer

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"

	"postrider/magazine"
)

// Compiled is the message that a group of people share, in the form of the wire
// but for what is each person's own. It may be used by several goroutines.
type Compiled struct {
	from   netmail.Address
	utf8   bool    // an address of ours needs SMTPUTF8
	head   []byte  // the headers that all share, and the empty line
	pieces []piece // the body
	marks  int

	signers []*Signer
}

// piece is a part of the body that all share, and the mark that stands behind it.
type piece struct {
	fixed []byte
	mark  int // in the order of the marks; -1: none
	html  bool
}

// personal are the headers that go-mail adds of itself and For writes for each
// person.
var personal = map[string]bool{"Date": true, "Message-Id": true}

// Compile has go-mail build the message of a group, once, and takes it apart
// where the marks stand in its HTML and Text. No mark may begin with another.
//
// The encoding of a value must not depend on where it stands, so each starts a
// line of its own: a soft line break (RFC 2045 6.7 rule 5) is put before and
// behind it.
func (m *Message) Compile(marks ...string) (*Compiled, error) {
	msg, err := m.build()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, unwritable(m.Subject, err)
	}
	from, _ := wireAddress("From", m.From) // build has checked both
	replyTo, _ := wireAddress("Reply-To", m.ReplyTo)
	c := &Compiled{from: from, utf8: needsUTF8(from) || needsUTF8(replyTo), marks: len(marks), signers: m.Signers}
	built := b.Bytes()
	end := bytes.Index(built, []byte("\r\n\r\n")) + 4
	c.head = shared(built[:end])
	if err := c.takeApart(built[end:], c.head, marks); err != nil {
		return nil, unwritable(m.Subject, err)
	}
	return c, nil
}

func unwritable(subject string, err error) error {
	return magazine.Errorf(magazine.Internal, "cannot write the message %q: %w", clip(subject, 100), err)
}

// shared are the headers that all people share, with the empty line.
func shared(headers []byte) []byte {
	var kept []byte
	mine := false
	for line := range bytes.Lines(headers) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			mine = personal[textproto.CanonicalMIMEHeaderKey(string(name))]
		}
		if !mine {
			kept = append(kept, line...)
		}
	}
	return kept
}

// takeApart finds the parts of a body as go-mail encoded it and encodes each
// anew around its marks.
func (c *Compiled) takeApart(body, head []byte, marks []string) error {
	header, err := netmail.ReadMessage(bytes.NewReader(head))
	if err != nil {
		return err
	}
	kind, parameters, err := mime.ParseMediaType(header.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if kind != "multipart/alternative" {
		err := c.part(kind, bytes.NewReader(body), marks)
		if last := c.last(); !endsLine(last.fixed) {
			last.fixed = append(last.fixed, softBreak...) // a message's last line is ended, and the text has no line end there
		}
		return err
	}
	boundary := "--" + parameters["boundary"]
	for r := multipart.NewReader(bytes.NewReader(body), parameters["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			c.fixed(boundary + "--\r\n")
			return nil
		}
		if err != nil {
			return err
		}
		c.fixed(boundary + "\r\n")
		for _, name := range []string{"Content-Transfer-Encoding", "Content-Type"} {
			c.fixed(name + ": " + part.Header.Get(name) + "\r\n")
		}
		c.fixed("\r\n")
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		if err := c.part(kind, part, marks); err != nil {
			return err
		}
		c.fixed("\r\n")
	}
}

// part encodes one part, which go-mail has written as quoted-printable.
func (c *Compiled) part(kind string, encoded io.Reader, marks []string) error {
	text, err := io.ReadAll(quotedprintable.NewReader(encoded))
	if err != nil {
		return err
	}
	for rest := string(text); ; {
		at, mark := len(rest), -1
		for i, m := range marks {
			if found := strings.Index(rest, m); found >= 0 && found < at {
				at, mark = found, i
			}
		}
		last := c.last()
		last.fixed = appendQuoted(last.fixed, rest[:at])
		if mark < 0 {
			return nil
		}
		if !endsLine(last.fixed) {
			last.fixed = append(last.fixed, softBreak...)
		}
		last.mark, last.html = mark, kind == "text/html"
		c.pieces = append(c.pieces, piece{mark: -1})
		rest = rest[at+len(marks[mark]):]
	}
}

// last is the piece that is being written.
func (c *Compiled) last() *piece {
	if len(c.pieces) == 0 {
		c.pieces = append(c.pieces, piece{mark: -1})
	}
	return &c.pieces[len(c.pieces)-1]
}

func (c *Compiled) fixed(text string) {
	last := c.last()
	last.fixed = append(last.fixed, text...)
}

func endsLine(b []byte) bool { return len(b) == 0 || b[len(b)-1] == '\n' }
