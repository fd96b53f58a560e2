package members

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"postrider/magazine"
	"postrider/store"
)

// Request is what a person asks for in the sign-up form.
type Request struct {
	Email, Name string
	Newsletters []string // names; none: all
	Follows     []magazine.Follow
	Frequency   map[string]string // names, by newsletter, or "" for all of them; none: as it is, or the first
	Hour        map[string]string // of the day such as "7" or "07:00", by newsletter, or "" for all of them; NoHour: the schedule's; none: as it is
	Tier        magazine.Tier     // for admins to say; empty: as it is, or free
	TierEnds    string            // likewise: see parseTierEnds; empty: as it is, or, of another tier than they have, never
	PausedUntil string            // likewise: see parsePause; empty, or passed: as it is, or not paused
	Timezone    string            // IANA name, or empty
	Language    string            // for admins to say: a tag (BCP 47), or empty
	From        netip.Addr        // where it came from, kept as proof of consent
	Form        string            // which form
	Text        FormText          // what stood in it
}

// Consent is how somebody agreed to be mailed, as it is kept.
type Consent struct {
	From netip.Addr // where it came from
	Form string     // which form
}

// NoHour is the word for the schedule's time, in place of an hour of one's own.
const NoHour = store.NoHour

// A Field is a part of a Request that a person fills in.
type Field string

// The fields that can be wrong. Of a name, what cannot be used is left out.
const (
	EmailField       Field = "email"
	NewslettersField Field = "newsletters"
	FollowsField     Field = "follows"
	FrequencyField   Field = "frequency"
	HourField        Field = "hour"
	TierField        Field = "tier"
	TierEndsField    Field = "tier_ends"
	TimezoneField    Field = "timezone"
	PauseField       Field = "paused_until"
	LanguageField    Field = "language"
)

// Faults is all that is wrong with a Request, at most one for a field. Each is
// Invalid.
type Faults []Fault

// A Fault is what is wrong with one field.
type Fault struct {
	Field Field
	Err   error
}

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.Err.Error()
	}
	return strings.Join(texts, "; ")
}

func (f Faults) Unwrap() []error {
	all := make([]error, len(f))
	for i, one := range f {
		all[i] = one.Err
	}
	return all
}

// Check tells what is wrong with a request, as Faults, and changes nothing.
func (m *Members) Check(ctx context.Context, r Request) error {
	_, err := m.check(ctx, r)
	return err
}

// wish is a checked Request.
type wish struct {
	person magazine.Subscriber
	shares []store.Share
	origin string
	client string
	text   FormText
	until  tierEnds
}

func (m *Members) check(ctx context.Context, r Request) (wish, error) {
	var faults Faults
	note := func(field Field, err error) {
		if err != nil {
			faults = append(faults, Fault{field, err})
		}
	}
	email, err := magazine.ParseEmail(r.Email)
	note(EmailField, err)
	w := wish{person: magazine.Subscriber{Email: email, Name: personName(r.Name)}, origin: cut(magazine.CleanText(r.Form), 200), text: r.Text}
	if r.From.IsValid() {
		w.client = r.From.String()
	}
	w.person.Timezone, err = checkTimezone(r.Timezone)
	note(TimezoneField, err)
	w.person.Language, err = checkLanguage(r.Language)
	note(LanguageField, err)
	follows, err := m.checkFollows(ctx, r.Follows)
	if err != nil && magazine.CodeOf(err) != magazine.Invalid {
		return w, err
	}
	note(FollowsField, err)
	w.shares, err = m.checkNewsletters(r.Newsletters, follows)
	note(NewslettersField, err)
	note(FrequencyField, m.checkFrequency(r.Frequency, w.shares, len(r.Newsletters) > 0))
	note(HourField, m.checkHour(r.Hour, w.shares, len(r.Newsletters) > 0))
	if r.PausedUntil != "" {
		zone, err := m.zoneOf(ctx, w.person)
		if err != nil {
			return w, err
		}
		pause, err := parsePause(r.PausedUntil, zone)
		note(PauseField, err)
		for i := range w.shares {
			w.shares[i].Paused = pause
		}
	}
	w.person.Tier, err = m.checkTier(r.Tier)
	note(TierField, err)
	w.until, err = parseTierEnds(r.TierEnds, m.zone)
	note(TierEndsField, err)
	if len(faults) > 0 {
		return w, faults
	}
	return w, nil
}

// zoneOf is the zone that a person names now, or has named before, or the
// publication's.
func (m *Members) zoneOf(ctx context.Context, p magazine.Subscriber) (*time.Location, error) {
	name := p.Timezone
	if name == "" {
		known, err := m.store.SubscriberByEmail(ctx, p.Email)
		if err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return nil, err
		}
		name = known.Timezone
	}
	if zone, err := time.LoadLocation(name); err == nil && name != "" {
		return zone, nil
	}
	return m.zone, nil
}

func checkTimezone(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || len(name) > 60 {
		return "", magazine.Errorf(magazine.Invalid, "%q is no time zone; write one like Africa/Nairobi", cut(name, 60)).Said("join.no-timezone", "name", cut(name, 60))
	}
	return name, nil
}

