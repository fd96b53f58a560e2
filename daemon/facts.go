package daemon

import (
	"context"
	"strings"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
	"postrider/web/admin"
)

// facts is what can be said of a trouble, by a mail or on the desk's first page.
type facts struct {
	said map[string]admin.Said // subject, or done where it is over; what, means, mend; over
	path string                // of the desk's page that tells more
}

// factsOf looks up what can be said of a trouble.
func (d *Daemon) factsOf(ctx context.Context, t *store.Trouble) (*facts, error) {
	switch {
	case t.Kind == store.TroubleRelay:
		return d.factsOfRelay(ctx, t)
	case t.Kind == store.TroubleSource:
		return d.factsOfSource(ctx, t)
	case strings.Contains(t.Ref, "/"):
		letter, _, _ := strings.Cut(t.Ref, "/")
		return factsIn("trouble.schedule", nil, "/desk/schedules/"+t.Ref+"/", "schedule", t.Ref, "newsletter", d.titleOf(letter), "since", t.Since, "ended", t.Ended), nil
	}
	return d.factsOfEdition(ctx, t)
}

// factsIn are the messages below a name, with the same values. forms are those of
// which there are several, each with the one that fits.
func factsIn(name string, forms map[string]string, path string, args ...any) *facts {
	f := &facts{said: map[string]admin.Said{}, path: path}
	for _, what := range []string{"subject", "done", "what", "means", "mend", "over"} {
		message := name + "." + what
		if form := forms[what]; form != "" {
			message += "." + form
		}
		f.said[what] = admin.Said{Message: message, Args: args}
	}
	return f
}

// ended puts what is said of an edition's end into the form that fits the edition.
func (f *facts) ended(what string, e *magazine.Edition) {
	said := f.said[what]
	said.Message = admin.Ended(said.Message, e)
	f.said[what] = said
}

func (d *Daemon) factsOfEdition(ctx context.Context, t *store.Trouble) (*facts, error) {
	e, err := d.Store.EditionHead(ctx, t.Ref)
	if err != nil {
		return nil, err
	}
	n := 0
	if t.Ended.IsZero() {
		if n, err = d.reached.of(ctx, d, e); err != nil {
			return nil, err
		}
	}
	args := []any{"newsletter", d.titleOf(e.Newsletter), "time", e.Nominal, "since", t.Since, "ended", t.Ended, "n", n, "why", admin.Because(t.Detail), "who", e.Approved, "how", how(e)}
	over := "began"
	switch e.State {
	case magazine.EditionPlanned, magazine.EditionWaiting, magazine.EditionHeld, magazine.EditionSkipped, magazine.EditionDropped, magazine.EditionPaused:
		over = "ended"
	}
	if t.Kind == store.TroubleHeld {
		over = "released"
		if e.State == magazine.EditionDropped {
			over = "dropped"
		}
	}
	f := factsIn("trouble."+string(t.Kind), map[string]string{"over": over}, "/desk/editions/"+e.ID+"/", args...)
	if t.Kind == store.TroubleHeld {
		f.ended("mend", e)
		if over == "dropped" {
			f.ended("over", e)
		}
	}
	return f, nil
}

// how is where an edition stands, and why.
func how(e *magazine.Edition) any {
	if e.Reason != "" {
		return admin.Because(e.Reason)
	}
	return admin.Said{Message: "desk.state." + string(e.State)}
}

func (d *Daemon) factsOfRelay(ctx context.Context, t *store.Trouble) (*facts, error) {
	down := map[string]bool{}
	err := d.Store.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.RelaysDown(ctx)
		for _, r := range all {
			down[r.Relay] = true
		}
		return err
	})
	means := "none"
	if relays, ok := d.transport.(*mailer.Relays); ok {
		for _, name := range relays.Names() {
			if !down[name] {
				means = "others"
			}
		}
	}
	return factsIn("trouble.relay", map[string]string{"means": means}, "/desk/", "relay", t.Ref, "since", t.Since, "ended", t.Ended, "why", t.Detail), err
}

// factsOfRelayItself are those that a relay in trouble takes itself, in a mail: so it
// takes some.
func factsOfRelayItself(t *store.Trouble) *facts {
	return factsIn("trouble.relay", map[string]string{"subject": "itself", "what": "itself", "means": "itself"}, "/desk/", "relay", t.Ref, "since", t.Since, "ended", t.Ended, "why", t.Detail)
}

func (d *Daemon) factsOfSource(ctx context.Context, t *store.Trouble) (*facts, error) {
	problems, err := d.Store.SourceProblems(ctx)
	why, form := "", "unknown"
	if of := problems[t.Ref]; len(of) > 0 {
		if why, form = of[0].Text, "known"; of[0].Value != "" {
			why += " (" + of[0].Value + ")"
		}
	}
	return factsIn("trouble.source", map[string]string{"what": form}, "/desk/articles/", "source", d.FileName(t.Ref, ""), "since", t.Since, "ended", t.Ended, "why", why), err
}
