package schedules

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

// zoneList has the names of all zones in Go's lib/time/zoneinfo.zip.
//
//go:embed testdata/zones.txt
var zoneList string

func loadZones(t testing.TB) []*time.Location {
	t.Helper()
	var zones []*time.Location
	for _, name := range strings.Fields(zoneList) {
		zone, problems := loadZone(name)
		if problems != nil {
			t.Fatal(problems)
		}
		zones = append(zones, zone)
	}
	return zones
}

// drawnSchedule is a schedule with what it was written from.
type drawnSchedule struct {
	*Schedule
	matches func(reading time.Time) bool
}

// drawSchedule makes a schedule that goes out often enough to meet the changes
// of clocks, in either way of writing it.
func drawSchedule(t *rapid.T, zone *time.Location) drawnSchedule {
	if rapid.Bool().Draw(t, "in words") {
		return drawWords(t, zone)
	}
	return drawCron(t, zone)
}

// drawCron makes one of a cron expression: hours of the night are likely,
// restricted days are not.
func drawCron(t *rapid.T, zone *time.Location) drawnSchedule {
	var sets [5][]int
	words := make([]string, 5)
	for i, f := range fields {
		all := make([]int, 0, 60)
		for n := f.min; n <= f.max && !(f.min == 0 && n == 7 && f.max == 7); n++ {
			all = append(all, n)
		}
		few := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 4, rapid.ID[int])
		switch {
		case i == 1:
			few = rapid.OneOf(few, rapid.SliceOfNDistinct(rapid.SampledFrom([]int{0, 1, 2, 3, 22, 23}), 1, 6, rapid.ID[int]))
		case i == 2: // every month has some of these
			few = rapid.Map(few, func(days []int) []int {
				return append(days, slices.DeleteFunc([]int{1, 8, 15, 22}, func(n int) bool { return slices.Contains(days, n) })...)
			})
		}
		if rapid.IntRange(0, 3).Draw(t, "restrict "+f.name) == 0 || i == 0 && rapid.Bool().Draw(t, "minutes") {
			sets[i] = few.Draw(t, f.name)
			text := make([]string, len(sets[i]))
			for j, n := range sets[i] {
				text[j] = strconv.Itoa(n)
			}
			words[i] = strings.Join(text, ",")
		} else {
			sets[i], words[i] = all, "*"
		}
	}
	s, err := Parse(Spec{Newsletter: "weekly", Cron: strings.Join(words, " "), Timezone: zone.String()})
	if err != nil {
		t.Fatal(err)
	}
	return drawnSchedule{s, func(r time.Time) bool {
		for i, n := range []int{r.Minute(), r.Hour(), r.Day(), int(r.Month()), int(r.Weekday())} {
			if !slices.Contains(sets[i], n) {
				return false
			}
		}
		return true
	}}
}

// drawWords makes one of plain words.
func drawWords(t *rapid.T, zone *time.Location) drawnSchedule {
	day := rapid.SampledFrom([]time.Weekday{0, 1, 2, 3, 4, 5, 6}).Draw(t, "weekday")
	name := strings.ToLower(day.String())
	on := func(r time.Time) bool { return r.Weekday() == day }
	from := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 40000).Draw(t, "from"))
	for from.Weekday() != day {
		from = from.AddDate(0, 0, 1)
	}
	place := rapid.IntRange(0, 3).Draw(t, "place") // the fifth doesn't come in every month
	kinds := []struct {
		words string
		on    func(r time.Time) bool
	}{
		{"day", func(time.Time) bool { return true }},
		{"weekday", func(r time.Time) bool { return r.Weekday() != time.Saturday && r.Weekday() != time.Sunday }},
		{name, on},
		{"tue, wed and " + name, func(r time.Time) bool { return on(r) || r.Weekday() == time.Tuesday || r.Weekday() == time.Wednesday }},
		{"other " + name, func(r time.Time) bool {
			return on(r) && !r.Before(from) && int(midnight(r).Sub(from).Hours()/24)%14 == 0
		}},
		{places[place] + " " + name + " of the month", func(r time.Time) bool { return on(r) && (r.Day()-1)/7 == place }},
		{"last " + name + " of the month", func(r time.Time) bool { return on(r) && r.AddDate(0, 0, 7).Month() != r.Month() }},
		{"last day of the month", func(r time.Time) bool { return r.AddDate(0, 0, 1).Day() == 1 }},
		{places[place] + " day of the month", func(r time.Time) bool { return r.Day() == place+1 }},
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	var at []string
	for range rapid.IntRange(1, 3).Draw(t, "times") {
		hour := rapid.OneOf(rapid.IntRange(0, 23), rapid.SampledFrom([]int{0, 1, 2, 3})).Draw(t, "hour")
		at = append(at, fmt.Sprintf("%02d:%02d", hour, rapid.SampledFrom([]int{0, 0, 30, 59}).Draw(t, "minute")))
	}
	text := kind.words + " at " + strings.Join(at, " and ")
	if strings.HasPrefix(kind.words, "other") {
		text += " from " + from.Format(time.DateOnly)
	}
	s, err := Parse(Spec{Newsletter: "weekly", Every: text, Timezone: zone.String()})
	if err != nil {
		t.Fatal(err)
	}
	return drawnSchedule{s, func(r time.Time) bool { return kind.on(r) && slices.Contains(at, r.Format("15:04")) }}
}

