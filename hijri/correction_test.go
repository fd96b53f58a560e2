package hijri

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCorrected: the month begins on the other day, the one before it ends
// where it begins, and no other date changes.
func TestCorrected(t *testing.T) {
	late := Correction{1446, Ramadan, 1}
	for _, test := range []struct {
		c           Calendar
		corrections []Correction
		day         string
		want        Date
	}{
		{Civil, nil, "2025-03-01", Date{1446, Ramadan, 1}},
		{Civil, []Correction{late}, "2025-02-28", Date{1446, Shaban, 29}},
		{Civil, []Correction{late}, "2025-03-01", Date{1446, Shaban, 30}},
		{Civil, []Correction{late}, "2025-03-02", Date{1446, Ramadan, 1}},
		{Civil, []Correction{late}, "2025-03-30", Date{1446, Ramadan, 29}},
		{Civil, []Correction{late}, "2025-03-31", Date{1446, Shawwal, 1}},
		{Civil, []Correction{late}, "2024-03-11", Date{1445, Ramadan, 1}}, // another year's
		{Civil, []Correction{late, {1446, Shawwal, 1}}, "2025-03-31", Date{1446, Ramadan, 30}},
		{Civil, []Correction{{1446, Safar, -1}}, "2024-08-05", Date{1446, Muharram, 29}},
		{Civil, []Correction{{1446, Safar, -1}}, "2024-08-06", Date{1446, Safar, 1}},
		{Civil, []Correction{{1446, Safar, -1}}, "2024-09-04", Date{1446, Safar, 30}},
		{Civil, []Correction{{1446, Safar, 1}}, "2024-08-07", Date{1446, Muharram, 31}}, // more than the moon does
		{Civil, []Correction{{1446, Safar, -2}}, "2024-08-05", Date{1446, Safar, 1}},
		{Civil, []Correction{{1447, Muharram, 1}}, "2025-06-27", Date{1446, DhuAlHijjah, 30}}, // over the year's end
		{Civil, []Correction{{1447, Muharram, -1}}, "2025-06-26", Date{1447, Muharram, 1}},
		{UmmAlQura, []Correction{{1446, RabiAlAwwal, -1}}, "2024-09-05", Date{1446, RabiAlAwwal, 3}},
	} {
		r, err := NewReckoning(test.c, test.corrections...)
		if err != nil {
			t.Errorf("%s %v: %v", test.c, test.corrections, err)
			continue
		}
		day, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.FromGregorian(day.Date()); err != nil || got != test.want {
			t.Errorf("%s: %s is %v, %v; want %v", r, test.day, got, err, test.want)
		}
		if y, m, d, err := r.ToGregorian(test.want); err != nil || noon(y, m, d).Format(time.DateOnly) != test.day {
			t.Errorf("%s: %v is %d-%d-%d, %v; want %s", r, test.want, y, m, d, err, test.day)
		}
		if n, err := r.DaysApart(test.want, day.Year(), day.Month(), day.Day()); err != nil || n != 0 {
			t.Errorf("%s: %v is %d days from itself, %v", r, test.want, n, err)
		}
	}
}

// A day that a correction takes from a month is an error.
func TestCorrectedDayIsGone(t *testing.T) {
	r, err := NewReckoning(Civil, Correction{1446, Ramadan, 1})
	if err != nil {
		t.Fatal(err)
	}
	if y, m, d, err := r.ToGregorian(Date{1446, Ramadan, 30}); err == nil || !strings.Contains(err.Error(), "Ramadan 1446 has no day 30") {
		t.Errorf("Ramadan 30 is %d-%d-%d, %v", y, m, d, err)
	}
	if _, _, _, err := plain(Civil).ToGregorian(Date{1446, Shaban, 30}); err == nil {
		t.Error("without a correction Sha'ban has a 30th")
	}
}

