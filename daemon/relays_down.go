package daemon

import (
	"context"
	"strings"
	"time"

	"postrider/mailer"
	"postrider/store"
)

// watchRelays looks again and again, until ctx is done, how the relays do: one that
// has failed is called until it takes mail again, whether or not there is any.
func (d *Daemon) watchRelays(ctx context.Context) {
	tick := time.NewTicker(relaysEvery)
	defer tick.Stop()
	for {
		if err := d.lookAtRelays(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("it could not be written down how the relays do", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const (
	relaysEvery = 15 * time.Second // how often it is looked how the relays do
	probeTime   = 2 * time.Minute  // after which a relay that is called and says nothing is left
)

// lookAtRelays calls those that have failed, and writes down which take no mail.
func (d *Daemon) lookAtRelays(ctx context.Context) error {
	relays, ok := d.transport.(*mailer.Relays)
	if !ok {
		return nil
	}
	known, err := d.Store.OwnRelaysDown(ctx, d.node)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	probe := func(name string) {
		if !asked[name] {
			asked[name] = true
			within, cancel := context.WithTimeout(ctx, probeTime)
			defer cancel()
			relays.Probe(within, name, d.config.Mail.From)
		}
	}
	for _, r := range known { // of which this process may know nothing yet
		probe(r.Relay)
	}
	for _, r := range relays.Down() {
		probe(r.Relay)
	}
	return d.putRelays(ctx, relays, known)
}

// putRelays writes down which relays take no mail, where that is another than is
// known.
func (d *Daemon) putRelays(ctx context.Context, relays *mailer.Relays, known []store.RelayDown) error {
	reasons := map[string]string{}
	var drop []string
	for _, r := range known {
		if reasons[r.Relay] = r.Reason; !relays.Has(r.Relay) || relays.Works(r.Relay) {
			drop = append(drop, r.Relay)
		}
	}
	var put []store.RelayDown
	for _, r := range relays.Down() {
		one := store.RelayDown{Relay: r.Relay, Node: d.node, Since: r.Since, Reason: seenOf(r.Seen)}
		if why, is := reasons[r.Relay]; !is || why != one.Reason {
			put = append(put, one)
		}
	}
	if len(put)+len(drop) == 0 {
		return nil
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		for _, relay := range drop {
			if err := tx.DropRelayDown(ctx, relay, d.node); err != nil {
				return err
			}
		}
		for _, r := range put {
			if err := tx.PutRelayDown(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// seenOf is what was seen of a relay, in one line.
func seenOf(r mailer.Result) string {
	if r.Reply == "" {
		return r.Reason
	}
	return r.Reason + " (" + strings.TrimSpace(r.Reply) + ")"
}
