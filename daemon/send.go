package daemon

import (
	"context"
	"errors"

	"postrider/magazine"
	"postrider/store"
)

// SendNow makes an edition of a newsletter at a person's word and returns its
// id. Whoever works the jobs does the rest.
func (d *Daemon) SendNow(ctx context.Context, newsletter, maker string) (string, error) {
	letter, err := d.Newsletter(newsletter)
	if err != nil {
		return "", err
	}
	if letter.Contents {
		return "", contentsByIssue(newsletter)
	}
	id := magazine.NewID()
	return id, d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: newsletter, Key: "now/" + id, Maker: maker, State: magazine.EditionPlanned, Nominal: tx.Now}); err != nil {
			return err
		}
		return d.jobs.compose(ctx, tx, id)
	})
}

// Send makes an edition at a person's word and waits until nothing more will
// happen to it but trying deferred deliveries again. A running daemon does the
// work; where none runs, or it ends, this process does, and what an interrupt
// leaves goes on with the next one that works. tell is told how it gets on.
//
// Unavailable: no relay takes mail, or another edition is in its way. The
// edition is returned all the same, and who waits counts as deferred.
func (d *Daemon) Send(ctx context.Context, newsletter, maker string, tell func(Progress)) (*magazine.Edition, error) {
	id, err := d.SendNow(ctx, newsletter, maker)
	if err != nil {
		return nil, err
	}
	return d.see(ctx, id, tell)
}

// see waits for an edition as Send does.
func (d *Daemon) see(ctx context.Context, id string, tell func(Progress)) (*magazine.Edition, error) {
	w := &watch{d: d, id: id, tell: tell}
	for {
		err := w.run(ctx)
		if errors.Is(err, errNobody) {
			err = w.work(ctx)
		}
		if !errors.Is(err, errSomebody) {
			return w.outcome(ctx, err)
		}
		w.own = false
	}
}

var (
	errNobody   = errors.New("nobody works on the database")
	errSomebody = errors.New("another process works on the database")
	errStalled  = errors.New("the edition does not get on")
)

// work works the jobs until the edition has settled. Schedules make nothing
// meanwhile: that was not asked for.
func (w *watch) work(ctx context.Context) error {
	d := w.d
	d.node = d.Store.Helper(nodeName(d.config)) // a daemon that starts beside it must not take it over
	working, done := context.WithCancel(ctx)
	defer done()
	d.watched.Store(true)
	defer d.watched.Store(false)
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- d.work(working, false, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		if magazine.CodeOf(err) == magazine.Unavailable && ctx.Err() == nil {
			return errSomebody
		}
		return err
	}
	w.own = true
	err := w.run(ctx)
	done()
	return errors.Join(err, <-ended)
}
