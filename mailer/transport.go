package mailer

import (
	"context"
	"errors"
	"strings"
	"time"

	"postrider/magazine"
)

// Transport is where mail leaves. It may be used from many goroutines.
type Transport interface {
	// Open begins a conversation. It waits while as many are open as the relay
	// allows, until ctx is done. Where nothing takes mail now the error is an
	// *Unavailable.
	Open(ctx context.Context, haste Haste) (Conversation, error)
}

// Haste says who goes first where several wait for a conversation.
type Haste int

const (
	Bulk   Haste = iota // most mail
	Urgent              // a single message that somebody waits for: the next conversation in which a message has ended is let go for it
	Spare               // mail that others send, too: it does not wait; where no place is free the error is ErrNoneFree
)

// ErrNoneFree says that as many conversations are open as may be.
var ErrNoneFree = errors.New("no conversation is free")

// Conversation sends one message after another. It belongs to one goroutine.
type Conversation interface {
	// Ready waits until a message may be sent at once: for a relay, a place there, and
	// the relay's limits; not longer than a few seconds for the last. Call it before
	// the person is looked at, for Send waits otherwise. The error is an *Unavailable
	// or ctx's; the conversation stays usable.
	Ready(ctx context.Context) error

	// Wanted tells that others wait for a conversation.
	Wanted() bool

	// Send hands over one message. When ctx is done it gives up at once, which can
	// cost a possible repeat: at a stop, let the running Send end first. A Result
	// with BlameRelay leaves the conversation usable: the next Send tries anew.
	//
	// Next, where it is not nil, is the message that the next Send will be about,
	// whatever becomes of this one: it may be announced to the relay already, which
	// spares it a round trip. The text of a message leaves with its own Send. One
	// that was announced and is not sent after all costs the connection.
	Send(ctx context.Context, p, next *Parcel) Result

	// Close ends the conversation. It waits a few seconds at most.
	Close() error
}

// Unavailable says that nothing takes mail now. Its magazine.Code is Unavailable.
type Unavailable struct {
	Until  time.Time // when to try again, UTC
	Result Result    // the last relay's fault: Deferred, BlameRelay
	err    *magazine.Error
}

func (u *Unavailable) Error() string { return u.err.Error() }
func (u *Unavailable) Unwrap() error { return u.err }

// unusable makes the error for what was last seen of each relay.
func unusable(what string, until time.Time, last []Result) *Unavailable {
	u := &Unavailable{Until: until.UTC()}
	var seen []string
	for _, r := range last {
		u.Result = r
		line := r.Relay + ": " + r.Reason
		if r.Reply != "" {
			line += " (" + r.Reply + ")"
		}
		seen = append(seen, line)
	}
	u.Result.State, u.Result.Blame = Deferred, BlameRelay
	u.Result.Suspect = false // that was another message
	u.err = magazine.Errorf(magazine.Unavailable, "%s; trying again at %s: %s",
		what, u.Until.Format(time.RFC3339), strings.Join(seen, "; "))
	return u
}
