package members

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"postrider/magazine"
	"postrider/store"
)

// A question asks a browser to prove that it has a passkey (WebAuthn's
// challenge). It is a token of ours that says when it was asked, so that to show
// a page with one keeps nothing; only that it was answered is kept, for as long
// as it stands.
const (
	questionStands = 15 * time.Minute
	maxAnswer      = 32 << 10 // bytes
	maxPasskeys    = 20       // of one person
)

var (
	errNoPasskeys = magazine.Errorf(magazine.NotFound, "There are no passkeys here.").Said("passkey.none")
	errPasskey    = magazine.Errorf(magazine.Invalid, "This passkey does not sign in here. Use another, or have a link mailed to you.").Said("passkey.wrong")
	errNewPasskey = magazine.Errorf(magazine.Invalid, "The passkey could not be added. Open the page again and try once more.").Said("passkey.not-added")
	errStale      = magazine.Errorf(magazine.Invalid, "The page was open for too long, or was used before. Try once more.").Said("passkey.stale")
)

// passkeysAt makes what checks passkeys for a site; nil where browsers would
// make none: without HTTPS, or at a bare network address.
func passkeysAt(p *magazine.Publication) *webauthn.WebAuthn {
	if p == nil {
		return nil
	}
	at, err := url.Parse(p.URL)
	if err != nil || at.Scheme != "https" && at.Hostname() != "localhost" || protocol.ValidateRPID(at.Hostname()) != nil {
		return nil
	}
	keys, err := webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: p.Title, RPOrigins: []string{at.Scheme + "://" + at.Host},
		AttestationPreference:             protocol.PreferNoAttestation,
		AuthenticatorSelection:            protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationPreferred},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore, // password managers add some
	})
	if err != nil {
		return nil
	}
	return keys
}

// holder is a person as the library wants to see them.
type holder struct {
	person magazine.Subscriber
	keys   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.person.ID) }
func (h holder) WebAuthnName() string                       { return h.person.Email }
func (h holder) WebAuthnDisplayName() string                { return h.person.Email }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (m *Members) holder(ctx context.Context, p magazine.Subscriber) (holder, error) {
	h := holder{person: p}
	kept, err := m.store.Passkeys(ctx, p.ID)
	for _, k := range kept {
		var one webauthn.Credential
		if err := json.Unmarshal([]byte(k.Doc), &one); err != nil {
			return h, err
		}
		h.keys = append(h.keys, one)
	}
	return h, err
}

// question makes a question. of is whom it is put to; empty: anybody.
func (m *Members) question(of string) []byte {
	var random [18]byte
	rand.Read(random[:])
	return []byte(m.seal(tokenPasskey+of, strconv.FormatInt(m.store.Now().Unix(), 36)+"."+base64.RawURLEncoding.EncodeToString(random[:])))
}

// answeredQuestion is the question that an answer names; nil: it is none of ours, or
// does not stand any more.
func (m *Members) answeredQuestion(of, named string) []byte {
	question, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(named, "="))
	if err != nil {
		return nil
	}
	payload, ok := m.open(tokenPasskey+of, string(question))
	at, _, _ := strings.Cut(payload, ".")
	asked, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || m.store.Now().Sub(time.Unix(asked, 0)) > questionStands {
		return nil
	}
	return question
}

// PasskeyQuestion is what a page asks a browser in order to sign somebody in, as
// JSON. NotFound: there are no passkeys here.
func (m *Members) PasskeyQuestion() ([]byte, error) {
	if m.passkeys == nil {
		return nil, errNoPasskeys
	}
	asked, _, err := m.passkeys.BeginDiscoverableLogin(webauthn.WithChallenge(m.question("")))
	if err != nil {
		return nil, err
	}
	return json.Marshal(asked.Response)
}