// TestOccurrencesAreInOrder: in any zone, at any time, instants strictly
// increase, keys are unique, none comes before its time, and asking from any
// instant in between gives the same answer.
func TestOccurrencesAreInOrder(t *testing.T) {
	zones := loadZones(t)
	first, last := time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2150, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		s := drawSchedule(t, zone)
		after := time.Unix(rapid.Int64Range(first, last).Draw(t, "after"), 0).UTC()
		if change, ok := nextChange(after, zone); ok && rapid.Bool().Draw(t, "near a change") {
			after = change.Add(-26 * time.Hour)
		}
		keys := map[string]bool{}
		for range 60 {
			o, ok := s.Next(after)
			if !ok || !o.At.After(after) {
				t.Fatalf("%s in %s: %v, %v after %v", s.Cron+s.Every, zone, o, ok, after)
			}
			if keys[o.Key()] {
				t.Fatalf("%s in %s: %s comes twice", s.Cron+s.Every, zone, o.Key())
			}
			keys[o.Key()] = true
			slot, err := time.Parse("2006-01-02 15:04", o.Date+" "+o.Slot)
			if err != nil || !s.matches(slot) {
				t.Fatalf("%s in %s: %v is not in the schedule, %v", s.Cron+s.Every, zone, o, err)
			}
			if shown := reading(o.At, zone); shown.Before(slot) {
				t.Fatalf("%s in %s: %v comes when the clocks show %v", s.Cron+s.Every, zone, o, shown)
			}
			between := after.Add(time.Duration(rapid.Int64Range(0, int64(o.At.Sub(after))-1).Draw(t, "between")))
			if again, _ := s.Next(between); brief(again) != brief(o) {
				t.Fatalf("%s in %s: after %v comes %s, after %v comes %s", s.Cron+s.Every, zone, after, brief(o), between, brief(again))
			}
			after = o.At
		}
	})
}