// TestCorrectedRoundTrip: with any corrections that may be, each day has a date
// of its own that follows that of the day before and converts back. Where no
// month near is corrected, it is the calendar's.
func TestCorrectedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]Calendar{Civil, UmmAlQura}).Draw(t, "calendar")
		from := moonOf(rapid.IntRange(1357, 1497).Draw(t, "year"), Month(rapid.IntRange(1, 12).Draw(t, "month")))
		var corrections []Correction
		moved := map[moon]bool{}
		for m := from; m < from+14; m++ {
			days := rapid.IntRange(-MostDays, MostDays).Draw(t, "days")
			if days == 0 {
				continue
			}
			k := Correction{m.year(), m.month(), days}
			if _, err := NewReckoning(c, append(corrections, k)...); err == nil {
				corrections = append(corrections, k)
				moved[m] = true
			}
		}
		r, err := NewReckoning(c, corrections...)
		if err != nil {
			t.Fatal(err)
		}
		first, err := plain(c).start(from - 2)
		if err != nil {
			t.Fatal(err)
		}
		var before Date
		for i := range 16 * 30 {
			day := first.AddDate(0, 0, i)
			d, err := r.FromGregorian(day.Date())
			if err != nil {
				t.Fatal(err)
			}
			follows := d == Date{before.Year, before.Month, before.Day + 1} || d.Day == 1 && moonOf(d.Year, d.Month) == moonOf(before.Year, before.Month)+1
			if i > 0 && !follows {
				t.Fatalf("%s: %s: %v follows %v", r, day.Format(time.DateOnly), d, before)
			}
			if d.Day > longestMonth || d.Day == 1 && i > 29 && before.Day < shortestMonth {
				t.Fatalf("%s: %v follows %v", r, d, before)
			}
			before = d
			if y, m, dd, err := r.ToGregorian(d); err != nil || noon(y, m, dd) != day {
				t.Fatalf("%s: %s is %v, which is %d-%d-%d, %v", r, day.Format(time.DateOnly), d, y, m, dd, err)
			}
			language := []string{"en", "ar", "fa", "ur"}[i%4]
			for _, text := range []string{d.Format(language), d.String()} {
				if got, err := r.Parse(text); err != nil || got != d {
					t.Fatalf("%s: Parse(%q) = %v, %v; want %v", r, text, got, err, d)
				}
			}
			computed, err := c.date(day)
			if err != nil {
				t.Fatal(err)
			}
			if m := moonOf(computed.Year, computed.Month); !moved[m] && !moved[m+1] && d != computed {
				t.Fatalf("%s: %s is %v; computed: %v", r, day.Format(time.DateOnly), d, computed)
			}
		}
	})
}

func TestMisfits(t *testing.T) {
	for _, test := range []struct {
		c           Calendar
		corrections []Correction
		says        []string
	}{
		{Civil, []Correction{{1446, Ramadan, -2}}, []string{"1446-09: Sha'ban 1446 would have 27 days; a month has 29 or 30, and corrections may make it 28 to 32; look at its sign"}},
		{Civil, []Correction{{1446, Safar, 2}}, []string{"1446-02: Safar 1446 would have 27 days"}},
		// Of two that make a month between them, the later one is to blame.
		{Civil, []Correction{{1446, Rajab, -1}, {1446, Shaban, 2}}, []string{"1446-08: Rajab 1446 would have 33 days"}},
		{Civil, []Correction{{1446, Ramadan, 3}, {1446, Shawwal, 0}, {1446, 13, 1}, {1446, 0, 1}, {1447, Safar, -3}}, []string{
			"1446-09: 3 days are no correction; write a number from -2 to 2, not 0", "1446-10: 0 days", "month 13 does not exist; write a month from 1 to 12", "month 0 does not exist", "1447-02: -3 days"}},
		{Civil, []Correction{{1446, Ramadan, 1}, {1446, Ramadan, 1}}, []string{"1446-09: it is there twice; keep one of the two"}},
		{Civil, []Correction{{991, Muharram, 1}, {1700, DhuAlHijjah, 1}, {1701, Muharram, 1}}, []string{
			"the civil calendar can be corrected from 0991-02 to 1700-11; write the Hijri year and month within these", "1700-12: the civil calendar can", "1701-01: the civil calendar can"}},
		{Civil, []Correction{{991, Safar, 1}, {1700, DhuAlQadah, 1}}, nil},
		{UmmAlQura, []Correction{{1356, Muharram, 1}, {1500, DhuAlHijjah, 1}, {-1 << 62, Safar, 1}, {1 << 62, Safar, 1}}, []string{
			"from 1356-02 to 1500-11", "1500-12: the umm-al-qura", "the umm-al-qura", "the umm-al-qura"}},
		{UmmAlQura, []Correction{{1356, Safar, 1}, {1500, DhuAlQadah, 1}}, nil},
		{None, []Correction{{1446, Ramadan, 1}}, []string{"1446-09: there is no calendar to correct; choose civil or umm-al-qura, or remove it"}},
	} {
		r, err := NewReckoning(test.c, test.corrections...)
		if test.says == nil && err == nil {
			continue
		}
		var wrong Misfits
		if !errors.As(err, &wrong) || len(wrong) != len(test.says) || r.moved != nil {
			t.Errorf("%s %v: %v; want %q", test.c, test.corrections, err, test.says)
			continue
		}
		for i, line := range strings.Split(err.Error(), "\n") {
			if !strings.Contains(line, test.says[i]) {
				t.Errorf("%s %v: %q; want %q", test.c, test.corrections, line, test.says[i])
			}
		}
	}
}

func TestReckoningString(t *testing.T) {
	r, err := NewReckoning(Civil, Correction{1447, Muharram, -1}, Correction{1446, Ramadan, 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.String(); got != "civil 1446-09+1 1447-01-1" {
		t.Errorf("String() = %q", got)
	}
	if got := plain(UmmAlQura).String(); got != "umm-al-qura" {
		t.Errorf("String() = %q", got)
	}
}
