package daemon_test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/schedules"
)

// edit has the editors do something: a new article, one for later, a late one,
// one that changes, vanishes or returns, an issue.
func (y *year) edit() {
	switch luck := y.random.IntN(100); {
	case luck < 55 || y.come < 5:
		y.fresh()
	case luck < 65 && len(y.pieces) > 0:
		a := y.pieces[y.random.IntN(len(y.pieces))]
		a.words += " and more"
		if !a.gone {
			y.put(a)
		}
	case luck < 72:
		if a := y.pieces[y.random.IntN(y.come)]; !a.gone {
			a.gone, a.everGone = true, true
			y.must(os.Remove(y.path(a.piece)))
		}
	case luck < 80:
		for _, a := range y.pieces {
			if a.gone && y.chance(30) {
				a.gone = false
				y.put(a)
			}
		}
	case luck < 90:
		y.issue()
	case y.broken != "":
		y.broken = ""
	default:
		y.broken = y.pieces[y.come-1].slug
	}
	y.reads()
}

func (y *year) reads() {
	_, err := y.Read(y.ctx, false, nil)
	y.must(err)
	y.appeared()
}

// fresh writes a new article; some are dated to come, others long past.
func (y *year) fresh() *yearPiece {
	n := len(y.pieces)
	a := &yearPiece{chosen: &chosen{piece: &piece{slug: fmt.Sprintf("piece-%d", n), section: shelves[y.random.IntN(3)], number: 1 << 40}, tag: subject[y.random.IntN(3)], members: y.chance(15)}, at: y.clock.Now()}
	switch luck := y.random.IntN(100); {
	case luck < 15 && n > 5:
		a.at = a.at.Add(time.Duration(1+y.random.IntN(100)) * time.Hour)
	case luck < 25:
		a.at = a.at.Add(-time.Duration(y.random.IntN(60*24)) * time.Hour)
	}
	y.pieces = append(y.pieces, a)
	y.put(a)
	return a
}

func (y *year) put(a *yearPiece) {
	access, issue := "everyone", ""
	if a.members {
		access = "members"
	}
	if a.issue > 0 {
		issue = fmt.Sprintf("issue: {volume: 1, number: %d}\n", a.issue)
	}
	write(y.t, y.path(a.piece), fmt.Sprintf("---\ntitle: %s\nsection: %s\ntags: [%q]\naccess: %s\ndate: %s\n%s---\n\nWords on %[1]s%[7]s.\n", a.slug, a.section, a.tag, access, a.at.UTC().Format(time.RFC3339), issue, a.words))
}

// issue opens an issue with two articles, or publishes the one that is open.
func (y *year) issue() {
	n := len(y.issues)
	last := y.issues[n]
	if last == nil || !last.published.IsZero() {
		last = &yearIssue{number: n + 1}
		for range 2 {
			a := y.fresh()
			a.at, a.issue = y.clock.Now(), n+1
			y.put(a)
			last.pieces = append(last.pieces, a)
		}
		y.issues[n+1] = last
	} else {
		last.published = y.clock.Now()
	}
	state := "open"
	if !last.published.IsZero() {
		state = "published"
	}
	write(y.t, filepath.Join(filepath.Dir(y.file), "pieces", "issues", fmt.Sprintf("1-%d.yaml", last.number)), fmt.Sprintf("volume: 1\nnumber: %d\nstate: %s\ndate: 2024-09-05\ncontents: [%s, %s]\n", last.number, state, last.pieces[0].slug, last.pieces[1].slug))
}

// appeared numbers what has become visible since it was last asked.
func (y *year) appeared() {
	for i := y.come; i < len(y.pieces); i++ {
		a := y.pieces[i]
		if a.at.After(y.clock.Now()) {
			continue
		}
		have, err := y.Store.Article(y.ctx, a.slug)
		y.must(err)
		if have.State == magazine.Published {
			y.pieces = slices.Insert(slices.Delete(y.pieces, i, i+1), y.come, a)
			a.number = y.come
			y.come++
		}
	}
}

