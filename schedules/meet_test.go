package schedules

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/hijri"
)

// has tells whether a date is in the span.
func (b *blackout) has(date time.Time) bool {
	if b.lunar {
		n, ok := lunarDayOf(b.calendar, date)
		return ok && b.covers(n)
	}
	return b.covers(dayOf(date))
}

// Spans that contradict each other are named by the first date that both have, day by
// day, whichever calendar they are written in.
func TestSpansThatMeet(t *testing.T) {
	calendar := civil(t)
	rapid.Check(t, func(t *rapid.T) {
		text := func(lunar, yearly bool) string {
			day := rapid.IntRange(1, 28).Draw(t, "day")
			month := rapid.IntRange(1, 12).Draw(t, "month")
			switch {
			case lunar && yearly:
				return fmt.Sprintf("%d %s", day, hijri.Month(month))
			case lunar:
				return fmt.Sprintf("%d %s %d", day, hijri.Month(month), rapid.IntRange(1440, 1502).Draw(t, "year"))
			case yearly:
				return fmt.Sprintf("%02d-%02d", month, day)
			}
			return fmt.Sprintf("%d-%02d-%02d", rapid.IntRange(2018, 2079).Draw(t, "year"), month, day)
		}
		var list []blackout
		for range rapid.IntRange(2, 8).Draw(t, "spans") {
			lunar, yearly := rapid.Bool().Draw(t, "lunar"), rapid.Bool().Draw(t, "yearly")
			spec := BlackoutSpec{From: text(lunar, yearly), To: text(lunar, yearly), Then: []Then{Drop, Move}[len(list)%2]}
			if b, wrong := readBlackout(spec, 0, calendar); wrong == nil {
				list = append(list, b)
			}
		}
		if len(list) < 2 {
			return
		}
		sets := datesOf(list)
		for i := range list {
			for j := range i {
				var want time.Time
				for date := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); date.Year() < 2077 && want.IsZero(); date = date.AddDate(0, 0, 1) {
					if list[i].has(date) && list[j].has(date) {
						want = date
					}
				}
				if got, both := sets[i].meet(sets[j]); both == want.IsZero() || both && !got.Equal(want) {
					t.Errorf("%s and %s meet at %v, %v; want %v", list[i].words(), list[j].words(), got, both, want)
				}
			}
		}
	})
}

// BenchmarkContradictions reads as many dates without a send as there may be, each of
// which may contradict each other.
func BenchmarkContradictions(b *testing.B) {
	calendar := civil(b)
	for _, n := range []int{6, 60} {
		var specs []BlackoutSpec
		for i := range n {
			specs = append(specs, BlackoutSpec{From: fmt.Sprintf("%d %s", i%14*2+1, hijri.Month(1+i/14)), Then: []Then{Drop, Move}[i%2]})
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, wrong := readBlackouts(specs, calendar); wrong != nil {
					b.Fatal(wrong)
				}
			}
		})
	}
}
