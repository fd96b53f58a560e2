package admin

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// The form by which a schedule is made, changed and removed. What was typed stands in
// it until it is saved, whatever was wrong, and whoever else was faster.

// byCron is the kind of a schedule in the form that is written as a cron expression,
// beside those of schedules.Kinds.
const byCron = "cron"

// written is the form as somebody filled it in.
type written struct {
	Newsletter, Name, Title string
	Kind                    string
	Weekdays                []string // in English, in small letters
	From                    string   // of a fortnightly one
	Days                    string   // of the month
	Place, PlaceDay         string   // first monday of the month
	Moon                    string   // first or last day of the Hijri month
	Delay, Unit             string   // after an issue
	Cron                    string
	Times                   string
	Timezone                string
	Local                   bool
	Version                 int64  // of what was changed; 0: it is new
	Opened                  string // when the form was

	once  AtOnce            // what is done if it is saved, as it was judged
	gone  AtOnce            // what is done if it is removed, where that was not seen
	wrong map[string]string // what is wrong, by field
}

// Wrong is what is wrong with a field, and how to mend it; empty: nothing is.
func (w *written) Wrong(field string) string { return w.wrong[field] }

// Fault is what is wrong with a field, for its error to be tied to it; nil: nothing is.
func (w *written) Fault(field string) *fault { return faultIn(w.wrong, field) }

// fault is what is wrong with a field of a form, with the id by which the field is
// described.
type fault struct{ ID, Text string }

func faultIn(wrong map[string]string, field string) *fault {
	if wrong[field] == "" {
		return nil
	}
	return &fault{field + "-error", wrong[field]}
}

// Has tells whether a day of the week is chosen.
func (w *written) Has(day string) bool { return slices.Contains(w.Weekdays, day) }

