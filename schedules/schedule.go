package schedules

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the zones, also where the system has none
	"unicode"

	"postrider/magazine"
)

// Schedule says when a newsletter goes out. It is made by Parse and never changes.
type Schedule struct {
	Newsletter string
	Name       string   // unique in the newsletter
	Cron       string   // the expression as written
	Timezone   string   // IANA name of the zone whose clocks count
	Warnings   []string // what is allowed but may not be meant

	times recurrence
	zone  *time.Location
}

// DefaultName is the name of a newsletter's schedule that was given none.
const DefaultName = "main"

// Problems are the reasons why something is no schedule. Field is newsletter,
// name, timezone or cron.
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
// @monthly or @yearly, read on the clocks of a zone of the IANA database.
//
// Unlike in classic cron, a day of the month and a day of the week together mean
// days that are both. 7 is Sunday, and a range may end on it. The expression may
// begin with CRON_TZ= or TZ= and the same zone. An empty name is DefaultName.
//
// The error is a magazine.Error with code Invalid whose cause, of type Problems,
// lists everything that is wrong.
func Parse(newsletter, name, cron, timezone string) (*Schedule, error) {
	if name == "" {
		name = DefaultName
	}
	s := &Schedule{Newsletter: newsletter, Name: name, Cron: cron, Timezone: timezone}
	var problems Problems
	problems = append(problems, checkName("newsletter", newsletter)...)
	problems = append(problems, checkName("name", name)...)
	zone, wrong := loadZone(timezone)
	problems = append(problems, wrong...)
	times, warnings, wrong := readCron(cron, timezone)
	problems = append(problems, wrong...)
	if len(problems) > 0 {
		return nil, &magazine.Error{
			Code:  magazine.Invalid,
			Text:  fmt.Sprintf("schedule %s/%s: %s", newsletter, name, problems.Error()),
			Cause: problems,
		}
	}
	s.zone, s.times, s.Warnings = zone, times, warnings
	return s, nil
}

// Zone is the zone whose clocks count.
func (s *Schedule) Zone() *time.Location { return s.zone }

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
