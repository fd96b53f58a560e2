package admin

import (
	"context"
	"errors"
	"net/http"
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

	wrong map[string]string // what is wrong, by field
}

// Wrong is what is wrong with a field, and how to mend it; empty: nothing is.
func (w *written) Wrong(field string) string { return w.wrong[field] }

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
	s, err := v.Judge(v.context(), meant)
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

// writeView is the page of the form.
type writeView struct {
	*written
	New         bool
	Newsletters []magazine.Newsletter
	Weekdays    []named // of which Has tells which are chosen
	Places      []named
	PlaceDays   []named
	Said        bool // the form was judged, and there is nothing wrong with it
	Words       string
	Next        []sendOf
	Rests       []string
	Meanwhile   []store.Act // what others did to it since the form was opened
	Gone        bool        // they removed it
	Idle        bool        // it is not in use
	People      string      // how many have the newsletter as it says; "…": not known
	Others      string      // which frequency counts for them once it is removed; empty: none
}

type named struct{ Value, Name string }

func (v *visit) writeView(w *written) writeView {
	view := writeView{written: w, New: v.r.PathValue("schedule") == "", Newsletters: v.Newsletters}
	sunday := time.Date(2024, 9, 1, 12, 0, 0, 0, time.UTC)
	for i, day := range weekdayNames {
		view.Weekdays = append(view.Weekdays, named{day, v.words.Weekday(sunday.AddDate(0, 0, i+1))})
	}
	for _, place := range placeNames {
		view.Places = append(view.Places, named{place, v.words.T("desk.write.place." + place)})
	}
	view.PlaceDays = append(slices.Clone(view.Weekdays), named{"weekday", v.words.T("desk.write.place.weekday")}, named{"day", v.words.T("desk.write.place.day")})
	return view
}

// say tells in words what the form means, and when it would go out next.
// What people have decided about those sends, by the name of the schedule, stands with them.
func (view *writeView) say(v *visit, s *schedules.Schedule) error {
	view.Said, view.Words, view.Rests = true, s.Words(), s.Rests()
	coming, err := v.Coming(v.context(), s, v.now, store.Forever, upcoming)
	for _, o := range coming {
		view.Next = append(view.Next, v.sendOf(Schedule{Schedule: s}, o))
	}
	return err
}

func (v *visit) newSchedule() error {
	w := v.blank()
	s, err := v.judged(w)
	if err != nil {
		return err
	}
	w.wrong = nil // nobody has typed anything
	return v.showForm(http.StatusOK, "", w, s)
}

// editSchedule shows the form for a schedule of the desk.
func (v *visit) editSchedule() error {
	t, err := v.Timetable(v.context())
	if err != nil {
		return err
	}
	kept := keptIn(t, v.r.PathValue("newsletter"), v.r.PathValue("schedule"))
	if kept == nil {
		return magazine.Errorf(magazine.NotFound, "the desk has no such schedule").Said("desk.schedule.none")
	}
	w := v.asWritten(*kept)
	s, err := v.judged(w)
	if err != nil {
		return err
	}
	return v.showForm(http.StatusOK, "", w, s)
}

// keptIn is a schedule of the desk; nil: there is none.
func keptIn(t Timetable, newsletter, name string) *store.DeskSchedule {
	for i := range t.Schedules {
		if s := &t.Schedules[i]; s.Newsletter == newsletter && s.Name == name {
			return s
		}
	}
	return nil
}

// showForm shows the form, and what it means where there is nothing wrong with it.
func (v *visit) showForm(status int, wrong string, w *written, s *schedules.Schedule) error {
	view, title := v.writeView(w), v.words.T("desk.write.new")
	if !view.New {
		title = v.words.T("desk.write.change-of", "newsletter", v.titleOf(w.Newsletter), "name", w.Name)
		if err := v.leaving(&view, v.r.Method == http.MethodGet); err != nil {
			return err
		}
	}
	if s != nil {
		if err := view.say(v, s); err != nil {
			return err
		}
	}
	f := v.frame("/desk/schedules/", title, view)
	f.Error = wrong
	return v.show(status, "write", f)
}

// leaving tells what becomes of the people of a schedule that would be removed. How many
// they are is counted where somebody opens the form, or another was faster, and not each
// time that something is typed: all of the newsletter's are looked at.
func (v *visit) leaving(view *writeView, count bool) error {
	t, err := v.Timetable(v.context())
	if err != nil {
		return err
	}
	view.Idle = slices.ContainsFunc(t.Unused, func(u Unused) bool {
		return u.Newsletter == view.Newsletter && u.Schedule == view.Name && u.Blackout == ""
	})
	if view.People = "…"; count {
		newsletter, name := view.Newsletter, view.Name
		found, _ := v.readers.LoadOrStore(newsletter+"/"+name, &kept[int]{})
		if n, known := found.(*kept[int]).get(v.patient, v.Desk, reachKnown, func(ctx context.Context) (int, error) { return v.Readers(ctx, newsletter, name) }); known {
			view.People = v.words.Number(n)
		}
	}
	all, err := v.All(v.context())
	for _, s := range all {
		if s.Newsletter == view.Newsletter && s.Schedule.Name != view.Name {
			view.Others = s.Title
			break
		}
	}
	return err
}

