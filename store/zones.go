package store

import "context"

// SetTimezone keeps the zone (IANA) of a person's clocks; empty: the publication's.
func (tx *Tx) SetTimezone(ctx context.Context, id, zone string) error {
	if _, err := tx.exec(ctx, "UPDATE subscribers SET timezone = $2 WHERE id = $1", id, zone); err != nil {
		return err
	}
	return tx.zoned(ctx, id)
}

// zoned has a person's subscriptions know the zone of their clocks, by which allWaves
// finds it.
func (tx *Tx) zoned(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE subscriptions SET timezone = "+zoneOf+" WHERE subscriber_id = $1 AND timezone <> "+zoneOf, id)
	return err
}

// zoneOf is the zone of the subscriber $1.
const zoneOf = "(SELECT p.timezone FROM subscribers p WHERE p.id = $1)"
