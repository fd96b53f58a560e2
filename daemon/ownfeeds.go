package daemon

import (
	"context"

	"postrider/web"
)

// OwnFeeds is the address below which a person's own feeds are, after it was
// replaced where replace says so. NotFound: there is no such person, or they have
// none.
func (d *Daemon) OwnFeeds(ctx context.Context, email string, replace bool) (string, error) {
	p, err := d.Members.Known(ctx, email)
	if err != nil {
		return "", err
	}
	if replace {
		if err := d.Members.ReplaceFeeds(ctx, p.ID); err != nil {
			return "", err
		}
	}
	token, err := d.Members.FeedToken(ctx, p.ID)
	if err != nil {
		return "", err
	}
	return d.Publication.Link(web.OwnPath + token), nil
}
