package members

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Data is all that is kept of a person, as they may have it.
type Data struct {
	Email         string             `json:"email"`
	Name          string             `json:"name,omitempty"`
	State         string             `json:"state"`
	Tier          string             `json:"tier"`
	TierEnds      time.Time          `json:"tier_ends,omitzero"`
	Timezone      string             `json:"timezone,omitempty"`
	Language      string             `json:"language,omitempty"`
	Since         time.Time          `json:"since"`
	Confirmed     time.Time          `json:"confirmed,omitzero"`
	Suppressed    string             `json:"must_not_be_mailed_because,omitempty"`
	Subscriptions []dataSubscription `json:"subscriptions"`
	Consents      []dataConsent      `json:"consents"`
	Deliveries    []dataDelivery     `json:"deliveries"`
	Addresses     []dataAddress      `json:"changes_of_address,omitempty"`
	Leavings      []dataLeaving      `json:"reasons_for_leaving,omitempty"`
	Sessions      []dataSession      `json:"signed_in"`
	Passkeys      []dataPasskey      `json:"passkeys"`
	Links         []dataLink         `json:"links_to_sign_in,omitempty"` // of the last days: they are forgotten then
	Returns       []dataReturn       `json:"came_back,omitempty"`
	Acts          []dataAct          `json:"done_by_those_who_work_here,omitempty"`
	Role          string             `json:"works_here_as,omitempty"`
}

type dataSubscription struct {
	Newsletter string            `json:"newsletter"`
	State      string            `json:"state"`
	Frequency  string            `json:"frequency,omitempty"`
	Hour       string            `json:"hour,omitempty"`
	Follows    []magazine.Follow `json:"follows,omitempty"`
	Paused     time.Time         `json:"paused_until,omitzero"`
	Fresh      bool              `json:"fresh_start_after_the_pause,omitempty"`
}

type dataConsent struct {
	Asked     time.Time     `json:"asked"`
	Confirmed time.Time     `json:"confirmed,omitzero"`
	Form      string        `json:"form"`
	Version   string        `json:"text_version,omitempty"`
	Text      string        `json:"text,omitempty"` // that stood in the form
	From      string        `json:"network_address,omitempty"`
	Name      string        `json:"name,omitempty"`
	Timezone  string        `json:"timezone,omitempty"`
	Wants     []store.Share `json:"wants"`
}

type dataDelivery struct {
	Edition   string    `json:"edition"`
	At        time.Time `json:"at"`
	Email     string    `json:"email"`
	State     string    `json:"state"`
	Reason    string    `json:"reason,omitempty"`
	Reply     string    `json:"reply,omitempty"`
	MessageID string    `json:"message_id,omitempty"`
}

type dataAddress struct {
	Old       string    `json:"old"`
	New       string    `json:"new"`
	Asked     time.Time `json:"asked"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Undone    time.Time `json:"taken_back,omitzero"`
}

type dataLeaving struct {
	Newsletter string    `json:"newsletter"`
	At         time.Time `json:"at"`
	Reason     string    `json:"reason"`
}

type dataSession struct {
	Browser string    `json:"browser"`
	Way     string    `json:"way"`
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"last_seen"`
}

type dataPasskey struct {
	Name  string    `json:"name,omitempty"`
	Since time.Time `json:"since"`
	Used  time.Time `json:"last_used,omitzero"`
}

type dataLink struct {
	Asked time.Time `json:"asked"`
	Used  time.Time `json:"used,omitzero"`
}

type dataReturn struct {
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Class      string    `json:"class,omitempty"`
	Email      string    `json:"email"`
	Edition    string    `json:"edition,omitempty"`
	Diagnostic string    `json:"diagnostic,omitempty"`
	Effect     string    `json:"effect"`
	Detail     string    `json:"detail,omitempty"`
}

// Who did it is another person, and no business of this one.
type dataAct struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}

