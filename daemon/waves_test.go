package daemon_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// localHouse has a schedule in each reader's own time, and readers around the
// world; noor named no zone, so hers is the schedule's, Nairobi.
func localHouse(t *testing.T, engine, every string) *house {
	h := build(t, engine)
	text, err := os.ReadFile(h.file)
	h.must(err)
	write(t, h.file, strings.Replace(string(text), `    cron: "0 7 * * FRI"`, "    every: "+every+"\n    local: true", 1))
	h.reopen()
	for name, zone := range map[string]string{"ava": "Pacific/Auckland", "amina": "Africa/Nairobi", "noor": "", "liam": "America/Los_Angeles", "kai": "Pacific/Kiritimati"} {
		h.zone(name, zone)
	}
	h.step()
	return h
}

// zone adds a person of a zone, or moves one there.
func (h *house) zone(name, zone string) {
	h.t.Helper()
	_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Timezone: zone}, true, false)
	h.must(err)
	p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
	h.must(err)
	h.ids[name] = p.ID
	h.write(func(tx *store.Tx) error {
		return tx.SetTimezone(h.ctx, p.ID, zone)
	})
}

// walk lets time pass in steps, with a restart now and then, and notes when each
// message came.
func (h *house) walk(until time.Time, step time.Duration, at func(now time.Time)) (came []string) {
	h.t.Helper()
	seen := len(h.server.Messages())
	for n, now := 0, h.clock.Now(); now.Before(until); n++ {
		now = now.Add(step)
		h.clock.Set(now)
		if at != nil {
			at(now)
		}
		if n%walksAnew == 0 {
			h.reopen()
		}
		for range 3 { // seconds, in which it is composed and sent
			h.step()
			h.clock.Add(3 * time.Second)
		}
		for _, m := range h.server.Messages()[seen:] {
			name, _, _ := strings.Cut(m.To, "@")
			came = append(came, h.clock.Now().UTC().Format("02 15:04 ")+name+" "+strings.Join(articlesIn(m.Raw), " "))
			seen++
		}
	}
	return came
}

func TestWavesAroundTheWorld(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := localHouse(t, engine, "friday at 07:00")
		h.publish("tide")
		late := time.Date(2024, 10, 10, 20, 0, 0, 0, time.UTC)
		came := h.walk(time.Date(2024, 10, 11, 20, 0, 0, 0, time.UTC), 30*time.Minute, func(now time.Time) {
			if now.Equal(late) { // after the first wave, with which the content is fixed
				h.publish("late")
			}
		})
		slices.Sort(came)
		// 07:00 on Friday, 11 October, on each one's clock.
		if got := strings.Join(came, "; "); got != "10 17:00 kai tide; 10 18:00 ava tide; 11 04:00 amina tide; 11 04:00 noor tide; 11 14:00 liam tide" {
			t.Errorf("%s\n%s", got, h.log.text.String())
		}
		all := h.editions()
		if len(all) != 1 || all[0].State != magazine.EditionSent || h.occurrences() != "2024-10-11 07:00 edition" || all[0].Late() != 0 || h.log.has("level=ERROR") {
			t.Errorf("%+v; %s; %s", all, h.occurrences(), h.log.text.String())
		}
		h.expectEdition(all[0].ID, "sent, 5 sent")
		for name := range h.ids {
			if h.served(name) != 1 {
				t.Errorf("%s is served %d", name, h.served(name))
			}
		}
	})
}

