package daemon_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/digests"
	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/schedules"
	"postrider/store"
)

var yearSeed = flag.Uint64("seed", 1, "of the simulated year")

// TestYear simulates a publication with 20 newsletters and 500 people. On SQLite
// it is a whole year; on PostgreSQL, where a delivery takes several times as
// long, eleven weeks of it with a fifth of the people, in which the clocks of
// most zones change. Both together are to take less than two minutes on two
// cores, which is what sets the number of deliveries. Run it with -seed N for
// another year; a failure says which it was.
func TestYear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		engine         string
		days, people   int
		crashes, least int // deliveries
	}{{"sqlite", 365 * seasonDays / 150, 500, 40 * seasonDays / 150, 80 * seasonDays}, {"postgres", 77 * seasonDays / 150, 100, 20 * seasonDays / 150, 0}} {
		t.Run(c.engine, func(t *testing.T) {
			t.Parallel()
			y := newYear(t, c.engine, *yearSeed, c.days, c.people, c.crashes)
			for y.hour < c.days*24 {
				y.anHour()
				if t.Failed() {
					t.Fatalf("seed %d, %s: %s", *yearSeed, y.clock.Now(), y.told())
				}
			}
			y.end()
			if y.mails < c.least || y.crashes < c.crashes {
				t.Errorf("too little happened: %s", y.told())
			}
			t.Logf("seed %d: %s", *yearSeed, y.told())
		})
	}
}

// year is a season of many newsletters with its own model of people and articles.
type year struct {
	*season
	letters []yearLetter
	shares  map[string]map[string]*reader // by newsletter and person
	names   []string                      // people that there may be
	pieces  []*yearPiece                  // in the order in which they appeared; those to come behind them
	come    int                           // how many have appeared
	issues  map[int]*yearIssue
	of      map[string]string // newsletter of an edition
	stepper *daemon.Stepper
	begin   time.Time
	hour    int
	kills   []int  // hours after which the daemon is killed
	broken  string // article of which no message can be made
	acts    int    // what people did to schedules and editions
}

// yearLetter is a newsletter as it is configured.
type yearLetter struct {
	name, every, zone, more, black string
	forever                        bool // max_age: none
	latest, leaveOut, contents     bool
}

// yearPiece is what the model knows of an article.
type yearPiece struct {
	*chosen
	at    time.Time
	issue int
	words string
}

type yearIssue struct {
	number    int
	published time.Time
	pieces    []*yearPiece
}

var yearLetters = []yearLetter{
	{name: "daily-nairobi", every: "day at 07:00", zone: "Africa/Nairobi"},
	{name: "daily-paris", every: "day at 02:00 and 03:00", zone: "Europe/Paris", latest: true},
	{name: "daily-york", every: "day at 02:30", zone: "America/New_York", leaveOut: true},
	{name: "daily-cairo", every: "day at 00:00", zone: "Africa/Cairo"},
	{name: "weekday-sydney", every: "weekday at 02:10", zone: "Australia/Sydney", black: "{from: 12-20, to: 01-05, title: summer}"},
	{name: "twice", every: "day at 18:00", zone: "Europe/Berlin", latest: true},
	{name: "weekly-nuuk", every: "saturday at 23:30", zone: "America/Nuuk"},
	{name: "weekly-azores", every: "sunday at 00:00", zone: "Atlantic/Azores"},
	{name: "weekly-beirut", every: "monday at 08:00", zone: "Asia/Beirut", black: "{from: 12-24, to: 12-31, then: move}"},
	{name: "weekly-kolkata", every: "tuesday at 06:45", zone: "Asia/Kolkata", latest: true},
	{name: "weekly-apia", every: "wednesday at 10:00", zone: "Pacific/Apia"},
	{name: "weekly-howe", every: "sunday at 02:00 and 02:15", zone: "Australia/Lord_Howe", leaveOut: true},
	{name: "friday", every: "other friday at 09:00 from 2024-01-05", zone: "Europe/London", black: "{from: 1 Ramadan, to: 10 Ramadan, title: fasting}"},
	{name: "monthly-first", every: "first monday of the month at 08:00", zone: "America/Santiago"},
	{name: "monthly-last", every: "last day of the month at 18:00", zone: "Asia/Tokyo"},
	{name: "monthly-hijri", every: "first day of the hijri month at 09:00", zone: "Asia/Dubai"},
	{name: "enough", every: "thursday at 07:00", zone: "Europe/Madrid", more: "minimum_articles: 3"},
	{name: "approved", every: "monday at 12:00", zone: "Europe/Istanbul", more: "approval: required\n    unanswered: send\n    editors: [desk@harbour.example]"},
	{name: "contents", every: "issue + 2h", zone: "Africa/Nairobi", contents: true},
	{name: "by-issue", every: "issue + 5h", zone: "Europe/Paris"},
}

