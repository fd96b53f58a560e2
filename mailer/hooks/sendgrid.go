package hooks

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"

	"postrider/magazine"
	"postrider/mailer/returns"
)

type sendgridEvent struct {
	Event          string  `json:"event"`
	Email          string  `json:"email"`
	Timestamp      float64 `json:"timestamp"`
	SMTPID         string  `json:"smtp-id"`
	ID             string  `json:"sg_event_id"`
	Reason         string  `json:"reason"`
	Status         string  `json:"status"`
	Type           string  `json:"type"`
	Classification string  `json:"bounce_classification"`
}

// The headers of a signed event webhook.
const (
	sendgridSignature = "X-Twilio-Email-Event-Webhook-Signature"
	sendgridTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

func (h *Hook) sendgrid(_ context.Context, c Call) ([]Event, error) {
	key, err := h.verificationKey()
	if err != nil {
		return nil, err
	}
	signature, err := base64.StdEncoding.DecodeString(c.Header.Get(sendgridSignature))
	sum := sha256.New()
	sum.Write([]byte(c.Header.Get(sendgridTimestamp)))
	sum.Write(c.Body)
	if err != nil || !ecdsa.VerifyASN1(key, sum.Sum(nil), signature) {
		return nil, errProof
	}
	list, err := oneOrMany[sendgridEvent](c.Body)
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, e := range list {
		key := e.ID
		if key == "" {
			key = fmt.Sprintf("%s/%s/%s/%.0f", e.SMTPID, e.Email, e.Event, e.Timestamp)
		}
		events = append(events, Event{Key: key, Finding: e.finding(), MessageID: identity(e.SMTPID), At: seconds(e.Timestamp)})
	}
	return events, nil
}

// verificationKey reads SendGrid's public key: base64 of DER, on one line.
func (h *Hook) verificationKey() (*ecdsa.PublicKey, error) {
	text, err := h.secret()
	if err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		var key any
		if key, err = x509.ParsePKIXPublicKey(der); err == nil {
			if key, ok := key.(*ecdsa.PublicKey); ok {
				return key, nil
			}
		}
	}
	return nil, magazine.Errorf(magazine.Unavailable, "the verification key of sendgrid cannot be used; write it to its file on one line, as SendGrid shows it")
}

func (e *sendgridEvent) finding() returns.Finding {
	switch e.Event {
	case "spamreport":
		return complaint(e.Email, e.Reason)
	case "dropped":
		switch e.Reason {
		case "Bounced Address", "Invalid":
			return bounce(e.Email, e.Status, e.Reason, returns.Hard)
		case "Spam Reporting Address":
			return complaint(e.Email, e.Reason)
		}
	case "bounce":
		return bounce(e.Email, e.Status, e.Reason, e.class())
	}
	return returns.Finding{Kind: returns.Other}
}

// class is how SendGrid classes a bounce; empty where it does not.
func (e *sendgridEvent) class() returns.Class {
	switch e.Classification {
	case "Invalid Address":
		return returns.Hard
	case "Mailbox Unavailable", "Technical", "Frequency/Volume":
		return returns.Soft
	case "Content", "Reputation":
		return returns.Sender
	}
	if e.Type == "blocked" {
		return returns.Sender
	}
	return ""
}
