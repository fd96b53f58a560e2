package daemon

import (
	"context"
	"slices"

	"postrider/mailer"
	"postrider/store"
)

// A relay that answers, and fails at a message's text alone, cannot be asked whether it
// works. So a mail which says that a relay takes none goes by another; where there is
// no other, it says that this one took it.

// wayToTell is a way that a mail about troubles may go.
type wayToTell struct {
	mailer.Transport
	relay string // that is in trouble, and is to take it all the same; empty: none is
}

// waysToTell are the ways for a mail about some troubles, in the order in which they are
// tried.
func (d *Daemon) waysToTell(ctx context.Context, of []store.Notice) (ways []wayToTell, err error) {
	relays, ok := d.transport.(*mailer.Relays)
	about := slices.ContainsFunc(of, func(n store.Notice) bool { return n.Kind == store.TroubleRelay && n.Ended.IsZero() })
	if !ok || !about {
		return []wayToTell{{Transport: d.transport}}, nil
	}
	down := map[string]bool{}
	if err := d.Store.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.RelaysDown(ctx)
		for _, r := range all {
			down[r.Relay] = true
		}
		return err
	}); err != nil {
		return nil, err
	}
	if others := slices.DeleteFunc(relays.Names(), func(name string) bool { return down[name] }); len(others) > 0 {
		return []wayToTell{{Transport: relays.Only(others...)}}, nil
	}
	for _, name := range relays.Names() {
		ways = append(ways, wayToTell{relays.Only(name), name})
	}
	return ways, nil
}

// provenBy is what somebody was told, once it is known what is over by a relay's having
// taken it: of that they are told no more.
func (d *Daemon) provenBy(ctx context.Context, whom string, of []store.Notice) []store.Notice {
	err := d.lookAtRelays(ctx)
	if err == nil {
		err = d.lookForTroubles(ctx)
	}
	var now []store.Notice
	if err == nil {
		now, err = d.Store.Notices(ctx, whom)
	}
	if err != nil { // they are told of that in another mail
		d.log.Warn("it could not be looked up what a relay's taking a mail has ended", "error", err)
		return of
	}
	of = slices.Clone(of)
	for i := range of {
		at := slices.IndexFunc(now, func(n store.Notice) bool { return n.ID == of[i].ID && n.Kind == store.TroubleRelay })
		if at >= 0 {
			of[i] = now[at]
		}
	}
	return of
}