// act has somebody do something to a schedule, or to an edition that is held.
func (y *year) act() {
	s := y.Schedules()[y.random.IntN(len(y.Schedules()))]
	var err error
	switch luck := y.random.IntN(100); {
	case luck < 25 || s.ByIssue() && luck < 60:
		for _, e := range y.open() {
			if e.State != magazine.EditionHeld {
				continue
			}
			if y.chance(70) {
				_, err = y.Release(y.ctx, e.ID, "salma")
			} else {
				_, err = y.Drop(y.ctx, e.ID, "salma", "")
			}
			if magazine.CodeOf(err) != magazine.Conflict { // another is on its way
				y.must(err)
			}
		}
	case luck < 45:
		_, _, err = y.Skip(y.ctx, s, "salma", "")
	case luck < 50:
		_, err = y.Unskip(y.ctx, s, "salma", "")
	case luck < 70:
		_, _, err = y.Run(y.ctx, s, "salma", y.chance(50), "")
	case luck < 78:
		until := y.clock.Now().Add(time.Duration(1+y.random.IntN(30*24)) * time.Hour)
		err = y.Pause(y.ctx, s, "salma", until)
	case luck < 90:
		err = y.Resume(y.ctx, s, "salma")
	default:
		if !y.letter(s.Newsletter).contents {
			_, err = y.SendNow(y.ctx, s.Newsletter, "salma")
		}
	}
	y.acts++
	if code := magazine.CodeOf(err); err != nil && code != magazine.NotFound && code != magazine.Conflict && code != magazine.Invalid {
		y.must(err)
	}
}

func (y *year) open() []magazine.Edition {
	all, err := y.Store.OpenEditions(y.ctx)
	y.must(err)
	slices.SortFunc(all, func(a, b magazine.Edition) int {
		return cmp.Or(cmp.Compare(a.Newsletter, b.Newsletter), a.Created.Compare(b.Created), a.Nominal.Compare(b.Nominal), cmp.Compare(a.Maker, b.Maker))
	})
	return all
}

func (y *year) letter(name string) *yearLetter {
	return &y.letters[slices.IndexFunc(y.letters, func(l yearLetter) bool { return l.name == name })]
}

// relay misbehaves at random, and has the model check what it takes. What becomes
// of a message goes by the message and the time, not by the order of messages.
func (y *year) relay(m *mailer.Parcel) mailer.Result {
	y.last = func() {}
	name := y.nameOf(m)
	luck := y.luck(m, "relay") >> 8 % 10000
	if y.calm {
		luck = 10000
	}
	judge := func(phase mailer.Phase, code int, enhanced string) mailer.Result {
		y.faults++
		return mailer.Judge(phase, code, enhanced, max(m.Attempt, 1))
	}
	switch {
	case luck < 300:
		return judge(mailer.PhaseRcpt, 451, "4.2.1")
	case luck < 320:
		r := judge(mailer.PhaseMail, 421, "4.3.2")
		r.RetryAfter = time.Hour
		return r
	case luck < 400:
		return judge(mailer.PhaseMessage, 554, "5.7.1")
	case luck < 403 && y.fuse.Load() <= 0:
		for _, r := range y.all() {
			if r.name == name {
				r.dead = true
			}
		}
		return judge(mailer.PhaseRcpt, 550, "5.1.1")
	case y.fuse.Load() > 0 && luck < 1000: // before it, and after
		panic(crash{})
	}
	r := y.check(m)
	switch {
	case y.fuse.Load() > 0 && luck < 2000:
		r.unsure[m.MessageID] = true
		y.left++
		panic(crash{})
	case luck < 450:
		r.unsure[m.MessageID] = true
		y.lost++
		return judge(mailer.PhaseMessage, 0, "")
	}
	y.last = func() { r.unsure[m.MessageID] = true; y.left++ }
	return mailer.Judge(mailer.PhaseMessage, 250, "2.0.0", 1)
}

