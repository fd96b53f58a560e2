package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// The pages of the form of a schedule: see written.go for what stands in it.

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
	AtOnce      []string    // what is done as soon as it is saved
	Mark        string      // of that
	Removed     []string    // what is done as soon as it is removed, where that was not seen
	RemovedMark string      // of that
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
	view.AtOnce, view.Mark = v.atOnce("desk.write.at-once", view.once), view.once.Mark()
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
// time that something is typed: all of the newsletter's are looked at. What was counted
// last is shown then.
func (v *visit) leaving(view *writeView, count bool) error {
	t, err := v.Timetable(v.context())
	if err != nil {
		return err
	}
	view.Idle = slices.ContainsFunc(t.Unused, func(u Unused) bool {
		return u.Newsletter == view.Newsletter && u.Schedule == view.Name && u.Blackout == ""
	})
	newsletter, name := view.Newsletter, view.Name
	found, _ := v.readers.LoadOrStore(newsletter+"/"+name, &kept[int]{})
	have := found.(*kept[int])
	n, known := have.last()
	if count {
		n, known = have.get(v.patient, v.Desk, reachKnown, func(ctx context.Context) (int, error) { return v.Readers(ctx, newsletter, name) })
	}
	view.Removed, view.RemovedMark = v.atOnce("desk.write.at-once", view.gone), view.gone.Mark()
	if view.People = "…"; known {
		view.People = v.words.Number(n)
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
		err = v.Save(v.context(), v.meant(w), v.who.Email, v.atOnceSeen())
		if errors.Is(err, ErrAtOnce) { // shown now
			status, sentence, _ := v.wrong(err)
			return v.showForm(status, sentence, w, s)
		}
		switch noted := w.note(err); {
		case err == nil:
			return v.did("/desk/schedules/" + w.Newsletter + "/" + w.Name + "/")
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
	err := v.Remove(v.context(), store.DeskSchedule{Newsletter: w.Newsletter, Name: w.Name, Version: w.Version}, v.who.Email, v.atOnceSeen())
	switch {
	case err == nil:
		return v.did("/desk/schedules/")
	case magazine.CodeOf(err) != magazine.Conflict:
		return err
	}
	t, wrong := v.Timetable(v.context())
	if wrong != nil {
		return wrong
	}
	version := w.Version
	if kept := keptIn(t, w.Newsletter, w.Name); kept != nil { // nothing was typed
		opened := w.Opened
		w = v.asWritten(*kept)
		w.Opened = opened
	}
	s, wrong := v.judged(w)
	if wrong != nil {
		return wrong
	}
	if unseen := (*Unseen)(nil); errors.As(err, &unseen) {
		w.gone, w.Version = unseen.AtOnce, version // what was changed since it was seen is seen first
		status, sentence, _ := v.wrong(err)
		return v.showForm(status, sentence, w, s)
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