// TestAgainstWatching compares with somebody who watches the clocks of the zone
// minute by minute, and lets a slot go out when they first show its time or have
// jumped over it. The spans are around changes where there are any.
func TestAgainstWatching(t *testing.T) {
	zones := loadZones(t)
	first, last := time.Date(1973, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		s := drawSchedule(t, zone)
		start := time.Unix(rapid.Int64Range(first, last).Draw(t, "start"), 0).UTC().Truncate(time.Minute)
		if change, ok := nextChange(start, zone); ok {
			start = change.Add(-30 * time.Hour)
		}
		end := start.Add(60 * time.Hour)
		want := watch(s, zone, start, end)
		var got []string
		for o := range s.Between(start, end) {
			got = append(got, brief(o))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s in %s from %v:\n%s\nwatched:\n%s", s.Cron+s.Every, zone, start, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// watch lists what comes due after start, up to and including end.
func watch(s drawnSchedule, zone *time.Location, start, end time.Time) []string {
	const day = 24 * time.Hour
	wall := func(t time.Time) time.Time { // what the clocks show
		l := t.In(zone)
		return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
	}
	dates := map[time.Time]bool{} // that the clocks show at some time
	for t := start.Add(-2 * day); t.Before(end.Add(2 * day)); t = t.Add(15 * time.Minute) {
		dates[midnight(wall(t))] = true
	}
	var list []string
	latest := wall(start.Add(-2 * day)) // the latest that they have shown
	for t := start.Add(-2 * day); !t.After(end); t = t.Add(time.Minute) {
		var due []Nominal
		for now := wall(t); latest.Before(now); {
			latest = latest.Add(time.Minute)
			if s.matches(latest) && dates[midnight(latest)] {
				due = append(due, Nominal{latest.Format(time.DateOnly), latest.Format("15:04")})
			}
		}
		if len(due) > 0 && t.After(start) {
			n := len(due) - 1
			list = append(list, brief(Occurrence{Nominal: due[n], At: t, Merged: due[:n]}))
		}
	}
	return list
}

// nextChange looks for the first change of the zone's offset within two years,
// by looking at the offsets only.
func nextChange(t time.Time, zone *time.Location) (time.Time, bool) {
	offset := func(t time.Time) int { _, o := t.In(zone).Zone(); return o }
	was := offset(t)
	for range 2 * 365 {
		next := t.Add(24 * time.Hour)
		if offset(next) == was {
			t = next
			continue
		}
		for offset(t) == was {
			t = t.Add(time.Minute)
		}
		return t.Truncate(time.Minute), true
	}
	return t, false
}

// TestStretches walks all zones over the years in which Go goes over from tables
// to rules: each walk ends, and offsets are constant in each stretch.
func TestStretches(t *testing.T) {
	from, to := time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2045, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, zone := range loadZones(t) {
		steps := 0
		for at := from; at.Before(to); steps++ {
			if steps > 100 {
				t.Fatalf("%s: the walk does not get beyond %v", zone, at)
			}
			end, ends := magazine.OffsetEnd(at, zone)
			if !ends {
				end = to
			} else if !end.After(at) {
				t.Fatalf("%s: the stretch of %v ends at %v", zone, at, end)
			}
			_, offset := at.In(zone).Zone()
			for ; at.Before(end); at = at.Add(71 * time.Hour) {
				if _, o := at.In(zone).Zone(); o != offset {
					t.Fatalf("%s: offset %d at %v is not %d", zone, o, at, offset)
				}
			}
			if _, o := end.Add(-time.Second).In(zone).Zone(); o != offset {
				t.Fatalf("%s: offset %d before %v is not %d", zone, o, end, offset)
			}
			at = end
		}
	}
}

// TestWordsTellApart: two schedules with the same words are the same schedule.
func TestWordsTellApart(t *testing.T) {
	seen := map[string]recurrence{}
	// Few sets for each field, near the edges of what words are chosen by, so
	// that collisions would be found.
	choices := [5][]string{
		{"0", "30", "0,30", "*/15", "5/15", "*", "0-3", "1,2,4", "0-30"},
		{"7", "7,18", "*", "*/2", "1/2", "9-17", "0-3", "0,1,2,3,8", "8-17/3", "0-22"},
		{"*", "1", "13", "1-7", "8-14", "29-31", "28-31", "1,2", "2-31", "1-3,5"},
		{"*", "1", "1,7", "6-8", "2-12"},
		{"*", "MON", "SUN", "MON-FRI", "MON-SAT", "SAT,SUN", "MON,WED,FRI", "FRI-SUN"},
	}
	var walk func(i int, words []string)
	walk = func(i int, words []string) {
		if i < len(choices) {
			for _, choice := range choices[i] {
				walk(i+1, append(slices.Clone(words), choice))
			}
			return
		}
		cron := strings.Join(words, " ")
		r, _, problems := readCron(cron, "UTC")
		if problems != nil {
			t.Fatalf("%s: %v", cron, problems)
		}
		text := (&Schedule{recurrence: r}).Words()
		if before, ok := seen[text]; ok && before != r {
			t.Fatalf("%q are the words of %s and of %s", text, fmt.Sprint(before), fmt.Sprint(r))
		}
		seen[text] = r
	}
	walk(0, nil)
	if n := len(slices.Collect(maps.Keys(seen))); n < 30_000 {
		t.Errorf("compared only %d", n)
	}
}
