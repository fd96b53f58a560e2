package magazine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SubscriberState says where a person stands with us.
type SubscriberState string

// The states of a Subscriber.
const (
	Pending      SubscriberState = "pending" // asked, has not confirmed yet
	Confirmed    SubscriberState = "confirmed"
	Unsubscribed SubscriberState = "unsubscribed"
	Bounced      SubscriberState = "bounced"
	Complained   SubscriberState = "complained"
)

// Subscriber is a person with a mail address.
type Subscriber struct {
	ID        string // short, made once
	Email     string // as the person wrote it
	Name      string // may be empty
	State     SubscriberState
	Tier      Tier      // Free from its end on
	TierEnds  time.Time // from then on it is Free; zero: it has no end
	Timezone  string    // IANA name, may be empty
	Language  string    // BCP 47, of our own words to them; empty: the publication's
	Created   time.Time
	Confirmed time.Time // zero until then
}

// Newsletter is something one can subscribe to.
type Newsletter struct {
	Name        string // in addresses and commands
	Title       string
	Description string
	Contents    bool          // it tells the contents of issues, and is no digest
	MaxAge      time.Duration // how long ago an article may have been published to be mailed; 0: no limit
	Minimum     int           // an edition with fewer articles is skipped
	LeaveOut    bool          // members-only articles, for those who are no members; else they get them marked
	Latest      bool          // one who confirms gets the latest edition; else nothing until the next
	Frequencies []Frequency   // a subscription has one of them, unless said the first; may be empty
	OwnHour     bool          // a person may have it at an hour of their own
}

// Frequency is how often one may have a newsletter: as one of its schedules says.
type Frequency struct {
	Name  string // the schedule's
	Title string // for readers
}

// Frequency finds the frequency of a subscription that names one: the first
// where it names none, or one that there is no more. Nil: there is none at all.
func (n *Newsletter) Frequency(name string) *Frequency {
	for i := range n.Frequencies {
		if n.Frequencies[i].Name == name {
			return &n.Frequencies[i]
		}
	}
	if len(n.Frequencies) == 0 {
		return nil
	}
	return &n.Frequencies[0]
}

// FollowKind says what is followed.
type FollowKind string

// The kinds of Follow.
const (
	FollowAuthor  FollowKind = "author"
	FollowSection FollowKind = "section"
	FollowTag     FollowKind = "tag"
)

// Follow narrows a subscription to an author, a section or a tag. Articles
// above Served are new to the person.
type Follow struct {
	Kind   FollowKind `json:"kind"`
	Slug   string     `json:"slug"` // of a tag, its TagKey
	Served int64      `json:"-"`
}

// SubscriptionState says whether a subscription gets mail.
type SubscriptionState string

// The states of a Subscription.
const (
	SubscriptionActive SubscriptionState = "active"
	SubscriptionLeft   SubscriptionState = "left"
)

// Subscription is one subscriber's share in one newsletter: everything, or
// what they follow in it.
type Subscription struct {
	Subscriber Subscriber
	Newsletter string
	State      SubscriptionState
	Frequency  string // name of one of the newsletter's; empty: its first
	Hour       string // of the day at which they have it, as "07:00"; empty: the schedule's
	Served     int64  // articles above it are new, where nothing is followed; never above the number of a Follow
	Follows    []Follow

	// PausedUntil is zero where there is no pause. One that is over goes on until
	// it is ended: with what came meanwhile, or, where Fresh, without.
	PausedUntil time.Time
	Fresh       bool
}

// Indefinitely is the end of a pause that has none.
var Indefinitely = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// ParseHour reads an hour of the day such as "7" or "07:00", and writes it as
// "07:00". Invalid: it is none; half hours are none.
func ParseHour(s string) (string, error) {
	written := strings.TrimSpace(s)
	clean := []rune(CleanText(written))
	shown := string(clean[:min(len(clean), 40)])
	hour, minutes, parted := strings.Cut(written, ":")
	switch n, err := strconv.ParseUint(hour, 10, 8); {
	case err != nil || len(hour) > 2 || parted && len(minutes) != 2 || strings.Trim(minutes, "0123456789") != "":
		return "", Errorf(Invalid, "%q is no hour of the day; write one from 0 to 23, such as 7 or 07:00", shown).Said("join.no-hour", "hour", shown)
	case n > 23:
		return "", Errorf(Invalid, "there is no hour %d in a day; write one from 0 to 23, such as 7 or 07:00", n).Said("join.no-hour", "hour", shown)
	case parted && minutes != "00":
		return "", Errorf(Invalid, "%s is no full hour; write %02d:00", written, n).Said("join.no-hour", "hour", shown)
	default:
		return fmt.Sprintf("%02d:00", n), nil
	}
}

// Following lists what the subscription follows of an article, served or not.
func (s *Subscription) Following(a *Article) (list []Follow) {
	of := a.Follows()
	for _, f := range s.Follows {
		if slices.Contains(of, Follow{Kind: f.Kind, Slug: f.Slug}) {
			list = append(list, f)
		}
	}
	return list
}

// Wants tells whether the article is new to this subscription and matches what
// is followed.
func (s *Subscription) Wants(a *Article) bool {
	if len(s.Follows) == 0 {
		return a.Seq > s.Served
	}
	return slices.ContainsFunc(s.Following(a), func(f Follow) bool { return a.Seq > f.Served })
}
