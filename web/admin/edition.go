package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// A Decision is what can be done to an edition.
type Decision string

// The decisions, as forms send them and the log keeps them.
const (
	Approve Decision = "approve"
	Release Decision = "release"
	Pause   Decision = "pause"
	Resume  Decision = "resume"
	Drop    Decision = "drop"
	Cancel  Decision = "cancel"
	Note    Decision = "note"
)

// decisions are what can be done to an edition in each state: what most want first.
var decisions = map[magazine.EditionState][]Decision{
	magazine.EditionWaiting: {Approve, Drop},
	magazine.EditionHeld:    {Release, Drop},
	magazine.EditionPlanned: {Pause, Cancel},
	magazine.EditionSending: {Pause, Cancel},
	magazine.EditionPaused:  {Resume, Cancel},
}

// button is something that can be done, which says what it will do and to how many.
type button struct {
	Act   Decision
	Label string
	What  string // what comes of it
	Ends  bool   // it cannot be undone: one opens it first, and may say why
}

// buttons are what a user may do to an edition. left is how many people it would
// still go to.
func (v *visit) buttons(e *magazine.Edition, left string) (all []button) {
	if !v.role.May(magazine.Editor) {
		return nil
	}
	w := v.words
	for _, act := range decisions[e.State] {
		b := button{Act: act, Ends: act == Drop || act == Cancel}
		switch act {
		case Approve:
			b.Label, b.What = w.T("desk.do.approve", "n", left), w.T("desk.do.approve.what")
		case Release:
			b.Label, b.What = w.T("desk.do.release", "n", left), w.T("desk.do.release.what")
		case Pause:
			b.Label, b.What = w.T("desk.do.pause", "n", left), w.T("desk.do.pause.what")
		case Resume:
			b.Label, b.What = w.T("desk.do.resume", "n", left), w.T("desk.do.resume.what")
		case Drop:
			b.Label, b.What = w.T("desk.do.drop", "n", left), w.T(Ended("desk.do.drop.what", e))
		case Cancel:
			b.Label, b.What = w.T("desk.do.cancel", "n", left), w.T(Ended("desk.do.cancel.what", e))
		}
		all = append(all, b)
	}
	return all
}

// Ended is the form of a message about an edition's end that fits the edition. The
// articles of a digest come with the next one. An issue's contents, and what one person
// was to get again, are made by what happens once.
func Ended(message string, e *magazine.Edition) string {
	switch {
	case e.Repeats() != "":
		return message + ".again"
	case e.Issue != nil:
		return message + ".issue"
	}
	return message
}

// reach is how many people an edition goes to at the most; not known yet.
func (v *visit) reach(e *magazine.Edition) (n int, known bool) {
	found, _ := v.reached.LoadOrStore(strings.Join([]string{e.Newsletter, e.Schedule, strings.Join(e.Others, " "), e.Repeats()}, "/"), &kept[int]{})
	copied := *e
	return found.(*kept[int]).get(v.patient, v.Desk, reachKnown, func(ctx context.Context) (int, error) { return v.Reach(ctx, &copied) })
}

// left is how many people an edition still goes to at the most, in words.
func (v *visit) left(e *magazine.Edition, t *tallied) string {
	n, known := v.reach(e)
	if !known || !t.Known {
		return "…"
	}
	return v.words.Number(max(0, n-t.handled()))
}

// line is an edition in a list.
type line struct {
	magazine.Edition
	Title   string // of its newsletter
	Tone    string // good, wait or bad; empty: none of them
	Tally   *tallied
	Reach   int // people that it goes to at the most; 0: not known
	Done    int // of them, whose turn has come
	Said    string
	Buttons []button
	Seen    string // what is seen by who decides about it
}

// tones are how the states of editions are marked.
var tones = map[magazine.EditionState]string{
	magazine.EditionSent: "good", magazine.EditionFailed: "bad", magazine.EditionHeld: "bad",
	magazine.EditionWaiting: "wait", magazine.EditionPlanned: "wait", magazine.EditionSending: "wait", magazine.EditionPaused: "wait",
}

// lines are editions as lists show them.
func (v *visit) lines(list []magazine.Edition) ([]line, error) {
	counted, err := v.tallies(list)
	if err != nil {
		return nil, err
	}
	all := make([]line, len(list))
	for i, e := range list {
		all[i] = v.line(e, counted[e.ID])
	}
	return all, nil
}

func (v *visit) line(e magazine.Edition, t *tallied) line {
	l := line{Edition: e, Title: v.titleOf(e.Newsletter), Tone: tones[e.State], Tally: t, Seen: e.Mark()}
	if len(decisions[e.State]) == 0 {
		return l
	}
	l.Buttons = v.buttons(&e, v.left(&e, t))
	if e.State != magazine.EditionHeld && e.State != magazine.EditionWaiting || t.handled() > 0 {
		l.Reach, l.Done, l.Said = v.progress(&e, t)
	}
	return l
}

// titleOf is what readers call a newsletter.
func (d *Desk) titleOf(newsletter string) string {
	for _, n := range d.Newsletters {
		if n.Name == newsletter && n.Title != "" {
			return n.Title
		}
	}
	return newsletter
}

// editionView is all that is known of one edition.
type editionView struct {
	line
	Live string // address at which the page hears how it gets on
	pieces
	Acts    []store.Act
	Last    *line // the one before it, to compare; nil: there is none
	Words   []wordsView
	MayNote bool
	Typed   string // a note that was not set; empty: none
}