var (
	weekdayNames = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	placeNames   = []string{"first", "second", "third", "fourth", "fifth", "last"}
	shortName    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

const longestTitle = 100 // characters, of what readers see

// blank is the form for a schedule that there is not yet.
func (v *visit) blank() *written {
	w := &written{Newsletter: v.r.URL.Query().Get("newsletter"), Kind: string(schedules.Weekly), Weekdays: []string{"friday"}, Times: "07:00"}
	if w.Newsletter == "" && len(v.Newsletters) > 0 {
		w.Newsletter = v.Newsletters[0].Name
	}
	return v.filled(w)
}

// filled has those parts of the form say something that are for another kind.
func (v *visit) filled(w *written) *written {
	set := func(field *string, text string) {
		if *field == "" {
			*field = text
		}
	}
	set(&w.Place, "first")
	set(&w.PlaceDay, "monday")
	set(&w.Moon, "first")
	set(&w.Unit, "h")
	set(&w.Timezone, zoneOf(v.Publication).String())
	set(&w.Opened, strconv.FormatInt(v.now.UnixMicro(), 10))
	return w
}

// asWritten is the form for a schedule as it is kept.
func (v *visit) asWritten(kept store.DeskSchedule) *written {
	w := &written{Newsletter: kept.Newsletter, Name: kept.Name, Title: kept.Title, Kind: byCron, Cron: kept.Cron, Timezone: kept.Timezone, Local: kept.Local, Version: kept.Version}
	s, err := v.Try(kept.Every, kept.Cron, kept.Timezone)
	if err != nil { // the configuration has changed since
		if w.Cron == "" {
			w.Kind = ""
		}
		return v.filled(w)
	}
	p, ok := s.Pattern()
	if !ok {
		return v.filled(w)
	}
	w.Kind, w.Times, w.From = string(p.Kind), strings.Join(p.Times, ", "), p.From
	for _, d := range p.Weekdays {
		w.Weekdays = append(w.Weekdays, strings.ToLower(d.String()))
	}
	for i, n := range p.Days {
		if i > 0 {
			w.Days += ", "
		}
		w.Days += strconv.Itoa(n)
	}
	place := "last"
	if p.Place > 0 {
		place = placeNames[p.Place-1]
	}
	switch p.Kind {
	case schedules.Nth:
		w.Place, w.PlaceDay, w.Weekdays = place, placeDay(w.Weekdays), nil
	case schedules.Lunar:
		w.Moon = place
	case schedules.ByIssue:
		w.Delay, w.Unit = strconv.Itoa(int(p.Delay/time.Minute)), "m"
		if p.Delay%time.Hour == 0 {
			w.Delay, w.Unit = strconv.Itoa(int(p.Delay/time.Hour)), "h"
		}
	}
	return v.filled(w)
}

// placeDay is what the form calls some days of the week.
func placeDay(days []string) string {
	switch len(days) {
	case 7:
		return "day"
	case 1:
		return days[0]
	}
	return "weekday"
}

// typed is the form that came.
func (v *visit) typed() *written {
	get := func(name string) string { return strings.TrimSpace(magazine.CleanText(v.r.PostFormValue(name))) }
	w := &written{Newsletter: get("newsletter"), Name: get("name"), Title: get("title"), Kind: get("kind"), From: get("from"), Days: get("days"), Place: get("place"), PlaceDay: get("place-day"),
		Moon: get("moon"), Delay: get("delay"), Unit: get("unit"), Cron: get("cron"), Times: get("times"), Timezone: get("timezone"), Local: get("local") != "", Opened: get("opened")}
	w.Version, _ = strconv.ParseInt(get("version"), 10, 64)
	for _, day := range weekdayNames {
		if slices.Contains(v.r.PostForm["weekday"], day) {
			w.Weekdays = append(w.Weekdays, day)
		}
	}
	return v.filled(w)
}

// meant is what the form means, where nothing in it is wrong by itself.
func (v *visit) meant(w *written) store.DeskSchedule {
	w.wrong = map[string]string{}
	t := v.words.T
	s := store.DeskSchedule{Newsletter: w.Newsletter, Name: w.Name, Title: w.Title, Timezone: w.Timezone, Local: w.Local, Version: w.Version}
	if !shortName.MatchString(w.Name) {
		w.wrong["name"] = t("desk.write.name.wrong")
	}
	if n := len([]rune(w.Title)); n == 0 || n > longestTitle {
		w.wrong["title"] = t("desk.write.title.wrong", "most", longestTitle)
	}
	if w.Kind == byCron {
		if s.Cron = w.Cron; w.Cron == "" {
			w.wrong["cron"] = t("desk.write.cron.wrong")
		}
		return s
	}
	p := schedules.Pattern{Kind: schedules.Kind(w.Kind)}
	if p.Kind != schedules.ByIssue {
		p.Times = v.times(w)
	}
	switch p.Kind {
	case schedules.Weekly:
		if p.Weekdays = weekdays(w.Weekdays); len(p.Weekdays) == 0 {
			w.wrong["weekday"] = t("desk.write.weekday.wrong")
		}
	case schedules.Fortnightly:
		from, err := time.Parse(time.DateOnly, w.From)
		if p.From, p.Weekdays = w.From, []time.Weekday{from.Weekday()}; err != nil {
			w.wrong["from"] = t("desk.write.from.wrong")
		}
	case schedules.Monthly:
		p.Days = v.days(w)
	case schedules.Nth:
		p.Place, p.Weekdays = placeOf(w.Place), weekdaysCalled(w.PlaceDay)
		if len(p.Weekdays) == 0 {
			w.wrong["place"] = t("desk.write.weekday.wrong")
		}
	case schedules.Lunar:
		p.Place = placeOf(w.Moon)
	case schedules.ByIssue:
		p.Delay = v.delay(w)
	default:
		w.wrong["kind"] = t("desk.write.kind.wrong")
	}
	s.Every = p.Every()
	return s
}

// times reads the times of day, in their order.
func (v *visit) times(w *written) (all []string) {
	for part := range strings.FieldsFuncSeq(w.Times, func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '،' }) {
		time, ok := schedules.ReadTime(part)
		if !ok {
			w.wrong["times"] = v.words.T("desk.write.times.wrong", "time", part)
			return nil
		}
		all = append(all, time)
	}
	if len(all) == 0 {
		w.wrong["times"] = v.words.T("desk.write.times.none")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// days reads the days of the month.
func (v *visit) days(w *written) (all []int) {
	for part := range strings.FieldsFuncSeq(w.Days, func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '،' }) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > 31 {
			w.wrong["days"] = v.words.T("desk.write.days.wrong", "day", part)
			return nil
		}
		all = append(all, n)
	}
	if len(all) == 0 {
		w.wrong["days"] = v.words.T("desk.write.days.none")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// longestDelay after an issue is published.
const longestDelay = 14 * 24 * time.Hour

func (v *visit) delay(w *written) time.Duration {
	n := 0
	var err error
	if w.Delay != "" {
		n, err = strconv.Atoi(w.Delay)
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[w.Unit]
	if err != nil || n < 0 || unit == 0 || n > int(longestDelay/unit) {
		w.wrong["delay"] = v.words.T("desk.write.delay.wrong")
		return 0
	}
	return time.Duration(n) * unit
}

func weekdays(names []string) (days []time.Weekday) {
	for i, name := range weekdayNames {
		if slices.Contains(names, name) {
			days = append(days, time.Weekday((i+1)%7))
		}
	}
	return days
}

// weekdaysCalled are the days that placeDay calls so; none: nothing is called so.
func weekdaysCalled(name string) []time.Weekday {
	switch name {
	case "day":
		return weekdays(weekdayNames)
	case "weekday":
		return weekdays(weekdayNames[:5])
	}
	return weekdays([]string{name})
}

func placeOf(name string) int {
	if at := slices.Index(placeNames[:5], name); at >= 0 {
		return at + 1
	}
	return schedules.Last
}

// judged is the schedule that the form means; nil: something is wrong with it, which
// then stands in the form. It needs no name to be told when it would go out.
func (v *visit) judged(w *written) (*schedules.Schedule, error) {
	meant := v.meant(w)
	_, nameless := w.wrong["name"]
	_, untitled := w.wrong["title"]
	switch {
	case len(w.wrong) > count(nameless, untitled):
		return nil, nil
	case nameless:
		meant.Name, meant.Version = "-", 0 // which no schedule is called
	}
	s, once, err := v.Judge(v.context(), meant)
	w.once = once
	return s, w.note(err)
}

// count is how many of some are so.
func count(all ...bool) (n int) {
	for _, so := range all {
		if so {
			n++
		}
	}
	return n
}

// note puts what is wrong with a schedule beside its fields. What is left is no such
// thing.
func (w *written) note(err error) error {
	var problems schedules.Problems
	if err == nil || !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		field, _, _ := strings.Cut(p.Field, "[") // of blackouts
		if field == "every" {
			field = "kind"
		}
		if w.wrong[field] == "" {
			w.wrong[field] = asSentence(p)
		}
	}
	return nil
}

func asSentence(p magazine.Problem) string {
	text := p.Text
	if p.Value != "" {
		text = p.Value + ": " + text
	}
	if p.Mend != "" {
		text += "; " + p.Mend
	}
	return text
}