func newYear(t *testing.T, engine string, seed uint64, days, people, crashes int) *year {
	s := &season{random: rand.New(rand.NewPCG(seed, 9)), people: map[string]*person{}}
	s.house = &house{t: t, ctx: t.Context(), clock: &clock{Clock: posttest.NewClock(posttest.Start)}, ids: map[string]string{}}
	url := database(t, engine)
	if memory, err := os.MkdirTemp("/dev/shm", "postrider-year-"); err == nil && engine == "sqlite" { // where nothing waits for a disk
		t.Cleanup(func() { os.RemoveAll(memory) })
		url = "sqlite:" + filepath.Join(memory, "postrider.db")
	}
	y := &year{season: s, letters: slices.Clone(yearLetters), shares: map[string]map[string]*reader{}, issues: map[int]*yearIssue{}, of: map[string]string{}, begin: posttest.Start}
	for range crashes {
		y.kills = append(y.kills, y.random.IntN(days*24*9/10))
	}
	slices.Sort(y.kills)
	for i := range people {
		y.names = append(y.names, fmt.Sprintf("person%d", i))
	}
	s.file = settings(t, url, "127.0.0.1:9")
	y.configure()
	s.doom = func() int {
		if len(y.kills) == 0 || y.hour < y.kills[0] {
			return 0
		}
		return 1 + y.random.IntN(80)
	}
	s.opened = func() {
		if y.crashes > 0 && len(y.kills) > 0 && y.hour >= y.kills[0] {
			y.kills = y.kills[1:]
		}
		y.SetTransport(memory{y.relay})
		y.SetRangeSize(40)
		y.SetRenderer(y)
		stepper := y.Stepper()
		y.stepper = &stepper
	}
	s.restart()
	return y
}

func (y *year) configure() {
	text, err := os.ReadFile(y.file)
	y.must(err)
	head, _, _ := strings.Cut(string(text), "newsletters:\n")
	letters, plans := "newsletters:\n", "schedules:\n"
	for i := range y.letters {
		l := &y.letters[i]
		y.shares[l.name] = map[string]*reader{}
		letters += "  - name: " + l.name + "\n"
		if l.forever = i%6 != 3; l.forever && !l.contents {
			letters += "    max_age: none\n"
		}
		if l.contents {
			letters += "    kind: contents\n"
		}
		if l.latest {
			letters += "    on_join: latest\n"
		}
		if l.leaveOut {
			letters += "    members_only: leave_out\n"
		}
		if l.more != "" {
			letters += "    " + l.more + "\n"
		}
		plans += fmt.Sprintf("  - newsletter: %s\n    every: %s\n    timezone: %s\n", l.name, l.every, l.zone)
		if l.black != "" {
			plans += "    blackouts:\n      - " + l.black + "\n"
		}
	}
	plans += "  - newsletter: twice\n    name: weekly\n    every: saturday at 02:30\n    timezone: Europe/Berlin\n"
	write(y.t, y.file, head+letters+plans)
	y.must(os.Mkdir(filepath.Join(filepath.Dir(y.file), "pieces", "issues"), 0o700))
}

// Render prints only which articles there are, and fails while the template is
// broken for one of them.
func (y *year) Render(_ digests.Edition, articles []magazine.Article) (*digests.Mail, error) {
	var text strings.Builder
	for _, a := range articles {
		if a.Slug == y.broken {
			return nil, errors.New("the template has a fault")
		}
		text.WriteString("/articles/" + a.Slug + "/\n")
	}
	return &digests.Mail{Subject: articles[0].Title, Text: text.String()}, nil
}

