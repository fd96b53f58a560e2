package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// blackoutsView is the dates on which nothing goes out, by the word of the desk, and
// the form for another.
type blackoutsView struct {
	All   []blackoutLine
	Of    []whom
	New   store.Blackout    // as typed
	To    string            // whom it is for, as typed
	Once  []string          // what is done as soon as it is added, where that was not seen
	Mark  string            // of that
	wrong map[string]string // by field
}

// Wrong is what is wrong with a field of the form; empty: nothing is.
func (b *blackoutsView) Wrong(field string) string { return b.wrong[field] }

// Fault is what is wrong with a field, for its error to be tied to it; nil: nothing is.
func (b *blackoutsView) Fault(field string) *fault { return faultIn(b.wrong, field) }

type blackoutLine struct {
	store.Blackout
	Whom   string   // empty: all
	Unused []string // schedules for which it cannot be used, and why
	AtOnce []string // what is done as soon as it is taken away
	Mark   string   // of that
}

// whom are those that a blackout can be for.
type whom struct{ Value, Name string }

// blackouts fills the part of the page of schedules that is about them.
func (v *visit) blackouts(t Timetable, all []Schedule, typed *blackoutsView) (*blackoutsView, error) {
	view := typed
	if view == nil {
		view = &blackoutsView{New: store.Blackout{Then: "drop"}}
	}
	var lifting map[string]AtOnce
	if v.role.May(magazine.Editor) {
		var err error
		if lifting, err = v.Lifting(v.context()); err != nil {
			return nil, err
		}
	}
	for _, b := range t.Blackouts {
		line := blackoutLine{Blackout: b, AtOnce: v.atOnce("desk.blackout.at-once", lifting[b.ID]), Mark: lifting[b.ID].Mark()}
		if b.Newsletter != "" {
			line.Whom = v.titleOf(b.Newsletter)
		}
		if b.Schedule != "" {
			line.Whom += " · " + b.Schedule
		}
		for _, u := range t.Unused {
			if u.Blackout == b.ID {
				for _, p := range u.Why {
					line.Unused = append(line.Unused, u.Newsletter+"/"+u.Schedule+": "+asSentence(p))
				}
			}
		}
		view.All = append(view.All, line)
	}
	for _, n := range v.Newsletters {
		view.Of = append(view.Of, whom{n.Name, n.Title})
		mine := slices.DeleteFunc(slices.Clone(all), func(s Schedule) bool { return s.Newsletter != n.Name })
		for _, s := range mine {
			if len(mine) > 1 {
				view.Of = append(view.Of, whom{s.Ref(), n.Title + " · " + s.Title})
			}
		}
	}
	return view, nil
}

// changeBlackouts adds a blackout, or takes one away.
func (v *visit) changeBlackouts() error {
	get := func(name string) string { return strings.TrimSpace(magazine.CleanText(v.r.PostFormValue(name))) }
	view := &blackoutsView{To: get("of"), wrong: map[string]string{}}
	view.New = store.Blackout{From: get("from"), To: get("to"), Then: get("then"), Title: get("title")}
	view.New.Newsletter, view.New.Schedule, _ = strings.Cut(view.To, "/")
	var err error
	switch get("act") {
	case "add":
		if len([]rune(view.New.Title)) > longestTitle {
			view.wrong["title"] = v.words.T("desk.blackout.title.wrong", "most", longestTitle)
			return v.showSchedules(http.StatusUnprocessableEntity, v.words.T("desk.write.wrong"), view)
		}
		err = v.AddBlackout(v.context(), view.New, v.who.Email, v.atOnceSeen())
		if unseen := (*Unseen)(nil); errors.As(err, &unseen) {
			view.Once, view.Mark = v.atOnce("desk.write.at-once", unseen.AtOnce), unseen.Mark()
		}
		w := written{wrong: view.wrong}
		if noted := w.note(err); err != nil && noted == nil {
			return v.showSchedules(http.StatusUnprocessableEntity, v.words.T("desk.write.wrong"), view)
		}
	case "remove":
		view = nil
		err = v.RemoveBlackout(v.context(), get("id"), v.who.Email, v.atOnceSeen())
	default:
		err = magazine.Errorf(magazine.Invalid, "nothing to do").Said("fault.form.altered")
	}
	if status, sentence, ok := v.wrong(err); ok {
		return v.showSchedules(status, sentence, view)
	}
	if err != nil {
		return err
	}
	return v.did("/desk/schedules/#blackouts")
}

// rest is why nothing goes out on a date.
type rest struct{ Name, Words string }

// restsOn tells why nothing goes out on a date, each reason once, with the newsletters
// where it is not that of all.
func (v *visit) restsOn(all []Schedule, date time.Time) (list []rest) {
	letters := map[string]bool{}
	of := map[rest][]string{}
	for _, s := range all {
		letters[s.Newsletter] = true
		words, name := s.RestsOn(date)
		why := rest{name, words}
		if words == "" {
			continue
		}
		if of[why] == nil {
			list = append(list, why)
		}
		if title := v.titleOf(s.Newsletter); !slices.Contains(of[why], title) {
			of[why] = append(of[why], title)
		}
	}
	for i, why := range list {
		if len(of[why]) < len(letters) {
			list[i].Name = strings.Join(of[why], ", ") + ": " + why.Name
		}
	}
	return list
}
