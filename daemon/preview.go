package daemon

import (
	"context"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// Preview makes exactly what a person would get of a newsletter now, and
// changes nothing. NotFound: nobody of that address is subscribed; a nil
// message: nothing is new for them.
func (d *Daemon) Preview(ctx context.Context, newsletter, email string) (*mailer.Message, error) {
	letter, err := d.Newsletter(newsletter)
	if err != nil {
		return nil, err
	}
	p, err := d.Store.SubscriberByEmail(ctx, email)
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil, magazine.Errorf(magazine.NotFound, "%s is no subscriber", email)
	}
	if err != nil {
		return nil, err
	}
	e := &magazine.Edition{ID: "preview", Newsletter: newsletter, CutoffAt: d.Store.Now()}
	sub, turn, err := d.turn(ctx, e, p.ID)
	if err != nil {
		return nil, err
	}
	if why := unwanted(turn); why != "" {
		return nil, magazine.Errorf(magazine.Conflict, "%s would get nothing of %s: %s", email, newsletter, why)
	}
	var pieces []magazine.Article
	if letter.Contents {
		e.Issue, pieces, err = d.newestIssue(ctx)
	} else {
		pieces, err = d.fresh(ctx, letter, store.Audience{Newsletter: newsletter}, e.CutoffAt)
	}
	if err != nil {
		return nil, err
	}
	chosen := d.share(e, pieces, sub)
	if len(chosen) == 0 {
		return nil, nil
	}
	m, err := d.renderers[newsletter].Render(digests.Edition{ID: e.ID, Date: e.CutoffAt}, printed(pieces, chosen, p.Tier))
	if err != nil {
		return nil, err
	}
	return d.letter(e, m, p, d.messageID(e.ID, p.ID)), nil
}
