package hijri

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

// plain is a calendar without corrections.
func plain(c Calendar) Reckoning {
	r, err := NewReckoning(c)
	if err != nil {
		panic(err) // there is nothing to refuse
	}
	return r
}

// TestWholeRange walks every day that converts: each follows the one before, and
// converts back. The civil ones also agree with the rule of the leap years.
func TestWholeRange(t *testing.T) {
	for _, c := range []Calendar{Civil, UmmAlQura} {
		ends := spans[c]
		var before Date
		for day := ends.first; !day.After(ends.last); day = day.AddDate(0, 0, 1) {
			d, err := plain(c).FromGregorian(day.Year(), day.Month(), day.Day())
			if err != nil {
				t.Fatalf("%s: %s: %v", c, day, err)
			}
			full := before.Day >= 29 || before == Date{1364, Shaban, 28} // which has 28 days in go-hijri's table
			next := d == Date{before.Year, before.Month, before.Day + 1} ||
				full && d == Date{before.Year, before.Month + 1, 1} ||
				full && before.Month == 12 && d == Date{before.Year + 1, 1, 1}
			if day == ends.first {
				next = d == ends.from
			}
			if !next {
				t.Fatalf("%s: %s: %v follows %v", c, day.Format(time.DateOnly), d, before)
			}
			if y, m, dd, err := plain(c).ToGregorian(d); err != nil || noon(y, m, dd) != day {
				t.Fatalf("%s: %v is %d-%d-%d, %v; want %s", c, d, y, m, dd, err, day.Format(time.DateOnly))
			}
			if c == Civil {
				checkCivil(t, day, d)
			}
			before = d
		}
		if before != ends.to {
			t.Errorf("%s ends on %v; want %v", c, before, ends.to)
		}
		if _, _, _, err := plain(c).ToGregorian(Date{before.Year, before.Month, before.Day + 1}); err == nil {
			t.Errorf("%s: the day after the last converts", c)
		}
	}
}

// checkCivil compares with the arithmetic form of the civil calendar: 30 years
// have 10,631 days, of which those with (11y+14) mod 30 < 11 have 355.
func checkCivil(t *testing.T, day time.Time, d Date) {
	const secondsADay = 24 * 60 * 60  // a Duration would hold 292 years
	epoch := noon(622, time.July, 19) // 1 Muharram 1, proleptic Gregorian
	got := 1 + (day.Unix()-epoch.Unix())/secondsADay
	want := d.Day + (59*(int(d.Month)-1)+1)/2 + (d.Year-1)*354 + (3+11*d.Year)/30
	if got != int64(want) {
		t.Fatalf("civil: %s is %v, day %d; want day %d", day.Format(time.DateOnly), d, want, got)
	}
}

func TestGregorianErrors(t *testing.T) {
	for _, test := range []struct {
		c     Calendar
		year  int
		month time.Month
		day   int
		says  string
	}{
		{Civil, 2023, 2, 29, "2023-02-29 does not exist"},
		{Civil, 2023, 13, 1, "2023-13-01 does not exist"},
		{Civil, 2023, 1, 0, "2023-01-00 does not exist"},
		{Civil, 1582, 12, 31, "outside the civil calendar, which goes from 1583-01-01"},
		{Civil, 2271, 12, 4, "to 2271-12-03"},
		{Civil, math.MaxInt32, 1, 1, "outside the civil calendar"},
		{Civil, math.MinInt32, 1, 1, "outside the civil calendar"},
		{UmmAlQura, 1937, 3, 13, "which goes from 1937-03-14 to 2077-11-16"},
		{UmmAlQura, 2077, 11, 17, "which goes from 1937-03-14 to 2077-11-16"},
		{None, 2024, 9, 5, "choose civil or umm-al-qura"},
		{"lunar", 2024, 9, 5, `"lunar" is no Hijri calendar; write civil, umm-al-qura or none`},
	} {
		if d, err := plain(test.c).FromGregorian(test.year, test.month, test.day); err == nil || !strings.Contains(err.Error(), test.says) || magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("FromGregorian(%s, %d, %d, %d) = %v, %v; want an error with %q", test.c, test.year, test.month, test.day, d, err, test.says)
		}
	}
}

