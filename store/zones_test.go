package store_test

import (
	"slices"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Whatever says which zone somebody's clocks are in, their subscriptions say the same: by
// these it is found when an edition goes out.
func TestWavesFollowThePeople(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		id := join(t, s, "amina@example.org")
		for _, c := range []struct {
			what, zone string // which is hers after it
			do         func(tx *store.Tx) error
		}{
			{"she joined", "", func(tx *store.Tx) error { return nil }},
			{"a list tells her zone", "Africa/Nairobi", func(tx *store.Tx) error {
				return tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: id, Timezone: "Africa/Nairobi"}, false)
			}},
			{"another tells another, where none is known", "Africa/Nairobi", func(tx *store.Tx) error {
				return tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: id, Timezone: "Asia/Tokyo"}, false)
			}},
			{"another tells another, over what is known", "Asia/Tokyo", func(tx *store.Tx) error {
				return tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: id, Timezone: "Asia/Tokyo"}, true)
			}},
			{"a list is undone", "Africa/Cairo", func(tx *store.Tx) error {
				return tx.Redescribe(ctx, &store.Standing{ID: id, State: magazine.Confirmed, Timezone: "Africa/Cairo"})
			}},
			{"and another", "", func(tx *store.Tx) error {
				return tx.Redescribe(ctx, &store.Standing{ID: id, State: magazine.Confirmed})
			}},
			{"she tells it herself", "Pacific/Auckland", func(tx *store.Tx) error { return tx.SetTimezone(ctx, id, "Pacific/Auckland") }},
			{"she leaves, and joins again", "Pacific/Auckland", func(tx *store.Tx) error {
				if err := tx.DropShare(ctx, "weekly", id); err != nil {
					return err
				}
				_, err := tx.Subscribe(ctx, "weekly", id, true)
				return err
			}},
		} {
			write(t, s, c.do)
			waves, err := s.AllWaves(ctx, weekly, false)
			if err != nil || !slices.Equal(waves, []store.Wave{{Zone: c.zone, Hour: store.AnyHour}}) {
				t.Errorf("%s: the waves are %q, not %q; %v", c.what, waves, c.zone, err)
			}
		}
	})
}
