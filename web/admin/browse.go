package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// What figures count is listed so: a page shows some, and looks at so many people at
// the most.
const (
	browsed  = 100
	lookedAt = 5_000
	filtered = 600 // where those are sought of whom the same was said
	looks    = 20  // for them, where others were said something much like it
)

// deliveriesView is the deliveries of an edition that a figure counts.
type deliveriesView struct {
	magazine.Edition
	Title  string
	State  magazine.DeliveryState
	Relay  string
	Domain string
	Words  string // that were said of them, as alike has it; empty: any
	States []magazine.DeliveryState
	List   []deliveryView
	More   string // query that leads on; empty: there are no more
}

var deliveryStates = []magazine.DeliveryState{magazine.Sent, magazine.Failed, magazine.Deferred, magazine.Skipped}

// deliveries lists whom an edition reached, or did not.
func (v *visit) deliveries() error {
	e, err := v.Store.EditionHead(v.context(), magazine.CleanText(v.r.PathValue("id")))
	if err != nil {
		return noEdition(err)
	}
	q := v.r.URL.Query()
	view := deliveriesView{Edition: *e, Title: v.titleOf(e.Newsletter), State: magazine.DeliveryState(magazine.CleanText(q.Get("state"))), Relay: magazine.CleanText(q.Get("relay")), Domain: magazine.CleanText(q.Get("domain")), States: deliveryStates}
	view.Words = magazine.CleanText(q.Get("words"))
	next, err := v.fillDelivered(&view, magazine.CleanText(q.Get("after")))
	if err != nil {
		return err
	}
	if next != "" {
		view.More = "?" + url.Values{"state": {string(view.State)}, "relay": {view.Relay}, "domain": {view.Domain}, "words": {view.Words}, "after": {next}}.Encode()
	}
	return v.show(http.StatusOK, "deliveries", v.frame("/desk/editions/", v.words.T("desk.deliveries.of", "newsletter", view.Title), view))
}

// fillDelivered fills in the deliveries after one, and tells where to go on. Those of whom
// the same was said are among those in whose words the longest of theirs is.
func (v *visit) fillDelivered(view *deliveriesView, after string) (next string, err error) {
	f := store.DeliveryFilter{State: view.State, Relay: view.Relay, Domain: view.Domain}
	people := lookedAt
	if view.Words != "" {
		f.Saying, people = longestWord(view.Words), filtered
	}
	for range looks {
		var list []magazine.Delivery
		if list, next, err = v.Store.DeliveriesOf(v.context(), view.ID, f, after, people, browsed); err != nil {
			return "", err
		}
		for at, x := range list {
			if view.Words != "" && alike(cmp.Or(x.Reply, x.Reason)) != view.Words {
				continue
			}
			view.List = append(view.List, v.deliveryOf(x))
			if len(view.List) == browsed && at < len(list)-1 {
				return x.Subscriber, nil
			}
		}
		if after = next; next == "" || len(list) < browsed || len(view.List) == browsed {
			break
		}
	}
	return next, nil
}

// longestWord is the longest run of plain letters and figures in what alike has made of
// words: alike leaves these as they are.
func longestWord(words string) (longest string) {
	for _, word := range strings.FieldsFunc(words, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return longest
}

// listedPeople are those whom a figure counts: of a state, or who would get a
// newsletter. more is a query that leads on; empty: there are no more.
func (v *visit) listedPeople(state magazine.SubscriberState, newsletter, schedule string) (list []magazine.Subscriber, more string, err error) {
	f := store.PersonFilter{State: state}
	if newsletter != "" {
		f.Audience = v.Audience(newsletter, schedule)
	}
	list, next, err := v.Store.PeopleOf(v.context(), f, magazine.CleanText(v.r.URL.Query().Get("after")), lookedAt, browsed)
	if next != "" {
		more = "?" + url.Values{"state": {string(state)}, "newsletter": {newsletter}, "schedule": {schedule}, "after": {next}}.Encode()
	}
	return list, more, err
}
