package schedules

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What a form asks for is written in words that are read back as the same.
func TestPatternAndBack(t *testing.T) {
	calendar := civil(t)
	rapid.Check(t, func(t *rapid.T) {
		p := Pattern{Kind: rapid.SampledFrom(Kinds).Draw(t, "kind")}
		days := weekdaysOf(rapid.Uint64Range(1, everyWeekday).Draw(t, "days"))
		if p.Kind != ByIssue {
			p.Times = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string { return clock(rapid.IntRange(0, 24*60-1).Draw(t, "minute")) }), 1, 6, rapid.ID[string]).Draw(t, "times")
			slices.Sort(p.Times)
		}
		switch p.Kind {
		case Weekly:
			p.Weekdays = days
		case Fortnightly:
			from := time.Date(2026, 1, rapid.IntRange(1, 400).Draw(t, "from"), 0, 0, 0, 0, time.UTC)
			p.Weekdays, p.From = []time.Weekday{from.Weekday()}, from.Format(time.DateOnly)
		case Monthly:
			p.Days = numbers(rapid.Uint64Range(1, 1<<31-2).Draw(t, "dates") << 1 & everyDay)
		case Nth:
			p.Weekdays, p.Place = days, rapid.SampledFrom([]int{1, 2, 3, 4, 5, Last}).Draw(t, "place")
			if len(days) == 7 {
				p.Place = Last
			}
		case Lunar:
			p.Place = rapid.SampledFrom([]int{1, Last}).Draw(t, "place")
		case ByIssue:
			p.Delay = time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "delay")) * time.Minute
		}
		s, err := Parse(Spec{Newsletter: "weekly", Every: p.Every(), Timezone: "UTC", Calendar: calendar})
		if err != nil {
			t.Fatalf("%+v is written as %q: %v", p, p.Every(), err)
		}
		if got, ok := s.Pattern(); !ok || !reflect.DeepEqual(got, p) {
			t.Fatalf("%q is read back as %+v, want %+v", p.Every(), got, p)
		}
	})
	s, err := Parse(Spec{Newsletter: "weekly", Cron: "0 7 * * 5", Timezone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := s.Pattern(); ok {
		t.Errorf("a cron expression is %+v", p)
	}
}
