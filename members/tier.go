package members

import (
	"context"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// never is the word for no end of a tier.
const never = "never"

// tierEnds is until when a tier counts.
type tierEnds struct {
	said bool
	at   time.Time // the first instant at which it is over; zero: it has no end
}

// parseTierEnds reads the end of a tier as a list writes it: the last day on
// which it counts, in a zone, an instant as RFC 3339 has it, or "never".
func parseTierEnds(text string, zone *time.Location) (e tierEnds, err error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return e, nil
	case strings.EqualFold(text, never):
		return tierEnds{said: true}, nil
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil {
		if at, err = time.Parse(time.DateOnly, text); err == nil {
			at = magazine.FirstAt(at.AddDate(0, 0, 1), zone)
		}
	}
	if err != nil || at.Year() < 1 || at.After(magazine.Indefinitely) {
		return e, magazine.Errorf(magazine.Invalid, "%q is no end of a tier; write the last day on which it counts, like 2026-12-31, or %s", cut(text, 60), never).Said("line.tier-ends", "day", cut(text, 60))
	}
	return tierEnds{true, at.UTC().Truncate(time.Microsecond)}, nil
}

// TierEndsOn writes the end of a person's tier so that a list, or the command,
// reads the same: the last day in the publication's zone, or an instant; empty
// where it has none, or is over.
func (m *Members) TierEndsOn(p magazine.Subscriber) string {
	if p.Tier == magazine.Free || p.TierEnds.IsZero() {
		return ""
	}
	day := p.TierEnds.In(m.zone).Add(-time.Microsecond).Format(time.DateOnly)
	if e, err := parseTierEnds(day, m.zone); err == nil && e.at.Equal(p.TierEnds) {
		return day
	}
	return p.TierEnds.Format(time.RFC3339Nano)
}

func (m *Members) checkTier(tier magazine.Tier) (magazine.Tier, error) {
	tier = magazine.Tier(strings.ToLower(strings.TrimSpace(string(tier))))
	all := m.tiers.All()
	if tier == "" || slices.Contains(all, tier) {
		return tier, nil
	}
	var names []string
	for _, one := range all {
		names = append(names, string(one))
	}
	last := len(names) - 1
	return "", magazine.Errorf(magazine.Invalid, "%q is no tier; write %s or %s", cut(string(tier), 60), strings.Join(names[:last], ", "), names[last]).Said("line.tier", "name", cut(string(tier), 60), "tiers", strings.Join(names, ", "))
}

// promote gives a person the tier and the end that an admin said, and tells
// whether that is new. An end alone is that of the tier that they have, or had;
// a tier alone that they have already keeps its end.
func promote(ctx context.Context, tx *store.Tx, p magazine.Subscriber, tier magazine.Tier, e tierEnds) (bool, error) {
	switch {
	case tier == "" && !e.said:
		return false, nil
	case tier == "":
		return tx.SetTierEnds(ctx, p.ID, e.at)
	case tier == magazine.Free && p.Tier == magazine.Free:
		return false, nil
	case tier == magazine.Free:
		e.at = time.Time{}
	case tier == p.Tier && !e.said:
		e.at = p.TierEnds
	}
	return tx.SetTier(ctx, p.ID, tier, e.at)
}

// SetTier says what a person may read, and until when (see Request.TierEnds). It
// returns the person as they then stand. NotFound: there is no such person;
// Invalid: there is no such tier, or it is no end.
func (m *Members) SetTier(ctx context.Context, email string, tier magazine.Tier, ends string) (p magazine.Subscriber, err error) {
	if tier, err = m.checkTier(tier); err != nil {
		return p, err
	}
	e, err := parseTierEnds(ends, m.zone)
	if err != nil {
		return p, err
	}
	known, err := m.Known(ctx, email)
	if err != nil {
		return p, err
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		if p, err = tx.Subscriber(ctx, known.ID); err != nil {
			return err
		}
		if _, err = promote(ctx, tx, p, tier, e); err != nil {
			return err
		}
		p, err = tx.Subscriber(ctx, p.ID)
		return err
	})
	return p, err
}

// Known finds a person by address. NotFound says who is none.
func (m *Members) Known(ctx context.Context, email string) (magazine.Subscriber, error) {
	p, err := m.store.SubscriberByEmail(ctx, email)
	if magazine.CodeOf(err) == magazine.NotFound {
		return p, magazine.Errorf(magazine.NotFound, "%s is no subscriber", cut(magazine.CleanText(email), magazine.MaxEmail))
	}
	return p, err
}
