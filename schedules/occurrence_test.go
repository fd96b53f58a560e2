package schedules

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// instant reads RFC 3339.
func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// brief writes an occurrence as "date slot instant", and what is merged into it.
func brief(o Occurrence) string {
	text := fmt.Sprintf("%s %s %s", o.Date, o.Slot, o.At.Format("2006-01-02T15:04Z"))
	for _, m := range o.Merged {
		text += fmt.Sprintf(" + %s %s", m.Date, m.Slot)
	}
	return text
}

// occurrenceCases are days on which clocks are changed, and others on which
// calendars are odd, with all occurrences after one instant up to another.
var occurrenceCases = []struct {
	name, cron, zone, after, until string
	want                           string
}{
	{"an ordinary week", "0 7 * * FRI", "Africa/Nairobi", "2026-11-20T04:00:00Z", "2026-12-04T04:00:00Z", `
			2026-11-27 07:00 2026-11-27T04:00Z
			2026-12-04 07:00 2026-12-04T04:00Z`},
	{"02:30 does not exist", "30 2 * * *", "America/New_York", "2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z", `
			2026-03-07 02:30 2026-03-07T07:30Z
			2026-03-08 02:30 2026-03-08T07:00Z
			2026-03-09 02:30 2026-03-09T06:30Z`},
	{"01:30 comes twice", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z", `
			2026-11-01 01:30 2026-11-01T05:30Z
			2026-11-02 01:30 2026-11-02T06:30Z`},
	{"begun between the two", "30 1 * * *", "America/New_York", "2026-11-01T05:45:00Z", "2026-11-02T12:00:00Z", `
			2026-11-02 01:30 2026-11-02T06:30Z`},
	{"every half hour, forward", "*/30 * * * *", "America/New_York", "2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z", `
			2026-03-08 01:30 2026-03-08T06:30Z
			2026-03-08 03:00 2026-03-08T07:00Z + 2026-03-08 02:00 + 2026-03-08 02:30
			2026-03-08 03:30 2026-03-08T07:30Z
			2026-03-08 04:00 2026-03-08T08:00Z`},
	{"every half hour, back", "*/30 * * * *", "America/New_York", "2026-11-01T04:30:00Z", "2026-11-01T07:30:00Z", `
			2026-11-01 01:00 2026-11-01T05:00Z
			2026-11-01 01:30 2026-11-01T05:30Z
			2026-11-01 02:00 2026-11-01T07:00Z
			2026-11-01 02:30 2026-11-01T07:30Z`},
	{"02:00 and 03:00 across a gap", "0 2,3 * * *", "America/New_York", "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z", `
			2026-03-08 03:00 2026-03-08T07:00Z + 2026-03-08 02:00`},
	{"asked just before the gap ends", "0 2,3 * * *", "America/New_York", "2026-03-08T06:59:59Z", "2026-03-09T00:00:00Z", `
			2026-03-08 03:00 2026-03-08T07:00Z + 2026-03-08 02:00`},
	{"no midnight in Cairo", "0 0 * * *", "Africa/Cairo", "2026-04-22T12:00:00Z", "2026-04-24T22:00:00Z", `
			2026-04-23 00:00 2026-04-22T22:00Z
			2026-04-24 00:00 2026-04-23T22:00Z
			2026-04-25 00:00 2026-04-24T21:00Z`},
	{"no midnight in Beirut", "0 0 * * *", "Asia/Beirut", "2026-03-28T12:00:00Z", "2026-03-29T22:00:00Z", `
			2026-03-29 00:00 2026-03-28T22:00Z
			2026-03-30 00:00 2026-03-29T21:00Z`},
	{"the last hour of a day is missing in Nuuk", "30 23 * * SAT", "America/Nuuk", "2026-03-28T00:00:00Z", "2026-04-05T12:00:00Z", `
			2026-03-28 23:30 2026-03-29T01:00Z
			2026-04-04 23:30 2026-04-05T00:30Z`},
	{"slots of two dates at one instant", "0,30 0,23 * * *", "America/Nuuk", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", `
			2026-03-29 00:00 2026-03-29T01:00Z + 2026-03-28 23:00 + 2026-03-28 23:30
			2026-03-29 00:30 2026-03-29T01:30Z`},
	{"half an hour on Lord Howe, forward", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-04T15:30:00Z", `
			2026-10-04 02:15 2026-10-03T15:30Z
			2026-10-05 02:15 2026-10-04T15:15Z`},
	{"half an hour on Lord Howe, back", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-05T15:15:00Z", `
			2026-04-05 01:45 2026-04-04T14:45Z
			2026-04-06 01:45 2026-04-05T15:15Z`},
	{"back over midnight, from 00:01", "0 0 * * *", "America/St_Johns", "2006-10-28T12:00:00Z", "2006-10-30T12:00:00Z", `
			2006-10-29 00:00 2006-10-29T02:30Z
			2006-10-30 00:00 2006-10-30T03:30Z`},
	{"asked in the hour that comes again", "0 0 * * *", "America/St_Johns", "2006-10-29T03:00:00Z", "2006-10-30T12:00:00Z", `
			2006-10-30 00:00 2006-10-30T03:30Z`},
	{"Samoa skips 30 December", "0 0,7,23 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T18:00:00Z", `
			2011-12-29 07:00 2011-12-29T17:00Z
			2011-12-29 23:00 2011-12-30T09:00Z
			2011-12-31 00:00 2011-12-30T10:00Z
			2011-12-31 07:00 2011-12-30T17:00Z`},
	{"a Friday that is left out", "0 7 * * FRI", "Pacific/Apia", "2011-12-25T00:00:00Z", "2012-01-06T00:00:00Z", `
			2012-01-06 07:00 2012-01-05T17:00Z`},
	{"Kwajalein skips 21 August", "0 12 20-22 8 *", "Pacific/Kwajalein", "1993-08-01T00:00:00Z", "1993-08-31T00:00:00Z", `
			1993-08-20 12:00 1993-08-21T00:00Z
			1993-08-22 12:00 1993-08-22T00:00Z`},
	{"Alaska goes back a day", "0 12 * * *", "America/Juneau", "1867-10-17T00:00:00Z", "1867-10-21T00:00:00Z", `
			1867-10-18 12:00 1867-10-17T20:57Z
			1867-10-19 12:00 1867-10-18T20:57Z
			1867-10-20 12:00 1867-10-20T20:57Z`},
	{"first Monday", "0 9 1-7 * MON", "UTC", "2026-01-01T00:00:00Z", "2026-03-31T00:00:00Z", `
			2026-01-05 09:00 2026-01-05T09:00Z
			2026-02-02 09:00 2026-02-02T09:00Z
			2026-03-02 09:00 2026-03-02T09:00Z`},
	{"29 February on a Monday, 28 and 40 years apart", "0 7 29 2 MON", "UTC", "2016-02-29T07:00:00Z", "2112-12-31T00:00:00Z", `
			2044-02-29 07:00 2044-02-29T07:00Z
			2072-02-29 07:00 2072-02-29T07:00Z
			2112-02-29 07:00 2112-02-29T07:00Z`},
	{"the end of a leap year beyond Go's tables", "0 */8 31 12 *", "America/New_York", "2040-12-31T00:00:00Z", "2041-12-31T00:00:00Z", `
			2040-12-31 00:00 2040-12-31T05:00Z
			2040-12-31 08:00 2040-12-31T13:00Z
			2040-12-31 16:00 2040-12-31T21:00Z`},
	{"the same in the south, in summer time", "0 23 31 12 *", "Pacific/Auckland", "2040-12-31T00:00:00Z", "2042-01-01T00:00:00Z", `
			2040-12-31 23:00 2040-12-31T10:00Z
			2041-12-31 23:00 2041-12-31T10:00Z`},
	{"far beyond Go's tables", "30 2 * 3 SUN", "America/New_York", "2088-03-13T00:00:00Z", "2088-03-21T00:00:00Z", `
			2088-03-14 02:30 2088-03-14T07:00Z`},
}

func TestOccurrences(t *testing.T) {
	for _, test := range occurrenceCases {
		t.Run(test.name, func(t *testing.T) {
			s := mustParse(t, test.cron, test.zone)
			want := strings.Fields(strings.ReplaceAll(strings.TrimSpace(test.want), " ", "_"))
			var got []string
			for o := range s.Between(instant(t, test.after), instant(t, test.until)) {
				o.At = o.At.Truncate(time.Minute) // local mean time had seconds
				got = append(got, strings.ReplaceAll(brief(o), " ", "_"))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s in %s:\n%s\nwant:\n%s", test.cron, test.zone, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestKey(t *testing.T) {
	s, err := Parse(Spec{Newsletter: "weekly", Name: "early", Cron: "30 2 * * *", Timezone: "America/New_York"})
	if err != nil {
		t.Fatal(err)
	}
	o, _ := s.Next(instant(t, "2026-03-08T00:00:00Z"))
	if got, want := o.Key(), "weekly/early/2026-03-08/02:30"; got != want {
		t.Errorf("key %q; want %q", got, want)
	}
	if o.At.Location() != time.UTC {
		t.Errorf("%v is not in UTC", o.At)
	}
}

// TestNextIsAfter: an occurrence at the very instant asked about is not next,
// however the instant is written.
func TestNextIsAfter(t *testing.T) {
	s := mustParse(t, "0 7 * * *", "Africa/Nairobi")
	at := instant(t, "2026-11-27T04:00:00Z")
	for _, test := range []struct {
		after time.Time
		want  string
	}{
		{at.Add(-1), "2026-11-27"},
		{at, "2026-11-28"},
		{at.Add(1), "2026-11-28"},
		{at.In(time.FixedZone("", -11*3600)), "2026-11-28"},
	} {
		if o, ok := s.Next(test.after); !ok || o.Date != test.want {
			t.Errorf("after %v comes %v, %v; want %s", test.after, o, ok, test.want)
		}
	}
}

func TestUpcoming(t *testing.T) {
	s := mustParse(t, "0 7 * * *", "UTC")
	list := s.Upcoming(instant(t, "2026-12-30T07:00:00Z"), 3)
	var dates []string
	for _, o := range list {
		dates = append(dates, o.Date)
	}
	if got := strings.Join(dates, " "); got != "2026-12-31 2027-01-01 2027-01-02" {
		t.Errorf("upcoming: %s", got)
	}
	if list := s.Upcoming(time.Time{}, 0); len(list) != 0 {
		t.Errorf("none wanted, but got %v", list)
	}
}

// TestBetweenStops: the consumer may stop, and an empty span has nothing.
func TestBetweenStops(t *testing.T) {
	s := mustParse(t, "* * * * *", "UTC")
	start := instant(t, "2026-01-01T00:00:00Z")
	n := 0
	for range s.Between(start, start.AddDate(100, 0, 0)) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("got %d", n)
	}
	for o := range s.Between(start, start) {
		t.Errorf("%v in an empty span", o)
	}
	for o := range s.Between(start, start.Add(-time.Hour)) {
		t.Errorf("%v in a span that ends before it begins", o)
	}
}
