package admin

import (
	"context"
	"regexp"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// tallied is what became of an edition, if it is known.
type tallied struct {
	store.Tally
	Known bool
}

// handled is how many people's turn has come.
func (t *tallied) handled() int {
	return t.Counts.Sent + t.Counts.Failed + t.Counts.Skipped + t.Counts.Nothing
}

const (
	settles = 48 * time.Hour   // after its end, what became of an edition hardly changes
	recount = 10 * time.Minute // until then it is counted as often
	soonest = 2 * time.Second  // one that is being sent is counted no more often
	share   = 20               // and takes up one part in so many of the time
)

// tallies are what became of some editions. What is counted of those that have come
// to their end is kept with them.
func (v *visit) tallies(list []magazine.Edition) (map[string]*tallied, error) {
	var ended []string
	for _, e := range list {
		if !e.Finished.IsZero() {
			ended = append(ended, e.ID)
		}
	}
	known, err := v.Store.Tallies(v.context(), ended)
	if err != nil {
		return nil, err
	}
	all := map[string]*tallied{}
	for i := range list {
		e := &list[i]
		t := known[e.ID]
		if t.At.Before(e.Finished) {
			t = store.Tally{}
		}
		if !t.At.IsZero() && (t.At.Sub(e.Finished) > settles || v.Store.Now().Sub(t.At) < recount) {
			all[e.ID] = &tallied{t, true}
			v.counted.Delete(e.ID)
			continue
		}
		all[e.ID] = v.count(e, t)
	}
	return all, nil
}

// count counts what became of one edition, if that is not known well enough. before
// is what is kept of it and stands until then; its zero: nothing.
func (v *visit) count(e *magazine.Edition, before store.Tally) *tallied {
	if e.Cutoff == 0 && e.Repeats() == "" { // nobody can have got it
		return &tallied{Known: true}
	}
	found, _ := v.counted.LoadOrStore(e.ID, &kept[store.Tally]{})
	k := found.(*kept[store.Tally])
	id, finished := e.ID, e.Finished
	k.mu.Lock()
	fresh := max(soonest, share*k.value.Took)
	if !finished.IsZero() {
		fresh = recount
		k.known = k.known && !k.value.At.Before(finished) // what was counted while it was being sent is not what became of it
	}
	if !k.known && !before.At.IsZero() {
		k.value, k.at, k.known = before, before.At, true
	}
	k.mu.Unlock()
	t, ok := k.get(v.patient, v.Desk, fresh, func(ctx context.Context) (store.Tally, error) {
		t, err := v.Store.TallyEdition(ctx, id, alike)
		if err != nil || finished.IsZero() {
			return t, err
		}
		if err := v.Store.Write(ctx, func(tx *store.Tx) error { return tx.PutTally(ctx, id, t) }); err != nil {
			v.Log.Error("the desk could not keep what it counted", "edition", id, "error", err)
		}
		return t, nil
	})
	if t.At.Before(finished) { // it ended while it was being counted
		return &tallied{}
	}
	return &tallied{t, ok}
}

// What differs from message to message in the words of relays: addresses, and ids
// with figures in them.
var (
	address = regexp.MustCompile(`<?[^\s<>@()]+@[^\s<>@(),;:]+>?`)
	oneID   = regexp.MustCompile(`\b[A-Za-z]*\d[\w.:-]{7,}|\b[A-Z0-9]{9,}\b`)
)

// alike makes the same of words that say the same of different messages.
func alike(text string) string {
	text = oneID.ReplaceAllString(address.ReplaceAllString(text, "<…>"), "…")
	return magazine.CleanText(text)
}
