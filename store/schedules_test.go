package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Among 1,000 alarms that are not due, a look is one statement; among those that
// are, the earliest come first.
func TestAlarms(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			clock := posttest.NewClock(posttest.Start)
			s := posttest.Open(t, posttest.URL(t, engine), clock.Now)
			write(t, s, func(tx *store.Tx) error {
				for i := range 1000 {
					if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmSchedule, Ref: fmt.Sprint("weekly/", i), At: tx.Now.Add(time.Duration(1000-i) * time.Minute)}); err != nil {
						return err
					}
				}
				return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: "e", At: tx.Now.Add(time.Minute)})
			})
			var statements atomic.Int32
			s.Record(func(query string, args []any) { statements.Add(1) })
			if due, err := s.Alarms(ctx, 1000); err != nil || len(due) != 0 || statements.Load() != 1 {
				t.Errorf("%d due, %v, by %d statements", len(due), err, statements.Load())
			}
			clock.Add(2 * time.Minute)
			due, err := s.Alarms(ctx, 2)
			if err != nil || len(due) != 2 || due[0].Kind != store.AlarmEdition || due[1].Ref != "weekly/999" {
				t.Errorf("%+v, %v", due, err)
			}
			write(t, s, func(tx *store.Tx) error {
				for _, a := range due { // put off, and taken away
					a.At = a.At.Add(time.Hour)
					if a.Kind == store.AlarmEdition {
						a.At = time.Time{}
					}
					if err := tx.SetAlarm(ctx, a); err != nil {
						return err
					}
				}
				return nil
			})
			if due, err = s.Alarms(ctx, 1000); err != nil || len(due) != 1 || due[0].Ref != "weekly/998" {
				t.Errorf("%+v, %v", due, err)
			}
			write(t, s, func(tx *store.Tx) error { return tx.ClearAlarms(ctx, store.AlarmSchedule) })
			if due, err = s.Alarms(ctx, 1000); err != nil || len(due) != 0 {
				t.Errorf("%+v, %v", due, err)
			}
		})
	}
}

// Who did what is kept, newest first, and found by newsletter and edition.
func testActs(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for _, a := range []store.Act{{Who: "salma", What: "skip", Newsletter: "weekly", Schedule: "main", Detail: "2024-10-11 07:00"},
		{Who: "noor", What: "drop", Newsletter: "daily", Edition: "e"}, {Who: "noor", What: "resume"}} {
		clock.Add(time.Second)
		write(t, s, func(tx *store.Tx) error { return tx.PutAct(ctx, a) })
	}
	for newsletter, want := range map[string]string{"": "resume drop skip", "weekly": "resume skip", "daily": "resume drop"} {
		all, err := s.Acts(ctx, newsletter, 10)
		got := ""
		for _, a := range all {
			got += " " + a.What
		}
		if err != nil || got != " "+want {
			t.Errorf("%q:%s, %v", newsletter, got, err)
		}
	}
	for range 5 { // what others had done to them takes no room
		clock.Add(time.Second)
		write(t, s, func(tx *store.Tx) error {
			return tx.PutAct(ctx, store.Act{Who: "noor", What: "skip", Newsletter: "weekly", Schedule: "second"})
		})
	}
	if all, err := s.ScheduleActs(ctx, "weekly", "main", 2); err != nil || len(all) != 2 || all[0].What != "resume" || all[1].Detail != "2024-10-11 07:00" {
		t.Errorf("to one schedule: %+v, %v", all, err)
	}
	if all, err := s.EditionActs(ctx, "e"); err != nil || len(all) != 1 || all[0].Who != "noor" || !all[0].At.Equal(posttest.Start.Add(2*time.Second)) {
		t.Errorf("%+v, %v", all, err)
	}
}

// A dropped edition is over: nobody is tried again, and who got it is served.
func testDropEdition(t *testing.T, s *store.Store, clock *posttest.Clock) {
	amina, noor := join(t, s, "amina@example.org"), join(t, s, "noor@example.org")
	put(t, s, piece("tide", clock.Now()))
	edition(t, s, "e", 1)
	plan(t, s, "e", 1)
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: amina, State: magazine.Sent})
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: noor, State: magazine.Deferred, Next: clock.Now()})
	write(t, s, func(tx *store.Tx) error {
		e, err := tx.Edition(ctx, "e")
		if err != nil {
			return err
		}
		return tx.DropEdition(ctx, e, "dropped by salma")
	})
	e, err := s.Edition(ctx, "e")
	if err != nil || e.State != magazine.EditionDropped || e.Counts.Sent != 1 || e.Counts.Skipped != 1 || e.Finished.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
	if open, err := s.OpenRanges(ctx, "e"); err != nil || open != 0 {
		t.Errorf("%d ranges are open, %v", open, err)
	}
	for id, want := range map[string]int64{amina: e.Cutoff, noor: 0} {
		if sub, err := s.Subscription(ctx, "weekly", id); err != nil || sub.Served != want {
			t.Errorf("%s is served %d, want %d, %v", id, sub.Served, want, err)
		}
	}
}
