package admin

import (
	"net/http"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Send is an edition to come, with what it would be now.
type Send struct {
	At         time.Time
	Newsletter string
	Schedule   string
	Reason     string // why it does not go out; empty: it does
	Articles   int    // new to somebody
	People     int    // who can be mailed
}

// Problem is something that somebody has to look at.
type Problem struct {
	What Said
	Mend Said   // what to do; empty: nothing is known
	Wait bool   // it mends itself, or can wait
	Path string // of the page that tells more; empty: there is none
}

const (
	outlookKnown  = time.Minute // how old what comes next may be
	problemsKnown = 15 * time.Second
	reachKnown    = 5 * time.Minute
	nextSends     = 6
	lately        = 48 * time.Hour // for which what went wrong stands on the first page
	weekDays      = 7
)

// todayView is the first page: what goes out, and whether anything is wrong.
type todayView struct {
	Live     string // address at which it hears how they get on
	Sending  []line
	Needs    []line // a person: drafts, held ones, paused ones
	Wrong    []line // failed, skipped or dropped lately
	Next     []sendView
	NextWait bool // what comes next is being counted
	Problems []Problem
	LookWait bool // what is wrong is not known yet
	Week     week
}

type sendView struct {
	Send
	Title string
}

func (v *visit) today() error {
	var view todayView
	open, err := v.Store.OpenEditions(v.context())
	if err != nil {
		return err
	}
	view.Live = liveOf(open, "")
	lines, err := v.lines(open)
	if err != nil {
		return err
	}
	for _, l := range lines {
		switch l.State {
		case magazine.EditionSending, magazine.EditionPlanned:
			view.Sending = append(view.Sending, l)
		default:
			view.Needs = append(view.Needs, l)
		}
	}
	recent, err := v.Store.EditionsBy(v.context(), store.EditionFilter{Since: v.now.AddDate(0, 0, -weekDays)}, 500)
	if err != nil {
		return err
	}
	if view.Wrong, err = v.wentWrong(recent); err != nil {
		return err
	}
	if view.Week, err = v.week(recent); err != nil {
		return err
	}
	version, err := v.Store.TimetableVersion(v.context())
	if err != nil {
		return err
	}
	if v.timetable.Swap(version) != version {
		v.decided()
	}
	sends, known := v.outlook.get(v.patient, v.Desk, outlookKnown, v.Outlook)
	view.NextWait = !known
	for _, s := range sends {
		if known && s.At.After(v.now) && len(view.Next) < nextSends {
			view.Next = append(view.Next, sendView{s, v.titleOf(s.Newsletter)})
		}
	}
	view.Problems, known = v.problems.get(v.patient, v.Desk, problemsKnown, v.Problems)
	view.LookWait = !known
	f := v.frame("/desk/", v.words.T("desk.today"), view)
	return v.show(http.StatusOK, "today", f)
}

// wentWrong are the editions that did not go out as they should have.
func (v *visit) wentWrong(recent []magazine.Edition) ([]line, error) {
	var list []magazine.Edition
	for _, e := range recent {
		wrong := e.State == magazine.EditionFailed || e.State == magazine.EditionSkipped || e.State == magazine.EditionDropped
		at := e.Finished
		if at.IsZero() {
			at = e.Nominal
		}
		if wrong && v.now.Sub(at) < lately && len(list) < 20 {
			list = append(list, e)
		}
	}
	return v.lines(list)
}

// progress tells how an edition gets on: of how many people, how many have had
// their turn, and that in words.
func (v *visit) progress(e *magazine.Edition, t *tallied) (of, done int, said string) {
	w := v.words
	of, known := v.reach(e)
	done = t.handled()
	switch {
	case !known || !t.Known:
		return 0, 0, w.T("desk.counting")
	case e.State == magazine.EditionPlanned && done == 0:
		return of, 0, w.T("desk.making")
	}
	of = max(of, done+t.Counts.Deferred)
	return of, done, w.T("desk.progress", "done", w.Number(done), "of", w.Number(of), "failed", w.Number(t.Counts.Failed), "deferred", w.Number(t.Counts.Deferred))
}

// week is how much went out on each of the last days, as a chart.
type week struct {
	Days   []day
	Sent   int
	Failed int
	Known  bool // all of it is counted
	Width  int
}

// day is a column of it, in units of the chart.
type day struct {
	Date         time.Time
	Sent, Failed int
	Day          string // as editions are asked for by it
	X, Middle    int
	Y, High      int // of what was sent
	BadY, Bad    int // of what failed, above it
}

// The measures of the chart.
const (
	columnStep = 44
	columnWide = 20
	chartHigh  = 72
	chartTop   = 18
)

// week counts the editions of the last days by the day on which they were to start.
func (v *visit) week(recent []magazine.Edition) (week, error) {
	counted, err := v.tallies(recent)
	if err != nil {
		return week{}, err
	}
	zone := zoneOf(v.Publication)
	now := v.now.In(zone)
	shown := week{Known: true, Width: weekDays * columnStep}
	byDate := map[string]*day{}
	shown.Days = make([]day, weekDays)
	for i := range shown.Days {
		d := &shown.Days[i]
		d.Date = time.Date(now.Year(), now.Month(), now.Day()-weekDays+1+i, 12, 0, 0, 0, zone)
		d.Day = d.Date.Format(time.DateOnly)
		byDate[d.Day] = d
	}
	for _, e := range recent {
		t := counted[e.ID]
		shown.Known = shown.Known && t.Known
		if d := byDate[e.Nominal.In(zone).Format(time.DateOnly)]; d != nil {
			d.Sent, d.Failed = d.Sent+t.Counts.Sent, d.Failed+t.Counts.Failed
		}
	}
	most := 1
	for _, d := range shown.Days {
		most = max(most, d.Sent+d.Failed)
		shown.Sent, shown.Failed = shown.Sent+d.Sent, shown.Failed+d.Failed
	}
	for i := range shown.Days {
		d := &shown.Days[i]
		d.X = i*columnStep + (columnStep-columnWide)/2
		d.Middle = d.X + columnWide/2
		d.High, d.Bad = columnOf(d.Sent, most), columnOf(d.Failed, most)
		d.Y = chartTop + chartHigh - d.High
		d.BadY = d.Y - d.Bad
	}
	return shown, nil
}

// columnOf is how high a column is: one that is not empty is always seen.
func columnOf(n, most int) int {
	if n == 0 {
		return 0
	}
	return max(1, n*chartHigh/most)
}
