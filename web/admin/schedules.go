package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// Schedule is one by which a newsletter goes out, as it stands now.
type Schedule struct {
	*schedules.Schedule
	Title       string    // what readers call it
	File        string    // of the configuration, that writes it; empty: it was made at the desk
	Line        int       // where in the file
	Version     int64     // of one that was made at the desk
	PausedUntil time.Time // zero: it is not paused; store.Forever: until somebody resumes it
	PausedBy    string
}

// Ref names it in addresses.
func (s Schedule) Ref() string { return s.Newsletter + "/" + s.Schedule.Name }

// Timetable is what was written about schedules at the desk.
type Timetable struct {
	store.Timetable
	Unused []Unused
}

// Unused is what was written at the desk and does not count: a schedule, or, where it
// has an id, a blackout for a schedule.
type Unused struct {
	Newsletter, Schedule string
	Blackout             string // id
	Why                  schedules.Problems
}

// Scheduling is what the desk needs of whoever keeps the schedules. seen is the key of
// the send that a person means. Conflict: it would be another.
type Scheduling struct {
	All    func(ctx context.Context) ([]Schedule, error)
	Coming func(ctx context.Context, s *schedules.Schedule, after, until time.Time, n int) ([]schedules.Occurrence, error)
	Try    func(every, cron, timezone string) (*schedules.Schedule, error)                                // schedules.Problems: it is none
	ByHand func(ctx context.Context, s *schedules.Schedule) (next, back *schedules.Occurrence, err error) // which Skip and Run take, and which Unskip gives back; nil: none
	Skip   func(ctx context.Context, s *schedules.Schedule, who, seen string) error
	Unskip func(ctx context.Context, s *schedules.Schedule, who, seen string) error
	Run    func(ctx context.Context, s *schedules.Schedule, who string, asNext bool, seen string) (edition string, err error)
	Pause  func(ctx context.Context, s *schedules.Schedule, who string, until time.Time) error
	Resume func(ctx context.Context, s *schedules.Schedule, who string) error

	Timetable      func(ctx context.Context) (Timetable, error)
	Judge          func(ctx context.Context, w store.DeskSchedule) (*schedules.Schedule, AtOnce, error) // what would be saved, and do at once; schedules.Problems: it would not
	Save           func(ctx context.Context, w store.DeskSchedule, who, seen string) error              // likewise; Conflict: it is another than the version that w has, or ErrAtOnce
	Remove         func(ctx context.Context, w store.DeskSchedule, who, seen string) error              // Conflict: likewise
	AddBlackout    func(ctx context.Context, b store.Blackout, who, seen string) error                  // schedules.Problems: it is none; or ErrAtOnce
	RemoveBlackout func(ctx context.Context, id, who, seen string) error                                // NotFound: it is gone; or ErrAtOnce
	Lifting        func(ctx context.Context) (map[string]AtOnce, error)                                 // what taking a blackout away would do at once, by its id
	Readers        func(ctx context.Context, newsletter, schedule string) (int, error)                  // how many people have the newsletter as a schedule says
}

// AtOnce is what a change of the schedules does as soon as it is made.
type AtOnce struct {
	Goes  []schedules.Occurrence // sends that go out
	Holds []magazine.Edition     // sends that it puts too far back to go out; of those with no draft, as far as is known
	Drops []magazine.Edition     // drafts that go to nobody
	Lost  []magazine.Edition     // such as wait for their time, and have nothing in their place
}

// Mark is what a form says of what it showed of that: who did not see it has not decided
// on it. It has who approved what is held or dropped.
func (a AtOnce) Mark() string {
	keys := []string{"at once"}
	for _, o := range a.Goes {
		keys = append(keys, o.Key())
	}
	for _, e := range a.Holds {
		keys = append(keys, "hold/"+e.Key+"/"+e.Approved)
	}
	for _, e := range a.Drops {
		keys = append(keys, "drop/"+e.ID+"/"+e.Approved)
	}
	for _, e := range a.Lost {
		keys = append(keys, "lost/"+e.ID+"/"+e.Approved)
	}
	slices.Sort(keys[1:])
	return strings.Join(keys, " ")
}

