package hooks

import (
	"context"
	"fmt"

	"postrider/mailer/returns"
)

type brevoEvent struct {
	Event     string  `json:"event"`
	Email     string  `json:"email"`
	MessageID string  `json:"message-id"`
	Reason    string  `json:"reason"`
	At        float64 `json:"ts_event"`
}

func (h *Hook) brevo(_ context.Context, c Call) ([]Event, error) {
	if err := h.knows(c); err != nil {
		return nil, err
	}
	list, err := oneOrMany[brevoEvent](c.Body)
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, e := range list {
		key := fmt.Sprintf("%s/%s/%s/%.0f", e.MessageID, e.Email, e.Event, e.At) // the id is the webhook's
		events = append(events, Event{Key: key, Finding: e.finding(), MessageID: identity(e.MessageID), At: seconds(e.At)})
	}
	return events, nil
}

func (e *brevoEvent) finding() returns.Finding {
	switch e.Event {
	case "hard_bounce", "invalid_email":
		return bounce(e.Email, "", e.Reason, returns.Hard)
	case "soft_bounce":
		return bounce(e.Email, "", e.Reason, returns.Soft)
	case "blocked", "error":
		return bounce(e.Email, "", e.Reason, returns.Sender)
	case "spam", "complaint":
		return complaint(e.Email, e.Reason)
	}
	return returns.Finding{Kind: returns.Other}
}