func TestHijriErrors(t *testing.T) {
	for _, test := range []struct {
		c    Calendar
		d    Date
		says string
	}{
		{Civil, Date{1445, Safar, 30}, "Safar 1445 has no day 30 in the civil calendar"},
		{UmmAlQura, Date{1446, JumadaAlUla, 30}, "Jumada' al-Ula 1446 has no day 30"},
		{Civil, Date{1445, Safar, 33}, "has no day 33"},
		{Civil, Date{1445, Safar, math.MaxInt}, "has no day 9223372036854775807"},
		{UmmAlQura, Date{1355, DhuAlHijjah, 29}, "outside the umm-al-qura calendar, which goes from Muharram 01, 1356 to Dhu al-Hijjah"},
		{UmmAlQura, Date{1501, Muharram, 1}, "outside"},
		{UmmAlQura, Date{1, Muharram, 1}, "outside"},
		{Civil, Date{1445, 13, 1}, "month 13 does not exist"},
		{Civil, Date{1445, 0, 1}, "month 0 does not exist"},
		{Civil, Date{1445, Safar, 31}, "Safar 1445 has no day 31 in the civil calendar"},
		{Civil, Date{1445, Safar, -1}, "has no day -1"},
		{Civil, Date{lastYear + 1, Safar, 1}, "is no Hijri year"},
		{Civil, Date{math.MinInt, Safar, 1}, "is no Hijri year"},
		{None, Date{1445, Safar, 1}, "choose civil or umm-al-qura"},
	} {
		if y, m, d, err := plain(test.c).ToGregorian(test.d); err == nil || !strings.Contains(err.Error(), test.says) || magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("ToGregorian(%s, %#v) = %d-%d-%d, %v; want an error with %q", test.c, test.d, y, m, d, err, test.says)
		}
	}
}

// TestNeverPanics: whatever the numbers, there is a date or an error.
func TestNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]Calendar{Civil, UmmAlQura, None, ""}).Draw(t, "calendar")
		d := Date{rapid.OneOf(rapid.Int(), rapid.IntRange(1350, 1505)).Draw(t, "year"), Month(rapid.OneOf(rapid.Int(), rapid.IntRange(0, 13)).Draw(t, "month")), rapid.OneOf(rapid.Int(), rapid.IntRange(0, 31)).Draw(t, "day")}
		y, m, day, err := plain(c).ToGregorian(d)
		if err != nil {
			return
		}
		if back, err := plain(c).FromGregorian(y, m, day); err != nil || back != d {
			t.Fatalf("%v is %d-%d-%d, which is %v, %v", d, y, m, day, back, err)
		}
		if n, err := plain(c).DaysApart(d, y, m, day); err != nil || n != 0 {
			t.Fatalf("%v is %d days from itself, %v", d, n, err)
		}
	})
}

func TestDaysApart(t *testing.T) {
	for _, test := range []struct {
		printed     string
		c           Calendar
		y, m, d, ok int
	}{
		{"Rabi' al-Awwal 03, 1446", Civil, 2024, 9, 5, 2},     // computed: the 1st
		{"Rabi' al-Awwal 03, 1446", UmmAlQura, 2024, 9, 5, 1}, // computed: the 2nd
		{"Safar 28, 1446", Civil, 2024, 9, 5, -2},
		{"Safar 30, 1446", Civil, 2024, 9, 5, 0}, // Safar has 29 days: the 30th is as good as the 1st of the next
		{"Rabi' al-Awwal 03, 1445", Civil, 2024, 9, 5, 2 - 355},
		{"Muharram 01, 0991", Civil, 2271, 1, 1, -251263},
	} {
		printed, err := Parse(test.printed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := plain(test.c).DaysApart(printed, test.y, time.Month(test.m), test.d); err != nil || got != test.ok {
			t.Errorf("%s (%s) on %d-%d-%d: %d days apart, %v; want %d", test.printed, test.c, test.y, test.m, test.d, got, err, test.ok)
		}
	}
	if _, err := plain(None).DaysApart(Date{1446, 1, 1}, 2024, 9, 5); err == nil {
		t.Error("no calendar, but no error")
	}
	if _, err := plain(Civil).DaysApart(Date{}, 2024, 9, 5); err == nil {
		t.Error("no date, but no error")
	}
	if _, err := plain(Civil).DaysApart(Date{1446, 1, 1}, 2024, 2, 30); err == nil {
		t.Error("no Gregorian date, but no error")
	}
}

func TestParseCalendar(t *testing.T) {
	for _, name := range []string{"civil", "umm-al-qura", "none"} {
		if c, err := ParseCalendar(name); err != nil || string(c) != name {
			t.Errorf("ParseCalendar(%q) = %q, %v", name, c, err)
		}
	}
	if c, err := ParseCalendar("Civil"); err == nil || c != None {
		t.Errorf("ParseCalendar accepts another spelling: %q, %v", c, err)
	}
}
