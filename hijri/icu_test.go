package hijri_test

import (
	_ "embed"
	"os/exec"
	"strings"
	"testing"
	"time"

	"postrider/hijri"
	"postrider/internal/posttest"
)

// The tests of this file compare with another implementation, ICU, which Node
// carries. What it said is kept, written by Node 20 with ICU 78.2, and is asked
// for again where Node is there.
var (
	//go:embed testdata/month-starts.txt
	monthStarts string
	//go:embed testdata/printed-dates.txt
	printedDates string
)

// node runs a script of testdata.
func node(t *testing.T, script string) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		posttest.Missing(t, "Node", "apt-get install nodejs, or run make test")
	}
	out, err := exec.CommandContext(t.Context(), "node", "testdata/"+script).Output()
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return string(out)
}

func TestAgainstICU(t *testing.T)   { compareMonths(t, monthStarts) }
func TestAgainstNode(t *testing.T)  { compareMonths(t, node(t, "month-starts.js")) }
func TestPrintedByICU(t *testing.T) { readPrinted(t, printedDates) }
func TestPrintedByNode(t *testing.T) {
	readPrinted(t, node(t, "printed-dates.js"))
}

// compareMonths compares every day of the years, both ways.
func compareMonths(t *testing.T, table string) {
	for _, span := range []struct {
		calendar            hijri.Calendar
		column, first, last int
		days                int
	}{
		{hijri.Civil, 1, 1950, 2050, 101*365 + 25}, // 1952, 1956 … 2048 are leap years
		{hijri.UmmAlQura, 2, 2000, 2028, 29*365 + 8},
	} {
		r, err := hijri.NewReckoning(span.calendar)
		if err != nil {
			t.Fatal(err)
		}
		days := 0
		months := startsIn(t, table, span.column)
		for i, m := range months[:len(months)-1] {
			for day := m.start; day.Before(months[i+1].start); day = day.AddDate(0, 0, 1) {
				if day.Year() < span.first || day.Year() > span.last {
					continue
				}
				days++
				want := hijri.Date{Year: m.year, Month: m.number, Day: 1 + int(day.Sub(m.start)/(24*time.Hour))}
				if got, err := r.FromGregorian(day.Date()); err != nil || got != want {
					t.Errorf("%s: %s is %v, %v; ICU says %v", r, day.Format(time.DateOnly), got, err, want)
				}
				if y, mon, d, err := r.ToGregorian(want); err != nil || y != day.Year() || mon != day.Month() || d != day.Day() {
					t.Errorf("%s: %v is %d-%d-%d, %v; ICU says %s", r, want, y, mon, d, err, day.Format(time.DateOnly))
				}
			}
		}
		if days != span.days {
			t.Errorf("%s: compared %d days", r, days)
		}
	}
}

// month is a Hijri month with its first day.
type month struct {
	year   int
	number hijri.Month
	start  time.Time
}

// startsIn reads one calendar's column.
func startsIn(t *testing.T, table string, column int) (months []month) {
	t.Helper()
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if fields[0] == "#" || fields[column] == "-" {
			continue
		}
		m, err := time.Parse("2006-01", fields[0]) // a year and a month, not Gregorian ones
		if err != nil {
			t.Fatal(err)
		}
		start, err := time.Parse(time.DateOnly, fields[column])
		if err != nil {
			t.Fatal(err)
		}
		months = append(months, month{m.Year(), hijri.Month(m.Month()), start})
	}
	return months
}

// readPrinted reads dates as CLDR has languages print them.
func readPrinted(t *testing.T, table string) {
	read := 0
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		want, language, printed := fields[0], fields[1], fields[2]
		if got, err := hijri.Parse(printed); err != nil || got.String() != want {
			t.Errorf("%s: Parse(%q) = %v, %v; want %s", language, printed, got, err, want)
		}
		read++
	}
	if read != 12*11 {
		t.Errorf("read %d dates", read)
	}
}