// check holds a message that is taken against what the model knows.
func (y *year) check(m *mailer.Parcel) *reader {
	y.mails++
	letter := listOf(m)
	l, name := y.letter(letter), y.nameOf(m)
	r := y.shares[letter][name]
	if r == nil || !r.active || r.dead || r.paused && r.over < 0 {
		y.t.Fatalf("a message of %s to %s, who must get none: %+v", letter, name, r)
	}
	id, _, _ := strings.Cut(m.MessageID, ".")
	e := y.editionHead(id)
	if letter == "twice" && e.Schedule != "" && !r.moved && e.Schedule != r.frequency {
		y.t.Errorf("%s, who gets it as %s, got edition %s of %s", name, r.frequency, id, e.Schedule)
	}
	y.inTime(r, e)
	slugs := articlesIn(written(m))
	for _, slug := range slugs {
		a := y.pieces[slices.IndexFunc(y.pieces, func(a *yearPiece) bool { return a.slug == slug })]
		may, _ := r.expects(a.chosen)
		switch before := r.had[slug]; {
		case a.gone:
			y.t.Errorf("%s got %s of %s, which is withdrawn", name, slug, letter)
		case a.number >= y.come:
			y.t.Errorf("%s got %s of %s, which has not appeared", name, slug, letter)
		case l.contents && a.issue == 0:
			y.t.Errorf("%s got %s, which is in no issue", name, slug)
		case !l.contents && !may:
			y.t.Errorf("%s got %s of %s, which is not for them: %s", name, slug, letter, r.told(a.chosen))
		case !l.forever && !l.contents && a.at.Before(e.CutoffAt.Add(-31*24*time.Hour-time.Second)):
			y.t.Errorf("%s got %s of %s, which is too old", name, slug, letter)
		case before != "" && !r.unsure[before]:
			first, _, _ := strings.Cut(before, ".")
			y.t.Errorf("%s got %s of %s twice: in %s and %s", name, slug, letter, y.tell(first, name), y.tell(id, name))
		case before != "":
			y.repeats++
			y.again[before] = true
		}
		r.had[slug] = m.MessageID
	}
	if len(slugs) == 0 {
		y.t.Errorf("%s got a message without articles", name)
	}
	delete(r.unsure, m.MessageID)
	y.meanwhile(m, name)
	return r
}

// inTime looks that nobody gets an edition before their clocks show their hour on
// its date, unless they have changed their mind since it was made.
func (y *year) inTime(r *reader, e *magazine.Edition) {
	n, ok := schedules.NominalOf(e.Key)
	if !ok || !e.Waves || !y.chose[r.name].Before(e.Created) || !y.chose[r.name+" "+r.letter].Before(e.Created) {
		return
	}
	sub, err := y.Store.Subscription(y.ctx, r.letter, y.ids[r.name])
	y.must(err)
	var zone *time.Location
	if sub.Subscriber.Timezone != "" {
		zone, err = time.LoadLocation(sub.Subscriber.Timezone)
		y.must(err)
	}
	s := y.Schedules()[slices.IndexFunc(y.Schedules(), func(s *schedules.Schedule) bool { return s.Newsletter == r.letter })]
	y.timed++
	if at := s.In(n, zone, sub.Hour); at.After(y.clock.Now()) {
		y.t.Errorf("%s got edition %s of %s, %s, before their time: %q in %q is %s", r.name, e.ID, r.letter, e.Key, sub.Hour, sub.Subscriber.Timezone, at)
	}
}

// luck is what chance has for a message at this time, whatever else goes out.
func (y *year) luck(m *mailer.Parcel, about string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, *yearSeed, about, y.nameOf(m), listOf(m), m.Attempt, y.clock.Now().Unix())
	return h.Sum64()
}

// meanwhile has somebody else change their mind, now and then, while a message
// is on its way. What is killed is the daemon, and not that.
func (y *year) meanwhile(m *mailer.Parcel, name string) {
	random, fuse := y.random, y.fuse.Swap(0)
	defer func() {
		y.random = random
		y.fuse.Store(fuse)
	}()
	y.random = rand.New(rand.NewPCG(y.luck(m, "meanwhile"), 0))
	others := y.all()
	if o := others[y.random.IntN(len(others))]; !y.calm && y.random.IntN(200) == 0 && o.name != name && o.active && !o.dead {
		y.turn(o)
	}
}