// ErrAtOnce is why a change of the schedules is not made that does something else at once
// than the form showed.
var ErrAtOnce = magazine.Errorf(magazine.Conflict, "nothing was done: other sends go out or are held at once, or other drafts are dropped, than were shown").Said("desk.at-once.unseen")

// Unseen is ErrAtOnce with what is done at once.
type Unseen struct{ AtOnce }

func (*Unseen) Error() string { return ErrAtOnce.Error() }
func (*Unseen) Unwrap() error { return ErrAtOnce }

// atOnce says in words what a change does at once: of what goes out by a message that takes
// when, and to how many.
func (v *visit) atOnce(message string, a AtOnce) (said []string) {
	for _, o := range a.Goes {
		people := "…"
		if n, known := v.reach(&magazine.Edition{Newsletter: o.Newsletter, Schedule: o.Schedule}); known {
			people = v.words.Number(n)
		}
		said = append(said, v.words.T(message, "newsletter", v.titleOf(o.Newsletter), "when", Clock(v.words, v.now, o.At.In(zoneOf(v.Publication))), "n", people))
	}
	tell := func(all []magazine.Edition, message, approved string) {
		for _, e := range all {
			text := message
			if e.Approved != "" {
				text = approved
			}
			said = append(said, v.words.T(text, "newsletter", v.titleOf(e.Newsletter), "when", Clock(v.words, v.now, e.Nominal.In(zoneOf(v.Publication))), "who", e.Approved))
		}
	}
	tell(a.Holds, "desk.at-once.holds", "desk.at-once.holds.approved")
	tell(a.Drops, "desk.at-once.drops", "desk.at-once.drops.approved")
	tell(a.Lost, "desk.at-once.drops.waiting", "desk.at-once.drops.waiting")
	return said
}

// atOnceSeen is what the form that came had shown of it.
func (v *visit) atOnceSeen() string {
	return cmp.Or(strings.TrimSpace(v.r.PostFormValue("at-once")), AtOnce{}.Mark())
}

const (
	upcoming     = 5   // sends of a schedule that its page lists
	agenda       = 40  // sends that the list of schedules lists
	mostInMonth  = 500 // of one schedule
	historyShown = 100 // acts
)

// sendOf is a send to come of a schedule.
type sendOf struct {
	schedules.Occurrence
	Of   Schedule
	Mine time.Time // on the clocks of the publication
	Its  time.Time // on those of the schedule
	Both bool      // they differ
}

func (v *visit) sendOf(s Schedule, o schedules.Occurrence) sendOf {
	one := sendOf{o, s, o.At.In(zoneOf(v.Publication)), o.At.In(s.Zone()), false}
	one.Both = one.Mine.Format(time.DateTime) != one.Its.Format(time.DateTime)
	return one
}

type schedulesView struct {
	Schedules []scheduleLine
	Unused    []unusedLine // schedules of the desk that do not count
	Blackouts *blackoutsView
	Agenda    []sendOf
	Month     month
	Try       tryView
}

type unusedLine struct {
	Newsletter, Name string
	Why              []string
}

type scheduleLine struct {
	Schedule
	Letter string // title of its newsletter
	Paused bool
	Open   bool // the pause has no end
	Next   *sendOf
}

func (v *visit) scheduleLine(s Schedule) (scheduleLine, error) {
	l := scheduleLine{Schedule: s, Letter: v.titleOf(s.Newsletter), Paused: s.PausedUntil.After(v.now), Open: s.PausedUntil.Equal(store.Forever)}
	coming, err := v.Coming(v.context(), s.Schedule, v.now, store.Forever, 50)
	for _, o := range coming {
		if o.Reason == "" {
			next := v.sendOf(s, o)
			l.Next = &next
			break
		}
	}
	return l, err
}

func (v *visit) schedules() error { return v.showSchedules(http.StatusOK, "", nil) }

