package daemon

import (
	"context"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// SendAgain is SendAgainNow, and waits as Send does.
func (d *Daemon) SendAgain(ctx context.Context, newsletter, email, maker string, tell func(Progress)) (*magazine.Edition, error) {
	id, err := d.SendAgainNow(ctx, newsletter, email, maker)
	if err != nil {
		return nil, err
	}
	return d.see(ctx, id, tell)
}

// SendAgainNow has one person sent what they had in the last edition of a newsletter
// that reached them, as a new message with a record of its own. It makes an edition
// for this person alone, which moves no served number, and returns its id. What was
// withdrawn since is left out. Whoever works the jobs does the rest.
//
// NotFound: there is no such newsletter or subscriber, or they have had nothing.
// Conflict: they must not get mail, or something waits to be tried again for them.
func (d *Daemon) SendAgainNow(ctx context.Context, newsletter, email, maker string) (string, error) {
	if _, err := d.Newsletter(newsletter); err != nil {
		return "", err
	}
	p, err := d.Store.SubscriberByEmail(ctx, email)
	if magazine.CodeOf(err) == magazine.NotFound {
		return "", magazine.Errorf(magazine.NotFound, "%s is no subscriber", email)
	}
	if err != nil {
		return "", err
	}
	had, err := d.Store.LastSent(ctx, newsletter, p.ID)
	if err != nil {
		return "", err
	}
	if had == nil {
		return "", magazine.Errorf(magazine.NotFound, "no edition of %s has reached %s yet; to see what became of each: postrider deliveries --to %s", newsletter, p.Email, p.Email)
	}
	of, err := d.Store.EditionHead(ctx, had.Edition)
	if err != nil {
		return "", err
	}
	articles, err := d.hadOf(ctx, of, had)
	if err != nil {
		return "", err
	}
	id := magazine.NewID()
	e := magazine.Edition{ID: id, Newsletter: newsletter, Key: "again/" + of.ID + "/" + id, Maker: maker, State: magazine.EditionSending, Reason: magazine.OncePerson.Text(of.ID),
		Nominal: of.Nominal, Note: of.Note, Issue: of.Issue, Corrects: of.Corrects}
	return id, d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		if err := d.mayHave(ctx, tx, newsletter, p); err != nil {
			return err
		}
		if err := tx.PutAgain(ctx, e, of, articles, *had, p); err != nil {
			return err
		}
		return d.jobs.retry(ctx, tx)
	})
}

// mayHave refuses where a person must not get mail of a newsletter, and where
// something of it is still on its way to them.
func (d *Daemon) mayHave(ctx context.Context, tx *store.Tx, newsletter string, p magazine.Subscriber) error {
	_, turn, err := d.turn(ctx, &magazine.Edition{Newsletter: newsletter}, p.ID)
	if err != nil {
		return err
	}
	if why := unwanted(turn); why != "" {
		return magazine.Errorf(magazine.Conflict, "%s gets no mail of %s: %s", p.Email, newsletter, why)
	}
	waits, err := tx.WaitsFor(ctx, newsletter, p.ID)
	if err == nil && waits != "" {
		err = magazine.Errorf(magazine.Conflict, "edition %s of %s waits to be tried again for %s; to see why: postrider deliveries --to %s", waits, newsletter, p.Email, p.Email)
	}
	return err
}

// hadOf finds the articles of an edition that a person had in it, and that are still
// there. Where that was not kept it is all that they follow now.
func (d *Daemon) hadOf(ctx context.Context, of *magazine.Edition, had *magazine.Delivery) ([]string, error) {
	pieces, err := d.Store.EditionArticles(ctx, of.ID)
	if err != nil {
		return nil, err
	}
	ids, err := d.Store.MessageArticles(ctx, of.ID, had.Group)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		sub, err := d.Store.Subscription(ctx, of.Newsletter, had.Subscriber)
		if err != nil || sub == nil {
			return nil, err
		}
		sub.Served = 0
		for i := range sub.Follows {
			sub.Follows[i].Served = 0
		}
		ids = idsOf(pieces, d.shares(of, pieces)(sub))
	}
	var left []string
	for i := range pieces {
		if slices.Contains(ids, pieces[i].ID) {
			left = append(left, pieces[i].ID)
		}
	}
	if len(left) == 0 {
		return nil, magazine.Errorf(magazine.Conflict, "nothing is left of edition %s: everything that this person had in it was withdrawn", of.ID)
	}
	return left, nil
}