// anHour lets an hour pass, or a night in which no daemon ran.
func (y *year) anHour() {
	hours := 1
	if y.random.IntN(500) == 0 {
		hours = 2 + y.random.IntN(40)
		stepper := y.Stepper()
		y.stepper = &stepper
	}
	y.hour += hours
	y.clock.Add(time.Duration(hours) * 59 * time.Minute) // a clock that jumps by more than an hour is not trusted
	y.look()
	if y.random.IntN(12) == 0 {
		y.edit()
	}
	for range 2 {
		if y.chance(max(2, len(y.names)/50)) {
			y.decide()
		}
	}
	if y.random.IntN(20) == 0 {
		y.act()
	}
	y.live(y.drive)
	if y.hour%(24*7) == 0 {
		y.write(func(tx *store.Tx) error { _, err := tx.ExecContext(y.ctx, "DELETE FROM river_job"); return err })
	}
}

// look lets the daemon see what time has brought.
func (y *year) look() {
	for _, r := range y.all() {
		if r.paused && r.over < 0 && !r.until.After(y.clock.Now()) {
			r.over = y.come
		}
	}
	before := y.crashes
	y.live(func() error { y.stepper.Pace(y.hour%6 == 0); y.stepper.Step(y.ctx); return nil })
	y.appeared()
	if y.crashes > before {
		return
	}
	for _, r := range y.all() {
		if r.paused && r.over >= 0 {
			r.resume(r.over, y.come)
		}
	}
}

// all lists every share there is, in one order.
func (y *year) all() (list []*reader) {
	for _, l := range y.letters {
		for _, name := range y.names {
			if r := y.shares[l.name][name]; r != nil {
				list = append(list, r)
			}
		}
	}
	return list
}

// drive does what can be done now, in an order that is the same every time.
func (y *year) drive() error {
	for range 3 {
		planned, err := y.Store.PlannedEditions(y.ctx)
		if err != nil {
			return err
		}
		place := map[string]string{}
		for _, id := range planned {
			e := y.editionHead(id)
			place[id] = e.Newsletter + e.Created.Format(time.RFC3339Nano) + e.Schedule
		}
		slices.SortFunc(planned, func(a, b string) int { return cmp.Compare(place[a], place[b]) })
		for _, id := range planned {
			if err := y.Compose(y.ctx, id); err != nil {
				return err
			}
		}
		open, err := y.OpenRanges(y.ctx)
		if err != nil {
			return err
		}
		slices.SortFunc(open, func(a, b store.Range) int {
			return cmp.Or(cmp.Compare(y.letterOf(a.Edition), y.letterOf(b.Edition)), cmp.Compare(a.Last, b.Last), y.editionHead(a.Edition).Created.Compare(y.editionHead(b.Edition).Created))
		})
		for _, r := range open {
			if err := y.SendRange(y.ctx, r); err != nil {
				return err
			}
		}
		if len(planned)+len(open) == 0 {
			break
		}
	}
	if due, err := y.Store.DueDeliveries(y.ctx); err != nil || !due {
		return err
	}
	return y.Retry(y.ctx)
}

func (y *year) letterOf(edition string) string {
	if y.of[edition] == "" {
		y.of[edition] = y.editionHead(edition).Newsletter
	}
	return y.of[edition]
}

// editionHead reads without the clock: a kill here would be none of the daemon's.
func (y *year) editionHead(id string) *magazine.Edition {
	e, err := y.Store.EditionHead(y.ctx, id)
	y.must(err)
	return e
}

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
	s := y.Schedules[y.random.IntN(len(y.Schedules))]
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
		_, _, err = y.Skip(y.ctx, s, "salma")
	case luck < 50:
		_, err = y.Unskip(y.ctx, s, "salma")
	case luck < 70:
		_, _, err = y.Run(y.ctx, s, "salma", y.chance(50))
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
func (y *year) relay(m *mailer.Message) mailer.Result {
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
	case luck < 403 && y.fuse == 0:
		for _, r := range y.all() {
			if r.name == name {
				r.dead = true
			}
		}
		return judge(mailer.PhaseRcpt, 550, "5.1.1")
	case y.fuse > 0 && luck < 1000: // before it, and after
		panic(crash{})
	}
	r := y.check(m)
	switch {
	case y.fuse > 0 && luck < 2000:
		r.unsure[m.MessageID] = true
		panic(crash{})
	case luck < 450:
		r.unsure[m.MessageID] = true
		return judge(mailer.PhaseMessage, 0, "")
	}
	y.last = func() { r.unsure[m.MessageID] = true }
	return mailer.Judge(mailer.PhaseMessage, 250, "2.0.0", 1)
}