// showSchedules shows when newsletters go out. typed is a blackout that could not be
// added; nil: there is none.
func (v *visit) showSchedules(status int, wrong string, typed *blackoutsView) error {
	all, err := v.All(v.context())
	if err != nil {
		return err
	}
	t, err := v.Timetable(v.context())
	if err != nil {
		return err
	}
	var view schedulesView
	if view.Blackouts, err = v.blackouts(t, all, typed); err != nil {
		return err
	}
	for _, u := range t.Unused {
		if u.Blackout == "" {
			line := unusedLine{Newsletter: u.Newsletter, Name: u.Schedule}
			for _, p := range u.Why {
				line.Why = append(line.Why, asSentence(p))
			}
			view.Unused = append(view.Unused, line)
		}
	}
	until := v.now.AddDate(0, 0, 60)
	for _, s := range all {
		l, err := v.scheduleLine(s)
		if err != nil {
			return err
		}
		view.Schedules = append(view.Schedules, l)
		coming, err := v.Coming(v.context(), s.Schedule, v.now, until, agenda)
		if err != nil {
			return err
		}
		for _, o := range append(coming, s.Dropped(v.now, until)...) {
			view.Agenda = append(view.Agenda, v.sendOf(s, o))
		}
	}
	slices.SortStableFunc(view.Agenda, func(a, b sendOf) int { return a.At.Compare(b.At) })
	view.Agenda = view.Agenda[:min(len(view.Agenda), agenda)]
	if view.Month, err = v.month(all, v.r.URL.Query().Get("month")); err != nil {
		return err
	}
	view.Try = v.try()
	f := v.frame("/desk/schedules/", v.words.T("desk.schedules"), view)
	f.Error = wrong
	return v.show(status, "schedules", f)
}

// month is a month of the calendar, in the publication's zone, week by week from
// Monday on.
type month struct {
	First          time.Time
	Weeks          [][]calendarDay
	Earlier, Later string // as addresses name them
}

type calendarDay struct {
	Date  time.Time
	Out   bool // of another month
	Today bool
	Rests []rest
	Sends []sendOf
}

func (v *visit) month(all []Schedule, named string) (month, error) {
	zone := zoneOf(v.Publication)
	now := v.now.In(zone)
	// Days are named by their noon: there are some without a midnight.
	first := time.Date(now.Year(), now.Month(), 1, 12, 0, 0, 0, zone)
	if at, err := time.Parse("2006-01", named); err == nil && at.Sub(first).Abs() < 20*366*24*time.Hour {
		first = time.Date(at.Year(), at.Month(), 1, 12, 0, 0, 0, zone)
	}
	begins := magazine.FirstAt(time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC), zone)
	after := magazine.FirstAt(time.Date(first.Year(), first.Month()+1, 1, 0, 0, 0, 0, time.UTC), zone)
	byDate := map[string][]sendOf{}
	for _, s := range all {
		from := begins.Add(-1) // its first instant may be a send
		if from.Before(v.now) {
			from = v.now
		}
		coming, err := v.Coming(v.context(), s.Schedule, from, after, mostInMonth)
		if err != nil {
			return month{}, err
		}
		for _, o := range append(coming, s.Dropped(from, after)...) {
			one := v.sendOf(s, o)
			date := one.Mine.Format(time.DateOnly)
			byDate[date] = append(byDate[date], one)
		}
	}
	m := month{First: first, Earlier: first.AddDate(0, -1, 0).Format("2006-01"), Later: first.AddDate(0, 1, 0).Format("2006-01")}
	day := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	for day.Before(after) {
		var week []calendarDay
		for range 7 {
			date := day.Format(time.DateOnly)
			sends := byDate[date]
			slices.SortStableFunc(sends, func(a, b sendOf) int { return a.At.Compare(b.At) })
			week = append(week, calendarDay{day, day.Month() != first.Month(), date == now.Format(time.DateOnly), v.restsOn(all, day), sends})
			day = day.AddDate(0, 0, 1)
		}
		m.Weeks = append(m.Weeks, week)
	}
	return m, nil
}

// tryView is a schedule that somebody thinks about: what it says in words, and when
// it would go out.
type tryView struct {
	Every, Cron, Timezone string
	Words                 string
	Next                  []sendOf
	Wrong                 []magazine.Problem
}

