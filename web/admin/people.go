package admin

import (
	"net/http"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

const (
	peopleFound     = 50  // at once
	deliveriesShown = 200 // of one person
	countsKnown     = 10 * time.Minute
)

// peopleView is who was found.
type peopleView struct {
	Query  string
	People []magazine.Subscriber
	More   bool // there are more than are shown
	Counts []stateCount
	Wait   bool // they are being counted

	// Of whom a figure counts:
	Listed     bool
	State      magazine.SubscriberState // empty: any
	Newsletter string                   // empty: any
	Title      string                   // of the newsletter
	Next       string                   // query that leads on; empty: there are no more

	Letters []magazine.Newsletter
}

type stateCount struct {
	State magazine.SubscriberState
	N     int
}

var personStates = []magazine.SubscriberState{magazine.Confirmed, magazine.Pending, magazine.Unsubscribed, magazine.Bounced, magazine.Complained}

func (v *visit) people() error {
	view := peopleView{Query: magazine.CleanText(v.r.URL.Query().Get("q")), Letters: v.Newsletters}
	q := v.r.URL.Query()
	view.State, view.Newsletter = magazine.SubscriberState(magazine.CleanText(q.Get("state"))), magazine.CleanText(q.Get("newsletter"))
	if view.Query == "" && (view.State != "" || view.Newsletter != "") {
		var err error
		if view.People, view.Next, err = v.listedPeople(view.State, view.Newsletter, magazine.CleanText(q.Get("schedule"))); err != nil {
			return err
		}
		view.Title, view.Listed = v.titleOf(view.Newsletter), true
		return v.show(http.StatusOK, "people", v.frame("/desk/people/", v.words.T("desk.people"), view))
	}
	found, err := v.Store.SearchSubscribers(v.context(), view.Query, peopleFound+1)
	if err != nil {
		return err
	}
	view.People, view.More = found[:min(len(found), peopleFound)], len(found) > peopleFound
	if view.Query == "" {
		counts, known := v.standing.get(v.patient, v.Desk, countsKnown, v.Store.CountSubscribers)
		view.Wait = !known
		for _, state := range personStates {
			if counts[state] > 0 {
				view.Counts = append(view.Counts, stateCount{state, counts[state]})
			}
		}
	}
	return v.show(http.StatusOK, "people", v.frame("/desk/people/", v.words.T("desk.people"), view))
}

// personView is all that is known of one person.
type personView struct {
	magazine.Subscriber
	Suppressed string // why they must not be mailed; empty: they may be
	MayLift    bool   // somebody here can let them be mailed again
	Role       magazine.Role
	Shares     []shareView
	Deliveries []deliveryView
	More       bool // there were others before them
	Consents   []consentView
	Imports    []store.Import // that brought or changed them
	Feeds      bool           // they have feeds of their own
	Replaced   int64          // how often their address was replaced
	Acts       []store.Act
	MayChange  bool
}

type shareView struct {
	magazine.Subscription
	Title string
	Open  bool // the pause has no end
	What  string
}

type deliveryView struct {
	magazine.Delivery
	Title string
	Tone  string
	Why   string
}

type consentView struct {
	store.SignUp
	At, Confirmed time.Time
}

var deliveryTones = map[magazine.DeliveryState]string{magazine.Sent: "good", magazine.Deferred: "wait", magazine.Failed: "bad"}

func (v *visit) person() error { return v.showPerson(http.StatusOK, "") }

func (v *visit) showPerson(status int, wrong string) error {
	p, err := v.Store.Subscriber(v.context(), magazine.CleanText(v.r.PathValue("id")))
	if err != nil {
		return noPerson(err)
	}
	view := personView{Subscriber: p, MayChange: v.role.May(magazine.Editor)}
	if view.Suppressed, err = v.Members.Suppressed(v.context(), p.Email); err != nil {
		return err
	}
	if view.MayLift, err = v.Members.MayLift(v.context(), p.Email); err != nil {
		return err
	}
	if view.Role, err = v.Members.Role(v.context(), p.ID); err != nil {
		return err
	}
	for _, fill := range []func(*personView) error{v.fillShares, v.fillDeliveries, v.fillConsents} {
		if err := fill(&view); err != nil {
			return err
		}
	}
	if view.Imports, err = v.Store.ImportsOf(v.context(), p.ID); err != nil {
		return err
	}
	if view.Feeds, view.Replaced, err = v.Members.FeedsOf(v.context(), p.ID); err != nil {
		return err
	}
	if view.Acts, err = v.Store.SubscriberActs(v.context(), p.ID); err != nil {
		return err
	}
	f := v.frame("/desk/people/", p.Email, view)
	f.Error = wrong
	return v.show(status, "person", f)
}

func noPerson(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return magazine.Errorf(magazine.NotFound, "there is no such person").Said("desk.person.none")
	}
	return err
}

