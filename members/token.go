package members

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"
)

// What a token is for is part of what is signed, so that none serves for another.
const (
	tokenConfirm     = "confirm"
	tokenLeave       = "leave"
	tokenSignIn      = "sign in"
	tokenPreferences = "preferences"
	tokenPasskey     = "passkey " // and whose
	tokenAddress     = "address " // and which mail it stands in
	tokenFeeds       = "feeds"
	tokenForm        = "form"
)

// maxToken is longer than any token of ours.
const maxToken = 300

// A token is a payload of ids and names (letters, digits, dashes, dots) and
// 128 bits of HMAC-SHA256 over it and its purpose: PAYLOAD.MAC. Nothing is
// kept, so links in old mails work for ever.
func (m *Members) seal(purpose, payload string) string {
	return payload + "." + base64.RawURLEncoding.EncodeToString(m.mac(purpose, payload)[:16])
}

// open checks a token in constant time and returns its payload. There is one
// spelling of each: a mark that a decoder would overlook makes it another.
func (m *Members) open(purpose, token string) (string, bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 || len(token) > maxToken || !hmac.Equal([]byte(token), []byte(m.seal(purpose, token[:at]))) {
		return "", false
	}
	return token[:at], true
}

// ConfirmToken is the last part of a confirmation link's address.
func (m *Members) ConfirmToken(signUp string) string { return m.seal(tokenConfirm, signUp) }

// LeaveToken is the last part of a leaving link's address.
func (m *Members) LeaveToken(subscriber, newsletter string) string {
	return m.seal(tokenLeave, subscriber+"."+newsletter)
}

// OfLeaveToken tells whose token it is, and for which newsletter.
func (m *Members) OfLeaveToken(token string) (subscriber, newsletter string, ok bool) {
	return m.openLeave(token)
}

func (m *Members) openLeave(token string) (subscriber, newsletter string, ok bool) {
	payload, ok := m.open(tokenLeave, token)
	if !ok {
		return "", "", false
	}
	return strings.Cut(payload, ".")
}