// SignInByPasskey begins a session for whoever's passkey has answered. Invalid:
// the answer proves nothing, or has been given before.
func (m *Members) SignInByPasskey(ctx context.Context, answer []byte, b Browser) (Opened, error) {
	if m.passkeys == nil {
		return Opened{}, errNoPasskeys
	}
	if len(answer) > maxAnswer {
		return Opened{}, errPasskey
	}
	read, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Opened{}, errPasskey
	}
	question := m.answeredQuestion("", read.Response.CollectedClientData.Challenge)
	if question == nil {
		return Opened{}, errStale
	}
	_, session, err := m.passkeys.BeginDiscoverableLogin(webauthn.WithChallenge(question))
	if err != nil {
		return Opened{}, err
	}
	var failed error // of the database
	who, key, err := m.passkeys.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		p, err := m.store.Subscriber(ctx, plainID(handle))
		if magazine.CodeOf(err) == magazine.NotFound {
			return nil, err
		}
		var h holder
		if err == nil {
			h, err = m.holder(ctx, p)
		}
		failed = err
		return h, err
	}, *session, read)
	if failed != nil {
		return Opened{}, failed
	}
	if err != nil || key.Authenticator.CloneWarning {
		return Opened{}, errPasskey
	}
	doc, err := json.Marshal(key)
	if err != nil {
		return Opened{}, err
	}
	var o Opened
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		// First, so that whoever takes the address back ends this session, too.
		p, err := tx.Subscriber(ctx, string(who.WebAuthnID()))
		if magazine.CodeOf(err) == magazine.NotFound {
			return errPasskey
		}
		if err != nil {
			return err
		}
		if first, err := tx.Answered(ctx, hashOf(string(question)), tx.Now.Add(-2*questionStands)); err != nil {
			return err
		} else if !first {
			return errStale
		}
		if there, err := tx.PasskeyUsed(ctx, base64.RawURLEncoding.EncodeToString(key.ID), string(doc)); err != nil {
			return err
		} else if !there { // it was removed while it answered
			return errPasskey
		}
		o, err = m.begin(ctx, tx, p.ID, "passkey", b)
		return err
	})
	return o, err
}

// plainID is an id that a stranger names; empty where it can be none.
func plainID(id []byte) string {
	if len(id) > 40 || strings.Trim(string(id), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	return string(id)
}

// registering is what a browser is asked in order to make a passkey, and what
// the library wants back with the answer.
func (m *Members) registering(h holder, question []byte) (*protocol.CredentialCreation, *webauthn.SessionData, error) {
	var have []protocol.CredentialDescriptor
	for _, k := range h.keys {
		have = append(have, k.Descriptor())
	}
	return m.passkeys.BeginRegistration(h, webauthn.WithExclusions(have), func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.Challenge = question
		return nil
	})
}

// NewPasskeyQuestion is what a page asks a browser in order to make a passkey for
// somebody who is signed in, as JSON. NotFound: there are no passkeys here.
func (m *Members) NewPasskeyQuestion(ctx context.Context, p magazine.Subscriber) ([]byte, error) {
	if m.passkeys == nil {
		return nil, errNoPasskeys
	}
	h, err := m.holder(ctx, p)
	if err != nil {
		return nil, err
	}
	asked, _, err := m.registering(h, m.question(p.ID))
	if err != nil {
		return nil, err
	}
	return json.Marshal(asked.Response)
}

// AddPasskey adds the passkey that the browser of a person's session has made.
// Invalid: the answer is not one to a question that was put to them, or was given
// before. Unauthorised: the session is over.
func (m *Members) AddPasskey(ctx context.Context, s store.Session, answer []byte, name string) error {
	if m.passkeys == nil {
		return errNoPasskeys
	}
	h, err := m.holder(ctx, magazine.Subscriber{ID: s.Subscriber})
	if err != nil {
		return err
	}
	if len(h.keys) >= maxPasskeys {
		return magazine.Errorf(magazine.Conflict, "You have %d passkeys; remove one before you add another.", maxPasskeys).Said("passkey.most", "most", maxPasskeys)
	}
	if len(answer) > maxAnswer {
		return errNewPasskey
	}
	read, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return errNewPasskey
	}
	question := m.answeredQuestion(s.Subscriber, read.Response.CollectedClientData.Challenge)
	if question == nil {
		return errStale
	}
	_, session, err := m.registering(h, question)
	if err != nil {
		return err
	}
	key, err := m.passkeys.CreateCredential(h, *session, read)
	if err != nil {
		return errNewPasskey
	}
	doc, err := json.Marshal(key)
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := m.still(ctx, tx, s); err != nil {
			return err
		}
		if first, err := tx.Answered(ctx, hashOf(string(question)), tx.Now.Add(-2*questionStands)); err != nil {
			return err
		} else if !first {
			return errStale
		}
		isNew, err := tx.PutPasskey(ctx, store.Passkey{ID: base64.RawURLEncoding.EncodeToString(key.ID), Subscriber: s.Subscriber, Name: personName(name), Doc: string(doc)})
		if err == nil && !isNew {
			err = errNewPasskey
		}
		return err
	})
}

// Passkeys lists a person's passkeys, the oldest first.
func (m *Members) Passkeys(ctx context.Context, subscriber string) ([]store.Passkey, error) {
	return m.store.Passkeys(ctx, subscriber)
}

// TookBack tells whether a person ever took a change of their address back.
func (m *Members) TookBack(ctx context.Context, subscriber string) (bool, error) {
	return m.store.TookBack(ctx, subscriber)
}

// RemovePasskey removes a passkey of the person of a session. Unauthorised: it is over.
func (m *Members) RemovePasskey(ctx context.Context, s store.Session, id string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := m.still(ctx, tx, s); err != nil {
			return err
		}
		return tx.DropPasskey(ctx, s.Subscriber, id)
	})
}
