package daemon_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/schedules"
	"postrider/store"
)

// desked is a schedule of the desk.
func desked(name, every string) store.DeskSchedule {
	return store.DeskSchedule{Newsletter: "weekly", Name: name, Title: "By the desk", Every: every, Timezone: "Africa/Nairobi"}
}

// saved saves a schedule, and returns it as it is kept.
func (h *house) saved(w store.DeskSchedule) store.DeskSchedule {
	h.t.Helper()
	h.must(h.SaveSchedule(h.ctx, w, "amina@people.example", ""))
	t, err := h.Store.Timetable(h.ctx)
	h.must(err)
	for _, have := range t.Schedules {
		if have.Newsletter == w.Newsletter && have.Name == w.Name {
			return have
		}
	}
	h.t.Fatalf("%s/%s is not kept", w.Newsletter, w.Name)
	return w
}

// until sets the clock to an instant on Nairobi's clocks and steps.
func (h *house) until(text string) {
	h.t.Helper()
	nairobi, err := time.LoadLocation("Africa/Nairobi")
	h.must(err)
	at, err := time.ParseInLocation("2006-01-02 15:04", text, nairobi)
	h.must(err)
	h.clock.Set(at)
	h.Step(h.ctx)
	h.must(h.Drive(h.ctx))
}

// A schedule that is made at the desk goes out as one of the configuration does: it
// counts without a restart, is a frequency that one may have, can be changed, paused and
// removed, and each is over for good, also over a restart.
func TestDeskScheduleFires(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.Step(h.ctx)
		w := h.saved(desked("evening", "tuesday at 18:00"))
		_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
		h.must(err)
		h.publish("tides")
		h.until("2024-10-08 17:59") // a Tuesday
		if got := h.got("noor"); got != "" {
			t.Fatalf("before its time: %s", got)
		}
		h.until("2024-10-08 18:00")
		if got := h.got("noor"); got != "tides" {
			t.Fatalf("at its time: %q", got)
		}

		h.publish("fog")
		w.Every = "wednesday at 06:00"
		w = h.saved(w)
		h.reopen() // killed before the scheduler saw it
		h.until("2024-10-09 06:00")
		if got := h.got("noor"); got != "tides; fog" {
			t.Fatalf("at its new time, after a restart: %q", got)
		}

		h.publish("sand")
		s, err := h.Schedule("weekly/evening")
		h.must(err)
		h.must(h.Pause(h.ctx, s, "amina", store.Forever))
		h.until("2024-10-16 06:00")
		h.must(h.Resume(h.ctx, s, "amina"))
		h.until("2024-10-22 18:00") // when it went out at first
		if got := h.got("noor"); got != "tides; fog" {
			t.Fatalf("while it is paused: %q", got)
		}

		h.must(h.RemoveSchedule(h.ctx, w, "amina@people.example", ""))
		h.until("2024-10-23 06:00")
		if got := h.got("noor"); got != "tides; fog" {
			t.Fatalf("removed: %q", got)
		}
		if _, err := h.Schedule("weekly/evening"); magazine.CodeOf(err) != magazine.NotFound {
			t.Errorf("it is there still: %v", err)
		}
		h.until("2024-10-25 07:00") // the first schedule's, which counts for whoever had none other
		if got := h.got("noor"); got != "tides; fog; sand" {
			t.Errorf("by the other schedule: %q", got)
		}
		acts, err := h.Store.ScheduleActs(h.ctx, "weekly", "evening", 10)
		h.must(err)
		var did []string
		for _, a := range acts {
			did = append(did, a.What+" "+a.Detail)
		}
		want := `remove every Wednesday at 06:00 (Africa/Nairobi), called "By the desk"|resume |pause until somebody resumes it|` +
			`change from every Tuesday at 18:00 (Africa/Nairobi), called "By the desk" to every Wednesday at 06:00 (Africa/Nairobi), called "By the desk"|make every Tuesday at 18:00 (Africa/Nairobi), called "By the desk"`
		if got := strings.Join(did, "|"); got != want {
			t.Errorf("the log:\n%s\nwant\n%s", got, want)
		}
	})
}