// checkLanguage gives a language tag its one spelling. What says more than the
// language, its script and its region is left out, so that there are not many, but
// for the wish for the digits of English.
func checkLanguage(tag string) (string, error) {
	if tag == "" {
		return "", nil
	}
	parsed, err := language.Parse(tag)
	if err != nil || parsed.IsRoot() || len(tag) > 60 {
		return "", magazine.Errorf(magazine.Invalid, "%q is no language; write a tag (BCP 47) like ar, fr or pt-BR", cut(tag, 60)).Said("line.language", "name", cut(tag, 60))
	}
	base, script, region := parsed.Raw()
	plain, err := language.Compose(base, script, region)
	if err == nil && parsed.TypeForKey("nu") == "latn" {
		plain, err = plain.SetTypeForKey("nu", "latn")
	}
	return plain.String(), err
}

// checkNewsletters makes shares of the newsletters that are named, or of all.
func (m *Members) checkNewsletters(names []string, follows []magazine.Follow) (shares []store.Share, err error) {
	if len(names) == 0 {
		for _, n := range m.newsletters() {
			names = append(names, n.Name)
		}
	}
	for _, name := range names {
		if m.Newsletter(name) == nil {
			return nil, magazine.Errorf(magazine.Invalid, "there is no newsletter %q", cut(name, 60)).Said("join.no-newsletter", "name", cut(name, 60))
		}
		if !slices.ContainsFunc(shares, func(s store.Share) bool { return s.Newsletter == name }) {
			shares = append(shares, store.Share{Newsletter: name, Follows: follows})
		}
	}
	if len(shares) == 0 {
		return nil, magazine.Errorf(magazine.Invalid, "there is no newsletter to subscribe to; add one under newsletters in the configuration").Said("line.no-newsletters")
	}
	return shares, nil
}

const maxTag = 200 // bytes of a tag to follow

// checkFrequency gives the shares a frequency, where one is named. One that is
// named for all newsletters, where none of them was asked for by name, is meant
// for those that have it: one of them at least.
func (m *Members) checkFrequency(names map[string]string, shares []store.Share, chosen bool) error {
	var lack []string
	has := false
	for i := range shares {
		own := names[shares[i].Newsletter]
		name := cmp.Or(own, names[""])
		if name == "" {
			continue
		}
		var have []string
		for _, f := range m.Newsletter(shares[i].Newsletter).Frequencies {
			have = append(have, f.Name)
		}
		if slices.Contains(have, name) {
			shares[i].Frequency, has = name, true
			continue
		}
		if len(have) == 0 {
			have = []string{"none, as it has no schedule"}
		}
		lacks := fmt.Sprintf("%s has no frequency %q; its frequencies are: %s", shares[i].Newsletter, cut(name, 60), strings.Join(have, ", "))
		if own != "" || chosen {
			return magazine.Errorf(magazine.Invalid, "%s", lacks).Said("fault.form.altered")
		}
		lack = append(lack, lacks)
	}
	if !has && len(lack) > 0 {
		return magazine.Errorf(magazine.Invalid, "%s", strings.Join(lack, "; ")).Said("fault.form.altered")
	}
	return nil
}

// checkHour gives the shares an hour, where one is named. One that is named for
// all newsletters is meant as a frequency is.
func (m *Members) checkHour(hours map[string]string, shares []store.Share, chosen bool) error {
	var lack error
	has := false
	for i := range shares {
		own := hours[shares[i].Newsletter]
		hour, err := m.hourOf(shares[i].Newsletter, cmp.Or(own, hours[""]))
		switch {
		case err == nil:
			shares[i].Hour, has = hour, true
		case own != "" || chosen || m.Newsletter(shares[i].Newsletter).OwnHour:
			return err
		case lack == nil:
			lack = err
		}
	}
	if has {
		return nil
	}
	return lack
}

// hourOf reads the hour at which one wants a newsletter; empty stays empty.
func (m *Members) hourOf(newsletter, written string) (string, error) {
	written = strings.TrimSpace(written)
	switch letter := m.Newsletter(newsletter); {
	case written == "" || strings.EqualFold(written, NoHour):
		return strings.ToLower(written), nil
	case letter == nil || !letter.OwnHour:
		return "", magazine.Errorf(magazine.Invalid, "%s goes out to all at its schedule's time, and nobody has an hour of their own; write own_hour: true under it in the configuration to let them", newsletter).Said("fault.form.altered")
	}
	return magazine.ParseHour(written)
}

// checkFollows refuses what there is not, and leaves out what comes twice.
func (m *Members) checkFollows(ctx context.Context, follows []magazine.Follow) (once []magazine.Follow, err error) {
	for _, f := range follows {
		switch f.Kind {
		case magazine.FollowAuthor:
			var author *magazine.Author
			if author, err = m.store.Author(ctx, f.Slug); err == nil {
				f.Slug = author.Slug // it may have been another's
			}
		case magazine.FollowSection:
			_, err = m.store.Section(ctx, f.Slug)
		case magazine.FollowTag: // an article may bring it any day
			if f.Slug = magazine.TagKey(f.Slug); f.Slug == "" || len(f.Slug) > maxTag {
				err = magazine.Errorf(magazine.NotFound, "no tag")
			}
		default:
			err = magazine.Errorf(magazine.NotFound, "no such kind")
		}
		if magazine.CodeOf(err) == magazine.NotFound {
			return nil, magazine.Errorf(magazine.Invalid, "there is no %s %q to follow", cut(string(f.Kind), 20), cut(f.Slug, 60)).Said("join.no-follow", "name", cut(f.Slug, 60))
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(once, f) {
			once = append(once, f)
		}
	}
	return once, nil
}
