package mailer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"postrider/magazine"
)

// Message is one mail to one person.
type Message struct {
	// MessageID is the identity without brackets, left@right. It is made from what
	// is sent and to whom, so that a repeat carries the same one (RFC 5322 3.6.4).
	MessageID string

	From    netmail.Address // also the return path
	ReplyTo netmail.Address // left out where its address is empty
	To      netmail.Address // the one recipient
	Subject string
	HTML    string    // left out where empty: the message is then plain text
	Text    string    // required
	Date    time.Time // required; printed in its own zone

	// ListID names the list, without brackets: weekly.harbour.example (RFC 2919).
	// It marks the message as bulk; where empty the message is for one person only.
	ListID string

	// UnsubscribeURL leaves the list by one POST (RFC 8058) and is shown by mail
	// programs (RFC 2369). It is http or https, and left out where empty.
	UnsubscribeURL string

	Language string // of the content, as in RFC 3282: en, ar, pt-BR; left out where empty

	// Attempt says which try this is for this person, counted from 1; 0 is 1.
	// It isn't written; it decides how long a refusal waits (Backoff).
	Attempt int
}

var (
	// RFC 5322 3.6.4: dot-atom-text "@" dot-atom-text, short enough for one line.
	messageIDForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}@[A-Za-z0-9_.-]{1,120}$")
	listIDForm    = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)           // RFC 2919 3
	languageForm  = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$`)           // RFC 5646 2.1
	urlForm       = regexp.MustCompile(`^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,900}$`) // RFC 3986 2, within a line
)

// WriteTo writes the message as RFC 5322 and MIME: headers encoded, the text
// and then the HTML as alternatives, quoted-printable, lines ended by CRLF and
// at most 998 bytes long. The same Message always gives the same bytes. What
// cannot be written is an Error that names the field.
func (m *Message) WriteTo(w io.Writer) (int64, error) {
	msg, err := m.build()
	if err != nil {
		return 0, err
	}
	var b bytes.Buffer // so that a failure writes nothing
	if _, err := msg.WriteTo(&b); err != nil {
		return 0, magazine.Errorf(magazine.Internal, "cannot write the message %s: %w", m.MessageID, err)
	}
	return b.WriteTo(w)
}

// build checks every field and hands the message to go-mail.
func (m *Message) build() (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(m.boundary()))
	if err := m.address(msg); err != nil {
		return nil, err
	}
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetDateWithValue(m.Date)
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
	if m.UnsubscribeURL != "" {
		// Not by SetListUnsubscribe: it writes the two in random order.
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.UnsubscribeURL+">")         // RFC 2369 3.2
		msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click") // RFC 8058 3.1
	}
	msg.SetBodyString(gomail.TypeTextPlain, lines(m.Text))
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, lines(m.HTML)) // the richest last: RFC 2046 5.1.4
	}
	return msg, nil
}

// address sets the three addresses through go-mail's parser, which is stricter
// than its setters for parsed addresses.
func (m *Message) address(msg *gomail.Msg) error {
	from, err := wireAddress("From", m.From)
	if err != nil {
		return err
	}
	to, err := wireAddress("To", m.To)
	if err != nil {
		return err
	}
	if err := msg.From(from.String()); err != nil {
		return badAddress("From", m.From, err)
	}
	if err := msg.To(to.String()); err != nil {
		return badAddress("To", m.To, err)
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
	bad := func(field, value, want string) error {
		return magazine.Errorf(magazine.Invalid,
			"cannot write a message to %s: its %s %q is not %s", m.To.Address, field, clip(value, 100), want)
	}
	switch {
	case !messageIDForm.MatchString(m.MessageID):
		return bad("Message-ID", m.MessageID, "of the form left@right")
	case m.Date.IsZero():
		return bad("date", "", "set")
	case m.Text == "":
		return bad("text part", "", "there; every message needs one")
	case m.ListID != "" && !(listIDForm.MatchString(m.ListID) && len(m.ListID) <= 255):
		return bad("list id", m.ListID, "a name like weekly.example.org")
	case m.Language != "" && !languageForm.MatchString(m.Language):
		return bad("language", m.Language, "a language tag like en or pt-BR")
	case m.UnsubscribeURL != "" && !webAddress(m.UnsubscribeURL):
		return bad("unsubscribe link", m.UnsubscribeURL, "an http or https address")
	}
	return nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && urlForm.MatchString(s)
}

// lines is a part's text with one kind of line end; the encoder makes CRLF of it.
// (Given a CR it can lose the LF that comes a few bytes later.)
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(valid(s))
}

// boundary depends on the content, so that no author can write it into a text,
// and a repeat has the same one.
func (m *Message) boundary() string {
	h := sha256.New()
	for _, s := range []string{m.MessageID, m.Text, m.HTML} {
		sum := sha256.Sum256([]byte(s))
		h.Write(sum[:])
	}
	return "part-" + hex.EncodeToString(h.Sum(nil)[:20])
}
