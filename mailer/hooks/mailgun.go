package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"postrider/mailer/returns"
)

type mailgunCall struct {
	Signature struct {
		Timestamp string `json:"timestamp"`
		Token     string `json:"token"`
		Signature string `json:"signature"`
	} `json:"signature"`
	Data mailgunEvent `json:"event-data"`
}

type mailgunEvent struct {
	Event     string  `json:"event"`
	Severity  string  `json:"severity"`
	Reason    string  `json:"reason"`
	Timestamp float64 `json:"timestamp"`
	Recipient string  `json:"recipient"`
	Status    struct {
		Code        int    `json:"code"`
		Enhanced    string `json:"enhanced-code"`
		Message     string `json:"message"`
		Description string `json:"description"`
	} `json:"delivery-status"`
	Envelope struct {
		Sender string `json:"sender"`
	} `json:"envelope"`
	Message struct {
		Headers struct {
			MessageID string `json:"message-id"`
		} `json:"headers"`
	} `json:"message"`
}

// mailgunFor is how long Mailgun calls again where we were not there.
const mailgunFor = 12 * time.Hour

// mailgun reads a call. Its signature is of the timestamp and the token alone, so
// one that was overheard would do for any other text: each token counts once, and
// for so long.
func (h *Hook) mailgun(_ context.Context, c Call) ([]Event, error) {
	var m mailgunCall
	if err := json.Unmarshal(c.Body, &m); err != nil {
		return nil, unreadable(err)
	}
	key, err := h.secret()
	if err != nil {
		return nil, err
	}
	s := m.Signature
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(s.Timestamp + s.Token))
	given, err := hex.DecodeString(s.Signature)
	if err != nil || s.Token == "" || !hmac.Equal(given, mac.Sum(nil)) {
		return nil, errProof
	}
	at, err := strconv.ParseInt(s.Timestamp, 10, 64)
	if age := h.Now().Sub(time.Unix(at, 0)); err != nil || age > mailgunFor || age < -mailgunFor {
		return nil, errProof
	}
	d := &m.Data
	return []Event{{Key: s.Timestamp + s.Token, Finding: d.finding(), ReturnPath: d.Envelope.Sender, MessageID: identity(d.Message.Headers.MessageID), At: seconds(d.Timestamp)}}, nil
}

func (d *mailgunEvent) finding() returns.Finding {
	words := d.Status.Message
	if words == "" {
		words = d.Status.Description
	}
	switch {
	case d.Event == "complained", d.Event == "failed" && d.Reason == "suppress-complaint":
		return complaint(d.Recipient, words)
	case d.Event != "failed" || d.Severity != "permanent" || d.Reason == "suppress-unsubscribe":
		return returns.Finding{Kind: returns.Other} // it is tried again, or was not a failure
	}
	var class returns.Class
	switch d.Reason {
	case "suppress-bounce":
		class = returns.Hard
	case "espblock":
		class = returns.Sender
	case "old": // it was tried for long
		class = returns.Soft
	}
	f := bounce(d.Recipient, d.Status.Enhanced, withCode(d.Status.Code, words), class)
	f.Diagnostic = words
	return f
}

// withCode puts a reply code before a server's words, where they lack it.
func withCode(code int, words string) string {
	text := strconv.Itoa(code)
	if code < 400 || code > 599 || len(words) >= 3 && words[:3] == text {
		return words
	}
	return text + " " + words
}
