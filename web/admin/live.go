package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"postrider/magazine"
)

const (
	liveEvery = 2 * time.Second
	liveFor   = 4 * time.Minute // after which the browser asks anew, before the server would cut it off
)

// live tells how the editions that are on their way get on, as server-sent events,
// for as long as somebody looks. Where others are on their way than the page shows,
// it says so.
func (v *visit) live() error {
	out := http.NewResponseController(v.w)
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep it back
	if v.r.Method == http.MethodHead {
		return nil
	}
	end, every := time.NewTimer(liveFor), time.NewTicker(liveEvery)
	defer end.Stop()
	defer every.Stop()
	var first []string
	for {
		ids, err := v.tellLive()
		if err == nil && first != nil && !slices.Equal(ids, first) {
			_, err = fmt.Fprint(v.w, "event: other\ndata: {}\n\n")
		}
		if err != nil || out.Flush() != nil {
			return nil // the one who looks is gone, or asks again
		}
		first = append([]string{}, ids...)
		select {
		case <-every.C:
		case <-end.C:
			return nil
		case <-v.context().Done():
			return nil
		case <-v.Ending.Done():
			return nil
		}
	}
}

// tellLive tells how each edition stands, and returns their ids.
func (v *visit) tellLive() (ids []string, err error) {
	open, err := v.Store.OpenEditions(v.context())
	if err != nil {
		return nil, err
	}
	sending := slices.DeleteFunc(open, func(e magazine.Edition) bool {
		return e.State != magazine.EditionSending && e.State != magazine.EditionPlanned
	})
	counted, err := v.tallies(sending)
	if err != nil {
		return nil, err
	}
	for i := range sending {
		e := &sending[i]
		ids = append(ids, e.ID+string(e.State))
		of, done, said := v.progress(e, counted[e.ID])
		event, err := json.Marshal(struct {
			ID   string `json:"id"`
			Of   int    `json:"of"`
			Done int    `json:"done"`
			Said string `json:"said"`
		}{e.ID, max(of, 1), done, said})
		if err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(v.w, "event: edition\ndata: %s\n\n", event); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
