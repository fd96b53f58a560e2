package daemon

import (
	"context"
	"net/http"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/mailer/hooks"
	"postrider/mailer/returns"
	"postrider/web"
)

// openHooks makes what takes the calls of mail providers; nil where none is
// configured.
func (d *Daemon) openHooks() (web.HookTaker, error) {
	list := d.config.Mail.Returns.Webhooks
	if len(list) == 0 {
		return nil, nil
	}
	takers := map[string]*hooks.Hook{}
	for _, w := range list {
		h, err := hooks.New(hooks.Options{Provider: w.Provider, Secret: w.Secret, Topic: w.Topic, Client: &http.Client{Transport: d.fetches}, Now: d.now})
		if err != nil {
			return nil, err
		}
		if err := h.Ready(); err != nil { // it may be mended without a restart
			d.log.Error("the calls of a mail provider cannot be taken yet", "provider", w.Provider, "error", err)
		}
		takers[w.Provider] = h
	}
	return func(ctx context.Context, call web.Hook) error { return d.takeHook(ctx, takers[call.Provider], call) }, nil
}

// takeHook does what follows from a provider's call.
func (d *Daemon) takeHook(ctx context.Context, h *hooks.Hook, call web.Hook) error {
	if h == nil {
		return magazine.Errorf(magazine.NotFound, "there is no webhook of this provider")
	}
	events, err := h.Read(ctx, hooks.Call{Header: call.Header, Secret: call.Secret, Body: call.Body})
	if magazine.CodeOf(err) == magazine.Unauthorised && err != nil {
		d.refused.add(call.Provider, refusedProof)
	}
	if err != nil {
		return err
	}
	for _, e := range events { // one that fails keeps none of the others back: all of them come again
		if failed := d.hooked(ctx, call.Provider, e); err == nil {
			err = failed
		}
	}
	return err
}

// hooked does what follows from one event of a provider's.
func (d *Daemon) hooked(ctx context.Context, provider string, e hooks.Event) error {
	c, err := d.told(ctx, e)
	if err != nil {
		return err
	}
	if c == nil {
		d.refused.add(provider, refusedUnknown)
		return nil
	}
	c.via, c.key, c.findings = provider, e.Key, []returns.Finding{e.Finding}
	return d.settle(ctx, c)
}

// clocksDiffer is by how much a provider's clock may be behind ours.
const clocksDiffer = time.Minute

// told finds which message of ours a proven event is about: by its return path,
// else by our Message-ID, which needs no proof of its own then, else by the
// recipient. Nil: none.
func (d *Daemon) told(ctx context.Context, e hooks.Event) (*cameBack, error) {
	if d.paths != nil {
		if p, ok := d.paths.Read(e.ReturnPath); ok {
			return &cameBack{posting: p}, nil
		}
	}
	if id, ours := strings.CutSuffix(strings.ToLower(e.MessageID), "@"+d.mailDomain()); ours {
		if parts := strings.Split(id, "."); len(parts) > 1 && parts[1] == "confirm" {
			u, err := d.Store.SignUp(ctx, parts[0])
			if err == nil {
				return &cameBack{posting: mailer.Posting{Kind: mailer.PostedSignUp, Of: parts[0], Subscriber: u.Subscriber}}, nil
			}
			return nil, unlessMissing(err)
		} else if len(parts) > 1 {
			return &cameBack{posting: mailer.Posting{Kind: mailer.PostedEdition, Of: parts[0], Subscriber: parts[1]}}, nil
		}
	}
	p, err := d.Store.SubscriberByEmail(ctx, e.Finding.Recipient)
	if err != nil {
		return nil, unlessMissing(err)
	}
	until := d.Store.Now()
	if !e.At.IsZero() && e.At.Add(clocksDiffer).Before(until) {
		until = e.At.Add(clocksDiffer)
	}
	return &cameBack{posting: mailer.Posting{Kind: mailer.PostedEdition, Subscriber: p.ID}, until: until}, nil
}

// unlessMissing is an error but NotFound.
func unlessMissing(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil
	}
	return err
}