// wrong lists the fields in which a schedule or a blackout was found wrong.
func wrong(err error) string {
	var problems schedules.Problems
	if !errors.As(err, &problems) || magazine.CodeOf(err) != magazine.Invalid {
		return "nothing"
	}
	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
	}
	return strings.Join(fields, " ")
}

// Of two who change or remove one schedule the second is refused, and so is a name that
// another has; what can be no schedule is told by its field, and nothing is kept of it.
func TestDeskScheduleRefusals(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		first := h.saved(desked("evening", "tuesday at 18:00"))
		second := first
		second.Every = "day at 05:00"
		changed := h.saved(func() store.DeskSchedule { w := first; w.Every = "monday at 09:00"; return w }())
		for what, err := range map[string]error{
			"changed": h.SaveSchedule(h.ctx, second, "badr", ""), "removed": h.RemoveSchedule(h.ctx, first, "badr", ""),
		} {
			if magazine.CodeOf(err) != magazine.Conflict {
				t.Errorf("%s by the second: %v", what, err)
			}
		}
		h.must(h.SaveSchedule(h.ctx, changed, "badr", "")) // as it is: nothing happens
		for want, w := range map[string]store.DeskSchedule{
			"name": desked("evening", "day at 05:00"), "name ": desked("main", "day at 05:00"), "name  ": desked("a b", "day at 05:00"),
			"every": desked("x", "someday"), "timezone": {Newsletter: "weekly", Name: "x", Every: "day at 05:00", Timezone: "Mars"},
			"newsletter": {Newsletter: "none", Name: "x", Every: "day at 05:00", Timezone: "UTC"}, "cron": {Newsletter: "weekly", Name: "x", Cron: "0 25 * * *", Timezone: "UTC"},
			"local": {Newsletter: "weekly", Name: "x", Every: "issue", Timezone: "UTC", Local: true},
		} {
			if got := wrong(h.SaveSchedule(h.ctx, w, "badr", "")); got != strings.TrimSpace(want) {
				t.Errorf("%+v is wrong in %s, want %s", w, got, want)
			}
			if _, _, err := h.JudgeSchedule(h.ctx, w); wrong(err) != strings.TrimSpace(want) {
				t.Errorf("%+v is judged %v, want %s", w, err, want)
			}
		}
		kept, err := h.Store.Timetable(h.ctx)
		if err != nil || len(kept.Schedules) != 1 || kept.Schedules[0].Every != "monday at 09:00" || kept.Version != 2 {
			t.Errorf("%+v, %v", kept, err)
		}
		h.must(h.RemoveSchedule(h.ctx, changed, "badr", ""))
		if err := h.SaveSchedule(h.ctx, changed, "amina", ""); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("changed after it was removed: %v", err)
		}
		if acts, err := h.Store.ScheduleActs(h.ctx, "weekly", "evening", 10); err != nil || len(acts) != 3 {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// What has come due when a schedule is changed goes out as was said before, and the
// draft of what is to come no more is dropped.
func TestDeskScheduleChangedInTheSecond(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("noor")
		h.Step(h.ctx)
		w := h.saved(desked("evening", "tuesday at 18:00"))
		_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
		h.must(err)
		h.publish("tides")
		h.until("2024-10-08 17:59")
		h.clock.Add(time.Minute) // and nobody has looked
		w.Every = "wednesday at 06:00"
		w = h.saved(w)
		h.Step(h.ctx)
		h.must(h.Drive(h.ctx))
		if got := h.got("noor"); got != "tides" {
			t.Fatalf("what was due by the old word: %q", got)
		}
		h.publish("fog")
		h.until("2024-10-09 05:59")
		h.clock.Add(time.Minute)
		h.must(h.RemoveSchedule(h.ctx, w, "badr", ""))
		h.Step(h.ctx)
		h.must(h.Drive(h.ctx))
		if got := h.got("noor"); got != "tides; fog" {
			t.Fatalf("what was due when it was removed: %q", got)
		}
		w.Version = 0
		h.saved(w)
		h.reopen()
		h.publish("sand")
		h.Step(h.ctx)
		h.must(h.Drive(h.ctx))
		if got := h.got("noor"); got != "tides; fog" {
			t.Errorf("made anew it makes up for what was before: %q", got)
		}
		h.until("2024-10-16 06:00")
		if got := h.got("noor"); got != "tides; fog; sand" {
			t.Errorf("made anew: %q", got)
		}
	})
}

