package daemon

import (
	"context"
	"slices"
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

// downOf is what is written down of relays that take no mail.
type downOf struct {
	own    []store.RelayDown // as this node has found
	left   []store.RelayDown // as nodes have that are dead
	others bool              // another node is alive
}

func (d *Daemon) downOf(ctx context.Context) (known downOf, err error) {
	if known.own, err = d.Store.OwnRelaysDown(ctx, d.node); err != nil {
		return known, err
	}
	err = d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if known.left, err = tx.LeftRelaysDown(ctx, d.node); err != nil || len(known.left) == 0 {
			return err
		}
		known.others, err = tx.OthersAlive(ctx, d.node)
		return err
	})
	return known, err
}

// lookAtRelays calls those that have failed, here or with a node that is dead, and
// writes down which take no mail.
func (d *Daemon) lookAtRelays(ctx context.Context) error {
	relays, ok := d.transport.(*mailer.Relays)
	if !ok {
		return nil
	}
	known, err := d.downOf(ctx)
	if err != nil {
		return err
	}
	works := map[string]bool{} // of those that were asked
	probe := func(name string) {
		if _, asked := works[name]; asked {
			return
		}
		works[name] = false
		if _, busy := d.probing.LoadOrStore(name, true); !busy { // else another look calls it
			defer d.probing.Delete(name)
			within, cancel := context.WithTimeout(ctx, probeTime)
			defer cancel()
			works[name] = relays.Probe(within, name, d.config.Mail.From)
		}
	}
	for _, r := range slices.Concat(known.own, known.left) { // of which this process may know nothing yet
		probe(r.Relay)
	}
	for _, r := range relays.Down() {
		probe(r.Relay)
	}
	return d.putRelays(ctx, relays, known, works)
}

// putRelays writes down which relays take no mail, where that is another than is
// known.
func (d *Daemon) putRelays(ctx context.Context, relays *mailer.Relays, known downOf, works map[string]bool) error {
	reasons := map[string]string{}
	var drop, put []store.RelayDown
	for _, r := range known.own {
		if reasons[r.Relay] = r.Reason; !relays.Has(r.Relay) || relays.Works(r.Relay) {
			drop = append(drop, r)
		}
	}
	now := map[string]store.RelayDown{}
	for _, r := range relays.Down() {
		one := store.RelayDown{Relay: r.Relay, Node: d.node, Since: r.Since, Reason: seenOf(r.Seen)}
		if now[r.Relay] = one; reasons[r.Relay] != one.Reason {
			put = append(put, one)
		}
	}
	for _, r := range known.left {
		one, down := now[r.Relay]
		switch {
		case down: // since when the other has seen it
			one.Since = r.Since
			put, drop = append(put, one), append(drop, r)
		case works[r.Relay], !relays.Has(r.Relay) && !known.others:
			drop = append(drop, r)
		}
	}
	if len(put)+len(drop) == 0 {
		return nil
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		for _, r := range drop {
			if err := tx.DropRelayDown(ctx, r.Relay, r.Node); err != nil {
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
