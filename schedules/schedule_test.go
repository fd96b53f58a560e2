package schedules

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// mustParse makes a schedule weekly/main.
func mustParse(t testing.TB, cron, timezone string) *Schedule {
	t.Helper()
	s, err := Parse(Spec{Newsletter: "weekly", Cron: cron, Timezone: timezone})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// set is the set of some numbers.
func set(numbers ...int) (s uint64) {
	for _, n := range numbers {
		s |= 1 << n
	}
	return s
}

func TestParseSets(t *testing.T) {
	zero := set(0)
	for cron, w := range map[string]struct{ minutes, hours, days, months, weekdays uint64 }{
		"0 0 * * *":             {zero, zero, everyDay, everyMonth, everyWeekday},
		"0 0 ? * ?":             {zero, zero, everyDay, everyMonth, everyWeekday},
		"  0\t0 * * * ":         {zero, zero, everyDay, everyMonth, everyWeekday},
		"0 0 1-31 * *":          {zero, zero, everyDay, everyMonth, everyWeekday},
		"0 0 */2 * *":           {zero, zero, set(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), everyMonth, everyWeekday},
		"0,30 7-9 1,15 JAN,7 *": {set(0, 30), set(7, 8, 9), set(1, 15), set(1, 7), everyWeekday},
		"*/20 0 * * fri":        {set(0, 20, 40), zero, everyDay, everyMonth, set(5)},
		"5/20 0 * * *":          {set(5, 25, 45), zero, everyDay, everyMonth, everyWeekday},
		"0 0 * * 7":             {zero, zero, everyDay, everyMonth, set(0)},
		"0 0 * * 0,7":           {zero, zero, everyDay, everyMonth, set(0)},
		"0 0 * * 5-7":           {zero, zero, everyDay, everyMonth, set(5, 6, 0)},
		"0 0 * * FRI-SUN":       {zero, zero, everyDay, everyMonth, set(5, 6, 0)},
		"0 0 * * 1-7/2":         {zero, zero, everyDay, everyMonth, set(1, 3, 5, 0)},
		"0 0 * * 0-7":           {zero, zero, everyDay, everyMonth, everyWeekday},
		"0 0 * * 7-7":           {zero, zero, everyDay, everyMonth, set(0)},
		"0 0 * * SUN-TUE":       {zero, zero, everyDay, everyMonth, set(0, 1, 2)},
		"0 0 29 2 1":            {zero, zero, set(29), set(2), set(1)},
		"@hourly":               {zero, 1<<24 - 1, everyDay, everyMonth, everyWeekday},
		"@daily":                {zero, zero, everyDay, everyMonth, everyWeekday},
		"@midnight":             {zero, zero, everyDay, everyMonth, everyWeekday},
		"@weekly":               {zero, zero, everyDay, everyMonth, set(0)},
		"@monthly":              {zero, zero, set(1), everyMonth, everyWeekday},
		"@yearly":               {zero, zero, set(1), set(1), everyWeekday},
		"@annually":             {zero, zero, set(1), set(1), everyWeekday},
		"CRON_TZ=UTC 0 0 * * 1": {zero, zero, everyDay, everyMonth, set(1)},
		"TZ=UTC  @daily":        {zero, zero, everyDay, everyMonth, everyWeekday},
	} {
		want := recurrence{dates: monthly{w.days, w.months, w.weekdays}, times: product(w.hours, w.minutes)}
		if s := mustParse(t, cron, "UTC"); s.recurrence != want {
			t.Errorf("%q is %+v; want %+v", cron, s.recurrence, want)
		}
	}
}

// TestRare: what comes once in 28 years is let in.
func TestRare(t *testing.T) {
	for weekday := range 7 {
		s := mustParse(t, fmt.Sprintf("0 7 29 2 %d", weekday), "UTC")
		o, ok := s.Next(instant(t, "2026-01-01T00:00:00Z"))
		if !ok || o.Date[4:] != "-02-29" || o.At.Weekday() != time.Weekday(weekday) {
			t.Errorf("29 February on a %s: %v, %v", time.Weekday(weekday), o, ok)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for cron, says := range map[string]string{
		"":                               "write five fields, such as 0 7 * * FRI",
		"  ":                             "write five fields",
		"0 7 * *":                        "has 4 fields, not five",
		"0 0 7 * * FRI":                  "leave out the seconds: write 0 7 * * FRI",
		"0 7 * * FRI 2026":               "such as 0 7 * * FRI",
		"0 0 0 7 * * FRI":                "has 7 fields",
		"60 * * * *":                     `minute not understood ("60"); write 0 to 59`,
		"0 24 * * *":                     `hour not understood ("24"); write 0 to 23`,
		"0 7 0 * *":                      `day of the month not understood ("0")`,
		"0 7 32 * *":                     `day of the month not understood ("32")`,
		"0 7 * 13 *":                     `month not understood ("13")`,
		"0 7 * FRI *":                    `month not understood ("FRI")`,
		"0 7 * * 8":                      `day of the week not understood ("8")`,
		"0 7 * * 5-8":                    `day of the week not understood ("5-8")`,
		"0 -7 * * *":                     `hour not understood ("-7")`,
		"+0 7 * * *":                     `minute not understood ("+0")`,
		"*/0 7 * * *":                    `minute not understood ("*/0")`,
		"*/1/2 7 * * *":                  `minute not understood ("*/1/2")`,
		"*/99999999999999999 * * * *":    `minute not understood`,
		"*-5 7 * * *":                    `minute not understood ("*-5")`,
		"? 7 * * *":                      `minute not understood ("?")`,
		"0 7 1,,2 * *":                   `day of the month has a comma too many ("1,,2")`,
		"0 7 * * ,":                      `day of the week has a comma too many`,
		"0 22-6 * * *":                   "write 22-23,0-6",
		"0 7 * * SAT-MON":                "write 6-7,1",
		"0 7 * NOV-FEB *":                "write 11-12,1-2",
		"0 7 * * FRIDAY":                 "write FRI",
		"0 7 * MARCH *":                  "write MAR",
		"0 7 L * *":                      "every: last day of the month at 18:00",
		"0 7 L-2 * *":                    "every: last day of the month at 18:00",
		"0 7 15W * *":                    "write 15, or MON-FRI as day of the week",
		"0 7 * * FRI#1":                  "write 1-7 as day of the month and FRI as day of the week",
		"0 7 * * 5#2":                    "write 8-14 as day of the month and 5 as day of the week",
		"0 7 * * FRI#5":                  "write 29-31 as day of the month",
		"0 7 * * FRI#6":                  "for the first Friday write 1-7",
		"0 7 * * 5L":                     "for the fourth write 22-28 as day of the month and 5 as day of the week",
		"0 7 * * friL":                   "for the fourth write 22-28 as day of the month and FRI",
		"0 7 * * L":                      "write SAT",
		"0 7 30 2 *":                     "never comes",
		"0 7 31 4,6,9,11 *":              "never comes",
		"@every 1h":                      "0 * * * * for every hour",
		"@every":                         "write the times",
		"@reboot":                        "write @hourly, @daily",
		"@":                              "write @hourly, @daily",
		"@daily 7":                       "write @hourly, @daily",
		"TZ=UTC":                         "there is a zone and no time",
		"CRON_TZ=UTC":                    "there is a zone and no time",
		"TZ=":                            "does not agree with timezone",
		"CRON_TZ= 0 7 * * *":             "does not agree with timezone",
		"TZ=Local 0 7 * * *":             "does not agree with timezone",
		"CRON_TZ=Europe/Paris 0 7 * * *": "does not agree with timezone",
	} {
		s, err := Parse(Spec{Newsletter: "weekly", Cron: cron, Timezone: "UTC"})
		if err == nil || s != nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want an error with %q", cron, err, says)
			continue
		}
		var problems Problems
		if magazine.CodeOf(err) != magazine.Invalid || !errors.As(err, &problems) || problems[0].Field != "cron" {
			t.Errorf("%q: %#v is not invalid because of cron", cron, err)
		}
	}
}

// TestParseListsAll: all that is wrong is told at once, and each with its field.
func TestParseListsAll(t *testing.T) {
	_, err := Parse(Spec{Newsletter: "the week", Name: "a/b", Cron: "61 24 * * FRI", Timezone: "Nairobi"})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%v has no problems", err)
	}
	var got []string
	for _, p := range problems {
		if p.Text == "" || p.Mend == "" || p.Warning {
			t.Errorf("%#v does not say what to do", p)
		}
		got = append(got, p.Field+" "+p.Value)
	}
	if want := "newsletter the week|name a/b|timezone Nairobi|cron 61|cron 24"; strings.Join(got, "|") != want {
		t.Errorf("problems: %q; want %q", got, want)
	}
}

func TestParseZones(t *testing.T) {
	for _, zone := range []string{"", "Local", "EAT+3", "+03:00", "africa/../UTC", "../UTC", "Africa", "\x00"} {
		if _, err := Parse(Spec{Newsletter: "weekly", Cron: "0 7 * * *", Timezone: zone}); err == nil || !strings.Contains(err.Error(), "timezone: ") || !strings.Contains(err.Error(), "Africa/Nairobi") {
			t.Errorf("zone %q: %v", zone, err)
		}
	}
	s := mustParse(t, "0 7 * * *", "Africa/Nairobi")
	if s.Zone().String() != "Africa/Nairobi" || s.Name != "main" {
		t.Errorf("zone %s, name %q", s.Zone(), s.Name)
	}
}

// TestWarnings: day of the month and day of the week together, judged by what
// they mean and not by how they are written.
func TestWarnings(t *testing.T) {
	for cron, says := range map[string]string{
		"0 9 1-7 * MON":   "on the first Monday of the month",
		"0 9 */2 * FRI":   "every Friday that falls on the 1st, 3rd",
		"0 9 13 * 1-5":    "every weekday that falls on the 13th of the month",
		"0 9 * * MON":     "",
		"0 9 1-31 * MON":  "",
		"0 9 1 * *":       "",
		"0 9 1 * 0-6":     "",
		"0 9 1 * MON-SUN": "",
	} {
		s := mustParse(t, cron, "UTC")
		if says == "" && len(s.Warnings) > 0 || says != "" && (len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], says)) {
			t.Errorf("%q: warnings %q; want %q", cron, s.Warnings, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, cron := range []string{"0 7 * * FRI", "*/15 9-17 * * 1-5", "0 9 1-7 * MON", "0 7 29 2 1", "@daily", "@every 1h", "TZ=UTC", "CRON_TZ=UTC 0 7 * * *",
		"TZ= 0 7 * * *", "0 7 L * *", "0 7 * * FRI#2", "0 7 * * 5L", "0 7 * * FRI-SUN", "0 7 30 2 *", "* * * * *", "0 0 7 * * *", "0 7 , * *", "\xff"} {
		f.Add(cron, "UTC")
	}
	f.Add("30 2 * * *", "America/New_York")
	f.Add("0 0 * * *", "Africa/Cairo")
	f.Add("0 7 * * *", "Local")
	f.Fuzz(func(t *testing.T, cron, zone string) {
		s, err := Parse(Spec{Newsletter: "weekly", Cron: cron, Timezone: zone})
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || magazine.CodeOf(err) != magazine.Invalid {
				t.Fatalf("%#v", err)
			}
			return
		}
		if s.Words() == "" {
			t.Error("no words")
		}
		after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		list := s.Upcoming(after, 3)
		if len(list) != 3 {
			t.Fatalf("%q fires %d times", cron, len(list))
		}
		for _, o := range list {
			if !o.At.After(after) {
				t.Errorf("%v is not after %v", o, after)
			}
			after = o.At
		}
	})
}
