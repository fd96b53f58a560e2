package hooks

import (
	"context"
	"strconv"

	"postrider/mailer/returns"
)

type postmarkRecord struct {
	RecordType  string
	ID          int64
	Type        string
	Email       string
	Description string
	Details     string
	BouncedAt   string
}

func (h *Hook) postmark(_ context.Context, c Call) ([]Event, error) {
	if err := h.knows(c); err != nil {
		return nil, err
	}
	records, err := oneOrMany[postmarkRecord](c.Body)
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, r := range records {
		events = append(events, Event{Key: strconv.FormatInt(r.ID, 10) + "/" + r.RecordType, Finding: r.finding(), At: instant(r.BouncedAt)})
	}
	return events, nil
}

func (r *postmarkRecord) finding() returns.Finding {
	words := r.Details
	if words == "" {
		words = r.Description
	}
	switch {
	case r.RecordType == "SpamComplaint", r.RecordType == "Bounce" && r.Type == "SpamComplaint":
		return complaint(r.Email, words)
	case r.RecordType != "Bounce":
		return returns.Finding{Kind: returns.Other}
	}
	switch r.Type {
	case "HardBounce", "BadEmailAddress", "ManuallyDeactivated":
		return bounce(r.Email, "", words, returns.Hard)
	case "Blocked", "SpamNotification", "VirusNotification", "DMARCPolicy", "SMTPApiError", "TemplateRenderingFailed":
		return bounce(r.Email, "", words, returns.Sender)
	case "AutoResponder", "ChallengeVerification", "AddressChange", "OpenRelayTest":
		return autoReply(r.Email)
	case "Subscribe", "Unsubscribe":
		return returns.Finding{Kind: returns.Other}
	}
	return bounce(r.Email, "", words, returns.Soft) // Transient, SoftBounce, DnsError, Unknown
}
