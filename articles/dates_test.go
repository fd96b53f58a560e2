package articles

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/hijri"
)

func TestParseDate(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2024-05-17", "2024-05-16T21:00:00Z"},
		{" 2024-5-7 ", "2024-05-06T21:00:00Z"},
		{"2024-05-17T08:30", "2024-05-17T05:30:00Z"},
		{"2024-05-17T08:30:15Z", "2024-05-17T08:30:15Z"},
		{"2024-05-17 08:30:15 -0700", "2024-05-17T15:30:15Z"},
		{"2024-05-17 08:30:15.123 +3", "2024-05-17T05:30:15Z"},
		{"2024-05-17t08:30:15+05:30", "2024-05-17T03:00:15Z"},
		{"2024-05-17 08:30 UTC", "2024-05-17T08:30:00Z"},
		{"2024-02-29", "2024-02-28T21:00:00Z"},
		{"9999-12-31", "9999-12-30T21:00:00Z"},
		{"2023-02-29", ""},
		{"2024-13-01", ""},
		{"2024-00-01", ""},
		{"2024-04-31", ""},
		{"0999-01-01", ""},
		{"2024-05-17T24:00", ""},
		{"2024-05-17T08:60", ""},
		{"2024-05-17T08:30+25:00", ""},
		{"2024-05-17T08:30 EST", ""},
		{"17 May 2024", ""},
		{"20240517", ""},
		{"2024-05", ""},
		{"tomorrow", ""},
		{"", ""},
	} {
		got, wrong := parseDate(c.in, nairobi)
		if c.want == "" {
			if wrong == "" {
				t.Errorf("%q was read as %v", c.in, got)
			}
			continue
		}
		if wrong != "" || got.Format(time.RFC3339) != c.want {
			t.Errorf("%q: %v %s, want %s", c.in, got.Format(time.RFC3339), wrong, c.want)
		}
	}
}

// In Santiago the clocks go from midnight to one o'clock in spring: what is of that date is
// of no other.
func TestDateWithoutAMidnight(t *testing.T) {
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"2024-09-08":       "2024-09-08T01:00:00-03:00",
		"2024-09-08 00:30": "2024-09-08T01:00:00-03:00",
		"2024-09-08 01:30": "2024-09-08T01:30:00-03:00",
		"2024-04-06 23:30": "2024-04-06T23:30:00-03:00", // the first of two
	} {
		got, wrong := parseDate(in, santiago)
		if wrong != "" || got.In(santiago).Format(time.RFC3339) != want {
			t.Errorf("%q: %v %s, want %s", in, got.In(santiago).Format(time.RFC3339), wrong, want)
		}
	}
}

func TestDateReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone"))
		want := time.Unix(rapid.Int64Range(-30_000_000_000, 250_000_000_000).Draw(t, "seconds"), 0).In(zone)
		layout := rapid.SampledFrom([]string{time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-07:00"}).Draw(t, "layout")
		got, wrong := parseDate(want.Format(layout), time.UTC)
		if wrong != "" || !got.Equal(want) {
			t.Fatalf("%s: %v %s", want.Format(layout), got, wrong)
		}
	})
}

// A page may print the day that a corrected month has after its 30th.
func TestHijriDayOfACorrectedMonth(t *testing.T) {
	corrected, plain := newReader(hijri.Correction{Year: 1445, Month: hijri.DhuAlQadah, Days: 2}), newReader()
	captured := strings.Replace(pageText(t, "full.txt"), "Safar 12, 1447 2025-08-06", "Shawwal 31, 1445 2024-05-11", 1)
	for name, text := range map[string]string{
		"a.md":  page("Alpha", "2024-05-10", passage, "hijri: Shawwal 31, 1445"),
		"a.txt": captured,
	} {
		d, problems := corrected.Parse(name, []byte(text))
		if d == nil || d.Hijri != "Shawwal 31, 1445" || len(problems) > 0 {
			t.Errorf("%s: %+v, %v", name, d, problems)
		}
		if d, problems := plain.Parse(name, []byte(text)); d != nil {
			t.Errorf("%s without corrections: %s, %v", name, d.Hijri, problems)
		}
	}
}

