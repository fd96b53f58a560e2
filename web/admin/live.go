package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
)

const (
	liveEvery = 2 * time.Second
	liveAsks  = time.Minute     // so often is asked whether who looks still may
	liveFor   = 4 * time.Minute // after which the browser asks anew, before the server would cut it off
)

// onTheWay are those of some editions that are on their way.
func onTheWay(list []magazine.Edition) (some []magazine.Edition) {
	for _, e := range list {
		if e.State == magazine.EditionSending || e.State == magazine.EditionPlanned {
			some = append(some, e)
		}
	}
	return some
}

// shown names the editions that a page shows on their way, and how they stand.
func shown(list []magazine.Edition) string {
	var all []string
	for _, e := range onTheWay(list) {
		all = append(all, e.ID+"."+string(e.State))
	}
	return strings.Join(all, " ")
}

// liveOf is the address at which a page that shows some open editions hears how they
// get on; of is the only one that it tells of, empty: all.
func liveOf(list []magazine.Edition, of string) string {
	return "/desk/live?" + url.Values{"of": {of}, "shown": {shown(list)}}.Encode()
}

// live tells how the editions that are on their way get on, as server-sent events,
// for as long as somebody looks who may. Where others are on their way than the page
// shows, it says so.
func (v *visit) live() error { return v.stream(v.tellLive) }

// stream tells something again and again, as server-sent events, for as long as
// somebody looks who may.
func (v *visit) stream(tell func() error) error {
	out := http.NewResponseController(v.w)
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep it back
	if v.r.Method == http.MethodHead {
		return nil
	}
	end, every, again := time.NewTimer(liveFor), time.NewTicker(liveEvery), time.NewTicker(liveAsks)
	defer end.Stop()
	defer every.Stop()
	defer again.Stop()
	for {
		if tell() != nil || out.Flush() != nil {
			return nil // the one who looks is gone, or asks again
		}
		select {
		case <-every.C:
		case <-again.C:
			if !v.stillMay(magazine.Viewer) {
				return nil
			}
		case <-end.C:
			return nil
		case <-v.context().Done():
			return nil
		case <-v.Ending.Done():
			return nil
		}
	}
}

// stillMay tells whether who came in is signed in as before, and has a role that
// reaches.
func (v *visit) stillMay(least magazine.Role) bool {
	session, person, err := v.site.SignedIn(v.r)
	if err != nil || person.ID != v.who.ID || !v.Admits(session) {
		return false
	}
	role, err := v.Members.Role(v.context(), person.ID)
	return err == nil && role.May(least)
}

// tellLive tells how each edition stands, and whether the page shows them; at the
// least something, for whoever stands between cuts off what is silent.
func (v *visit) tellLive() error {
	open, err := v.Store.OpenEditions(v.context())
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	if of := q.Get("of"); of != "" {
		open = slices.DeleteFunc(open, func(e magazine.Edition) bool { return e.ID != of })
	}
	sending := onTheWay(open)
	counted, err := v.tallies(sending)
	if err != nil {
		return err
	}
	for i := range sending {
		e := &sending[i]
		of, done, said := v.progress(e, counted[e.ID])
		if err := v.tellProgress(e.ID, of, done, said); err != nil {
			return err
		}
	}
	say := ": \n\n"
	if q.Get("shown") != shown(sending) {
		say = "event: other\ndata: {}\n\n"
	}
	_, err = fmt.Fprint(v.w, say)
	return err
}
