package mailer

import (
	"context"
	"slices"
)

// Only is a Transport over some of the relays, for mail that the others are not to have.
// What they take and fail at is noted, and their places and limits are shared, as of any
// mail.
func (rs *Relays) Only(names ...string) Transport {
	never := map[*relay]bool{}
	for _, r := range rs.relays {
		if !slices.Contains(names, r.Name) {
			never[r] = true
		}
	}
	return some{rs, never}
}

type some struct {
	relays *Relays
	never  map[*relay]bool
}

func (s some) Open(ctx context.Context, haste Haste) (Conversation, error) {
	c := &conversation{relays: s.relays, haste: haste, never: s.never}
	if err := c.Ready(ctx); err != nil {
		return nil, err
	}
	if haste == Spare { // once it talks, it is as any other
		c.haste = Bulk
	}
	return c, nil
}
