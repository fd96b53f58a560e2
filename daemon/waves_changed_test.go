package daemon_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// An edition that is under way around the world goes on as it was begun, whatever
// becomes of its schedule meanwhile: those whose time is still to come have it then.
func TestWavesWhenTheirScheduleChanges(t *testing.T) {
	begun := time.Date(2024, 10, 11, 0, 0, 0, 0, time.UTC) // kai and ava have it by now
	for name, c := range map[string]struct {
		before func(h *house)
		days   int // by which it was moved before
		change func(h *house, w store.DeskSchedule)
	}{
		"nothing":          {change: func(*house, store.DeskSchedule) {}},
		"a later time":     {change: func(h *house, w store.DeskSchedule) { w.Every = "friday at 21:00"; h.saved(w) }},
		"another zone":     {change: func(h *house, w store.DeskSchedule) { w.Timezone = "America/Los_Angeles"; h.saved(w) }},
		"another day":      {change: func(h *house, w store.DeskSchedule) { w.Every = "monday at 07:00"; h.saved(w) }},
		"one time for all": {change: func(h *house, w store.DeskSchedule) { w.Local = false; h.saved(w) }},
		"removed":          {change: func(h *house, w store.DeskSchedule) { h.must(h.RemoveSchedule(h.ctx, w, "badr", "")) }},
		"nothing goes out that day": {change: func(h *house, _ store.DeskSchedule) {
			h.must(h.AddBlackout(h.ctx, store.Blackout{Newsletter: "weekly", Schedule: "evening", From: "2024-10-11", Then: "drop"}, "badr", ""))
		}},
		"moved by two days": {change: func(h *house, _ store.DeskSchedule) { moved(h) }},
		"moved no more":     {before: moved, days: 2, change: lifted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, "sqlite")
			h.rewrite(`"0 7 * * FRI"`, `"0 7 * * TUE"`) // the other one's is beside this
			h.reopen()
			h.step()
			w := desked("evening", "friday at 07:00")
			w.Local = true
			w = h.saved(w)
			for name, zone := range map[string]string{"ava": "Pacific/Auckland", "amina": "Africa/Nairobi", "noor": "", "liam": "America/Los_Angeles", "kai": "Pacific/Kiritimati"} {
				_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Timezone: zone, Frequency: map[string]string{"weekly": "evening"}}, true, false)
				h.must(err)
			}
			if c.before != nil {
				c.before(h)
			}
			h.step()
			h.publish("tide")
			shift := time.Duration(c.days) * 24 * time.Hour
			var came []string
			looks := func(hours ...int) {
				for _, hour := range hours {
					came = append(came, h.comesTo(begun.Add(shift+time.Duration(hour)*time.Hour))...)
				}
			}
			looks(-7, -6, 0)
			c.change(h, w)
			h.reopen()
			looks(0, 1, 4, 14, 16, 20, 52, 62, 64)
			slices.Sort(came)
			want := "10 17:00 kai tide; 10 18:00 ava tide; 11 04:00 amina tide; 11 04:00 noor tide; 11 14:00 liam tide"
			if c.days == 2 {
				want = "12 17:00 kai tide; 12 18:00 ava tide; 13 04:00 amina tide; 13 04:00 noor tide; 13 14:00 liam tide"
			}
			if got := strings.Join(came, "; "); got != want {
				t.Errorf("%s\n%s", got, h.log.text.String())
			}
			for _, e := range h.editions() {
				if e.Schedule == "evening" && e.State != magazine.EditionSent && e.State != magazine.EditionSkipped {
					t.Errorf("it is %+v", e)
				}
			}
		})
	}
}

// comesTo has an instant come, with some seconds in which mail is sent, and notes what
// came when.
func (h *house) comesTo(at time.Time) (came []string) {
	h.t.Helper()
	seen := len(h.server.Messages())
	h.clock.Set(at)
	for range 3 {
		h.step()
		h.clock.Add(3 * time.Second)
	}
	for _, m := range h.server.Messages()[seen:] {
		name, _, _ := strings.Cut(m.To, "@")
		came = append(came, at.Format("02 15:04 ")+name+" "+strings.Join(articlesIn(m.Raw), " "))
	}
	return came
}

// What a change leaves as it was is told without a look at who the readers are: what is
// typed in a form is judged at each pause.
func TestChangeAsksForNoReader(t *testing.T) {
	t.Parallel()
	h, w, _ := draftWaits(t, "sqlite", "hold", true)
	for what, c := range map[string]struct {
		as   func(w *store.DeskSchedule)
		asks bool
	}{
		"its title":        {func(w *store.DeskSchedule) { w.Title = "Evening post" }, false},
		"one more day":     {func(w *store.DeskSchedule) { w.Every = "friday, sunday at 07:00" }, false},
		"another zone":     {func(w *store.DeskSchedule) { w.Timezone = "Asia/Dubai" }, true},
		"another day":      {func(w *store.DeskSchedule) { w.Every = "monday at 07:00" }, false}, // it is dropped
		"another time":     {func(w *store.DeskSchedule) { w.Every = "friday at 08:00" }, true},  // which may be over for all of them
		"to all, not each": {func(w *store.DeskSchedule) { w.Local = false }, false},
	} {
		as := w
		c.as(&as)
		n, err := h.AsksFor(h.ctx, as)
		h.must(err)
		if n > 0 != c.asks {
			t.Errorf("%s: they are asked for %d times", what, n)
		}
	}
}