// A schedule that the configuration writes, too, is overruled, told so, and can be
// removed; that of the configuration goes on. One whose newsletter is gone rests.
func TestDeskScheduleOverruled(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("noor")
		w := h.saved(desked("evening", "tuesday at 18:00"))
		h.configure("  - {newsletter: weekly, name: evening, every: monday at 09:00}\n")
		s, err := h.Schedule("weekly/evening")
		if err != nil || s.Words() != "every Monday at 09:00" || len(h.Schedules()) != 2 || !h.misfit("weekly/evening of the desk is not in use: ") {
			t.Fatalf("%v, %v, %d schedules", s, err, len(h.Schedules()))
		}
		h.Step(h.ctx)
		if wrong(h.SaveSchedule(h.ctx, func() store.DeskSchedule { w := w; w.Every = "day at 06:00"; return w }(), "badr", "")) != "name" {
			t.Error("it is changed, though it does not count")
		}
		h.must(h.RemoveSchedule(h.ctx, w, "badr", ""))
		_, err = h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
		h.must(err)
		h.publish("tides")
		h.until("2024-10-08 18:00")
		if got := h.got("noor"); got != "" {
			t.Fatalf("it went out as the desk said: %q", got)
		}
		h.until("2024-10-14 09:00")
		if got := h.got("noor"); got != "tides" {
			t.Errorf("as the configuration says: %q", got)
		}
	})
}

// Another node knows of a schedule within a step, and one that has not looked yet does
// nothing by what there is no more.
func TestDeskScheduleOnAnotherNode(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		other := openAt(t, h.atNoon(), h.clock.Now, h.log)
		other.SetTransport(h.Transport())
		h.Step(h.ctx)
		other.Step(h.ctx)
		w := h.saved(desked("evening", "tuesday at 18:00"))
		other.Step(h.ctx)
		s, err := other.Schedule("weekly/evening")
		h.must(err)
		if f := other.Members.Newsletter("weekly").Frequencies; len(f) != 3 || f[2].Title != "By the desk" {
			t.Errorf("one may choose %+v there", f)
		}
		w.Every = "monday at 09:00"
		w = h.saved(w)
		if _, _, err := other.Skip(h.ctx, s, "badr", ""); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("a send that there is no more is left out: %v", err)
		}
		other.Step(h.ctx)
		s, err = other.Schedule("weekly/evening")
		h.must(err)
		left, _, err := other.Skip(h.ctx, s, "badr", "")
		if err != nil || left.Key() != "weekly/evening/2024-10-07/09:00" {
			t.Errorf("%s, %v", left.Key(), err)
		}
		h.must(other.RemoveSchedule(h.ctx, w, "badr", ""))
		h.Step(h.ctx)
		if _, err := h.Schedule("weekly/evening"); magazine.CodeOf(err) != magazine.NotFound {
			t.Errorf("removed on another node: %v", err)
		}
	})
}

// misfit tells whether something that does not fit the configuration is told in such words.
func (h *house) misfit(words string) bool {
	h.t.Helper()
	list, err := h.Misfits(h.ctx)
	h.must(err)
	return strings.Contains(strings.Join(list, "; "), words)
}

