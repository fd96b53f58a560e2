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
		Timetable: d.timetableAtDesk, Judge: d.JudgeSchedule, Save: d.SaveSchedule, Remove: d.RemoveSchedule, AddBlackout: d.AddBlackout, RemoveBlackout: d.RemoveBlackout, Lifting: d.Lifting, Readers: d.readersOf,
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

// schedulesAtDesk are the schedules, with where they are written and whether they are
// paused.
func (d *Daemon) schedulesAtDesk(ctx context.Context) ([]admin.Schedule, error) {
	if err := d.reread(ctx); err != nil {
		return nil, err
	}
	t := d.table()
	kept, err := d.Store.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]store.Schedule{}
	for _, k := range kept {
		known[k.Newsletter+"/"+k.Name] = k
	}
	list := make([]admin.Schedule, len(t.schedules))
	for i, s := range t.schedules {
		k, p := known[refOf(s)], t.places[i]
		list[i] = admin.Schedule{Schedule: s, Title: p.title, Version: p.version, PausedUntil: k.PausedUntil, PausedBy: k.PausedBy}
		if p.at >= 0 {
			list[i].File = d.config.File
			list[i].Line, _ = d.config.Position(fmt.Sprintf("schedules[%d]", p.at))
		}
	}
	return list, nil
}

// timetableAtDesk is what was written at the desk, with what of it cannot be used.
func (d *Daemon) timetableAtDesk(ctx context.Context) (admin.Timetable, error) {
	if err := d.reread(ctx); err != nil {
		return admin.Timetable{}, err
	}
	t := d.table()
	return admin.Timetable{Timetable: t.written, Unused: t.unused}, nil
}

// readersOf is how many people who can be mailed have a newsletter as a schedule says.
func (d *Daemon) readersOf(ctx context.Context, newsletter, schedule string) (int, error) {
	audience := store.Audience{Newsletter: newsletter, Only: schedule}
	if letter, err := d.Newsletter(newsletter); err == nil { // else it is in the configuration no more
		audience = audienceOf(letter, schedule)
	}
	return d.Store.CountReaders(ctx, audience)
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
