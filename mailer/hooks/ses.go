package hooks

import (
	"context"
	"encoding/json"
	"strings"

	"postrider/mailer/returns"
)

// sesMessage is what SES tells: by notifications, or by the events of a
// configuration set, which name their type otherwise.
type sesMessage struct {
	NotificationType string `json:"notificationType"`
	EventType        string `json:"eventType"`
	Bounce           struct {
		Type       string         `json:"bounceType"`
		SubType    string         `json:"bounceSubType"`
		Recipients []sesRecipient `json:"bouncedRecipients"`
		Timestamp  string         `json:"timestamp"`
		FeedbackID string         `json:"feedbackId"`
	} `json:"bounce"`
	Complaint struct {
		Recipients   []sesRecipient `json:"complainedRecipients"`
		Timestamp    string         `json:"timestamp"`
		FeedbackID   string         `json:"feedbackId"`
		FeedbackType string         `json:"complaintFeedbackType"`
	} `json:"complaint"`
	Mail struct {
		Source  string `json:"source"`
		Headers []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
	} `json:"mail"`
}

type sesRecipient struct {
	Email      string `json:"emailAddress"`
	Action     string `json:"action"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

func (h *Hook) ses(ctx context.Context, c Call) ([]Event, error) {
	n, err := h.notice(ctx, c.Body)
	if err != nil {
		return nil, err
	}
	switch n.Type {
	case "Notification":
	case "SubscriptionConfirmation":
		return nil, h.subscribe(ctx, n)
	default: // the end of a subscription: there is nothing to do
		return nil, nil
	}
	var m sesMessage
	if err := json.Unmarshal([]byte(n.Message), &m); err != nil {
		if strings.HasPrefix(n.Message, "Successfully validated SNS topic") { // said once, when the topic is chosen
			return nil, nil
		}
		return nil, unreadable(err)
	}
	return m.events(), nil
}

func (m *sesMessage) events() (events []Event) {
	add := func(id, at string, f returns.Finding) {
		events = append(events, Event{Key: id + "/" + f.Recipient, Finding: f, ReturnPath: m.Mail.Source, MessageID: m.messageID(), At: instant(at)})
	}
	switch m.NotificationType + m.EventType {
	case "Bounce":
		b := m.Bounce
		for _, to := range b.Recipients {
			add(b.FeedbackID, b.Timestamp, bounce(to.Email, to.Status, to.Diagnostic, sesClass(b.Type, b.SubType)))
		}
	case "Complaint":
		c := m.Complaint
		if c.FeedbackType == "not-spam" {
			return nil
		}
		for _, to := range c.Recipients {
			add(c.FeedbackID, c.Timestamp, complaint(to.Email, strings.TrimSpace("Feedback-Type: "+c.FeedbackType)))
		}
	}
	return events
}

// sesClass is how SES classes a bounce.
func sesClass(kind, sub string) returns.Class {
	switch {
	case kind == "Permanent":
		return returns.Hard
	case sub == "MessageTooLarge" || sub == "ContentRejected" || sub == "AttachmentRejected":
		return returns.Sender
	}
	return returns.Soft
}

// messageID is the one that we gave: SES sends under its own.
func (m *sesMessage) messageID() string {
	for _, header := range m.Mail.Headers {
		if strings.EqualFold(header.Name, "Message-ID") {
			return identity(header.Value)
		}
	}
	return ""
}