func TestDateInName(t *testing.T) {
	for name, want := range map[string]string{
		"2024-05-17-tide.md":              "2024-05-17",
		"posts/tide 2024-05-17.md":        "2024-05-17",
		"2024-05-17/index.md":             "2024-05-17",
		"2024/05/17/tide.md":              "2024-05-17",
		"2024/05/tide.md":                 "2024-05-01",
		"2023/01/2024/05/tide.md":         "2024-05-01",
		"content/2024-05/tide.md":         "2024-05-01",
		"2024/05/2023-04-03-tide.md":      "2023-04-03",
		"2024/13/tide.md":                 "",
		"2024-05-32-tide.md":              "2024-05-01",
		"tide-12024-05-17.md":             "",
		"tide.md":                         "",
		"v2024/5/tide.md":                 "",
		"2024/05/2024-99-99-tide.md":      "2024-05-01",
		"archive/2024/05/17-the-tide.md":  "2024-05-17",
		"archive/1899/12/the-old-tide.md": "1899-12-01",
	} {
		got, _, ok := dateInName(name, nairobi)
		day := ""
		if ok {
			day = got.In(nairobi).Format(time.DateOnly)
		}
		if day != want {
			t.Errorf("%s: %q, want %q", name, day, want)
		}
	}
}

func TestNameWords(t *testing.T) {
	for name, want := range map[string]string{
		"2024-05-17-the-tide_clock.md": "The tide clock",
		"a/the-rope-walk/index.html":   "The rope walk",
		"2024-05-17.md":                "2024 05 17",
		"été.md":                       "Été",
		"index.md":                     "Index",
		"---.md":                       "---.md",
	} {
		if got := nameWords(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestMissingDate(t *testing.T) {
	r := newReader()
	d, problems := r.Parse("tide.md", []byte("---\ntitle: Tide\nupdated: 2020-01-01\n---\nText.\n"))
	if d == nil || !d.DateMissing || !d.Published.IsZero() || len(problems) != 1 {
		t.Fatalf("%+v %v", d, problems)
	}
	r.SetDate(d, time.Date(2024, 9, 4, 22, 0, 0, 0, time.UTC)) // the 5th in Nairobi
	if d.DateMissing || d.Hijri != "Rabi' al-Awwal 01, 1446" || !d.Updated.IsZero() {
		t.Errorf("missing %v, Hijri %q, updated %v", d.DateMissing, d.Hijri, d.Updated)
	}
}

func TestHijriDates(t *testing.T) {
	for _, c := range []struct{ name, front, hijri, month, year string }{
		{"computed", "", "Rabi' al-Awwal 01, 1446", "Rabi' al-Awwal", "1446"},
		{"computed in Arabic", "language: ar\n", "١ ربيع الأول ١٤٤٦ هـ", "ربيع الأول", "١٤٤٦"},
		{"printed", "hijri: Rabi' al-Awwal 03, 1446\n", "Rabi' al-Awwal 03, 1446", "Rabi' al-Awwal", "1446"},
		{"month and year", "hijri: Safar 1446\n", "Safar 1446", "Safar", "1446"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := newReader().Parse("a.md", []byte("---\ntitle: A\ndate: 2024-09-05\n"+c.front+"---\nText.\n"))
			if len(problems) > 0 || d.Hijri != c.hijri || d.HijriMonth != c.month || d.HijriYear != c.year {
				t.Errorf("%q, %q, %q; %v", d.Hijri, d.HijriMonth, d.HijriYear, problems)
			}
		})
	}
}

// A correction moves computed dates, and a printed one is measured by it.
func TestCorrectedHijriDates(t *testing.T) {
	late := hijri.Correction{Year: 1446, Month: hijri.RabiAlAwwal, Days: 1}
	for _, c := range []struct{ front, hijri, warns string }{
		{"date: 2024-09-05\n", "Safar 30, 1446", ""},
		{"date: 2024-09-06\n", "Rabi' al-Awwal 01, 1446", ""},
		{"date: 2024-09-06\nlanguage: ar\n", "١ ربيع الأول ١٤٤٦ هـ", ""},
		{"date: 2024-09-05\nhijri: 1er rabia al awal 1446\n", "1er rabia al awal 1446", ""},
		{"date: 2024-09-05\nhijri: Rabi' al-Awwal 03, 1446\n", "Rabi' al-Awwal 03, 1446", "the computed date, Safar 30, 1446; it was kept as printed"},
	} {
		d, problems := newReader(late).Parse("a.md", []byte("---\ntitle: A\n"+c.front+"---\nText.\n"))
		if d == nil || d.Hijri != c.hijri {
			t.Errorf("%s: %+v, %v; want %s", c.front, d, problems, c.hijri)
		}
		if c.warns == "" && len(problems) > 0 || c.warns != "" && (len(problems) != 1 || !strings.Contains(problems[0].String(), c.warns)) {
			t.Errorf("%s: %v; want %q", c.front, problems, c.warns)
		}
	}
}
