package daemon_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/config"
	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// A send that has begun and waits for its first wave can be skipped still.
func TestSkipWhatHasBegun(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "friday at 18:00")
	for name := range h.ids {
		h.zone(name, "Africa/Nairobi")
	}
	h.publish("tide")
	h.walk(at10(10, 20, 0), time.Hour, nil)
	if left, next, err := h.Skip(h.ctx, h.main(), "salma", ""); err != nil || left.Date != "2024-10-11" || next.Date != "2024-10-18" {
		t.Fatalf("%+v %+v %v", left, next, err)
	}
	if came := h.walk(at10(11, 20, 0), time.Hour, nil); len(came) > 0 {
		t.Errorf("%q", came)
	}
	if e := h.editions()[0]; e.State != magazine.EditionDropped || e.Reason != "skipped by salma" {
		t.Errorf("%s %q", e.State, e.Reason)
	}
	if left, _, err := h.Skip(h.ctx, h.main(), "salma", ""); err != nil || left.Date != "2024-10-18" {
		t.Errorf("the next to be skipped is %+v, %v", left, err)
	}
}

// An edition that is run in place of the next is in place of one that has begun
// and waits for its first wave.
func TestRunForWhatHasBegun(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "friday at 18:00")
	for name := range h.ids {
		h.zone(name, "Africa/Nairobi")
	}
	h.walk(at10(10, 20, 0), time.Hour, nil)
	h.publish("tide")
	begun := h.editions()[0]
	_, next, err := h.Run(h.ctx, h.main(), "salma", true, "")
	if err != nil || next.Date != "2024-10-11" {
		t.Fatalf("%+v, %v", next, err)
	}
	came := h.walk(at10(11, 20, 0), time.Hour, func(now time.Time) {
		if now.Hour() == 22 {
			h.publish("late")
		}
	})
	if len(came) != 5 || !strings.HasSuffix(came[0], " tide") {
		t.Errorf("%q", came)
	}
	if e := h.edition(begun.ID); e.State != magazine.EditionDropped || e.Reason != "run before its time by salma" {
		t.Errorf("%s %q; %s", e.State, e.Reason, h.occurrences())
	}
	h.clock.Set(at10(17, 9, 30))
	h.reopen()
	if came := h.walk(at10(18, 16, 0), time.Hour, nil); len(came) != 5 {
		t.Errorf("the week after: %q; %s", came, h.occurrences())
	}
}

// A change of the configuration on the eve loses no send, and doubles none.
func TestOwnHoursEditedOnTheEve(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *house){
		"allowed":   func(h *house) { h.edit("    max_age: none", "    max_age: none\n    own_hour: true") },
		"no longer": func(h *house) { h.edit("    own_hour: true\n", "") },
		"later":     func(h *house) { h.edit("at 07:00", "at 08:00") },
		"and back": func(h *house) {
			h.edit("at 07:00", "at 08:00")
			h.step()
			h.edit("at 08:00", "at 07:00")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := localHouse(t, "sqlite", "friday at 07:00")
			for name := range h.ids {
				h.zone(name, "Africa/Nairobi")
			}
			if name != "allowed" {
				h.edit("    max_age: none", "    max_age: none\n    own_hour: true")
			}
			h.step()
			h.publish("tide")
			h.walk(at10(10, 14, 0), time.Hour, nil)
			change(h)
			came := h.walk(at10(12, 14, 0), time.Hour, nil)
			want, records := "11 04:00 ", "2024-10-11 07:00 edition"
			switch name {
			case "later":
				want, records = "11 05:00 ", "2024-10-11 08:00 edition; 2024-10-11 07:00 dropped: its schedule was changed"
			case "and back":
				records = "2024-10-11 08:00 dropped: its schedule was changed; 2024-10-11 07:00 edition"
			}
			if len(came) != 5 || slices.ContainsFunc(came, func(s string) bool { return !strings.HasPrefix(s, want) }) {
				t.Errorf("%q; %s", came, h.occurrences())
			}
			if got := h.occurrences(); got != records {
				t.Error(got)
			}
		})
	}
}

