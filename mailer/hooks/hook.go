package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/mailer/returns"
)

// Event is what a provider tells of one message to one person.
type Event struct {
	Key     string // the same each time that the same thing is told
	Finding returns.Finding

	ReturnPath string    // the envelope's sender; empty where it is not told
	MessageID  string    // without brackets; empty where it is not told, and perhaps the provider's own
	At         time.Time // when it happened; zero where it is not told
}

// Options say whose calls are believed.
type Options struct {
	Provider string                 // ses, postmark, mailgun, sendgrid or brevo
	Secret   func() (string, error) // what proves a call, read anew for each; of ses there is none
	Topic    string                 // of ses: the ARN of the only topic that is believed
	Client   *http.Client           // of ses: fetches certificates, and confirms the subscription
	Now      func() time.Time
}

// Call is a request that claims to come from a provider.
type Call struct {
	Header http.Header
	Secret string // at the end of the address, or the password that came with it
	Body   []byte
}

// Hook takes the calls of one provider. It may be used by several goroutines.
type Hook struct {
	Options
	read func(h *Hook, ctx context.Context, c Call) ([]Event, error)

	mu           sync.Mutex
	certificates map[string]*certificate // of ses, by address
}

var readers = map[string]func(h *Hook, ctx context.Context, c Call) ([]Event, error){
	"ses": (*Hook).ses, "postmark": (*Hook).postmark, "mailgun": (*Hook).mailgun, "sendgrid": (*Hook).sendgrid, "brevo": (*Hook).brevo,
}

// New makes a Hook. NotFound: there is no such provider.
func New(o Options) (*Hook, error) {
	read, ok := readers[o.Provider]
	if !ok {
		return nil, magazine.Errorf(magazine.NotFound, "there is no provider %q", o.Provider)
	}
	return &Hook{Options: o, read: read, certificates: map[string]*certificate{}}, nil
}

// Read makes Events of a call, those alone from which something may follow.
// Unauthorised: it is not the provider's. Invalid: it cannot be understood.
// Unavailable: the provider is to call again.
func (h *Hook) Read(ctx context.Context, c Call) ([]Event, error) {
	events, err := h.read(h, ctx, c)
	if err != nil {
		return nil, err
	}
	kept := events[:0]
	for _, e := range events {
		switch e.Finding.Kind {
		case returns.Bounce, returns.Complaint, returns.AutoReply:
			e.Key = h.key(e.Key)
			e.Finding.Recipient, e.Finding.Diagnostic = line(e.Finding.Recipient), line(e.Finding.Diagnostic)
			kept = append(kept, e)
		}
	}
	return kept, nil
}

// key is the provider's identity of an event in a form of our own.
func (h *Hook) key(id string) string {
	sum := sha256.Sum256([]byte(id))
	return h.Provider + "-" + hex.EncodeToString(sum[:])
}

var errProof = magazine.Errorf(magazine.Unauthorised, "this is not proven to be the provider's")

func unreadable(err error) error {
	return magazine.Errorf(magazine.Invalid, "this cannot be understood: %w", err)
}

// leastSecret is how long a secret in an address must be, in bytes.
const leastSecret = 16

// secret reads the secret.
func (h *Hook) secret() (string, error) {
	secret, err := h.Secret()
	if err != nil {
		return "", magazine.Errorf(magazine.Unavailable, "the secret cannot be read: %w", err)
	}
	return secret, nil
}

// Ready tells what is wrong with the secret, before anybody calls.
func (h *Hook) Ready() (err error) {
	switch h.Provider {
	case "ses":
	case "sendgrid":
		_, err = h.verificationKey()
	case "mailgun":
		_, err = h.secret()
	default:
		_, err = h.longSecret()
	}
	return err
}

// longSecret reads a secret that stands in an address.
func (h *Hook) longSecret() (string, error) {
	secret, err := h.secret()
	if err == nil && len(secret) < leastSecret {
		err = magazine.Errorf(magazine.Unavailable, "the secret has fewer than %d bytes; write a longer one", leastSecret)
	}
	return secret, err
}

// knows tells whether a call has the secret.
func (h *Hook) knows(c Call) error {
	secret, err := h.longSecret()
	if err != nil {
		return err
	}
	// Of their hashes, so that not even its length shows.
	ours, theirs := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(c.Secret))
	if !hmac.Equal(ours[:], theirs[:]) {
		return errProof
	}
	return nil
}

// oneOrMany reads a JSON object, or a list of them.
func oneOrMany[T any](body []byte) (list []T, err error) {
	if strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 100)]), " \t\r\n"), "[") {
		err = json.Unmarshal(body, &list)
	} else {
		list = make([]T, 1)
		err = json.Unmarshal(body, &list[0])
	}
	if err != nil {
		return nil, unreadable(err)
	}
	return list, nil
}

// bounce is a message that was given up, as the provider classes it and the
// server's words do. The milder of the two counts, but for words that are not clear.
func bounce(recipient, status, words string, class returns.Class) returns.Finding {
	f, clear := returns.Judge(status, words)
	f.Recipient = recipient
	switch {
	case class == "":
	case !clear, class == returns.Sender, class == returns.Soft && f.Class == returns.Hard:
		f.Class = class
	}
	return f
}

func complaint(recipient, words string) returns.Finding {
	return returns.Finding{Kind: returns.Complaint, Class: returns.None, Recipient: recipient, Diagnostic: words}
}

func autoReply(recipient string) returns.Finding {
	return returns.Finding{Kind: returns.AutoReply, Class: returns.None, Recipient: recipient}
}

const longestWords = 500 // bytes that are kept of what is told

// line is what is told on one line, cut.
func line(s string) string {
	s = magazine.CleanText(s)
	if len(s) > longestWords {
		s = strings.ToValidUTF8(s[:longestWords], "")
	}
	return s
}

// identity takes a Message-ID out of its brackets.
func identity(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }

// seconds is an instant of Unix time.
func seconds(n float64) time.Time {
	if n <= 0 || n > 1e11 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