func (v *visit) fillShares(view *personView) error {
	shares, err := v.Store.Subscriptions(v.context(), view.ID)
	for _, s := range shares {
		var what []string
		for _, f := range s.Follows {
			what = append(what, f.Slug)
		}
		view.Shares = append(view.Shares, shareView{s, v.titleOf(s.Newsletter), s.PausedUntil.Equal(magazine.Indefinitely), strings.Join(what, ", ")})
	}
	return err
}

func (v *visit) fillDeliveries(view *personView) error {
	deliveries, err := v.Store.LastDeliveriesTo(v.context(), view.ID, deliveriesShown+1)
	if err != nil {
		return err
	}
	view.More = len(deliveries) > deliveriesShown
	deliveries = deliveries[:min(len(deliveries), deliveriesShown)]
	titles := map[string]string{}
	for _, x := range deliveries {
		if titles[x.Edition] == "" {
			e, err := v.Store.EditionHead(v.context(), x.Edition)
			if err != nil && magazine.CodeOf(err) != magazine.NotFound {
				return err
			}
			if err == nil {
				titles[x.Edition] = v.titleOf(e.Newsletter)
			}
		}
		one := v.deliveryOf(x)
		one.Title = titles[x.Edition]
		view.Deliveries = append(view.Deliveries, one)
	}
	return nil
}

// deliveryOf is a delivery as lists show it.
func (v *visit) deliveryOf(x magazine.Delivery) deliveryView {
	why := reason(v.words, x.Reason)
	if x.Reply != "" {
		why = strings.TrimSpace(why + " (" + x.Reply + ")")
	}
	return deliveryView{Delivery: x, Tone: deliveryTones[x.State], Why: why}
}

func (v *visit) fillConsents(view *personView) error {
	consents, err := v.Store.SignUpsOf(v.context(), view.ID)
	for _, u := range consents {
		one := consentView{SignUp: u, At: time.UnixMicro(u.Created)}
		if u.Confirmed > 0 {
			one.Confirmed = time.UnixMicro(u.Confirmed)
		}
		view.Consents = append(view.Consents, one)
	}
	return err
}

// changePerson suppresses a person's address or lifts that, replaces the address of
// their own feeds, or erases them.
func (v *visit) changePerson() error {
	id := magazine.CleanText(v.r.PathValue("id"))
	if _, err := v.Store.Subscriber(v.context(), id); err != nil {
		return noPerson(err)
	}
	var err error
	to := "/desk/people/" + id + "/"
	switch v.r.PostFormValue("act") {
	case "suppress":
		err = v.Members.SuppressFor(v.context(), id, v.r.PostFormValue("text"), v.who.Email)
	case "lift":
		err = v.Members.LiftFor(v.context(), id, v.r.PostFormValue("seen"), v.r.PostFormValue("text"), v.who.Email)
	case "feeds":
		err = v.Members.ReplaceFeedsFor(v.context(), id, v.who.Email)
	case "erase":
		to = "/desk/people/"
		err = v.Members.EraseFor(v.context(), id, v.who.Email)
	default:
		err = magazine.Errorf(magazine.Invalid, "nothing to do").Said("fault.form.altered")
	}
	if status, sentence, ok := v.wrong(err); ok {
		return v.showPerson(status, sentence)
	}
	if err != nil {
		return err
	}
	return v.did(to)
}