// wordsView is what was said of some deliveries, with some of the people.
type wordsView struct {
	store.Words
	Some []magazine.Subscriber
}

// edition shows one edition, or what else is at its address.
func (v *visit) edition() error { return v.showEdition(http.StatusOK, "", "") }

// showEdition shows it with why what was asked for was not done, and with a note that
// was typed; both may be empty.
func (v *visit) showEdition(status int, wrong, typed string) error {
	id := magazine.CleanText(v.r.PathValue("id"))
	e, err := v.Store.EditionHead(v.context(), id)
	if err != nil {
		return noEdition(err)
	}
	counted, err := v.tallies([]magazine.Edition{*e})
	if err != nil {
		return err
	}
	view := editionView{line: v.line(*e, counted[id]), Live: liveOf([]magazine.Edition{*e}, e.ID), Typed: typed}
	if view.pieces, err = v.piecesOf(e); err != nil {
		return err
	}
	if view.Acts, err = v.Store.EditionActs(v.context(), id); err != nil {
		return err
	}
	if view.Last, err = v.before(e); err != nil {
		return err
	}
	if view.Words, err = v.wordsOf(counted[id]); err != nil {
		return err
	}
	begun := e.State != magazine.EditionPlanned && e.State != magazine.EditionWaiting && e.State != magazine.EditionHeld
	view.MayNote = !begun && counted[id].handled() == 0 && v.role.May(magazine.Editor)
	view.MayArrange = view.MayNote && e.MayArrange()
	f := v.frame("/desk/editions/", v.words.T("desk.edition.of", "newsletter", view.Title), view)
	f.Error = wrong
	switch asked := v.r.URL.Query(); {
	case wrong != "":
	case asked.Get("again") != "" && e.State == magazine.EditionWaiting && e.Approved == "":
		f.Done = v.words.T("desk.edition.again")
	case asked.Get("begun") != "" && e.State == magazine.EditionDropped:
		f.Done = v.words.T("desk.edition.begun")
	}
	return v.show(status, "edition", f)
}

// noEdition says it to people.
func noEdition(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return magazine.Errorf(magazine.NotFound, "there is no such edition").Said("desk.edition.none")
	}
	return err
}

// before is the last edition of the same newsletter and schedule that went out before
// another.
func (v *visit) before(e *magazine.Edition) (*line, error) {
	list, err := v.Store.EditionsBy(v.context(), store.EditionFilter{Like: e, State: magazine.EditionSent, Before: e.Created}, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	lines, err := v.lines(list)
	if err != nil {
		return nil, err
	}
	return &lines[0], nil
}

// wordsOf are what was said of what was not sent, with the people who can be shown.
func (v *visit) wordsOf(t *tallied) (all []wordsView, err error) {
	var ids []string
	for _, w := range t.Words {
		ids = append(ids, w.Some...)
	}
	people, err := v.Store.SubscribersByID(v.context(), ids)
	if err != nil {
		return nil, err
	}
	for _, w := range t.Words {
		one := wordsView{Words: w}
		for _, id := range w.Some {
			if p, ok := people[id]; ok { // who was erased is nobody's any more
				one.Some = append(one.Some, p)
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// decide does to an edition what a form says.
func (v *visit) decide() error {
	id, act, text := magazine.CleanText(v.r.PathValue("id")), Decision(v.r.PostFormValue("act")), v.r.PostFormValue("text")
	was, err := v.Store.EditionHead(v.context(), id)
	if err != nil {
		return noEdition(err)
	}
	e, err := v.Decide(v.context(), act, id, v.who.Email, text, v.r.PostFormValue("seen"))
	typed := ""
	if act == Note {
		typed = magazine.CleanRunes(text)
	}
	if status, sentence, ok := v.notNow(err); ok {
		return v.showEdition(status, sentence, typed)
	}
	if err != nil {
		return err
	}
	d := v.Desk
	if k, ok := d.counted.Load(e.ID); ok { // how many there are left may be another number now
		k := k.(*kept[store.Tally])
		k.mu.Lock()
		k.at = k.at.Add(-recount)
		k.mu.Unlock()
	}
	return v.did("/desk/editions/" + e.ID + "/" + cmp.Or(tookBack(was, e), begun(act, e)))
}

// begun says in an address that what was to be dropped had begun to go out.
func begun(act Decision, is *magazine.Edition) string {
	if why, _ := magazine.ReadReason(is.Reason); act == Drop && (why == magazine.CancelledBy || why == magazine.CancelledFor) {
		return "?begun=yes"
	}
	return ""
}

// tookBack says in an address that a change has taken an approval back.
func tookBack(was, is *magazine.Edition) string {
	if was.Approved != "" && is != nil && is.Approved == "" {
		return "?again=yes"
	}
	return ""
}

// notNow is wrong of what was decided about an edition: that it is another than somebody
// saw is said with why.
func (v *visit) notNow(err error) (status int, sentence string, ok bool) {
	status, sentence, ok = v.wrong(err)
	var e *magazine.Error
	if ok && magazine.CodeOf(err) == magazine.Conflict && errors.As(err, &e) && e.Message != "" {
		sentence = v.words.T("desk.edition.meanwhile", "why", sentence)
	}
	return status, sentence, ok
}