// writeSchedule says what a form means, saves it, or removes what it is about.
func (v *visit) writeSchedule() error {
	if err := v.r.ParseForm(); err != nil {
		return magazine.Errorf(magazine.Invalid, "the form cannot be read").Said("fault.form.unread")
	}
	w := v.typed()
	if name := v.r.PathValue("schedule"); name != "" {
		w.Newsletter, w.Name = v.r.PathValue("newsletter"), name
	} else {
		w.Version = 0
	}
	switch v.r.PostForm.Get("act") {
	case "say":
		return v.sayForm(w)
	case "save":
		return v.saveForm(w)
	case "remove":
		return v.removeForm(w)
	}
	s, err := v.judged(w)
	if err != nil {
		return err
	}
	return v.showForm(http.StatusUnprocessableEntity, v.words.T("fault.form.altered"), w, s)
}

// sayForm says what the form means so far: what is still to be filled in is not wrong.
func (v *visit) sayForm(w *written) error {
	s, err := v.judged(w)
	if err != nil {
		return err
	}
	for field, text := range map[string]string{"name": w.Name, "title": w.Title} {
		if text == "" {
			delete(w.wrong, field)
		}
	}
	return v.showForm(http.StatusOK, "", w, s)
}

func (v *visit) saveForm(w *written) error {
	s, err := v.judged(w)
	if err == nil && len(w.wrong) == 0 {
		err = v.Save(v.context(), v.meant(w), v.who.Email)
		switch noted := w.note(err); {
		case err == nil:
			return v.seeOther("/desk/schedules/" + w.Newsletter + "/" + w.Name + "/")
		case noted == nil: // another was faster
			s, err = nil, nil
		}
	}
	if magazine.CodeOf(err) == magazine.Conflict {
		return v.meanwhile(w, s, err)
	}
	if err != nil {
		return err
	}
	return v.showForm(http.StatusUnprocessableEntity, v.words.T("desk.write.wrong"), w, s)
}

func (v *visit) removeForm(w *written) error {
	err := v.Remove(v.context(), store.DeskSchedule{Newsletter: w.Newsletter, Name: w.Name, Version: w.Version}, v.who.Email)
	switch {
	case err == nil:
		return v.seeOther("/desk/schedules/")
	case magazine.CodeOf(err) != magazine.Conflict:
		return err
	}
	t, wrong := v.Timetable(v.context())
	if wrong != nil {
		return wrong
	}
	if kept := keptIn(t, w.Newsletter, w.Name); kept != nil { // nothing was typed
		opened := w.Opened
		w = v.asWritten(*kept)
		w.Opened = opened
	}
	s, wrong := v.judged(w)
	if wrong != nil {
		return wrong
	}
	return v.meanwhile(w, s, err)
}

// meanwhile shows the form to somebody who was not the first: what others did since it
// was opened, and what was typed. Sent again, it counts after that.
func (v *visit) meanwhile(w *written, s *schedules.Schedule, why error) error {
	t, err := v.Timetable(v.context())
	if err != nil {
		return err
	}
	acts, err := v.Store.ScheduleActs(v.context(), w.Newsletter, w.Name, historyShown)
	if err != nil {
		return err
	}
	opened, _ := strconv.ParseInt(w.Opened, 10, 64)
	view := v.writeView(w)
	for _, a := range acts {
		if (a.What == "make" || a.What == "change" || a.What == "remove") && (len(view.Meanwhile) == 0 || a.At.UnixMicro() >= opened) {
			view.Meanwhile = append(view.Meanwhile, a)
		}
	}
	w.Opened = strconv.FormatInt(v.now.UnixMicro(), 10)
	kept := keptIn(t, w.Newsletter, w.Name)
	if w.Version = 0; kept != nil {
		w.Version = kept.Version
		if err := v.leaving(&view, true); err != nil {
			return err
		}
	}
	view.Gone = kept == nil
	if s != nil {
		if err := view.say(v, s); err != nil {
			return err
		}
	}
	status, sentence, _ := v.wrong(why)
	f := v.frame("/desk/schedules/", v.words.T("desk.write.change-of", "newsletter", v.titleOf(w.Newsletter), "name", w.Name), view)
	f.Error = sentence
	return v.show(status, "write", f)
}