// check holds a message that is taken against what the model knows.
func (y *year) check(m *mailer.Message) *reader {
	y.mails++
	letter, _, _ := strings.Cut(m.ListID, ".")
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
	slugs := articlesIn([]byte(m.Text))
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

// luck is what chance has for a message at this time, whatever else goes out.
func (y *year) luck(m *mailer.Message, about string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, *yearSeed, about, y.nameOf(m), m.ListID, m.Attempt, y.clock.Now().Unix())
	return h.Sum64()
}

// meanwhile has somebody else change their mind, now and then, while a message
// is on its way. What is killed is the daemon, and not that.
func (y *year) meanwhile(m *mailer.Message, name string) {
	random, fuse := y.random, y.fuse
	defer func() { y.random, y.fuse = random, fuse }()
	y.random, y.fuse = rand.New(rand.NewPCG(y.luck(m, "meanwhile"), 0)), 0
	others := y.all()
	if o := others[y.random.IntN(len(others))]; !y.calm && y.random.IntN(200) == 0 && o.name != name && o.active && !o.dead {
		y.turn(o)
	}
}

// end lets everything come to rest, and looks whether anybody missed anything,
// and whether every occurrence is accounted for.
func (y *year) end() {
	y.calm, y.broken = true, ""
	y.rest(1)
	for _, r := range y.all() {
		if r.active && !r.dead && r.paused {
			_, err := y.Members.Resume(y.ctx, r.name+"@people.example", r.letter)
			y.must(err)
			r.resume(y.come, y.come)
		}
	}
	for _, e := range y.open() {
		if e.State == magazine.EditionHeld {
			_, err := y.Release(y.ctx, e.ID, "salma")
			y.must(err)
			y.rest(3)
		}
	}
	y.rest(30)
	for range 3 {
		for range 3 {
			y.fresh().at = y.clock.Now()
			y.put(y.pieces[len(y.pieces)-1])
		}
		y.reads()
		for _, l := range y.letters {
			if !l.contents {
				_, err := y.SendNow(y.ctx, l.name, "test")
				y.must(err)
			}
		}
		y.rest(30)
	}
	for _, e := range y.open() {
		if e.State != magazine.EditionHeld && !e.Starts.After(y.clock.Now()) {
			y.t.Errorf("edition %s of %s is %s for ever", e.ID, e.Newsletter, e.State)
		}
	}
	musts := 0
	for _, r := range y.all() {
		l := y.letter(r.letter)
		for _, a := range y.pieces[:y.come] {
			if !r.active || r.dead || a.everGone || l.contents || !l.forever {
				continue
			}
			if _, must := r.expects(a.chosen); must {
				musts++
				if r.had[a.slug] == "" {
					y.t.Errorf("%s missed %s of %s: %s; %s", r.name, a.slug, r.letter, r.told(a.chosen), y.standing(r))
				}
			}
		}
	}
	if musts == 0 {
		y.t.Error("nobody must have anything")
	}
	y.account()
}

func (y *year) rest(hours int) {
	for range hours {
		y.hour++
		y.clock.Add(59 * time.Minute)
		y.look()
		y.live(y.drive)
	}
}

