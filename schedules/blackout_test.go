package schedules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/hijri"
)

func TestBlackouts(t *testing.T) {
	for name, c := range map[string]struct {
		every, from, to string
		rests           []BlackoutSpec
		want, dropped   string
	}{
		"dropped": {"day at 07:00", "2026-12-23", "2026-12-28", []BlackoutSpec{{From: "2026-12-24", To: "2026-12-26"}},
			"23 07:00, 27 07:00", "24 07:00, 25 07:00, 26 07:00"},
		"moved together": {"day at 07:00 and 18:00", "2026-12-23", "2026-12-28", []BlackoutSpec{{From: "2026-12-24", To: "2026-12-26", Then: Move}},
			"23 07:00, 23 18:00, 27 07:00 with 24 07:00 25 07:00 26 07:00, 27 18:00 with 24 18:00 25 18:00 26 18:00", ""},
		"moved to a day of its own": {"friday at 07:00", "2026-12-20", "2026-12-31", []BlackoutSpec{{From: "2026-12-24", To: "2026-12-26", Then: Move}},
			"25 07:00 at 27", ""},
		"dropped on the way": {"day at 07:00", "2026-12-23", "2026-12-28", []BlackoutSpec{{From: "2026-12-24", Then: Move}, {From: "2026-12-25"}},
			"23 07:00, 26 07:00 with 24 07:00, 27 07:00", "25 07:00"},
		"every year": {"friday at 07:00", "2027-12-20", "2028-01-10", []BlackoutSpec{{From: "12-24", To: "01-02"}},
			"07 07:00", "24 07:00, 31 07:00"},
		"hijri":          {"day at 07:00", "2026-03-18", "2026-03-23", []BlackoutSpec{{From: "1 Shawwal", To: "3 Shawwal 1447"}}, "", ""},
		"arabic figures": {"day at 07:00", "2026-03-19", "2026-03-22", []BlackoutSpec{{From: "١ شوال ١٤٤٧"}}, "19 07:00, 21 07:00", "20 07:00"},
		"hijri every year": {"day at 07:00", "2026-03-19", "2026-03-24", []BlackoutSpec{{From: "1 Shawwal", To: "3 Shawwal", Title: "Eid"}},
			"19 07:00, 23 07:00", "20 07:00, 21 07:00, 22 07:00"},
	} {
		s, err := Parse(Spec{Newsletter: "weekly", Every: c.every, Timezone: "Africa/Nairobi", Blackouts: c.rests, Calendar: civil(t)})
		if c.want == "" {
			if err == nil {
				t.Errorf("%s: no mistake", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		from, to := instant(t, c.from+"T00:00:00+03:00"), instant(t, c.to+"T00:00:00+03:00")
		var got, dropped []string
		for o := range s.Between(from, to) {
			text := o.Date[8:] + " " + o.Slot
			if day := o.At.In(s.Zone()).Format("02"); day != o.Date[8:] {
				text += " at " + day
			}
			for i, m := range o.Merged {
				if i == 0 {
					text += " with"
				}
				text += " " + m.Date[8:] + " " + m.Slot
			}
			got = append(got, text)
		}
		for _, o := range s.Dropped(from, to) {
			dropped = append(dropped, o.Date[8:]+" "+o.Slot)
			if o.Reason == "" {
				t.Errorf("%s: %s is dropped without a reason", name, o.Key())
			}
		}
		if a, b := strings.Join(got, ", "), strings.Join(dropped, ", "); a != c.want || b != c.dropped {
			t.Errorf("%s: %s; dropped %s", name, a, b)
		}
	}
}

// A day that only a corrected month has can be a blackout's.
func TestBlackoutOnTheLastOfACorrectedMonth(t *testing.T) {
	longer, err := hijri.NewReckoning(hijri.Civil, hijri.Correction{Year: 1446, Month: hijri.Safar, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Newsletter: "weekly", Every: "day at 07:00", Timezone: "UTC", Blackouts: []BlackoutSpec{{From: "Muharram 31, 1446"}}, Calendar: longer}
	s, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	dropped := s.Dropped(instant(t, "2024-08-05T00:00:00Z"), instant(t, "2024-08-10T00:00:00Z"))
	if len(dropped) != 1 || dropped[0].Date != "2024-08-07" {
		t.Errorf("%+v", dropped)
	}
	spec.Calendar = civil(t)
	if _, err = Parse(spec); err == nil {
		t.Error("a day that no month has")
	}
}

func TestBlackoutMistakes(t *testing.T) {
	for says, rests := range map[string][]BlackoutSpec{
		"blackouts[0].from: it is no date": {{From: "Christmas"}},
		"blackouts[0].from: day 31 does not exist in Shawwal; a Hijri month has 29 or 30 days; only a correction makes one longer, in its year, which then is to be written": {{From: "31 Shawwal"}},
		"blackouts[0].to: day 31 does not exist in Shawwal; a Hijri month has 29 or 30 days (\"31 Shawwal 1447\"); write a date such":                                        {{From: "1 Shawwal 1447", To: "31 Shawwal 1447"}},
		"blackouts[0].from: 1447 is no Gregorian year of our time":                                                                                                           {{From: "1447-10-01"}},
		"blackouts[0].from: 0000 is no Gregorian year of our time":                                                                                                           {{From: "0000-12-24"}},
		"blackouts[0].from: there is no such date":                                                                                                                           {{From: "2026-02-29"}},
		"blackouts[0].to: it is before from":                                                                                                                                 {{From: "2026-12-24", To: "2026-12-23"}},
		"blackouts[1].to: it is not written as from is":                                                                                                                      {{From: "12-24"}, {From: "2026-12-24", To: "12-26"}},
		"blackouts[0].then: not known":                                                                                                                                       {{From: "12-24", Then: "skip"}},
		"blackouts[1].then: 2026-12-25 is in this span and in Eve, 2026-12-24 to 2026":                                                                                       {{From: "2026-12-24", To: "2026-12-25", Title: "Eve"}, {From: "2026-12-25", Then: Move}},
		"blackouts: nothing may go out for more than 400 days on end":                                                                                                        {{From: "01-01", To: "12-31"}},
	} {
		_, err := Parse(Spec{Newsletter: "weekly", Every: "day at 07:00", Timezone: "UTC", Blackouts: rests})
		var problems Problems
		if !errors.As(err, &problems) || !strings.HasPrefix(problems[0].String(), says) {
			t.Errorf("%v; want %s", err, says)
		}
	}
	for _, then := range []Then{Drop, Move} {
		_, err := Parse(Spec{Newsletter: "weekly", Cron: "0 9 25 12 *", Timezone: "UTC", Blackouts: []BlackoutSpec{{From: "12-24", To: "12-26", Then: then}}})
		if lost := err != nil && strings.Contains(err.Error(), "they take away every date of the schedule"); lost != (then == Drop) {
			t.Errorf("every date on a blackout, %s: %v", then, err)
		}
	}
	if _, err := Parse(Spec{Newsletter: "weekly", Every: "day at 07:00", Timezone: "UTC", Blackouts: []BlackoutSpec{{From: "1 Shawwal"}}}); err == nil || !strings.Contains(err.Error(), "no Hijri calendar is chosen") {
		t.Errorf("a Hijri date without a calendar: %v", err)
	}
}

// Whatever is blacked out, each date and time of the schedule without blackouts
// goes out, is merged or is dropped, once; nothing goes out on a blackout or
// before its time; and the order stays.
func TestBlackoutsLoseNothing(t *testing.T) {
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		plain := drawSchedule(t, zone)
		start := time.Date(rapid.IntRange(1990, 2050).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC)
		then := rapid.SampledFrom([]Then{Drop, Move}).Draw(t, "then")
		spec := plain.Spec
		dark := map[string]bool{}
		for range rapid.IntRange(1, 4).Draw(t, "spans") {
			from := start.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "from"))
			to := from.AddDate(0, 0, rapid.IntRange(0, 5).Draw(t, "days"))
			spec.Blackouts = append(spec.Blackouts, BlackoutSpec{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Then: then})
			for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
				dark[day.Format(time.DateOnly)] = true
			}
		}
		s, err := Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		end := start.AddDate(0, 0, 70)
		want, got := map[Nominal]bool{}, map[Nominal]int{}
		for o := range plain.Between(start, end) {
			for _, n := range append(o.Merged, o.Nominal) {
				want[n] = true
			}
		}
		before := start
		for o := range s.Between(start, end) {
			if !o.At.After(before) {
				t.Fatalf("%s comes at %v, after %v", o.Key(), o.At, before)
			}
			before = o.At
			if dark[o.At.In(zone).Format(time.DateOnly)] && dark[o.Date] {
				t.Fatalf("%s comes on a blackout, %v", o.Key(), o.At.In(zone))
			}
			for _, n := range append(slices.Clone(o.Merged), o.Nominal) {
				got[n]++
				slot, _ := time.Parse("2006-01-02 15:04", n.Date+" "+n.Slot)
				if reading(o.At, zone).Before(slot) {
					t.Fatalf("%v comes when the clocks show %v", n, reading(o.At, zone))
				}
			}
		}
		for _, o := range s.Dropped(start, end) {
			if !dark[o.Date] || then != Drop {
				t.Fatalf("%s is dropped", o.Key())
			}
			got[o.Nominal]++
		}
		for n := range want {
			if got[n] != 1 {
				t.Fatalf("%v comes %d times; %v", n, got[n], spec)
			}
			delete(got, n)
		}
		if len(got) > 0 {
			t.Fatal(fmt.Sprint(got))
		}
	})
}
