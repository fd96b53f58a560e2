package daemon_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
)

// hourHouse is localHouse with a newsletter that lets people choose their hour.
func hourHouse(t *testing.T, engine, every string) *house {
	h := localHouse(t, engine, every)
	h.edit("    max_age: none", "    max_age: none\n    own_hour: true")
	h.step()
	return h
}

// edit changes the configuration while no daemon runs.
func (h *house) edit(old, new string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	if !strings.Contains(string(text), old) {
		h.t.Fatalf("the configuration has no %q", old)
	}
	write(h.t, h.file, strings.Replace(string(text), old, new, 1))
	h.reopen()
}

func (h *house) hour(name, hour string) {
	h.t.Helper()
	_, err := h.Members.SetHour(h.ctx, name+"@people.example", "weekly", hour)
	h.must(err)
}

func at10(day, hour, minute int) time.Time {
	return time.Date(2024, 10, day, hour, minute, 0, 0, time.UTC)
}

func TestOwnHours(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := hourHouse(t, engine, "friday at 07:00")
		for name, hour := range map[string]string{"amina": "20", "noor": "05:00", "liam": "0", "kai": "23"} {
			h.hour(name, hour)
		}
		h.publish("tide")
		late := at10(10, 18, 30)
		came := h.walk(at10(11, 20, 0), 30*time.Minute, func(now time.Time) {
			if now.Equal(late) { // after the first wave, with which the content is fixed
				h.publish("late")
			}
		})
		slices.Sort(came)
		// On Friday, 11 October, on each one's clock: ava at 07:00, the others at theirs.
		if got := strings.Join(came, "; "); got != "10 18:00 ava tide; 11 02:00 noor tide; 11 07:00 liam tide; 11 09:00 kai tide; 11 17:00 amina tide" {
			t.Errorf("%s\n%s", got, h.log.text.String())
		}
		all := h.editions()
		if len(all) != 1 || all[0].State != magazine.EditionSent || h.occurrences() != "2024-10-11 07:00 edition" || all[0].Late() != 0 || h.log.has("level=ERROR") {
			t.Errorf("%+v; %s; %s", all, h.occurrences(), h.log.text.String())
		}
		h.expectEdition(all[0].ID, "sent, 5 sent")
	})
}

// Where nobody has chosen, and where a newsletter no longer lets people choose,
// the waves are those of the schedule's time.
func TestNobodysOwnHour(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{true, false} {
		h := hourHouse(t, "sqlite", "friday at 07:00")
		if !allowed {
			h.hour("amina", "20")
			h.hour("kai", "0")
			h.edit("    own_hour: true\n", "")
		}
		h.publish("tide")
		came := h.walk(at10(11, 20, 0), 30*time.Minute, nil)
		slices.Sort(came)
		if got := strings.Join(came, "; "); got != "10 17:00 kai tide; 10 18:00 ava tide; 11 04:00 amina tide; 11 04:00 noor tide; 11 14:00 liam tide" {
			t.Errorf("allowed %v: %s\n%s", allowed, got, h.log.text.String())
		}
		if first := h.editions()[0].CutoffAt.Truncate(time.Minute); !first.Equal(at10(10, 17, 0)) {
			t.Errorf("allowed %v: fixed at %s", allowed, first)
		}
	}
}