// A blackout of the desk holds for the schedules of the configuration, too; what falls
// on it is recorded and comes later; taken away, it is over.
func TestDeskBlackouts(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.configure("blackouts:\n  - {from: 12-24, title: Eve}\n")
		h.join("noor")
		h.publish("tides")
		h.Step(h.ctx)
		for fields, b := range map[string]store.Blackout{
			"from": {From: "Friday"}, "to": {From: "2024-10-11", To: "2024-10-01"}, "then": {From: "2024-10-11", Then: "eat"}, "newsletter": {Newsletter: "none", From: "2024-10-11"},
			"newsletter ": {Newsletter: "weekly", Schedule: "none", From: "2024-10-11"}, "then ": {From: "12-24", Then: "move"}, "from ": {From: "2024-10-01", To: "2027-10-01"},
			"to ": {From: "2024-10-11", To: "10-12"}, "from  ": {From: ""},
		} {
			if got := wrong(h.AddBlackout(h.ctx, b, "badr", "")); got != strings.TrimSpace(fields) {
				t.Errorf("%+v is wrong in %s, want %s", b, got, fields)
			}
		}
		h.must(h.AddBlackout(h.ctx, store.Blackout{Newsletter: "weekly", From: "2024-10-11", Title: "Mashujaa", Then: "drop"}, "badr", ""))
		h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-18", To: "2024-10-19", Then: "move"}, "badr", ""))
		h.until("2024-10-11 07:00")
		if got := h.occurrences(); got != "2024-10-11 07:00 dropped: Mashujaa, 2024-10-11" || h.got("noor") != "" {
			t.Fatalf("%s; noor got %q", got, h.got("noor"))
		}
		h.until("2024-10-18 07:00")
		if got := h.got("noor"); got != "" {
			t.Fatalf("on a date that is moved: %q", got)
		}
		h.until("2024-10-20 07:00")
		if got := h.got("noor"); got != "tides" {
			t.Fatalf("on the next that is free: %q", got)
		}
		h.must(h.AddBlackout(h.ctx, store.Blackout{From: "10-25", Then: "drop"}, "badr", ""))
		kept, err := h.Store.Timetable(h.ctx)
		h.must(err)
		h.Step(h.ctx)
		h.must(h.RemoveBlackout(h.ctx, kept.Blackouts[2].ID, "badr", ""))
		if err := h.RemoveBlackout(h.ctx, kept.Blackouts[2].ID, "amina", ""); magazine.CodeOf(err) != magazine.NotFound {
			t.Errorf("taken away twice: %v", err)
		}
		h.publish("fog")
		h.until("2024-10-25 07:00")
		if got := h.got("noor"); got != "tides; fog" {
			t.Errorf("after it was taken away: %q", got)
		}
		acts, err := h.Store.LastActs(h.ctx, h.clock.Now(), 10)
		h.must(err)
		var did []string
		for _, a := range acts {
			did = append(did, a.What+" "+a.Newsletter+" "+a.Detail)
		}
		slices.Sort(did)
		if got := strings.Join(did, "; "); got != "blackout  10-25: dropped; blackout  2024-10-18 to 2024-10-19: moved; blackout weekly Mashujaa, 2024-10-11: dropped; lift  10-25: dropped" {
			t.Errorf("the log: %s", got)
		}
		h.configure("  - {from: 10-18, title: Night}\n") // which says another thing of that date than the desk
		s, err := h.Schedule("weekly")
		h.must(err)
		if words, name := s.RestsOn(time.Date(2024, 10, 18, 0, 0, 0, 0, time.UTC)); words != "Night, 10-18" || name != "Night" || !h.misfit("do not hold for weekly/main") {
			t.Errorf("on a date of which both say something: %q, %q", words, name)
		}
	})
}

// A schedule of the desk in each reader's own time that is made while its date has begun
// somewhere goes out to those who are still to have it, in their time.
func TestDeskScheduleInEachZone(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.Step(h.ctx)
		w := desked("evening", "friday at 20:00")
		w.Local = true
		h.saved(w)
		for name, zone := range map[string]string{"noor": "Africa/Nairobi", "maria": "America/Los_Angeles"} {
			_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Timezone: zone, Frequency: map[string]string{"weekly": "evening"}}, true, false)
			h.must(err)
		}
		h.publish("tides")
		h.until("2024-10-04 19:59")
		if got := h.got("noor") + h.got("maria"); got != "" {
			t.Fatalf("before anybody's time: %q", got)
		}
		for range 3 {
			h.until("2024-10-04 20:00")
		}
		if noor, maria := h.got("noor"), h.got("maria"); noor != "tides" || maria != "" {
			t.Fatalf("in Nairobi's evening: %q, %q", noor, maria)
		}
		for range 3 {
			h.until("2024-10-05 06:00")
		}
		if noor, maria := h.got("noor"), h.got("maria"); noor != "tides" || maria != "tides" {
			t.Errorf("in that of Los Angeles: %q, %q", noor, maria)
		}
	})
}
