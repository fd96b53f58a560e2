package schedules

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Words says in English when the schedule goes out: "every weekday at 07:00 and
// 18:00", "on the first Monday of the month at 09:00". The zone is not named.
// Schedules that differ in their times differ in their words.
func (s *Schedule) Words() string {
	if s.ByIssue() {
		return s.issue.words()
	}
	if s.Local {
		all := *s
		all.Local = false
		if s.OwnHours {
			return all.Words() + ", in each reader's own time, or at an hour of their own"
		}
		return all.Words() + ", in each reader's own time"
	}
	days, times := s.dates.words(), s.times.words()
	switch {
	case strings.HasPrefix(times, "at "):
		return days + " " + times
	case days == "every day":
		return times
	}
	return days + ", " + times
}

func (r monthly) words() string {
	in, of := "", " of the month"
	if r.months != everyMonth {
		names := joinEach(numbers(r.months), func(n int) string { return time.Month(n).String() })
		in, of = " in "+names, " of "+names
	}
	switch {
	case r.days == everyDay:
		return "every " + weekdayWords(r.weekdays) + in
	case r.weekdays == everyWeekday:
		return "on the " + runs(r.days, ordinal) + of
	}
	if nth := nthOfMonth(r.days); nth != "" && bits.OnesCount64(r.weekdays) == 1 {
		return "on the " + nth + " " + weekdayWords(r.weekdays) + of
	}
	return "every " + weekdayWords(r.weekdays) + " that falls on the " + runs(r.days, ordinal) + of
}

// nthOfMonth names the days of the month on which the first, second … of a
// weekday falls.
func nthOfMonth(days uint64) string {
	for i, name := range places {
		if week := uint64(1<<7-1) << (7*i + 1); days == week&everyDay {
			return name
		}
	}
	return ""
}

func (d fortnightly) words() string {
	return "every other " + d.from.Weekday().String() + " from " + d.from.Format(time.DateOnly)
}

func (d nth) words() string {
	place := "last"
	if d.place != last {
		place = places[d.place-1]
	}
	return "on the " + place + " " + weekdayWords(d.weekdays) + " of the month"
}

func (d lunar) words() string {
	if d.place == last {
		return "on the last day of the Hijri month"
	}
	return "on the first day of the Hijri month"
}

// places are the words for 1, 2 …
var places = []string{"first", "second", "third", "fourth", "fifth"}

func weekdayWords(set uint64) string {
	const workdays = 1<<6 - 1<<1
	name := func(n int) string { return time.Weekday(n % 7).String() }
	switch {
	case set == everyWeekday:
		return "day"
	case set == workdays:
		return "weekday"
	case bits.OnesCount64(set) == 6:
		return "day but " + name(bits.TrailingZeros64(^set))
	}
	list := numbers(set &^ 1)
	if set&1 == 1 {
		list = append(list, 7) // the week ends on Sunday
	}
	return joinEach(list, name)
}

// timeWords says at which times of day, as a list ("at 07:00 and 18:00") or as
// an interval ("every 15 minutes from 09:00 to 17:45").
func (t times) words() string {
	times := slices.Collect(t.all(0))
	first, last := times[0], times[len(times)-1]
	if len(times) <= 4 {
		return "at " + joinEach(times, clock)
	}
	if step := times[1] - first; evenly(times, step) {
		words := "every " + interval(step)
		if first == 0 && last+step == 24*60 {
			return words
		}
		return words + " from " + clock(first) + " to " + clock(last)
	}
	hours, minutes := t.factors()
	if len(times) <= 8 || t != product(hours, minutes) {
		return "at " + joinEach(times, clock)
	}
	return "at " + runs(minutes, strconv.Itoa) + " minutes past the hours " + runs(hours, strconv.Itoa)
}

// factors are the hours with any time, and all minutes that there are in them.
func (t times) factors() (hours, minutes uint64) {
	for h, set := range t {
		if minutes |= set; set != 0 {
			hours |= 1 << h
		}
	}
	return hours, minutes
}

func evenly(times []int, step int) bool {
	for i := range len(times) - 1 {
		if times[i+1]-times[i] != step {
			return false
		}
	}
	return true
}

func interval(minutes int) string {
	switch {
	case minutes == 1:
		return "minute"
	case minutes == 60:
		return "hour"
	case minutes%60 == 0:
		return fmt.Sprintf("%d hours", minutes/60)
	}
	return fmt.Sprintf("%d minutes", minutes)
}

// clock writes minutes since midnight as "07:00".
func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// ordinal writes 1 as "1st".
func ordinal(n int) string {
	suffix := "th"
	if n/10 != 1 && n%10 >= 1 && n%10 <= 3 {
		suffix = []string{"st", "nd", "rd"}[n%10-1]
	}
	return strconv.Itoa(n) + suffix
}

// numbers lists the members of a set.
func numbers(set uint64) []int {
	var list []int
	for ; set != 0; set &= set - 1 {
		list = append(list, bits.TrailingZeros64(set))
	}
	return list
}

// join writes "a", "a and b", "a, b and c".
func join(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

func joinEach(list []int, write func(int) string) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = write(n)
	}
	return join(parts)
}

// runs writes a set with three or more neighbours drawn together: "1st, 3rd and
// 8th to 14th".
func runs(set uint64, write func(int) string) string {
	var parts []string
	for list := numbers(set); len(list) > 0; {
		n := 1
		for n < len(list) && list[n] == list[0]+n {
			n++
		}
		part := write(list[0])
		if n >= 3 {
			part += " to " + write(list[n-1])
		} else {
			n = 1
		}
		parts, list = append(parts, part), list[n:]
	}
	return join(parts)
}
