package returns

import (
	"strings"
)

// complaints are the findings of a feedback report (RFC 5965, RFC 6430), and of
// the forms that large providers had before it; nil where it is none.
func (l *letter) complaints() []Finding {
	if l.root.media != "multipart/report" && (l.fromList() || answered().MatchString(l.root.header.text("Subject"))) {
		return nil // a person forwards one
	}
	if p := l.root.find(func(p *part) bool { return p.media == "message/feedback-report" }); p != nil {
		return l.feedback(parseHeader(p.body))
	}
	if l.root.media == "multipart/report" && strings.EqualFold(l.root.params["report-type"], "feedback-report") {
		return l.feedback(parseHeader(l.text.fields))
	}
	if l.original != nil && l.providerComplains() {
		return []Finding{{Kind: Complaint, Class: None, Recipient: l.complainer(nil), Diagnostic: l.root.header.text("Subject")}}
	}
	return nil
}

// feedback reads the fields of a report. Only a person's opinion is a complaint:
// not-spam takes one back, auth-failure and dmarc are a server's.
func (l *letter) feedback(fields header) (found []Finding) {
	f := Finding{Kind: Complaint, Class: None}
	kind := strings.ToLower(fields.get("Feedback-Type"))
	switch strings.TrimSpace(kind) {
	case "not-spam", "auth-failure", "dmarc", "dkim":
		f.Kind = Other
		return []Finding{f}
	}
	f.Diagnostic = strings.TrimSpace("Feedback-Type: " + kind)
	for _, value := range fields.all("Original-Rcpt-To") {
		for _, a := range addressesIn(value) {
			if len(found) < mostFindings && !redacted().MatchString(a) {
				f.Recipient = a
				found = append(found, f)
			}
		}
	}
	if found == nil {
		f.Recipient = l.complainer(fields)
		found = []Finding{f}
	}
	return found
}

var (
	// Microsoft's Junk Mail Reporting Program, and AOL's reports from before RFC 5965.
	complainingFrom    = oneOf(`^(?:.*<)?(?:staff@(?:hotmail|outlook)\.com|scomp@aol\.net)`, `^(?:.*<)?(?:fbl[a-z-]*|feedback(?:loop)?|arf|abuse-?reports?|complaints)@`)
	complainingSubject = oneOf(`^(?:complaint about message from|email feedback report for|abuse report|spam (?:complaint|report)|feedback report)`)
)

func (l *letter) providerComplains() bool {
	h := l.root.header
	return l.returned().has("X-HmXmrOriginalRecipient") || complainingFrom().MatchString(h.text("From")) && complainingSubject().MatchString(h.text("Subject"))
}

var redacted = pattern(`(?i)redacted|undisclosed|unknown@|hidden`)

// complainer is who complained, where it isn't withheld.
func (l *letter) complainer(fields header) string {
	returned := l.returned()
	for _, value := range []string{
		fields.get("Removal-Recipient"),
		returned.get("X-HmXmrOriginalRecipient"), returned.get("X-Original-To"), returned.get("Delivered-To"), returned.get("To"),
	} {
		if all := addressesIn(value); len(all) > 0 && !redacted().MatchString(all[0]) {
			return all[0]
		}
	}
	return ""
}
