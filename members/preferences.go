package members

import (
	"context"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Preferences is what a person has chosen.
type Preferences struct {
	Person   magazine.Subscriber
	Choices  []Choice
	Silenced bool // their address must not be mailed, whatever they choose
}

// A Choice is a newsletter, and how a person has it.
type Choice struct {
	Newsletter magazine.Newsletter
	Share      *magazine.Subscription // nil: they don't have it
}

var (
	errOldPreferences = magazine.Errorf(magazine.NotFound, "This link does not work, or no more: perhaps it was cut when it was copied, or is from before your address changed. Ask for a new one.").Said("preferences.bad-link")
	errNotTheirs      = magazine.Errorf(magazine.Conflict, "You do not get this newsletter any more, so nothing was changed.").Said("preferences.not-yours")
)

// PreferencesToken is the last part of the address of a person's preferences, as
// every mail to them has it. It works for as long as they have the address that
// it was mailed to. Mails are passed on: it opens nothing that cannot be undone.
func (m *Members) PreferencesToken(p magazine.Subscriber) string {
	return m.seal(tokenPreferences, p.ID+"."+m.addressHash(p.Email)[:16])
}

// OpenPreferences tells whose preferences a token opens. NotFound: it is none of
// ours, or its person has another address since.
func (m *Members) OpenPreferences(ctx context.Context, token string) (magazine.Subscriber, error) {
	payload, ok := m.open(tokenPreferences, token)
	if !ok {
		return magazine.Subscriber{}, errOldPreferences
	}
	id, address, _ := strings.Cut(payload, ".")
	p, err := m.store.Subscriber(ctx, id)
	if magazine.CodeOf(err) == magazine.NotFound || err == nil && address != m.addressHash(p.Email)[:16] {
		return magazine.Subscriber{}, errOldPreferences
	}
	return p, err
}

// Preferences tells what a person has chosen.
func (m *Members) Preferences(ctx context.Context, p magazine.Subscriber) (Preferences, error) {
	shares, err := m.store.Subscriptions(ctx, p.ID)
	if err != nil {
		return Preferences{}, err
	}
	why, err := m.suppressed(ctx, m.store, p.Email)
	all := Preferences{Person: p, Silenced: why != ""}
	for _, n := range m.newsletters() {
		c := Choice{Newsletter: n}
		for i := range shares {
			if shares[i].Newsletter == n.Name && shares[i].State == magazine.SubscriptionActive {
				c.Share = &shares[i]
			}
		}
		all.Choices = append(all.Choices, c)
	}
	return all, err
}

// A Change is how a person wants to have a newsletter from now on.
type Change struct {
	Frequency string            // empty: as it is
	Hour      string            // of the day such as "07:00", or NoHour; empty: as it is
	Follows   []magazine.Follow // none: everything
	Pause     string            // a date such as 2026-12-01, "indefinitely", or either with "fresh"; empty: none
}

// Choose changes how a person has a newsletter, all of it or nothing. Faults: it
// cannot be so; Conflict: they don't have it.
func (m *Members) Choose(ctx context.Context, p magazine.Subscriber, newsletter string, c Change) error {
	want, err := m.checkChange(ctx, p, newsletter, c)
	if err != nil {
		return err
	}
	return m.changeShare(ctx, p.ID, newsletter, errNotTheirs, func(tx *store.Tx, have *magazine.Subscription) error {
		return m.rearrange(ctx, tx, have, want)
	})
}

func (m *Members) checkChange(ctx context.Context, p magazine.Subscriber, newsletter string, c Change) (store.Share, error) {
	var faults Faults
	note := func(field Field, err error) {
		if err != nil {
			faults = append(faults, Fault{field, err})
		}
	}
	if m.Newsletter(newsletter) == nil {
		return store.Share{}, magazine.Errorf(magazine.NotFound, "There is no such newsletter any more.").Said("preferences.no-newsletter")
	}
	follows, err := m.checkNewFollows(ctx, p, newsletter, c.Follows)
	if err != nil && magazine.CodeOf(err) != magazine.Invalid {
		return store.Share{}, err
	}
	note(FollowsField, err)
	shares := []store.Share{{Newsletter: newsletter, Follows: follows}}
	note(FrequencyField, m.checkFrequency(map[string]string{newsletter: c.Frequency}, shares, true))
	note(HourField, m.checkHour(map[string]string{newsletter: c.Hour}, shares, true))
	zone, err := m.zoneOf(ctx, p)
	if err != nil {
		return store.Share{}, err
	}
	have, err := m.store.Subscription(ctx, newsletter, p.ID)
	if err != nil {
		return store.Share{}, err
	}
	pause, err := parsePause(c.Pause, zone)
	if err == nil && have != nil && sameDay(pause.Until, have.PausedUntil, zone) {
		pause.Until = have.PausedUntil // it may end at any time of that day, which the form doesn't show
	} else if err == nil && !pause.Until.IsZero() && !pause.Until.After(m.store.Now()) {
		err = magazine.Errorf(magazine.Invalid, "a pause cannot end on a day that has begun; choose a later one").Said("preferences.past-day")
	}
	note(PauseField, err)
	shares[0].Paused = pause
	if len(faults) > 0 {
		return store.Share{}, faults
	}
	return shares[0], nil
}

// sameDay tells that two ends of a pause are on one day in a zone.
func sameDay(a, b time.Time, zone *time.Location) bool {
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}

// checkNewFollows is checkFollows but for what the person follows already, which
// may have gone since.
func (m *Members) checkNewFollows(ctx context.Context, p magazine.Subscriber, newsletter string, follows []magazine.Follow) ([]magazine.Follow, error) {
	have, err := m.store.Subscription(ctx, newsletter, p.ID)
	if err != nil || have == nil {
		return nil, err
	}
	var kept, fresh []magazine.Follow
	for _, f := range follows {
		if slices.ContainsFunc(have.Follows, func(h magazine.Follow) bool { return h.Kind == f.Kind && h.Slug == f.Slug }) {
			kept = append(kept, f)
		} else {
			fresh = append(fresh, f)
		}
	}
	fresh, err = m.checkFollows(ctx, fresh)
	return append(kept, fresh...), err
}

// rearrange gives a share another shape.
func (m *Members) rearrange(ctx context.Context, tx *store.Tx, have *magazine.Subscription, want store.Share) error {
	newsletter, subscriber := have.Newsletter, have.Subscriber.ID
	if want.Frequency != "" && want.Frequency != m.frequencyOf(have) {
		if _, err := tx.SetFrequency(ctx, newsletter, subscriber, want.Frequency); err != nil {
			return err
		}
	}
	if want.Hour != "" {
		if _, err := tx.SetHour(ctx, newsletter, subscriber, want.Hour); err != nil {
			return err
		}
	}
	if err := tx.SetFollows(ctx, newsletter, subscriber, want.Follows); err != nil {
		return err
	}
	var err error
	switch {
	case want.Paused.Is(store.Pause{Until: have.PausedUntil, Fresh: have.Fresh}):
	case want.Paused.Until.IsZero():
		_, err = tx.Resume(ctx, newsletter, subscriber)
	default:
		_, err = tx.Pause(ctx, newsletter, subscriber, want.Paused.Until, want.Paused.Fresh)
	}
	return err
}

// frequencyOf is the frequency that a share has, also where it names none.
func (m *Members) frequencyOf(have *magazine.Subscription) string {
	if letter := m.Newsletter(have.Newsletter); letter != nil {
		if f := letter.Frequency(have.Frequency); f != nil {
			return f.Name
		}
	}
	return have.Frequency
}

// takesADay bounds how often a person may take newsletters: each time is kept as their
// consent, and the link of a mail that was passed on is enough for it.
const takesADay = 50

var errManyTakes = magazine.Errorf(magazine.Conflict, "You have changed this very often today; try again tomorrow.").Said("preferences.often")

// Take gives a person a newsletter, with everything in it, on their own word.
// How they proved that the address is theirs is kept as their consent. Conflict:
// their address must not be mailed; NotFound: there is no such newsletter.
func (m *Members) Take(ctx context.Context, p magazine.Subscriber, newsletter string, how Consent) error {
	if m.Newsletter(newsletter) == nil {
		return magazine.Errorf(magazine.NotFound, "There is no such newsletter any more.").Said("preferences.no-newsletter")
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		p, err := tx.Subscriber(ctx, p.ID)
		if err != nil {
			return err
		}
		have, err := tx.Subscription(ctx, newsletter, p.ID)
		if err != nil || have != nil && have.State == magazine.SubscriptionActive {
			return err
		}
		if taken, err := tx.TakenSince(ctx, p.ID, tx.Now.Add(-24*time.Hour)); err != nil {
			return err
		} else if taken >= takesADay {
			return errManyTakes
		}
		want := store.Share{Newsletter: newsletter}
		u := store.SignUp{ID: magazine.NewID(), Subscriber: p.ID, Wants: []store.Share{want}, Origin: how.Form}
		if how.From.IsValid() {
			u.Client = how.From.String()
		}
		if err := tx.PutSignUp(ctx, u); err != nil {
			return err
		}
		_, err = m.join(ctx, tx, p, u, u.Wants)
		return err
	})
}

// Drop ends a person's share in a newsletter at once.
func (m *Members) Drop(ctx context.Context, subscriber, newsletter string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Unsubscribe(ctx, newsletter, subscriber)
		return err
	})
}

// SetLanguage changes the language (BCP 47) in which a person is told things;
// empty: the publication's.
func (m *Members) SetLanguage(ctx context.Context, subscriber, language string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error { return tx.SetLanguage(ctx, subscriber, language) })
}

// SetZone changes the zone on whose clocks a person's hours are; empty: the
// publication's. Invalid: it is none.
func (m *Members) SetZone(ctx context.Context, subscriber, zone string) error {
	zone, err := checkTimezone(strings.TrimSpace(zone))
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error { return tx.SetTimezone(ctx, subscriber, zone) })
}