// Who moves between waves gets it once: at their new zone's wave, or, where that
// has passed, with the sweep. So does one who names a zone that nobody had.
func TestWavesOfThoseWhoMove(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := localHouse(t, engine, "friday at 07:00")
		h.publish("tide")
		came := h.walk(time.Date(2024, 10, 11, 22, 0, 0, 0, time.UTC), 30*time.Minute, func(now time.Time) {
			switch now.Format("02 15:04") {
			case "10 19:00":
				h.zone("ava", "America/Los_Angeles") // who has it
				h.zone("liam", "Pacific/Auckland")   // who has not, and whose wave is over
				h.zone("amina", "Asia/Kathmandu")    // where it is 01:15 UTC
			case "11 02:00":
				h.zone("noor", "America/Los_Angeles")
			}
		})
		slices.Sort(came)
		if got := strings.Join(came, "; "); got != "10 17:00 kai tide; 10 18:00 ava tide; 11 01:30 amina tide; 11 14:00 liam tide; 11 14:00 noor tide" {
			t.Errorf("%s\n%s", got, h.log.text.String())
		}
		h.expectEdition(h.editions()[0].ID, "sent, 5 sent")
	})
}

// Waves of two days overlap around the world: each person gets the days in their
// order, and each article once.
func TestWavesOverlap(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := localHouse(t, engine, "day at 07:00")
		n := 0
		h.walk(time.Date(2024, 10, 8, 20, 0, 0, 0, time.UTC), 2*time.Hour, func(now time.Time) {
			if now.Hour()%8 == 0 {
				n++
				h.publish([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"}[n])
			}
		})
		h.clock.Set(h.clock.Now().Add(24 * time.Hour))
		h.send()
		for name := range h.ids {
			had := strings.Fields(strings.ReplaceAll(h.got(name), ";", " "))
			if sorted := slices.Sorted(slices.Values(had)); len(slices.Compact(slices.Clone(sorted))) != len(had) || len(had) != n {
				t.Errorf("%s got %q, of %d articles", name, h.got(name), n)
			}
		}
		for _, e := range h.editions() {
			if e.State != magazine.EditionSent && e.State != magazine.EditionSkipped && e.State != magazine.EditionSending {
				t.Errorf("%+v", e)
			}
		}
	})
}

// A wave that is missed by more than is made up for holds the edition; released,
// it goes on with all of them.
func TestWaveMissed(t *testing.T) {
	t.Parallel()
	h := localHouse(t, "sqlite", "friday at 07:00")
	h.publish("tide")
	h.walk(time.Date(2024, 10, 10, 19, 0, 0, 0, time.UTC), 30*time.Minute, nil)
	h.clock.Set(time.Date(2024, 10, 12, 5, 0, 0, 0, time.UTC)) // 25 hours after Nairobi's
	h.reopen()
	h.step()
	e := h.editions()[0]
	if e.State != magazine.EditionHeld || !strings.Contains(e.Reason, "was missed by 25 hours") || h.got("amina") != "" {
		t.Fatalf("%+v; amina got %q", e, h.got("amina"))
	}
	if _, err := h.Release(h.ctx, e.ID, "salma"); err != nil {
		t.Fatal(err)
	}
	h.walk(h.clock.Now().Add(time.Hour), time.Minute, nil)
	h.expectEdition(e.ID, "sent, 5 sent")
}

// Dropped between two waves, it reaches nobody more.
func TestWavesDropped(t *testing.T) {
	t.Parallel()
	h := localHouse(t, "sqlite", "friday at 07:00")
	h.publish("tide")
	h.walk(time.Date(2024, 10, 10, 19, 0, 0, 0, time.UTC), 30*time.Minute, nil)
	if _, err := h.Drop(h.ctx, h.editions()[0].ID, "salma", ""); err != nil {
		t.Fatal(err)
	}
	h.walk(time.Date(2024, 10, 12, 19, 0, 0, 0, time.UTC), time.Hour, nil)
	if h.got("ava") != "tide" || h.got("amina") != "" || h.got("liam") != "" {
		t.Errorf("ava got %q, amina %q", h.got("ava"), h.got("amina"))
	}
	h.clock.Set(time.Date(2024, 10, 17, 0, 0, 0, 0, time.UTC))
	h.walk(time.Date(2024, 10, 19, 0, 0, 0, 0, time.UTC), time.Hour, nil)
	if h.got("amina") != "tide" || h.got("ava") != "tide" {
		t.Errorf("a week later amina has %q, ava %q", h.got("amina"), h.got("ava"))
	}
}
