package daemon_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
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
			// One message after the other goes out: a kill leaves one unrecorded at the most.
			if y.left > y.crashes || len(y.again) > y.lost+y.left {
				t.Errorf("more came twice than can be explained: %s", y.told())
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
	kills   []int                // hours after which the daemon is killed
	broken  string               // article of which no message can be made
	acts    int                  // what people did to schedules and editions
	lost    int                  // messages that were taken, with the answer lost
	left    int                  // messages that were taken and that a kill left unrecorded
	again   map[string]bool      // Message-IDs of which something came a second time
	timed   int                  // messages that were held against their reader's own time
	chose   map[string]time.Time // when people, or their shares of a newsletter, last changed their zone or hour
}

// yearLetter is a newsletter as it is configured.
type yearLetter struct {
	name, every, zone, more, black string
	forever                        bool // max_age: none
	latest, leaveOut, contents     bool
	local, ownHour                 bool
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
	{name: "daily-nairobi", every: "day at 07:00", zone: "Africa/Nairobi", local: true, ownHour: true},
	{name: "daily-paris", every: "day at 02:00 and 03:00", zone: "Europe/Paris", latest: true},
	{name: "daily-york", every: "day at 02:30", zone: "America/New_York", leaveOut: true},
	{name: "daily-cairo", every: "day at 00:00", zone: "Africa/Cairo"},
	{name: "weekday-sydney", every: "weekday at 02:10", zone: "Australia/Sydney", black: "{from: 12-20, to: 01-05, title: summer}"},
	{name: "twice", every: "day at 18:00", zone: "Europe/Berlin", latest: true},
	{name: "weekly-nuuk", every: "saturday at 23:30", zone: "America/Nuuk"},
	{name: "weekly-azores", every: "sunday at 00:00", zone: "Atlantic/Azores"},
	{name: "weekly-beirut", every: "monday at 08:00", zone: "Asia/Beirut", black: "{from: 12-24, to: 12-31, then: move}", local: true, ownHour: true},
	{name: "weekly-kolkata", every: "tuesday at 06:45", zone: "Asia/Kolkata", latest: true},
	{name: "weekly-apia", every: "wednesday at 10:00", zone: "Pacific/Apia", local: true},
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
	url := posttest.URL(t, engine)
	if memory, err := os.MkdirTemp("/dev/shm", "postrider-year-"); err == nil && engine == "sqlite" { // where nothing waits for a disk
		t.Cleanup(func() { os.RemoveAll(memory) })
		url = "sqlite:" + filepath.Join(memory, "postrider.db")
	}
	y := &year{season: s, letters: slices.Clone(yearLetters), shares: map[string]map[string]*reader{}, issues: map[int]*yearIssue{}, of: map[string]string{}, again: map[string]bool{}, begin: posttest.Start, chose: map[string]time.Time{}}
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
		y.SetWatchful()
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
		if l.ownHour {
			letters += "    own_hour: true\n"
		}
		if l.more != "" {
			letters += "    " + l.more + "\n"
		}
		plans += fmt.Sprintf("  - newsletter: %s\n    every: %s\n    timezone: %s\n", l.name, l.every, l.zone)
		if l.local {
			plans += "    local: true\n"
		}
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
