package admin

import (
	"net/http"
	"net/url"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// listed is how many editions the list shows at once.
const listed = 50

// editionsView is a list of editions, and what of them it lets in.
type editionsView struct {
	Lines       []line
	Newsletters []magazine.Newsletter
	States      []magazine.EditionState
	Newsletter  string
	State       magazine.EditionState
	Day         string // that they were to start on, in the publication's zone, as 2026-03-29; empty: any
	Older       string // query that leads to those before; empty: there are none
}

var editionStates = []magazine.EditionState{magazine.EditionPlanned, magazine.EditionWaiting, magazine.EditionHeld, magazine.EditionSending, magazine.EditionPaused,
	magazine.EditionSent, magazine.EditionFailed, magazine.EditionSkipped, magazine.EditionDropped}

// stamped is how an instant stands in an address.
const stamped = "2006-01-02T15:04:05.000000Z"

func (v *visit) editions() error {
	q := v.r.URL.Query()
	view := editionsView{Newsletters: v.Newsletters, States: editionStates, Newsletter: magazine.CleanText(q.Get("newsletter")), State: magazine.EditionState(magazine.CleanText(q.Get("state")))}
	filter := store.EditionFilter{Newsletter: view.Newsletter, State: view.State}
	filter.Before, _ = time.Parse(stamped, q.Get("before")) // of what is no instant nothing is left out
	if day, err := time.Parse(time.DateOnly, q.Get("day")); err == nil {
		zone := zoneOf(v.Publication)
		filter.Since, filter.Until, view.Day = magazine.FirstAt(day, zone), magazine.FirstAt(day.AddDate(0, 0, 1), zone), day.Format(time.DateOnly)
	}
	filter.BeforeID = magazine.CleanText(q.Get("id"))
	list, err := v.Store.EditionsBy(v.context(), filter, listed+1)
	if err != nil {
		return err
	}
	if len(list) > listed {
		list = list[:listed]
		older := url.Values{"day": {view.Day}, "newsletter": {view.Newsletter}, "state": {string(view.State)}, "before": {list[listed-1].Created.UTC().Format(stamped)}, "id": {list[listed-1].ID}}
		view.Older = "?" + older.Encode()
	}
	if view.Lines, err = v.lines(list); err != nil {
		return err
	}
	return v.show(http.StatusOK, "editions", v.frame("/desk/editions/", v.words.T("desk.editions"), view))
}
