package members_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// device has one passkey for harbour.example.
type device struct {
	*house
	key *ecdsa.PrivateKey
	id  []byte
	of  magazine.Subscriber
}

func (h *house) device(of magazine.Subscriber) device {
	h.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	return device{h, key, []byte("a passkey of " + of.ID), of}
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// client is what a browser says of a question that it was asked.
func (d device) client(what string, asked []byte, err error) []byte {
	d.Helper()
	var question struct{ Challenge string }
	if err == nil {
		err = json.Unmarshal(asked, &question)
	}
	if err != nil {
		d.Fatal(err)
	}
	said, err := json.Marshal(map[string]any{"type": what, "challenge": question.Challenge, "origin": "https://harbour.example"})
	if err != nil {
		d.Fatal(err)
	}
	return said
}

func (d device) answer(response map[string]string) []byte {
	d.Helper()
	id := base64url(d.id)
	text, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response})
	if err != nil {
		d.Fatal(err)
	}
	return text
}

// proof is authenticator data: for which site, and that a person was there and is known.
func proof(flags byte) []byte {
	site := sha256.Sum256([]byte("harbour.example"))
	return append(site[:], flags, 0, 0, 0, 0)
}

// made answers a question for a new passkey (WebAuthn, section 6.5; no attestation).
func (d device) made() []byte {
	d.Helper()
	asked, err := d.NewPasskeyQuestion(ctx, d.of)
	client := d.client("webauthn.create", asked, err)
	data := append(proof(0x45), make([]byte, 16)...)
	data = append(append(data, 0, byte(len(d.id))), d.id...)
	public, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		d.Fatal(err)
	}
	data = append(append(data, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"...), public[1:33]...)
	data = append(append(data, "\x22\x58\x20"...), public[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.answer(map[string]string{"clientDataJSON": base64url(client), "attestationObject": base64url(append(object, data...))})
}

// proved answers a question to sign in.
func (d device) proved() []byte {
	d.Helper()
	asked, err := d.PasskeyQuestion()
	client := d.client("webauthn.get", asked, err)
	data, of := proof(0x05), sha256.Sum256(client)
	sum := sha256.Sum256(append(data[:len(data):len(data)], of[:]...))
	signed, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		d.Fatal(err)
	}
	return d.answer(map[string]string{"clientDataJSON": base64url(client), "authenticatorData": base64url(data), "signature": base64url(signed), "userHandle": base64url([]byte(d.of.ID))})
}

// waiting waits until n others wait for a lock of a transaction, or one is done; with
// one writer, where nobody can tell, it does not.
func (h *house) waiting(tx *store.Tx, n int, done ...chan error) {
	for !slices.ContainsFunc(done, func(c chan error) bool { return len(c) > 0 }) {
		var waits int
		err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_locks WHERE NOT granted").Scan(&waits)
		if err != nil || waits >= n {
			return
		}
	}
}

// What a thief's browser has begun by its session when the address is taken back
// comes to nothing.
func TestTakingBackWhileTheThiefActs(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		thief, mine := h.session(p), h.device(p)
		if err := h.AddPasskey(ctx, thief, mine.made(), "mine"); err != nil {
			t.Fatal(err)
		}
		other := h.device(p)
		other.id = []byte("the thief's")
		answer := other.made()
		if _, err := h.Move(ctx, h.moved(p, "thief@example.net")); err != nil {
			t.Fatal(err)
		}
		n := len(h.moves)
		wantCode(t, "another address", h.AskAddress(ctx, thief, "thief2@example.net"), magazine.Unauthorised)
		wantCode(t, "a passkey", h.AddPasskey(ctx, thief, answer, "the thief's"), magazine.Unauthorised)
		h.write(func(tx *store.Tx) error {
			_, err := tx.PutPasskey(ctx, store.Passkey{ID: "new", Subscriber: p.ID, Doc: "{}"})
			return err
		})
		wantCode(t, "one less", h.RemovePasskey(ctx, thief, "new"), magazine.Unauthorised)
		wantCode(t, "erasing", h.EraseSelf(ctx, thief), magazine.Unauthorised)
		if keys, err := h.Passkeys(ctx, p.ID); err != nil || len(keys) != 1 || keys[0].ID != "new" || len(h.moves) != n {
			t.Errorf("passkeys %+v, %v; mails %v", keys, err, h.moves[n:])
		}
		h.want("after all that", amina, "confirmed new-books weekly")
	})
}

// Nor does a session that a passkey begins meanwhile outlive it.
func TestTakingBackWhileAPasskeySignsIn(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		key := h.device(p)
		if err := h.AddPasskey(ctx, h.session(p), key.made(), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignInByPasskey(ctx, key.proved(), members.Browser{}); err != nil {
			t.Fatal(err)
		}
		back, answer := h.moved(p, "thief@example.net"), key.proved()
		in, moved := make(chan error, 1), make(chan error, 1)
		h.write(func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, "UPDATE passkeys SET name = 'held' WHERE subscriber_id = $1", p.ID); err != nil {
				return err
			}
			go func() { _, err := h.SignInByPasskey(ctx, answer, members.Browser{}); in <- err }()
			h.waiting(tx, 1, in)
			go func() { _, err := h.Move(ctx, back); moved <- err }()
			h.waiting(tx, 2, in, moved)
			return nil
		})
		if err := <-moved; err != nil {
			t.Error(err)
		}
		if err := <-in; err != nil && magazine.CodeOf(err) != magazine.Invalid {
			t.Error(err)
		}
		if list, err := h.Sessions(ctx, p.ID); err != nil || len(list) > 0 {
			t.Errorf("signed in after it was taken back: %+v, %v", list, err)
		}
	})
}
