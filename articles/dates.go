package articles

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"postrider/hijri"
	"postrider/magazine"
)

// datePattern is a date, or a date and time with or without a zone, in the
// forms of RFC 3339, YAML 1.1 and Jekyll ("2024-03-05 06:07:08 +0300").
var datePattern = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?[ \t]*(Z|z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?)?$`)

const mendDate = "write it like 2024-05-17 or 2024-05-17T08:30:00+03:00"

// parseDate reads a date. Without a time it is when the date begins, without a zone it is
// in the given one. The answer is in UTC; the error says what is wrong.
func parseDate(s string, zone *time.Location) (time.Time, string) {
	m := datePattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return time.Time{}, "is no date"
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	year, month, day := n(1), n(2), n(3)
	if year < 1000 {
		return time.Time{}, "is no year between 1000 and 9999"
	}
	if month < 1 || month > 12 {
		return time.Time{}, "has no such month"
	}
	if day < 1 || day > time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return time.Time{}, "has no such day in that month"
	}
	hour, minute, second := n(4), n(5), n(6)
	if hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, "has no such time"
	}
	if m[7] != "" {
		var ok bool
		if zone, ok = offset(m[7]); !ok {
			return time.Time{}, "has no such zone"
		}
	}
	return magazine.FirstAt(time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC), zone), ""
}

// offset is the zone of Z, UTC, GMT, +3, +03, +0300 or +03:00.
func offset(s string) (*time.Location, bool) {
	if s[0] != '+' && s[0] != '-' {
		return time.UTC, true
	}
	figures := strings.ReplaceAll(s[1:], ":", "")
	hours, minutes := figures, "0"
	if len(figures) > 2 {
		hours, minutes = figures[:len(figures)-2], figures[len(figures)-2:]
	}
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	if h > 15 || m > 59 {
		return nil, false
	}
	seconds := h*3600 + m*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

var (
	dayInName   = regexp.MustCompile(`(?:^|[^0-9])(\d{4}-\d{2}-\d{2})(?:[^0-9]|$)`)
	dayInPath   = regexp.MustCompile(`(?:^|/)(\d{4}[-/]\d{2}[-/]\d{2})(?:[^0-9]|$)`)
	monthInPath = regexp.MustCompile(`(?:^|/)(\d{4}[-/]\d{2})(?:[^0-9]|$)`)
)

// dateInName finds a date in a path: 2024-05-17 in the file's name, else
// 2024-05-17, 2024/05/17 or 2024/05 in its folders.
func dateInName(name string, zone *time.Location) (t time.Time, written string, ok bool) {
	for _, try := range []struct {
		pattern *regexp.Regexp
		in, day string
	}{{dayInName, path.Base(name), ""}, {dayInPath, name, ""}, {monthInPath, name, "-01"}} {
		rest := try.in
		for m := try.pattern.FindStringSubmatchIndex(rest); m != nil; m = try.pattern.FindStringSubmatchIndex(rest) {
			text := rest[m[2]:m[3]]
			rest = rest[m[3]:] // what ends one match may begin the next
			found, wrong := parseDate(strings.ReplaceAll(text, "/", "-")+try.day, zone)
			if wrong == "" {
				t, written, ok = found, text, true // the last one is the nearest to the file
			}
		}
		if ok {
			return t, written, true
		}
	}
	return time.Time{}, "", false
}

var leadingDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[-_. ]*`)

// nameWords is a file's name as a title: "2024-05-17-the-tide_clock.md" is "The
// tide clock". An index file has its folder's name.
func nameWords(name string) string {
	stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if strings.EqualFold(stem, "index") && strings.Contains(name, "/") {
		stem = path.Base(path.Dir(name))
	}
	if rest := leadingDate.ReplaceAllString(stem, ""); rest != "" {
		stem = rest
	}
	words := magazine.CleanText(strings.NewReplacer("-", " ", "_", " ").Replace(stem))
	if words == "" {
		return path.Base(name)
	}
	return upperFirst(words)
}

// SetDate sets when a document was published whose DateMissing was set, and
// what follows from it.
func (r *Reader) SetDate(d *Document, published time.Time) {
	d.Published, d.DateMissing = published.UTC(), false
	r.settle(d, &report{})
}

// keepDate gives a document the date under which readers have seen it, in
// place of the one in its file.
func (r *Reader) keepDate(d *Document, published time.Time) {
	year, month, day := d.Published.In(r.zone).Date()
	if computed, err := r.calendar.FromGregorian(year, month, day); err == nil && d.printed.date.IsZero() {
		d.Hijri = ""
		if m, y := computed.MonthYear(d.Language); d.HijriMonth == m && d.HijriYear == y {
			d.HijriMonth, d.HijriYear = "", ""
		}
	}
	r.SetDate(d, published)
}

// sameDay tells that two instants are one date in a file. A date without time
// is midnight in the publication's zone, which may have been another zone when
// the file was first read.
func (r *Reader) sameDay(now, then time.Time) bool {
	local := now.In(r.zone)
	midnight := local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0
	return now.Equal(then) || midnight && now.Sub(then).Abs() < 23*time.Hour
}

// settle brings the other dates in line with the date of publication: Updated
// is never before it, and a Hijri date that was not printed is computed. One
// that was printed wins, but more than two days off is worth a look.
func (r *Reader) settle(d *Document, rep *report) {
	if d.Updated.Before(d.Published) && !d.Updated.IsZero() {
		changed := r.publication.Day(d.Updated)
		d.Updated = time.Time{}
		if changed != r.publication.Day(d.Published) {
			rep.warn(0, "updated", changed, "it is before the date of publication and was left out", "write when the article was changed last")
		}
	}
	year, month, day := d.Published.In(r.zone).Date()
	computed, err := r.calendar.FromGregorian(year, month, day)
	if err != nil {
		return // no calendar, or outside what it covers
	}
	if d.Hijri == "" {
		d.Hijri = computed.Format(d.Language)
		if d.HijriMonth == "" {
			d.HijriMonth, d.HijriYear = computed.MonthYear(d.Language)
		}
		return
	}
	if d.printed.date.Day == 0 { // only month and year
		return
	}
	if apart, err := r.calendar.DaysApart(d.printed.date, year, month, day); err == nil && (apart < -2 || apart > 2) {
		rep.warn(d.printed.line, "hijri", d.Hijri, "it is more than two days from the computed date, "+computed.Format("en")+"; it was kept as printed", "compare it with the page")
	}
}

// printedDate is a Hijri date that stands in the file.
type printedDate struct {
	date hijri.Date // without a day where only month and year are printed
	line int
}

// setHijri takes a Hijri date as it stands on the page.
func (d *Document) setHijri(r *Reader, text string, line int, rep *report) {
	text = magazine.CleanText(text)
	h, err := r.calendar.Parse(text)
	if err != nil {
		month, year, noMonth := hijri.ParseMonthYear(text)
		if noMonth != nil {
			rep.hold(line, "hijri", text, "the Hijri date cannot be read", "write it like Rabi' al-Awwal 03, 1446")
			return
		}
		h = hijri.Date{Month: month, Year: year}
	}
	d.Hijri, d.printed = text, printedDate{h, line}
	if d.HijriMonth == "" {
		d.HijriMonth, d.HijriYear = h.MonthYear(d.Language)
	}
}
