package daemon

import (
	"context"

	"postrider/web/admin"
)

// desk joins the trades to the admin's desk. Its pages that stay open end with ctx.
func (d *Daemon) desk(ctx context.Context) *admin.Options {
	return &admin.Options{Publication: d.Publication, Store: d.Store, Members: d.Members, PasskeyRequired: d.config.Desk.PasskeyRequired,
		Templates: d.templates, Log: d.log, Ending: ctx}
}
