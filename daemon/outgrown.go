package daemon

import (
	"context"
	"time"

	"postrider/magazine"
)

// schemaEvery is how often it is looked whether the schema is this program's still.
const schemaEvery = 5 * time.Second

// outgrown waits until a newer program has brought the schema further, on this machine
// or on another, or until ctx is done. Unavailable: this program is to end.
func (d *Daemon) outgrown(ctx context.Context) error {
	tick := time.NewTicker(schemaEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		over, err := d.Store.Outgrown(ctx)
		if err == nil && over { // where it cannot be found out, others tell of the database
			return magazine.Errorf(magazine.Unavailable, "a newer postrider has brought the database's schema up to date; run that one here, too")
		}
	}
}