// Who chooses another hour gets it once: at that hour, or, where it has passed,
// with the sweep. An hour before all others puts the first wave forward.
func TestOwnHoursThatChange(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := hourHouse(t, engine, "friday at 07:00")
		h.publish("tide")
		came := h.walk(at10(11, 22, 0), 30*time.Minute, func(now time.Time) {
			switch now.Format("02 15:04") {
			case "10 12:00":
				h.hour("ava", "2") // Friday, 02:00 in Auckland, is 13:00 UTC
				h.hour("amina", "0")
			case "10 14:00":
				h.publish("late")
			case "10 22:00":
				h.hour("noor", "20")
			case "11 00:00":
				h.hour("ava", "23") // who has it
				h.hour("kai", members.NoHour)
			case "11 08:00":
				h.hour("liam", "0") // an hour ago
			}
		})
		slices.Sort(came)
		if got := strings.Join(came, "; "); got != "10 13:00 ava tide; 10 17:00 kai tide; 10 21:00 amina tide; 11 17:00 liam tide; 11 17:00 noor tide" {
			t.Errorf("%s\n%s", got, h.log.text.String())
		}
		e := h.editions()[0]
		h.expectEdition(e.ID, "sent, 5 sent")
		if e.Late() != 0 || !e.Nominal.Equal(at10(10, 13, 0)) {
			t.Errorf("late by %s, nominal %s", e.Late(), e.Nominal)
		}
	})
}

// Nobody's choice holds an edition: an hour long past is no wave that was missed.
func TestOwnHourLongPast(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "day at 07:00")
	for _, name := range []string{"ava", "kai", "liam"} {
		h.zone(name, "Africa/Nairobi")
	}
	h.hour("liam", "23")
	came := h.walk(at10(8, 23, 0), 30*time.Minute, func(now time.Time) {
		switch now.Format("02 15:04") {
		case "07 09:00":
			h.publish("tide")
		case "07 16:00": // the edition of Tuesday waits since 10:00, and its first wave is at 04:00
			h.hour("kai", "0")
		case "08 17:00":
			h.hour("liam", "9")
			h.zone("amina", "Pacific/Auckland")
		}
	})
	slices.Sort(came)
	if got := strings.Join(came, "; "); got != "07 21:00 kai tide; 08 04:00 amina tide; 08 04:00 ava tide; 08 04:00 noor tide; 08 17:00 liam tide" {
		t.Errorf("%s\n%s", got, h.log.text.String())
	}
	for _, e := range h.editions() {
		if e.State == magazine.EditionHeld {
			t.Errorf("held: %s", e.Reason)
		}
	}
}

