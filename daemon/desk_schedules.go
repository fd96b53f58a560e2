package daemon

import (
	"context"
	"fmt"

	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// scheduling is what the desk does to schedules: what the commands do.
func (d *Daemon) scheduling() admin.Scheduling {
	return admin.Scheduling{
		All: d.schedulesAtDesk, Coming: d.Coming, ByHand: d.ByHand, Try: d.trySchedule, Pause: d.Pause, Resume: d.Resume,
		Skip: func(ctx context.Context, s *schedules.Schedule, who, seen string) error {
			_, _, err := d.Skip(ctx, s, who, seen)
			return err
		},
		Unskip: func(ctx context.Context, s *schedules.Schedule, who, seen string) error {
			_, err := d.Unskip(ctx, s, who, seen)
			return err
		},
		Run: func(ctx context.Context, s *schedules.Schedule, who string, asNext bool, seen string) (string, error) {
			e, _, err := d.Run(ctx, s, who, asNext, seen)
			if err != nil {
				return "", err
			}
			return e.ID, nil
		},
	}
}

// schedulesAtDesk are the configuration's schedules, with where they are written and
// whether they are paused.
func (d *Daemon) schedulesAtDesk(ctx context.Context) ([]admin.Schedule, error) {
	kept, err := d.Store.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]store.Schedule{}
	for _, k := range kept {
		known[k.Newsletter+"/"+k.Name] = k
	}
	list := make([]admin.Schedule, len(d.Schedules))
	for i, s := range d.Schedules { // in the order in which the configuration has them
		k := known[s.Newsletter+"/"+s.Name]
		line, _ := d.config.Position(fmt.Sprintf("schedules[%d]", i))
		list[i] = admin.Schedule{Schedule: s, Title: d.config.Schedules[i].Title, File: d.config.File, Line: line, PausedUntil: k.PausedUntil, PausedBy: k.PausedBy}
	}
	return list, nil
}

// trySchedule makes a schedule that goes out for nobody. The error is that of
// schedules.Parse.
func (d *Daemon) trySchedule(every, cron, timezone string) (*schedules.Schedule, error) {
	calendar, err := reckoning(&d.config.Publication)
	if err != nil {
		return nil, err
	}
	return schedules.Parse(schedules.Spec{Newsletter: "try", Every: every, Cron: cron, Timezone: timezone, Calendar: calendar})
}
