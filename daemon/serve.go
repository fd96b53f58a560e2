package daemon

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"postrider/feeds"
	"postrider/magazine"
	"postrider/store"
	"postrider/web"
)

// stopTime is how long the daemon waits for what is under way when it ends.
const stopTime = 8 * time.Second

// work works the jobs until ctx is done, and ends in order: a message that is
// on its way is finished and recorded. firing says whether schedules make
// editions. ready is called when the jobs are being worked. Unavailable: another
// process works on the database.
func (d *Daemon) work(ctx context.Context, firing bool, ready func()) error {
	unlock, err := d.Store.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := d.Store.TakeOver(ctx, d.node); err != nil {
		return err
	}
	d.ending = ctx
	workers, err := d.newWorkers()
	if err != nil {
		return err
	}
	s := &stepper{d: d, firing: firing}
	if err := s.clock(ctx); err != nil { // before anything goes on that was under way
		d.log.Error("the scheduler could not look at the clock", "error", err)
	}
	if err := workers.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer d.leave(ctx, workers)
	ready()
	s.run(ctx)
	return nil
}

// leave ends the jobs: those under way see that the daemon is ending, and come
// to a place to stop; their own context ends only when they took too long.
func (d *Daemon) leave(ctx context.Context, workers *river.Client[*sql.Tx]) {
	ctx = context.WithoutCancel(ctx)
	soft, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	if err := workers.Stop(soft); err != nil {
		d.log.Warn("some jobs did not come to an end in time and are cut short; they go on at the next start", "error", err)
		hard, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if err := workers.StopAndCancel(hard); err != nil {
			d.log.Error("some jobs did not come to an end", "error", err)
		}
	}
	last, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := d.countRefused(last); err != nil {
		d.log.Warn("how much returned mail was refused could not be written down", "error", err)
	}
	if err := d.notePolls(last); err != nil {
		d.log.Warn("which feeds were asked for lately could not be written down", "error", err)
	}
	if err := d.Store.Write(last, func(tx *store.Tx) error { return tx.Leave(last, d.node) }); err != nil {
		d.log.Warn("the heartbeat could not be taken back", "error", err)
	}
}

// Serve runs the daemon on a listener until ctx is done: it reads the sources
// and watches them, serves pages and feeds, fires schedules and sends.
func (d *Daemon) Serve(ctx context.Context, l net.Listener) error {
	pages, err := d.pages(ctx)
	if err != nil {
		return err
	}
	if err := d.misfits(ctx, d.Store, func(text, mend string) { d.log.Warn(text, "mend", mend) }); err != nil {
		return err
	}
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10}
	back, err := d.listenForReturns()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer closeListener(back)
		return d.work(ctx, true, func() {
			if d.config.Mail.Returns.Mailbox.Address != "" {
				g.Go(func() error { d.watchMailbox(ctx); return nil })
			}
			if back != nil {
				g.Go(func() error { return d.serveReturns(ctx, back) })
			}
			g.Go(func() error {
				if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
					return err
				}
				return nil
			})
			g.Go(func() error { d.watchRelays(ctx); return nil })
			g.Go(func() error { return d.outgrown(ctx) })
			for _, s := range d.Sources {
				g.Go(func() error { return s.Watch(ctx) })
			}
			d.log.Info("serving", "address", "http://"+l.Addr().String()+"/", "public", d.Publication.URL)
		})
	})
	g.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			server.Close()
		}
		l.Close()
		return nil
	})
	return g.Wait()
}

// pages joins the trades to the public pages.
func (d *Daemon) pages(ctx context.Context) (http.Handler, error) {
	privacy, err := legalPage(d.reader, d.config.Publication.Privacy)
	if err != nil {
		return nil, err
	}
	terms, err := legalPage(d.reader, d.config.Publication.Terms)
	if err != nil {
		return nil, err
	}
	if err := d.Store.Write(ctx, func(tx *store.Tx) error { return tx.MeetHubs(ctx, d.Feeds.Hubs) }); err != nil {
		return nil, err
	}
	if d.Feeds.Since, err = d.Store.SettingSince(ctx, "feeds-form", d.Feeds.Fingerprint()); err != nil {
		return nil, err
	}
	public := feeds.Handler(d.Store, d.Feeds, feeds.CacheBytes, &d.polls, d.feedFailed)
	return d.site(ctx, public, feeds.NewOwn(d.Store, d.Feeds, feeds.CacheBytes, d.feedFailed), privacy, terms)
}

// site makes the public pages, with these texts.
func (d *Daemon) site(ctx context.Context, public http.Handler, own *feeds.Own, privacy, terms string) (http.Handler, error) {
	hooks, err := d.openHooks()
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{Publication: d.Publication, Store: d.Store, Members: d.Members, Newsletters: d.newsletters, Feeds: public, Own: own, Redirects: d.redirects(),
		TrustedProxies: d.config.Server.TrustedProxies, Templates: d.templates, Logo: d.pictures.logo, Icon: d.pictures.icon, Privacy: privacy, Terms: terms, TakeHook: hooks, Coming: d.comingTo, Preview: d.previewTo, Desk: d.desk(ctx), Now: d.now, Log: d.log})
}

func (d *Daemon) redirects() []web.Redirect {
	var list []web.Redirect
	for _, r := range d.config.Redirects {
		list = append(list, web.Redirect{From: r.From, To: r.To})
	}
	return list
}

// feedFailed answers a feed reader whose feed there is not, in one line of
// text: it is a program that reads it.
func (d *Daemon) feedFailed(w http.ResponseWriter, r *http.Request, err error) {
	switch magazine.CodeOf(err) {
	case magazine.NotFound:
		http.Error(w, "There is no such feed.", http.StatusNotFound)
	case magazine.Unavailable:
		http.Error(w, "The feed cannot be had now; try again later.", http.StatusServiceUnavailable)
	default:
		if r.Context().Err() == nil {
			d.log.Error("a feed failed", "path", r.URL.Path, "error", err)
		}
		http.Error(w, "The feed could not be made.", http.StatusInternalServerError)
	}
}