// Each person gets each date once, when their clocks first show their hour or
// later, whatever zones and hours there are; in days in which clocks change.
func TestOwnHoursOfManyDates(t *testing.T) {
	t.Parallel()
	zones := []string{"", "Africa/Nairobi", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Beirut", "America/Nuuk", "Africa/Cairo"}
	const seed = 11
	random := rand.New(rand.NewPCG(seed, 0))
	h := hourHouse(t, "sqlite", "day at 07:00")
	h.clock.Set(time.Date(2024, 10, 24, 6, 0, 0, 0, time.UTC)) // Cairo's and Beirut's clocks change in it, Europe's and Nuuk's
	h.reopen()
	h.step()
	for _, e := range h.editions() { // what came due in the jump
		if e.State == magazine.EditionHeld {
			_, err := h.Drop(h.ctx, e.ID, "test", "")
			h.must(err)
		}
	}
	type person struct {
		zone *time.Location
		hour int
	}
	people := map[string]person{}
	for i := range 24 {
		name := fmt.Sprintf("p%d", i)
		zone := zones[random.IntN(len(zones))]
		h.zone(name, zone)
		if zone == "" {
			zone = "Africa/Nairobi"
		}
		at, err := time.LoadLocation(zone)
		h.must(err)
		p := person{at, 7}
		if i%4 > 0 {
			p.hour = random.IntN(24)
			h.hour(name, fmt.Sprint(p.hour))
		}
		people[name] = p
	}
	begin := time.Date(2024, 10, 25, 9, 0, 0, 0, time.UTC)
	n := 0
	came := h.walk(begin.AddDate(0, 0, 6), 30*time.Minute, func(now time.Time) {
		if now.Hour() == 9 && now.Minute() == 0 && n < 4 && !now.Before(begin) { // an hour before the next date begins anywhere
			h.publish([]string{"a", "b", "c", "d"}[n])
			n++
		}
	})
	var want []string
	for name, p := range people {
		for i, slug := range []string{"a", "b", "c", "d"} {
			shown := time.Date(2024, 10, 26+i, p.hour, 0, 0, 0, time.UTC)
			at := shown.Add(-15 * time.Hour)
			for { // minute by minute
				_, offset := at.In(p.zone).Zone()
				if !at.Add(time.Duration(offset) * time.Second).Before(shown) {
					break
				}
				at = at.Add(time.Minute)
			}
			if step := at.Truncate(30 * time.Minute); !step.Equal(at) { // by when the walk sees it
				at = step.Add(30 * time.Minute)
			}
			want = append(want, at.Format("02 15:04 ")+name+" "+slug)
		}
	}
	came = slices.DeleteFunc(came, func(s string) bool { return !strings.Contains(s, " p") })
	slices.Sort(came)
	slices.Sort(want)
	for i := range max(len(came), len(want)) {
		if i >= len(came) || i >= len(want) || came[i] != want[i] {
			t.Fatalf("seed %d: got %q, want %q\n%s", seed, came[i:min(i+3, len(came))], want[i:min(i+3, len(want))], h.log.text.String())
		}
	}
}

// An hour of somebody's own that is missed by more than is made up for holds the
// edition and is named; what is released goes on.
func TestOwnHourMissed(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "friday at 07:00")
	h.publish("tide")
	h.hour("amina", "20")
	h.walk(at10(11, 16, 30), 30*time.Minute, nil)
	h.clock.Set(at10(12, 18, 0)) // 25 hours after amina's
	h.reopen()
	h.step()
	e := h.editions()[0]
	if e.State != magazine.EditionHeld || !strings.Contains(e.Reason, "its time in Africa/Nairobi for those who have it at 20:00 was missed by 25 hours") {
		t.Fatalf("%s %q", e.State, e.Reason)
	}
	_, err := h.Release(h.ctx, e.ID, "salma")
	h.must(err)
	h.walk(h.clock.Now().Add(time.Hour), time.Minute, nil)
	h.expectEdition(e.ID, "sent, 5 sent")
}

// A wave that waits for the relays to take the one before it was not missed.
func TestOwnHourBehindAnOutage(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "day at 07:00")
	for name := range h.ids {
		h.zone(name, "Africa/Nairobi")
	}
	h.hour("noor", "8")
	h.walk(at10(8, 3, 0), time.Hour, nil) // Tuesday, 06:00 in Nairobi
	h.publish("tide")
	h.server.SetFault(smtptest.At(smtptest.Greeting, "421 4.3.2 not now", smtptest.Close))
	h.walk(at10(8, 14, 0), 20*time.Minute, nil)
	h.server.SetFault(nil)
	came := h.walk(at10(8, 15, 30), 20*time.Minute, nil)
	if len(came) != 5 || h.log.has("is held") {
		t.Errorf("%q\n%s", came, h.log.text.String())
	}
}

// What nothing ran for is made up for by the next only where its time is over: the
// time of two dates may both be to come.
func TestOwnHoursAfterAStop(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "day at 18:00")
	for name := range h.ids {
		h.zone(name, "Africa/Nairobi")
	}
	h.walk(at10(8, 8, 0), time.Hour, nil)
	h.publish("tide")
	h.clock.Set(at10(9, 10, 30)) // Wednesday and Thursday have begun in it, and Wednesday's 18:00 is at 15:00
	h.reopen()
	h.step()
	came := h.walk(at10(10, 16, 0), time.Hour, func(now time.Time) {
		if now.Equal(at10(9, 16, 30)) {
			h.publish("late")
		}
	})
	slices.Sort(came)
	if got := strings.Join(came, "; "); len(came) != 10 || !strings.HasPrefix(got, "09 15:") || !strings.HasPrefix(came[5], "10 15:") {
		t.Errorf("%s; %s\n%s", got, h.occurrences(), h.log.text.String())
	}
}