// Data gathers all that is kept of a person. What proves them (hashes, keys) is
// left out: a stolen copy is to open nothing.
func (m *Members) Data(ctx context.Context, p magazine.Subscriber) (d Data, err error) {
	d = Data{Email: p.Email, Name: p.Name, State: string(p.State), Tier: string(p.Tier), TierEnds: p.TierEnds, Timezone: p.Timezone, Language: p.Language, Since: p.Created, Confirmed: p.Confirmed,
		Subscriptions: []dataSubscription{}, Consents: []dataConsent{}, Deliveries: []dataDelivery{}, Sessions: []dataSession{}, Passkeys: []dataPasskey{}}
	if d.Suppressed, err = m.suppressed(ctx, m.store, p.Email); err != nil {
		return d, err
	}
	for _, gather := range []func(context.Context, string, *Data) error{m.dataOfMail, m.dataOfAccount, m.dataOfDesk} {
		if err := gather(ctx, p.ID, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// dataOfMail gathers what a person gets, agreed to and got.
func (m *Members) dataOfMail(ctx context.Context, id string, d *Data) error {
	shares, err := m.store.Subscriptions(ctx, id)
	if err != nil {
		return err
	}
	for _, s := range shares {
		d.Subscriptions = append(d.Subscriptions, dataSubscription{s.Newsletter, string(s.State), s.Frequency, s.Hour, s.Follows, s.PausedUntil, s.Fresh})
	}
	consents, err := m.store.SignUpsOf(ctx, id)
	if err != nil {
		return err
	}
	for _, u := range consents {
		one := dataConsent{Asked: time.UnixMicro(u.Created).UTC(), Form: u.Origin, Version: u.Version, From: u.Client, Name: u.Name, Timezone: u.Timezone, Wants: u.Wants}
		if u.Confirmed > 0 {
			one.Confirmed = time.UnixMicro(u.Confirmed).UTC()
		}
		if one.Text, err = m.store.FormText(ctx, u.Version); err != nil {
			return err
		}
		d.Consents = append(d.Consents, one)
	}
	deliveries, err := m.store.DeliveriesTo(ctx, id)
	for _, v := range deliveries {
		d.Deliveries = append(d.Deliveries, dataDelivery{v.Edition, v.At, v.Email, string(v.State), v.Reason, v.Reply, v.MessageID})
	}
	return err
}

// dataOfAccount gathers what a person did with their account.
func (m *Members) dataOfAccount(ctx context.Context, id string, d *Data) error {
	changes, err := m.store.AddressChanges(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range changes {
		d.Addresses = append(d.Addresses, dataAddress{c.Old, c.New, c.Created, c.Confirmed, c.Undone})
	}
	leavings, err := m.store.LeavingsOf(ctx, id)
	if err != nil {
		return err
	}
	for _, l := range leavings {
		d.Leavings = append(d.Leavings, dataLeaving{l.Newsletter, l.At, l.Reason})
	}
	sessions, err := m.store.Sessions(ctx, id)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		d.Sessions = append(d.Sessions, dataSession{s.Browser, s.Way, s.Created, s.Seen})
	}
	keys, err := m.store.Passkeys(ctx, id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		d.Passkeys = append(d.Passkeys, dataPasskey{k.Name, k.Created, k.Used})
	}
	links, err := m.store.SignInsOf(ctx, id)
	for _, u := range links {
		d.Links = append(d.Links, dataLink{u.Created, u.Used})
	}
	return err
}

// dataOfDesk gathers what was done about a person, and what came back from them.
func (m *Members) dataOfDesk(ctx context.Context, id string, d *Data) error {
	err := m.store.EachReturn(ctx, store.ReturnFilter{Subscriber: id}, func(r store.Return) error {
		d.Returns = append(d.Returns, dataReturn{r.At, r.Kind, r.Class, r.Email, r.Edition, r.Diagnostic, string(r.Effect), r.Detail})
		return nil
	})
	if err != nil {
		return err
	}
	acts, err := m.store.SubscriberActs(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range acts {
		d.Acts = append(d.Acts, dataAct{a.At, a.What, a.Detail})
	}
	role, err := m.store.Role(ctx, id)
	d.Role = string(role)
	return err
}
