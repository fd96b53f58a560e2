package mailer

import (
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"postrider/magazine"
)

// Message is what goes to one person or to many, each with values of their own
// where its HTML and Text have marks: see Compile.
type Message struct {
	From    netmail.Address // also the return path of one who has none of their own
	ReplyTo netmail.Address // left out where its address is empty
	Subject string
	HTML    string // left out where empty: the message is then plain text
	Text    string // required

	// ListID names the list, without brackets: weekly.harbour.example (RFC 2919).
	// It marks the message as bulk; where empty the message is for one person only.
	ListID string

	Language string // of the content, as in RFC 3282: en, ar, pt-BR; left out where empty

	Signers []*Signer // each signs the message of each person
}

var (
	listIDForm   = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`) // RFC 2919 3
	languageForm = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$`) // RFC 5646 2.1
)

// For is the message for one person alone, without marks.
func (m *Message) For(r Recipient) *Parcel {
	c, err := m.Compile()
	if err != nil {
		p := &Parcel{Recipient: r}
		return p.cannot(BlameMessage, PhaseData, err)
	}
	return c.For(r, nil, nil)
}

// build checks every field and hands the message to go-mail, for nobody yet.
func (m *Message) build() (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(m.boundary()))
	if err := m.address(msg); err != nil {
		return nil, err
	}
	msg.SetGenHeader(gomail.HeaderSubject, headerText(m.Subject))
	// RFC 3834 5: made by a program and no answer to a mail. Vacation programs stay silent.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Language != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, m.Language)
	}
	if m.ListID != "" {
		msg.SetGenHeader("List-Id", "<"+m.ListID+">")
		msg.SetGenHeader(gomail.HeaderPrecedence, "bulk") // for those that don't know RFC 3834
	}
	msg.SetBodyString(gomail.TypeTextPlain, lines(m.Text))
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, lines(m.HTML)) // the richest last: RFC 2046 5.1.4
	}
	return msg, nil
}

// address sets our own addresses through go-mail's parser, which is stricter than
// its setters for parsed addresses.
func (m *Message) address(msg *gomail.Msg) error {
	from, err := wireAddress("From", m.From)
	if err != nil {
		return err
	}
	if err := msg.From(from.String()); err != nil {
		return badAddress("From", m.From, err)
	}
	if m.ReplyTo.Address == "" {
		return nil
	}
	reply, err := wireAddress("Reply-To", m.ReplyTo)
	if err != nil {
		return err
	}
	if err := msg.ReplyTo(reply.String()); err != nil {
		return badAddress("Reply-To", m.ReplyTo, err)
	}
	return nil
}

// check refuses what has no right form. These fields are made by programs and
// by the configuration, so they are never mended in silence.
func (m *Message) check() error {
	const what = "the message"
	switch {
	case m.Text == "":
		return badField(what, "text part", "", "there; every message needs one")
	case m.ListID != "" && !(listIDForm.MatchString(m.ListID) && len(m.ListID) <= 255):
		return badField(what, "list id", m.ListID, "a name like weekly.example.org")
	case m.Language != "" && !languageForm.MatchString(m.Language):
		return badField(what, "language", m.Language, "a language tag like en or pt-BR")
	}
	return nil
}

func badField(what, field, value, want string) error {
	return magazine.Errorf(magazine.Invalid, "cannot write %s: its %s %q is not %s", what, field, clip(value, 100), want)
}

// lines is a part's text with one kind of line end; the encoder makes CRLF of it.
// (Given a CR it can lose the LF that comes a few bytes later.)
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(valid(s))
}

// boundary depends on the content, so that no author can write it into a text.
func (m *Message) boundary() string {
	h := sha256.New()
	for _, s := range []string{m.Text, m.HTML} {
		sum := sha256.Sum256([]byte(s))
		h.Write(sum[:])
	}
	return "part-" + hex.EncodeToString(h.Sum(nil)[:20])
}
