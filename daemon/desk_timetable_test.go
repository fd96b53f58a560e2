package daemon_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/schedules"
	"postrider/store"
)

// fridays is a schedule as the desk makes it, of the newsletter that has no other than
// main in the configuration.
func desked(name, every string) store.DeskSchedule {
	return store.DeskSchedule{Newsletter: "weekly", Name: name, Title: "By the desk", Every: every, Timezone: "Africa/Nairobi"}
}

// saved saves a schedule, and returns it as it is kept.
func (h *house) saved(w store.DeskSchedule) store.DeskSchedule {
	h.t.Helper()
	h.must(h.SaveSchedule(h.ctx, w, "amina@people.example"))
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

		h.must(h.RemoveSchedule(h.ctx, w, "amina@people.example"))
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
		_ = errors.Is
		_ = schedules.Problems{}
	})
}
