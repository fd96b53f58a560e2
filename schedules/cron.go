package schedules

import (
	"fmt"
	"strings"
)

// The sets of fields that restrict nothing.
const (
	everyDay     = uint64(1<<32 - 1<<1)
	everyMonth   = uint64(1<<13 - 1<<1)
	everyWeekday = uint64(1<<7 - 1)
)

// readCron reads an expression. The parser gets one checked item of one field at
// a time: by itself it would take "*-5" for "*", "," for nothing at all and
// "@every" for a schedule, and panic on a lone "TZ=UTC".
func readCron(expression, timezone string) (r recurrence, warnings []string, problems Problems) {
	var minutes, hours uint64
	var d monthly
	words := strings.Fields(expression)
	words, problems = cutZone(words, timezone)
	if len(words) == 0 {
		if problems == nil {
			problems = wrong("", "empty", "write five fields, such as 0 7 * * FRI")
		}
		return r, nil, problems
	}
	if strings.HasPrefix(words[0], "@") {
		if words, problems = named(words, problems); words == nil {
			return r, nil, problems
		}
	}
	if len(words) != len(fields) {
		return r, nil, append(problems, wrongCount(words)...)
	}
	sets := [5]*uint64{&minutes, &hours, &d.days, &d.months, &d.weekdays}
	for i, word := range words {
		set, p := fields[i].readList(word)
		*sets[i] = set
		problems = append(problems, p...)
	}
	if problems != nil {
		return r, nil, problems
	}
	if !d.everComes() {
		return r, nil, wrong(words[2]+" "+words[3]+" "+words[4], "never comes: no date in 400 years agrees with day, month and day of the week", "check the day against the month")
	}
	if d.days != everyDay && d.weekdays != everyWeekday {
		warnings = append(warnings, fmt.Sprintf("%q goes out only on days that are both: %s. Classic cron would take either.",
			expression, d.words()))
	}
	return recurrence{dates: d, times: product(hours, minutes)}, warnings, nil
}

// wrong is one problem of the expression.
func wrong(value, text, mend string) Problems {
	return Problems{{Field: "cron", Value: shorten(value), Text: text, Mend: mend}}
}

// cutZone takes CRON_TZ= or TZ= off an expression. It may only repeat the zone.
func cutZone(words []string, timezone string) ([]string, Problems) {
	if len(words) == 0 {
		return words, nil
	}
	key, zone, found := strings.Cut(words[0], "=")
	if !found || key != "TZ" && key != "CRON_TZ" {
		return words, nil
	}
	if zone != timezone || zone == "" || zone == "Local" {
		return words[1:], wrong(words[0], "the zone does not agree with timezone", "write it in timezone only")
	}
	if len(words) == 1 {
		return nil, wrong(words[0], "there is a zone and no time", "write five fields, such as 0 7 * * FRI")
	}
	return words[1:], nil
}

// named replaces @daily and the like by the fields they stand for.
func named(words []string, problems Problems) ([]string, Problems) {
	text := strings.Join(words, " ")
	switch text {
	case "@yearly", "@annually":
		return strings.Fields("0 0 1 1 *"), problems
	case "@monthly":
		return strings.Fields("0 0 1 * *"), problems
	case "@weekly":
		return strings.Fields("0 0 * * 0"), problems
	case "@daily", "@midnight":
		return strings.Fields("0 0 * * *"), problems
	case "@hourly":
		return strings.Fields("0 * * * *"), problems
	}
	if strings.HasPrefix(text, "@every") {
		return nil, append(problems, wrong(text, "@every counts from when the program was started", "write the times: 0 * * * * for every hour, 0 */6 * * * for every six hours, 0 7 * * * for every day at 07:00")...)
	}
	return nil, append(problems, wrong(text, "not known", "write @hourly, @daily, @weekly, @monthly, @yearly or five fields, such as 0 7 * * FRI")...)
}

// wrongCount says what to do about more or fewer fields than five. Some crons
// begin with seconds.
func wrongCount(words []string) Problems {
	mend := "write minute, hour, day of the month, month and day of the week, such as 0 7 * * FRI"
	if len(words) == len(fields)+1 {
		var problems Problems
		for i, word := range words[1:] {
			_, p := fields[i].readList(word)
			problems = append(problems, p...)
		}
		if problems == nil {
			mend = "leave out the seconds: write " + strings.Join(words[1:], " ")
		}
	}
	return wrong(strings.Join(words, " "), fmt.Sprintf("has %d fields, not five", len(words)), mend)
}