// account looks whether each slot that a schedule had stands in the records
// once, with an outcome that fits, and whether each edition has its own.
func (y *year) account() {
	total := 0
	for _, s := range y.Schedules {
		rows, err := y.Store.Occurrences(y.ctx, s.Newsletter, s.Name, 1<<30)
		y.must(err)
		recorded := map[schedules.Nominal]store.Occurrence{}
		for _, o := range rows {
			recorded[schedules.Nominal{Date: o.Day, Slot: o.Slot}] = o
		}
		if s.ByIssue() {
			for n, issue := range y.issues {
				if published := !issue.published.IsZero() && issue.published.Before(y.clock.Now().Add(-24*time.Hour)); published != slices.ContainsFunc(rows, func(o store.Occurrence) bool { return o.Slot == fmt.Sprintf("Vol. 1, No. %d", n) }) {
					y.t.Errorf("issue %d in %s: published %v, %+v", n, s.Newsletter, issue.published, rows)
				}
			}
			continue
		}
		expect := func(n schedules.Nominal, o schedules.Occurrence, fits ...string) {
			total++
			have, ok := recorded[n]
			delete(recorded, n)
			if !ok || !slices.ContainsFunc(fits, func(p string) bool { return strings.HasPrefix(have.Outcome, p) }) {
				y.t.Errorf("%s, slot %s %s: recorded %v as %q, want %q", o.Key(), n.Date, n.Slot, ok, have.Outcome, fits)
			}
			if ok && (have.Outcome == "edition" || have.Outcome == "held") {
				if e := y.editionHead(have.Edition); e.Key != o.Key() {
					y.t.Errorf("%s has edition %s", o.Key(), e.Key)
				}
			}
		}
		for o := range s.Between(y.begin.Add(time.Hour), y.clock.Now()) {
			expect(o.Nominal, o, "edition", "held", "missed; made up for by ", "dropped: paused by ", "skipped by ", "run before its time by ")
			for _, m := range o.Merged {
				expect(m, o, "merged into "+o.Slot)
			}
		}
		for _, o := range s.Dropped(y.begin.Add(time.Hour), y.clock.Now()) {
			expect(o.Nominal, o, "dropped: ")
		}
		for _, o := range recorded {
			if !o.At.After(y.clock.Now()) {
				y.t.Errorf("%s/%s has no slot %s %s: %q", s.Newsletter, s.Name, o.Day, o.Slot, o.Outcome)
			}
		}
	}
	y.t.Logf("%d slots are accounted for", total)
}

// tell says of a failure what an edition was for a person.
func (y *year) tell(edition, name string) string {
	e := y.edition(edition)
	return fmt.Sprintf("edition %s by %s, made %s, %s %q, cut off at %d, %s; delivery %s %q", e.ID, e.Maker, e.Created.Format(time.DateTime), e.State, e.Reason, e.Cutoff, e.CutoffAt.Format(time.DateTime), y.delivery(edition, name).State, y.delivery(edition, name).Reason)
}

// standing says of a failure how the daemon has a person.
func (y *year) standing(r *reader) string {
	sub, err := y.Store.Subscription(y.ctx, r.letter, y.ids[r.name])
	y.must(err)
	text := fmt.Sprintf("served %d, %s, paused %s, %s, suppressed %q", sub.Served, sub.State, sub.PausedUntil, sub.Subscriber.State, y.suppressed(r.name))
	y.must(y.Store.EachDelivery(y.ctx, "", r.name+"@people.example", func(d magazine.Delivery) error {
		if y.letterOf(d.Edition) == r.letter && d.State != magazine.Sent {
			text += fmt.Sprintf("; %s %s %q", d.At.Format(time.DateTime), d.State, d.Reason)
		}
		return nil
	}))
	return text
}

func (y *year) told() string {
	all, err := y.Store.Editions(y.ctx, "", 1<<30)
	y.must(err)
	return fmt.Sprintf("%d days, %d people in %d shares, %d articles, %d issues, %d editions, %d messages, %d refusals and faults, %d kills, %d acts, %d articles twice after a kill or a lost answer",
		y.hour/24, len(y.people), len(y.all()), y.come, len(y.issues), len(all), y.mails, y.faults, y.crashes, y.acts, y.repeats)
}

// decide lets one person change their mind about one newsletter.
func (y *year) decide() {
	if y.come == 0 {
		return
	}
	name, l := y.names[y.random.IntN(len(y.names))], &y.letters[y.random.IntN(len(y.letters))]
	y.born(name)
	r := y.shares[l.name][name]
	switch {
	case y.people[name].dead || r != nil && r.dead:
	case r == nil || !r.active:
		y.joins(name, l)
	case y.chance(8):
		zone := yearLetters[y.random.IntN(len(yearLetters))].zone
		y.write(func(tx *store.Tx) error { return tx.DescribeSubscriber(y.ctx, y.ids[name], "", zone, true) })
	case y.chance(40) && !l.contents:
		y.follow(r)
	default:
		y.turn(r)
	}
}