func (v *visit) try() (t tryView) {
	q := v.r.URL.Query()
	t = tryView{Every: strings.TrimSpace(q.Get("every")), Cron: strings.TrimSpace(q.Get("cron")), Timezone: strings.TrimSpace(q.Get("timezone"))}
	if t.Timezone == "" {
		t.Timezone = zoneOf(v.Publication).String()
	}
	if t.Every == "" && t.Cron == "" {
		return t
	}
	s, err := v.Try(t.Every, t.Cron, t.Timezone)
	if err != nil {
		var problems schedules.Problems
		if !errors.As(err, &problems) {
			problems = schedules.Problems{{Text: err.Error()}}
		}
		t.Wrong = problems
		return t
	}
	t.Words = s.Words()
	for _, o := range s.Upcoming(v.now, upcoming) {
		t.Next = append(t.Next, v.sendOf(Schedule{Schedule: s}, o))
	}
	return t
}

type scheduleView struct {
	scheduleLine
	Coming    []sendOf
	Takes     *schedules.Occurrence // what leaving out and sending now take; nil: nothing
	Back      *schedules.Occurrence // what was left out last; nil: nothing
	Rests     []string
	Acts      []store.Act
	MayChange bool
}

// named is the schedule that an address names.
func (v *visit) named() (Schedule, error) {
	all, err := v.All(v.context())
	if err != nil {
		return Schedule{}, err
	}
	for _, s := range all {
		if s.Newsletter == v.r.PathValue("newsletter") && s.Schedule.Name == v.r.PathValue("schedule") {
			return s, nil
		}
	}
	return Schedule{}, magazine.Errorf(magazine.NotFound, "there is no such schedule").Said("desk.schedule.none")
}

func (v *visit) schedule() error { return v.showSchedule(http.StatusOK, "") }

func (v *visit) showSchedule(status int, wrong string) error {
	s, err := v.named()
	if err != nil {
		return err
	}
	view := scheduleView{Rests: s.Rests(), MayChange: v.role.May(magazine.Editor)}
	if view.scheduleLine, err = v.scheduleLine(s); err != nil {
		return err
	}
	if view.Takes, view.Back, err = v.ByHand(v.context(), s.Schedule); err != nil {
		return err
	}
	coming, err := v.Coming(v.context(), s.Schedule, v.now, store.Forever, upcoming)
	if err != nil {
		return err
	}
	for _, o := range coming {
		view.Coming = append(view.Coming, v.sendOf(s, o))
	}
	if view.Acts, err = v.Store.ScheduleActs(v.context(), s.Newsletter, s.Schedule.Name, historyShown); err != nil {
		return err
	}
	f := v.frame("/desk/schedules/", view.Letter+" · "+s.Title, view)
	f.Error = wrong
	return v.show(status, "schedule", f)
}

// changeSchedule does to a schedule what a form says.
func (v *visit) changeSchedule() error {
	s, err := v.named()
	if err != nil {
		return err
	}
	to := "/desk/schedules/" + s.Ref() + "/"
	act, who, seen := v.r.PostFormValue("act"), v.who.Email, v.r.PostFormValue("seen")
	if seen == "" && (act == "skip" || act == "unskip" || act == "run-next") {
		act = "" // it does not say about which send
	}
	switch act {
	case "skip":
		err = v.Skip(v.context(), s.Schedule, who, seen)
	case "unskip":
		err = v.Unskip(v.context(), s.Schedule, who, seen)
	case "run", "run-next":
		var edition string
		if edition, err = v.Run(v.context(), s.Schedule, who, act == "run-next", seen); err == nil {
			to = "/desk/editions/" + edition + "/"
		}
	case "pause":
		until := store.Forever
		if day := v.r.PostFormValue("until"); day != "" {
			if until, err = magazine.ParseDay(day, s.Home()); err != nil {
				err = magazine.Errorf(magazine.Invalid, "no day").Said("preferences.bad-day", "day", magazine.CleanText(day))
				break
			}
		}
		err = v.Scheduling.Pause(v.context(), s.Schedule, who, until)
	case "resume":
		err = v.Scheduling.Resume(v.context(), s.Schedule, who)
	default:
		err = magazine.Errorf(magazine.Invalid, "nothing to do").Said("fault.form.altered")
	}
	if status, sentence, ok := v.wrong(err); ok {
		return v.showSchedule(status, sentence)
	}
	if err != nil {
		return err
	}
	return v.did(to)
}
