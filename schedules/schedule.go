package schedules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the zones, also where the system has none
	"unicode"

	"postrider/hijri"
	"postrider/magazine"
)

// Spec is a schedule as it is written.
type Spec struct {
	Newsletter string
	Name       string // unique in the newsletter; empty: DefaultName
	Cron       string // this
	Every      string // or this
	Timezone   string // IANA name of the zone whose clocks count
	Blackouts  []BlackoutSpec
	Calendar   hijri.Reckoning // of Hijri dates and months
	Local      bool            // its times are those of each reader's own zone; Timezone is that of readers who named none
	OwnHours   bool            // a reader may have an hour of their own in its time's place; only where it is Local
}

// Schedule says when a newsletter goes out. It is made by Parse and never changes.
type Schedule struct {
	Spec
	Warnings []string // what is allowed but may not be meant

	recurrence
	zone      *time.Location // whose clocks count; of one that is local, that in which its times come first
	home      *time.Location // of readers who named no zone
	blackouts []blackout
}

// DefaultName is the name of a newsletter's schedule that was given none.
const DefaultName = "main"

// Problems are the reasons why something is no schedule. Field is newsletter,
// name, timezone, cron, every, or of a blackout such as blackouts[0].from.
type Problems []magazine.Problem

// Error is all problems on one line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "; ")
}

// Parse makes a schedule of a cron expression with five fields (minute, hour,
// day of the month, month, day of the week) or @hourly, @daily, @weekly,
// @monthly or @yearly, or of plain words such as "weekday at 07:00" (readEvery
// has them all), read on the clocks of a zone of the IANA database.
//
// Unlike in classic cron, a day of the month and a day of the week together mean
// days that are both. 7 is Sunday, and a range may end on it. The expression may
// begin with CRON_TZ= or TZ= and the same zone.
//
// The error is a magazine.Error with code Invalid whose cause, of type Problems,
// lists everything that is wrong.
func Parse(spec Spec) (*Schedule, error) {
	if spec.Name == "" {
		spec.Name = DefaultName
	}
	s := &Schedule{Spec: spec}
	problems := slices.Concat(checkName("newsletter", s.Newsletter), checkName("name", s.Name))
	zone, wrong := loadZone(s.Timezone)
	s.zone, s.home, problems = zone, zone, append(problems, wrong...)
	if s.Local {
		s.zone = earliest
	}
	switch {
	case s.Cron != "" && s.Every != "":
		wrong = Problems{{Field: "every", Value: s.Every, Text: "there is a cron expression, too", Mend: "remove one of the two"}}
	case s.Every != "":
		s.recurrence, wrong = readEvery(s.Every, s.Calendar)
	default:
		s.recurrence, s.Warnings, wrong = readCron(s.Cron, s.Timezone)
	}
	problems = append(problems, wrong...)
	if s.Local && s.ByIssue() {
		problems = append(problems, magazine.Problem{Field: "local", Value: "true", Text: "an issue is published at one instant for all", Mend: "remove local, or write times of day"})
	}
	problems = append(problems, s.noOwnHours()...)
	s.blackouts, wrong = readBlackouts(s.Blackouts, s.Calendar)
	if problems = append(problems, wrong...); problems == nil {
		problems = s.neverComes()
	}
	if problems != nil {
		return nil, &magazine.Error{
			Code:  magazine.Invalid,
			Text:  fmt.Sprintf("schedule %s/%s: %s", s.Newsletter, s.Name, problems.Error()),
			Cause: problems,
		}
	}
	return s, nil
}

// neverComes is what is wrong with a schedule whose blackouts leave nothing, or
// nothing for longer than anybody means. The years to 2077 show it, where the
// shorter of the Hijri calendars ends.
func (s *Schedule) neverComes() Problems {
	if len(s.blackouts) == 0 {
		return nil
	}
	first, end := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2077, 1, 1, 0, 0, 0, 0, time.UTC)
	run := 0
	for date := first; date.Before(end); date = date.AddDate(0, 0, 1) {
		if run++; s.blackoutOn(date) == nil {
			run = 0
		}
		if run > longestBlackout {
			return Problems{{Field: "blackouts", Value: date.Format(time.DateOnly), Text: fmt.Sprintf("nothing may go out for more than %d days on end", longestBlackout), Mend: "shorten the spans, or remove the schedule"}}
		}
	}
	open := *s
	open.blackouts = nil
	comes := func(s *Schedule) bool {
		o, ok := s.Next(first)
		return ok && o.At.Before(end)
	}
	if comes(&open) && !comes(s) {
		return Problems{{Field: "blackouts", Text: "they take away every date of the schedule", Mend: "shorten the spans, write then: move, or remove the schedule"}}
	}
	return nil
}

// Zone is the zone whose clocks count.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Home is the zone of readers who named none.
func (s *Schedule) Home() *time.Location { return s.home }

// checkName keeps keys of occurrences readable and distinct: their parts are
// separated by slashes.
func checkName(field, name string) Problems {
	if name == "" {
		return Problems{{Field: field, Text: "empty", Mend: "write a short word such as weekly"}}
	}
	bad := func(r rune) bool {
		return r == '/' || r == unicode.ReplacementChar || unicode.IsSpace(r) || unicode.IsControl(r)
	}
	if strings.ContainsFunc(name, bad) {
		return Problems{{Field: field, Value: name, Text: "has a slash, a space or a control character", Mend: "write one word such as weekly"}}
	}
	return nil
}

// loadZone finds a zone. Go reads "" as UTC and Local as the machine's zone:
// neither is what a publication can have meant for all its nodes.
func loadZone(name string) (*time.Location, Problems) {
	const mend = "write a name of the IANA database such as Africa/Nairobi, or UTC"
	switch name {
	case "":
		return nil, Problems{{Field: "timezone", Text: "empty", Mend: mend}}
	case "Local":
		return nil, Problems{{Field: "timezone", Value: name, Text: "depends on the machine", Mend: mend}}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, Problems{{Field: "timezone", Value: name, Text: "not known", Mend: mend}}
	}
	return zone, nil
}