// born makes a person, with an id that does not come from chance.
func (y *year) born(name string) {
	if y.people[name] != nil {
		return
	}
	y.people[name] = &person{name: name}
	id := fmt.Sprintf("id%010d", y.random.IntN(1e9))
	y.ids[name] = id
	tier := magazine.Free
	if y.member(name) {
		tier = magazine.Member
	}
	y.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(y.ctx, "INSERT INTO subscribers (id, email, email_key, name, state, timezone, tier, created, confirmed) VALUES ($1, $2, $2, '', 'pending', '', $3, 0, 0)", id, name+"@people.example", tier)
		return err
	})
}

func (y *year) member(name string) bool { return strings.HasSuffix(name, "3") }

// joins is somebody's own word, also after leaving.
func (y *year) joins(name string, l *yearLetter) {
	r := y.shares[l.name][name]
	if r == nil {
		r = &reader{person: &person{name: name, had: map[string]string{}, unsure: map[string]bool{}}, letter: l.name}
		y.shares[l.name][name] = r
	}
	for _, other := range y.all() {
		if other.name == name && other.dead {
			return
		}
	}
	y.clock.Add(time.Second)
	request := members.Request{Email: name + "@people.example", Newsletters: []string{l.name}, Follows: y.some()}
	if l.contents {
		request.Follows = nil
	}
	frequency := ""
	if l.name == "twice" {
		frequency = []string{"main", "weekly"}[y.random.IntN(2)]
		request.Frequency = map[string]string{l.name: frequency}
	}
	y.must(y.Members.SignUp(y.ctx, request))
	_, err := y.Members.Confirm(y.ctx, y.Members.ConfirmToken(y.lastSignUp(name)))
	y.must(err)
	may := y.come
	if l.latest {
		may = 0
	}
	r.moved = r.moved || len(r.had) > 0
	r.active, r.paused, r.over, r.frequency = true, false, -1, frequency
	r.member = y.member(name) || !l.leaveOut
	r.all, r.follows = &interest{may, y.come}, map[magazine.Follow]*interest{}
	for _, f := range request.Follows {
		r.follows[f] = &interest{may, y.come}
	}
}

// some is what one may follow; often everything.
func (y *year) some() (follows []magazine.Follow) {
	for range y.random.IntN(3) {
		f := magazine.Follow{Kind: magazine.FollowSection, Slug: strings.ToLower(y.pieces[y.random.IntN(y.come)].section)}
		if y.chance(50) {
			f = magazine.Follow{Kind: magazine.FollowTag, Slug: magazine.TagKey(subject[1+y.random.IntN(2)])}
		}
		if !slices.Contains(follows, f) {
			follows = append(follows, f)
		}
	}
	return follows
}

// follow changes what a person follows to something else, or to everything.
func (y *year) follow(r *reader) {
	wanted := y.some()
	y.must(y.Members.SetFollows(y.ctx, r.name+"@people.example", r.letter, wanted))
	r.nowFollows(wanted, y.come)
}

// turn changes something that counts when the person's turn comes.
func (y *year) turn(r *reader) {
	email := r.name + "@people.example"
	switch {
	case y.chance(15):
		y.must(y.Members.Leave(y.ctx, y.Members.LeaveToken(y.ids[r.name], r.letter)))
		r.active = false
	case r.letter == "twice" && y.chance(50):
		r.frequency, r.moved = []string{"main", "weekly"}[y.random.IntN(2)], true
		_, err := y.Members.Add(y.ctx, members.Request{Email: email, Newsletters: []string{r.letter}, Frequency: map[string]string{r.letter: r.frequency}, Follows: r.followed()}, true, false)
		y.must(err)
	case r.paused && y.chance(40):
		may := y.come
		if r.over >= 0 { // the daemon may have ended it
			may = r.over
		}
		_, err := y.Members.Resume(y.ctx, email, r.letter)
		y.must(err)
		r.resume(may, y.come)
	case !r.paused:
		r.paused, r.fresh, r.over = true, y.chance(50), -1
		r.until = y.clock.Now().Add(time.Duration(1+y.random.IntN(20*24)) * time.Hour)
		y.must(y.Members.Pause(y.ctx, email, r.letter, r.until, r.fresh))
	}
}
