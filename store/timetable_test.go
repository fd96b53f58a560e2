package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/store"
)

// What is written at the desk is kept in the order in which it was made; each change
// makes the version grow, a transaction that fails changes nothing, and of two at once
// the second sees what the first did.
func TestTimetable(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			clock := posttest.NewClock(posttest.Start)
			s := posttest.Open(t, posttest.URL(t, engine), clock.Now)
			read := func() store.Timetable { t.Helper(); return must(s.Timetable(ctx)) }
			if got := read(); !reflect.DeepEqual(got, store.Timetable{}) {
				t.Fatalf("at first: %+v", got)
			}
			weekly := store.DeskSchedule{Newsletter: "weekly", Name: "zoo", Title: "أيام الجمعة", Every: "friday at 07:00", Timezone: "Africa/Nairobi", Local: true}
			other := store.DeskSchedule{Newsletter: "books", Name: "main", Title: "Books", Cron: "0 7 * * 5", Timezone: "UTC"}
			write(t, s, func(tx *store.Tx) error { return tx.PutDeskSchedule(ctx, weekly) })
			clock.Add(time.Minute)
			write(t, s, func(tx *store.Tx) error { return tx.PutDeskSchedule(ctx, other) })
			write(t, s, func(tx *store.Tx) error {
				return tx.PutBlackout(ctx, store.Blackout{Newsletter: "weekly", Schedule: "zoo", From: "12-24", To: "01-02", Then: "move", Title: "Holidays"})
			})
			weekly.Every, weekly.Local = "monday at 08:00", false
			write(t, s, func(tx *store.Tx) error { return tx.PutDeskSchedule(ctx, weekly) })
			weekly.Version, weekly.Made = 4, posttest.Start
			other.Version, other.Made = 2, posttest.Start.Add(time.Minute)
			got := read()
			if want := []store.DeskSchedule{weekly, other}; !reflect.DeepEqual(got.Schedules, want) || got.Version != 4 {
				t.Errorf("%+v, want %+v", got, want)
			}
			if len(got.Blackouts) != 1 || got.Blackouts[0].Words() != "Holidays, 12-24 to 01-02: moved" || got.Blackouts[0].ID == "" || got.Blackouts[0].Schedule != "zoo" || !got.Blackouts[0].Made.Equal(other.Made) {
				t.Errorf("%+v", got.Blackouts)
			}
			broken := errors.New("broken")
			err := s.Write(ctx, func(tx *store.Tx) error {
				if err := tx.RemoveDeskSchedule(ctx, "weekly", "zoo"); err != nil {
					return err
				}
				return broken
			})
			if again := read(); !errors.Is(err, broken) || !reflect.DeepEqual(again, got) {
				t.Errorf("after one that failed: %+v, %v", again, err)
			}

			first, begun := make(chan error), make(chan struct{})
			go func() {
				first <- s.Write(ctx, func(tx *store.Tx) error {
					if _, err := tx.LockTimetable(ctx); err != nil {
						return err
					}
					close(begun)
					return tx.RemoveDeskSchedule(ctx, "weekly", "zoo")
				})
			}()
			<-begun
			var seen int64
			write(t, s, func(tx *store.Tx) (err error) {
				if seen, err = tx.LockTimetable(ctx); err != nil {
					return err
				}
				return tx.RemoveBlackout(ctx, got.Blackouts[0].ID)
			})
			if err := <-first; err != nil || seen != 5 {
				t.Errorf("the second sees version %d, %v", seen, err)
			}
			if left := read(); left.Version != 6 || len(left.Schedules) != 1 || len(left.Blackouts) != 0 {
				t.Errorf("%+v", left)
			}
			write(t, s, func(tx *store.Tx) error {
				if version, err := tx.TimetableVersion(ctx); err != nil || version != 6 {
					t.Errorf("%d, %v", version, err)
				}
				return nil
			})
		})
	}
}
