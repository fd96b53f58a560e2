package magazine

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// EditionState says where an edition stands.
type EditionState string

// The states of an Edition. Sent, Failed, Skipped and Dropped are final.
const (
	EditionPlanned EditionState = "planned" // made, its messages not yet
	EditionWaiting EditionState = "waiting" // a draft that waits for approval, or for its time after it
	EditionHeld    EditionState = "held"    // waits for a person; Reason says why
	EditionSending EditionState = "sending" // content fixed; deliveries under way
	EditionPaused  EditionState = "paused"  // a person has stopped it until somebody resumes it
	EditionSent    EditionState = "sent"    // every delivery has its end
	EditionFailed  EditionState = "failed"  // likewise, and not one reached its person
	EditionSkipped EditionState = "skipped" // nothing to send; Reason says why
	EditionDropped EditionState = "dropped" // a person decided against it
)

// Edition is one concrete sending of a newsletter.
type Edition struct {
	ID         string
	Newsletter string
	Key        string // what made it, unique for ever: an occurrence's key, "now/ID", or "again/ID/ID"
	Maker      string // "schedule weekly/main", "amina by postrider send"
	Schedule   string // the frequency that it goes to, by its schedule's name; empty: to all
	State      EditionState
	Reason     string
	Nominal    time.Time // when it was to start
	Starts     time.Time // of a waiting one: when it goes out, or is held for want of approval
	Approved   string    // by whom; empty: by nobody
	Note       string    // the editor's, printed above the articles; plain text, may be empty
	Others     []string  // frequencies that it passes by, fixed with its content; nil: it goes to Schedule's alone, or to all
	Waves      bool      // it goes out at a time of each reader's own zone
	Waved      time.Time // up to which instant its waves have begun
	Course     string    // how they go, once they have begun, as package schedules writes it
	Issue      *Issue    // whose contents it tells; nil for a digest
	Corrects   string    // id of the edition of contents that it corrects
	Created    time.Time
	Floor      int64     // articles above this number; 0 until fixed
	Cutoff     int64     // articles up to this number; 0 until fixed
	CutoffAt   time.Time // zero until fixed
	Finished   time.Time // zero until then
	Articles   int       // candidates, less those that an editor has left out
	Arranged   int       // how often an editor has chosen their order, or left some out
	Ordered    bool      // they stand in the order that an editor chose; the first leads
	Counts     Counts
}

// Late is by how much the edition's content was fixed after its time; 0 where
// it was in time, to the minute, or is not fixed yet.
func (e *Edition) Late() time.Duration {
	if late := e.CutoffAt.Sub(e.Nominal); !e.CutoffAt.IsZero() && late > time.Minute {
		return late
	}
	return 0
}

// Mark is of what somebody sees who decides about the edition: its state and the reason
// for it, when it goes out, its note, and its articles, which of them are left out, and
// their order.
func (e *Edition) Mark() string {
	words := fnv.New64a()
	fmt.Fprintf(words, "%q %q", e.Reason, e.Note)
	return fmt.Sprintf("%s-%d-%d-%x-%x", e.State, e.Cutoff, e.Arranged, e.Starts.Unix(), words.Sum64())
}

// Serves is up to which number those who get the edition, or have nothing in it,
// are served: contents of an issue serve nobody.
func (e *Edition) Serves() int64 {
	if e.Issue != nil {
		return 0
	}
	return e.Cutoff
}

// MayArrange tells that an edition is a digest whose articles are fixed, and that waits
// or is held: until somebody has got it, an editor may order them and leave some out.
func (e *Edition) MayArrange() bool {
	return e.Issue == nil && e.Cutoff > 0 && e.Repeats() == "" && e.Waved.IsZero() && (e.State == EditionWaiting || e.State == EditionHeld)
}

// Repeats is the edition whose content one person gets again; empty: it is none of
// that kind.
func (e *Edition) Repeats() string {
	rest, ok := strings.CutPrefix(e.Key, "again/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// Counts says how many people an edition reached.
type Counts struct {
	Sent     int `json:"sent"`
	Deferred int `json:"deferred"`
	Failed   int `json:"failed"`
	Skipped  int `json:"skipped"`
	Nothing  int `json:"nothing"` // had nothing new for them
}

// DeliveryState says what became of one edition for one person.
type DeliveryState string

// The states of a Delivery. A deferred one changes, and one that was sent fails when
// it comes back.
const (
	Sent     DeliveryState = "sent"
	Deferred DeliveryState = "deferred"
	Failed   DeliveryState = "failed"
	Skipped  DeliveryState = "skipped"
)

// Delivery is what became of one edition for one subscriber.
type Delivery struct {
	Edition    string
	Subscriber string
	Email      string // as it was when sent
	State      DeliveryState
	Reason     string // plain words
	Code       int    // SMTP reply code, 0 where none came
	Enhanced   string // RFC 3463 code, may be empty
	Reply      string // the relay's words
	Relay      string
	MessageID  string
	Attempts   int
	Group      string // the key of the message that was made; empty: none was, or it is not known
	Asides     int    // how often it was set aside, without an attempt, while others went first
	At         time.Time
	Next       time.Time // of a deferred one
}
