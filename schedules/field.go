package schedules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/robfig/cron/v3"
)

// field is one of the five parts of an expression.
type field struct {
	name     string
	option   cron.ParseOption
	min, max int
	names    string // three letters each, beginning with the one for min
	examples string
}

var fields = [5]field{
	{"minute", cron.Minute, 0, 59, "", "0 to 59, such as 0, 0,30 or */15"},
	{"hour", cron.Hour, 0, 23, "", "0 to 23, such as 7, 7,18, 9-17 or */2"},
	{"day of the month", cron.Dom, 1, 31, "", "1 to 31, such as 1, 1,15 or 1-7, or *"},
	{"month", cron.Month, 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", "1 to 12 or JAN to DEC, such as 1, JAN,JUL or 6-8, or *"},
	{"day of the week", cron.Dow, 0, 7, "sunmontuewedthufrisat", "0 to 7 or SUN to SAT, such as FRI, MON-FRI or SAT,SUN, or *"},
}

// plain is the form of an item: a star, a value or a range, and perhaps a step.
var plain = regexp.MustCompile(`^(?:[*?]|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?$`)

// readList reads all of a field, items with commas between them.
func (f field) readList(word string) (set uint64, problems Problems) {
	for item := range strings.SplitSeq(word, ",") {
		if item == "" {
			return 0, wrong(word, f.name+" has a comma too many", "write "+f.examples)
		}
		one, p := f.read(item)
		set |= one
		problems = append(problems, p...)
	}
	return set, problems
}

// read reads one item of a field.
func (f field) read(item string) (uint64, Problems) {
	if mend := f.extension(item); mend != "" {
		return 0, wrong(item, f.name+" not understood", mend)
	}
	m := plain.FindStringSubmatch(item)
	mend := "write " + f.examples
	if m == nil || item[0] == '?' && f.option != cron.Dom && f.option != cron.Dow {
		return 0, wrong(item, f.name+" not understood", mend)
	}
	if first, last := f.value(m[1]), f.value(m[2]); m[2] != "" && first >= 0 && last >= 0 {
		if f.option == cron.Dow && last == 0 && first > 0 {
			last = 7 // FRI-SUN
		}
		if last < first {
			return 0, wrong(item, f.name+" goes backwards", "write "+f.wrapped(first, last))
		}
	}
	if f.option == cron.Dow {
		item = f.foldSunday(m, item)
	}
	var set uint64
	for one := range strings.SplitSeq(item, ",") {
		parsed, err := cron.NewParser(f.option).Parse(one)
		if err != nil {
			return 0, wrong(m[0], f.name+" not understood", mend)
		}
		set |= f.of(parsed.(*cron.SpecSchedule))
	}
	return set, nil
}

// of picks the field's set out of a parsed expression, without the mark that
// the parser sets beside it for a star.
func (f field) of(s *cron.SpecSchedule) uint64 {
	const mark = 1 << 63
	switch f.option {
	case cron.Minute:
		return s.Minute &^ mark
	case cron.Hour:
		return s.Hour &^ mark
	case cron.Dom:
		return s.Dom &^ mark
	case cron.Month:
		return s.Month &^ mark
	}
	return s.Dow &^ mark
}

// value is the number of a name or of figures, and -1 for neither.
func (f field) value(text string) int {
	if n, err := strconv.Atoi(text); err == nil && n >= f.min && n <= f.max {
		return n
	}
	if i := strings.Index(f.names, strings.ToLower(text)); len(text) == 3 && i >= 0 && i%3 == 0 {
		return f.min + i/3
	}
	return -1
}

// foldSunday writes an item with 7 in it, or with a range that ends on Sunday,
// as a list of numbers from 0 to 6, which is what the parser knows.
func (f field) foldSunday(m []string, item string) string {
	first, last := f.value(m[1]), f.value(m[2])
	if m[2] == "" {
		last = first
	}
	if first > 0 && last == 0 {
		last = 7
	}
	if first < 0 || last != 7 {
		return item
	}
	step, err := strconv.Atoi(m[3])
	if m[3] == "" {
		step = 1
	} else if err != nil || step < 1 {
		return item
	}
	var list []string
	for n := first; n <= last; n += step {
		list = append(list, strconv.Itoa(n%7))
	}
	return strings.Join(list, ",")
}

// wrapped writes a range that goes past the field's end as two.
func (f field) wrapped(first, last int) string {
	low := f.min
	if f.option == cron.Dow {
		low = 1 // 7 is Sunday
	}
	part := func(a, b int) string {
		if a == b {
			return strconv.Itoa(a)
		}
		return fmt.Sprintf("%d-%d", a, b)
	}
	return part(first, f.max) + "," + part(low, last)
}

var (
	nthWeekday  = regexp.MustCompile(`(?i)^(\w+)#(\d+)$`)
	lastWeekday = regexp.MustCompile(`(?i)^(\d|[a-z]{3})L$`)
	lastDay     = regexp.MustCompile(`(?i)^(L|L-\d+|LW|WL)$`)
	nearestDay  = regexp.MustCompile(`(?i)^(\d+)W$`)
)

// extension says what to write instead of the signs L, W and # of other crons,
// and of long names; empty if there is nothing of the kind.
func (f field) extension(item string) string {
	const week = 7
	switch f.option {
	case cron.Dom:
		if lastDay.MatchString(item) {
			return "the last day is not the same in every month: write, in place of cron, every: last day of the month at 18:00"
		}
		if m := nearestDay.FindStringSubmatch(item); m != nil {
			return "write " + m[1] + ", or MON-FRI as day of the week"
		}
	case cron.Dow:
		if m := nthWeekday.FindStringSubmatch(item); m != nil {
			n, _ := strconv.Atoi(m[2])
			if n < 1 || n > 5 || f.value(m[1]) < 0 {
				return "for the first Friday write 1-7 as day of the month and FRI as day of the week"
			}
			return fmt.Sprintf("write %d-%d as day of the month and %s as day of the week", week*(n-1)+1, min(week*n, 31), strings.ToUpper(m[1]))
		}
		if m := lastWeekday.FindStringSubmatch(item); m != nil && f.value(m[1]) >= 0 {
			return fmt.Sprintf("the last one is not on the same days in every month: for the fourth write 22-28 as day of the month and %s as day of the week", strings.ToUpper(m[1]))
		}
		if strings.EqualFold(item, "L") {
			return "write SAT"
		}
	}
	if f.names != "" && len(item) > 3 && f.value(item[:3]) >= 0 && !strings.ContainsAny(item, "-/#") {
		return "write " + strings.ToUpper(item[:3])
	}
	return ""
}