// A preview at somebody's own hour is what they get then: with what had appeared
// by the first wave, and of the edition while it waits for them.
func TestPreviewOfAnOwnHour(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "friday at 07:00")
	h.hour("amina", "20")
	h.publish("tide")
	write(t, strings.TrimSuffix(h.file, "config.yaml")+"pieces/later.md", "---\ntitle: later\nsection: Sea\ndate: 2024-10-11T01:00:00Z\n---\n\nWords to come.\n")
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
	preview := func(at time.Time) (string, string) {
		t.Helper()
		p, err := h.Preview(h.ctx, "weekly", "amina@people.example", at)
		h.must(err)
		var b bytes.Buffer
		_, err = p.Message.WriteTo(&b)
		h.must(err)
		id := p.Edition
		if id == "" {
			id = "preview"
		}
		return comparable(b.Bytes(), id), p.Edition
	}
	hers := at10(11, 17, 0)
	before, of := preview(hers)
	if !strings.Contains(before, "11 October 2024") {
		t.Errorf("it is of Friday, and says\n%s", before)
	}
	if p, err := h.Preview(h.ctx, "weekly", "amina@people.example", time.Time{}); err != nil || p.Theirs.Format("2006-01-02 15:04 -0700") != "2024-10-11 20:00 +0300" {
		t.Errorf("her time: %v, %v", p.Theirs, err)
	}
	if got := articlesIn([]byte(before)); of != "" || fmt.Sprint(got) != "[tide]" {
		t.Errorf("before: %v of %q", got, of)
	}
	h.walk(at10(11, 8, 0), time.Hour, nil)
	e := h.editions()[0].ID
	between, of := preview(hers)
	if of != e || between != before {
		t.Errorf("between, of %q:\n%s", of, between)
	}
	if now, of := preview(time.Time{}); of != e || now != before {
		t.Errorf("now, of %q:\n%s", of, now)
	}
	h.walk(at10(11, 18, 0), time.Hour, nil)
	for _, m := range h.server.Messages() {
		if m.To == "amina@people.example" && comparable(m.Raw, e) != before {
			t.Errorf("sent:\n%s\npreviewed:\n%s", comparable(m.Raw, e), before)
		}
	}
	if h.got("amina") != "tide" {
		t.Errorf("amina got %q", h.got("amina"))
	}
	if now, of := preview(time.Time{}); of != "" || fmt.Sprint(articlesIn([]byte(now))) != "[later]" {
		t.Errorf("afterwards, of %q:\n%s", of, now)
	}
}

// A plan counts people by their zones and hours.
func TestPlanOfOwnHours(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "friday at 07:00")
	h.hour("amina", "20")
	p, err := h.Plan(h.ctx, at10(12, 0, 0))
	h.must(err)
	if len(p.Sends) != 1 || p.Sends[0].People != 5 || p.Sends[0].Waves[store.Wave{Zone: "Africa/Nairobi", Hour: "20:00"}] != 1 || p.Sends[0].Waves[store.Wave{}] != 1 {
		t.Errorf("%+v", p.Sends)
	}
}

// What contradicts own hours is told with its place and its mend, all at once.
func TestOwnHoursOfTheConfiguration(t *testing.T) {
	t.Parallel()
	file := settings(t, "sqlite:x.db", "127.0.0.1:9")
	write(t, file, `publication: {title: Harbour, url: "http://localhost:8080"}
articles: [{folder: pieces}]
mail: {from: a@harbour.example, outbox: out}
newsletters:
  - {name: weekly, own_hour: true}
  - {name: twice, own_hour: true}
  - {name: issues, own_hour: true, kind: contents}
  - {name: by-hand, own_hour: true}
  - {name: by-issue, own_hour: true}
  - {name: wrong, own_hour: sometimes}
schedules:
  - newsletter: weekly
    every: friday at 07:00
  - newsletter: twice
    every: day at 07:00 and 18:00
    local: true
  - newsletter: twice
    name: hourly
    cron: "0 * * * *"
    local: true
  - {newsletter: issues, every: issue}
  - newsletter: by-issue
    every: issue + 2h
`)
	_, err := config.Load(file, nil, daemon.CheckConfig)
	if err == nil {
		t.Fatal("no mistake")
	}
	for _, want := range []string{
		"line 12, column 5: schedules[0].local: readers who choose their hour (own_hour) have it in their own zone; write local: true, or remove own_hour from newsletter weekly",
		"line 15, column 12: schedules[1].every: it goes out at 2 times of a day",
		"line 19, column 11: schedules[2].cron: it goes out at 24 times of a day",
		"line 7, column 30: newsletters[2].own_hour: the contents of an issue are sent when it is published",
		"line 8, column 31: newsletters[3].own_hour: by-hand has no schedule whose time people's own hours could take the place of",
		"line 23, column 12: schedules[4].every: an issue is published at one instant for all, and not at a reader's own hour",
		"newsletters[5].own_hour: ",
	} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("%v\nwant once: %s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "own_hour: "); n < 3 {
		t.Errorf("%d: %v", n, err)
	}
}

// Hours that people chose, and that count for nothing now, are told of.
func TestHoursThatCountForNothing(t *testing.T) {
	t.Parallel()
	h := hourHouse(t, "sqlite", "friday at 07:00")
	h.hour("amina", "20")
	if got := h.warnings(); got != "" {
		t.Error(got)
	}
	h.edit("    own_hour: true\n", "")
	if got := h.warnings(); got != "1 person has an hour of their own for weekly, which counts for nothing" {
		t.Error(got)
	}
}
