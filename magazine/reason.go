package magazine

import (
	"regexp"
	"strings"
	"sync"
)

// A Reason is a kind of why an edition or an occurrence stands where it does. It is
// kept, logged and printed by commands in English; the desk says it in the reader's
// language, by the message reason.NAME.
type Reason string

// The reasons there are. What people write themselves, and what others said, stays as
// it is.
const (
	NothingNew      Reason = "nothing-new"
	TooLittle       Reason = "too-little"
	Unapproved      Reason = "unapproved"
	ApprovalOver    Reason = "approval-over"
	TimeMissed      Reason = "time-missed"
	WaveMissed      Reason = "wave-missed"
	MissedByMore    Reason = "missed-by-more"
	MadeUpFor       Reason = "made-up-for"
	Unmakeable      Reason = "unmakeable"
	NewsletterGone  Reason = "newsletter-gone"
	RefusedInARow   Reason = "refused-in-a-row"
	PutTooLate      Reason = "put-too-late"
	ScheduleChanged Reason = "schedule-changed"
	ScheduleRemoved Reason = "schedule-removed"
	DatesAdded      Reason = "dates-added"
	ClockWasAhead   Reason = "clock-was-ahead"
	ClockPutBack    Reason = "clock-put-back"
	ClockJumped     Reason = "clock-jumped"
	NodeWasAhead    Reason = "node-was-ahead"
	DatabasePutBack Reason = "database-put-back"
	OncePerson      Reason = "again"
	DroppedBy       Reason = "dropped-by"
	DroppedFor      Reason = "dropped-for"
	CancelledBy     Reason = "cancelled-by"
	CancelledFor    Reason = "cancelled-for"
	PausedBy        Reason = "paused-by"
	PausedUntil     Reason = "paused-until"
	SkippedBy       Reason = "skipped-by"
)

// reasons are their English texts. Of two that fit, the first counts. {while} is a
// time in words: "3 hours".
var reasons = []struct {
	reason Reason
	text   string
}{
	{NothingNew, "nothing new"},
	{TooLittle, "too little: {n} new, and minimum_articles is {least}"},
	{Unapproved, "nobody has approved it in time"},
	{WaveMissed, "its time in {where} was missed by {while} while nothing ran"},
	{TimeMissed, "its time was missed by {while} while nothing ran"},
	{MissedByMore, "missed by {while} while nothing ran, more than the {grace} within which it is made up for"},
	{MadeUpFor, "not sent in time; made up for by {key}"},
	{Unmakeable, "its message cannot be made: {why}"},
	{NewsletterGone, "the configuration has no newsletter {name}"},
	{RefusedInARow, "{n} messages in a row were refused with {code}: {why}; see postrider deliveries --edition {edition}"},
	{PutTooLate, "a change put it at a time that was over by {while}"},
	{ScheduleChanged, "its schedule was changed"},
	{ScheduleRemoved, "its schedule was removed"},
	{DatesAdded, "dates without a send were added"},
	{ClockWasAhead, "made while the clock was ahead"},
	{ClockPutBack, "the machine's clock was put back by {while}, and what comes due until {until} may have gone out already; if the clock is right now: postrider schedules resume"},
	{ClockJumped, "the machine's clock jumped forward by {while}, and this came due in between"},
	{NodeWasAhead, "the clock of a daemon that is gone was ahead by {while}, and what comes due until {until} may have gone out already; if this machine's clock is right: postrider schedules resume"},
	{DatabasePutBack, "the database was put back to how it was at {at}, and what came due since may have gone out already; when you have looked: postrider schedules resume"},
	{OncePerson, "edition {edition} again, for one person"},
	{DroppedFor, "dropped by {who}: {why}"},
	{DroppedBy, "dropped by {who}"},
	{CancelledFor, "cancelled by {who}: {why}"},
	{CancelledBy, "cancelled by {who}"},
	{PausedUntil, "paused by {who} until {until}"},
	{PausedBy, "paused by {who}"},
	{SkippedBy, "skipped by {who}"},
	{ApprovalOver, "{had} had approved it; {who} changed it after that, and nobody has approved it since"},
}

// Text is the reason in English, with its values in their order.
func (r Reason) Text(values ...string) string {
	for _, one := range reasons {
		if one.reason != r {
			continue
		}
		return placeholder.ReplaceAllStringFunc(one.text, func(string) string {
			if len(values) == 0 {
				return ""
			}
			value := values[0]
			values = values[1:]
			return value
		})
	}
	return string(r)
}

var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

// A shape is what texts of a reason look like.
type shape struct {
	reason Reason
	names  []string // of the values, in their order
	text   *regexp.Regexp
}

var shapes = sync.OnceValue(func() (all []shape) {
	for _, one := range reasons {
		s := shape{reason: one.reason}
		pattern, rest := "(?s)^", one.text
		for {
			at := placeholder.FindStringSubmatchIndex(rest)
			if at == nil {
				break
			}
			s.names = append(s.names, rest[at[2]:at[3]])
			pattern += regexp.QuoteMeta(rest[:at[0]]) + "(.+?)"
			rest = rest[at[1]:]
		}
		s.text = regexp.MustCompile(pattern + regexp.QuoteMeta(rest) + "$")
		all = append(all, s)
	}
	return all
})

// ReadReason finds which reason a text is, with its values, each after its name;
// empty: it is none of ours.
func ReadReason(text string) (r Reason, args []any) {
	for _, s := range shapes() {
		values := s.text.FindStringSubmatch(text)
		if values == nil {
			continue
		}
		for i, name := range s.names {
			args = append(args, name, strings.TrimSpace(values[i+1]))
		}
		return s.reason, args
	}
	return "", nil
}

// Reasons lists all there are.
func Reasons() (all []Reason) {
	for _, one := range reasons {
		all = append(all, one.reason)
	}
	return all
}
