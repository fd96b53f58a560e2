package daemon_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
)

// TestSeason runs months of a publication on a simulated clock: articles come,
// go and come back, people join, follow, leave and join again, relays fail in
// every way, and the daemon is killed at any instant. A model that knows
// nothing of numbers and cut-offs says who may get what, and checks each
// message at the moment it arrives; in the end nobody may have missed anything.
func TestSeason(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := newSeason(t, seed)
			for range seasonDays {
				s.day()
				if t.Failed() {
					t.Fatalf("%s\n%s", s.told(), s.log.text.String())
				}
			}
			s.end()
			t.Log(s.told())
		})
	}
}

type season struct {
	*house
	random *rand.Rand
	fuse   atomic.Int64                   // readings of the clock until the daemon is killed; 0: it is not
	last   func()                         // says of the last message that it may not be recorded
	taken  func(m *mailer.Parcel) *person // checks a message that the relay takes
	doom   func() int                     // a fuse for what comes next; nil: as chance has it
	opened func()                         // readies the daemon after each start; nil: as usual

	people                          map[string]*person
	articles                        []*piece
	calm                            bool // nothing goes wrong any more
	mails, crashes, faults, repeats int
}

// person is what the model knows of one.
type person struct {
	name    string
	active  bool
	dead    bool              // suppressed
	since   int               // articles that had appeared when they joined, where nothing is followed
	follows map[string]int    // sections, with the articles that had appeared then
	had     map[string]string // slug to the Message-ID that brought it
	unsure  map[string]bool   // Message-IDs after which the daemon cannot know that they arrived
}

// piece is what the model knows of an article.
type piece struct {
	slug, section string
	number        int // how many appeared before it
	gone          bool
	everGone      bool
}

type crash struct{}

func newSeason(t *testing.T, seed uint64) *season {
	s := &season{random: rand.New(rand.NewPCG(seed, 7)), people: map[string]*person{}}
	s.taken = s.accept
	s.house = &house{t: t, ctx: t.Context(), clock: &clock{Clock: posttest.NewClock(posttest.Start)}, ids: map[string]string{}}
	dir := t.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "postrider-season-"); err == nil { // where nothing waits for a disk
		t.Cleanup(func() { os.RemoveAll(memory) })
		dir = memory
	}
	s.file = settings(t, "sqlite:"+filepath.Join(dir, "postrider.db"), "127.0.0.1:9")
	s.restart()
	return s
}

// now is the daemon's clock. Every transaction reads it, so a kill can come
// between any two.
func (s *season) now() time.Time {
	if s.fuse.Load() > 0 && s.fuse.Add(-1) == 0 {
		panic(crash{})
	}
	return s.clock.Now()
}

func (s *season) restart() {
	if s.opened != nil {
		defer s.opened()
	}
	if s.Daemon != nil && s.random.IntN(5) > 0 { // to open it takes long, and it remembers next to nothing
		s.must(s.TakeOver(s.ctx))
		return
	}
	if s.Daemon != nil {
		s.Daemon.Close()
	}
	s.log = &journal{}
	s.Daemon = openAt(s.t, s.file, s.now, s.log)
	s.SetTransport(memory{s.deliver})
	s.SetRangeSize(3)
	s.SetWatchful()
	s.must(s.TakeOver(s.ctx))
}

// live lets the daemon do something, and perhaps kills it meanwhile.
func (s *season) live(do func() error) {
	s.t.Helper()
	switch {
	case s.calm:
	case s.doom != nil:
		s.fuse.Store(int64(s.doom()))
	case s.random.IntN(3) == 0:
		s.fuse.Store(1 + s.random.Int64N(60))
	}
	defer func() {
		s.fuse.Store(0)
		switch r := recover(); r {
		case nil:
		case crash{}:
			s.crashes++
			s.last()
			s.restart()
		default:
			panic(r)
		}
	}()
	s.last = func() {}
	s.must(do())
}

func (s *season) chance(percent int) bool { return s.random.IntN(100) < percent }

func (s *season) day() {
	for range s.random.IntN(3) {
		s.appear()
	}
	if s.chance(15) {
		s.withdraw()
	}
	if s.chance(30) {
		s.joins()
	}
	if s.chance(10) {
		s.leaves()
	}
	for range 1 + s.random.IntN(3) {
		s.clock.Add(time.Duration(s.random.IntN(20*60)) * time.Minute)
		s.live(func() error { s.Step(s.ctx); return nil })
		if s.chance(15) {
			s.live(func() error { _, err := s.SendNow(s.ctx, "weekly", "test"); return err })
		}
		s.live(func() error { return s.Drive(s.ctx) })
	}
}

// appear writes an article, or lets one come back.
func (s *season) appear() {
	var back []*piece
	for _, a := range s.articles {
		if a.gone {
			back = append(back, a)
		}
	}
	if len(back) > 0 && s.chance(20) {
		a := back[s.random.IntN(len(back))]
		a.gone = false
		s.put(a)
		return
	}
	a := &piece{slug: fmt.Sprintf("piece-%d", len(s.articles)), section: []string{"Sea", "Land", "Air"}[s.random.IntN(3)], number: len(s.articles)}
	s.articles = append(s.articles, a)
	s.put(a)
}

func (s *season) put(a *piece) {
	s.t.Helper()
	write(s.t, s.path(a), fmt.Sprintf("---\ntitle: %s\nsection: %s\ndate: 2024-09-05\n---\n\nWords on %[1]s.\n", a.slug, a.section))
	_, err := s.Read(s.ctx, false, nil)
	s.must(err)
}

func (s *season) path(a *piece) string {
	return filepath.Join(filepath.Dir(s.file), "pieces", a.slug+".md")
}

func (s *season) withdraw() {
	if len(s.articles) == 0 {
		return
	}
	a := s.articles[s.random.IntN(len(s.articles))]
	if a.gone {
		return
	}
	a.gone, a.everGone = true, true
	s.must(os.Remove(s.path(a)))
	_, err := s.Read(s.ctx, false, nil)
	s.must(err)
}

// joins brings somebody new, or one who had left, or lets one follow more.
func (s *season) joins() {
	name := fmt.Sprintf("person%d", s.random.IntN(25))
	p := s.people[name]
	if p == nil {
		p = &person{name: name, had: map[string]string{}, unsure: map[string]bool{}}
		s.people[name] = p
	}
	if p.dead {
		return
	}
	request := members.Request{Email: name + "@people.example", Newsletters: []string{"weekly"}}
	var section string
	if s.chance(50) && len(s.articles) > 0 {
		section = s.articles[s.random.IntN(len(s.articles))].section
		request.Follows = []magazine.Follow{{Kind: magazine.FollowSection, Slug: strings.ToLower(section)}}
	}
	switch {
	case !p.active: // their own word, also after leaving
		s.must(s.Members.SignUp(s.ctx, request))
		_, err := s.Members.Confirm(s.ctx, s.Members.ConfirmToken(s.lastSignUp(name)))
		s.must(err)
		p.active, p.since, p.follows = true, len(s.articles), map[string]int{}
		if section != "" {
			p.follows[section] = len(s.articles)
		}
	case len(p.follows) > 0 && section != "":
		_, err := s.Members.Add(s.ctx, request, true, false)
		s.must(err)
		if _, already := p.follows[section]; !already {
			p.follows[section] = len(s.articles)
		}
	}
	have, err := s.Store.SubscriberByEmail(s.ctx, request.Email)
	s.must(err)
	s.ids[name] = have.ID
}

func (s *season) leaves() {
	for name, p := range s.people {
		if p.active && !p.dead {
			s.must(s.Members.Leave(s.ctx, s.Members.LeaveToken(s.ids[name], "weekly")))
			p.active = false
			return
		}
	}
}

// wants tells whether the model would ever give an article to a person.
func (p *person) wants(a *piece) bool {
	if len(p.follows) == 0 {
		return a.number >= p.since
	}
	since, follows := p.follows[a.section]
	return follows && a.number >= since
}

// deliver is the relay: it misbehaves at random, and the model checks what it
// takes.
func (s *season) deliver(m *mailer.Parcel) mailer.Result {
	s.last = func() {} // what went before this one is recorded
	luck := s.random.IntN(1000)
	if s.calm {
		luck = 1000
	}
	judge := func(phase mailer.Phase, code int, enhanced string) mailer.Result {
		s.faults++
		return mailer.Judge(phase, code, enhanced, max(m.Attempt, 1))
	}
	switch {
	case luck < 60:
		return judge(mailer.PhaseRcpt, 451, "4.2.1")
	case luck < 90:
		r := judge(mailer.PhaseMail, 421, "4.3.2")
		r.RetryAfter = time.Duration(s.random.IntN(3600)) * time.Second
		return r
	case luck < 110:
		return judge(mailer.PhaseMessage, 554, "5.7.1")
	case luck < 115 && s.fuse.Load() <= 0: // or the daemon might forget it again
		s.people[s.nameOf(m)].dead = true
		return judge(mailer.PhaseRcpt, 550, "5.1.1")
	case luck < 135:
		return judge(mailer.PhaseMessage, 0, "")
	case luck < 150:
		panic(crash{})
	}
	p := s.taken(m)
	switch {
	case luck < 170:
		p.unsure[m.MessageID] = true
		return judge(mailer.PhaseMessage, 0, "")
	case luck < 185:
		p.unsure[m.MessageID] = true
		panic(crash{})
	}
	s.last = func() { p.unsure[m.MessageID] = true }
	return mailer.Judge(mailer.PhaseMessage, 250, "2.0.0", 1)
}

func (s *season) nameOf(m *mailer.Parcel) string {
	name, _, _ := strings.Cut(m.To.Address, "@")
	return name
}

// accept checks a message against what the model knows at this moment.
func (s *season) accept(m *mailer.Parcel) *person {
	s.mails++
	p := s.people[s.nameOf(m)]
	if p == nil || !p.active || p.dead {
		s.t.Fatalf("a message to %s, who must get none", m.To.Address)
	}
	slugs := articlesIn(written(m))
	if len(slugs) == 0 {
		s.t.Errorf("%s got a message without articles", p.name)
	}
	for _, slug := range slugs {
		i := slices.IndexFunc(s.articles, func(a *piece) bool { return a.slug == slug })
		switch before := p.had[slug]; {
		case s.articles[i].gone:
			s.t.Errorf("%s got %s, which is withdrawn", p.name, slug)
		case !p.wants(s.articles[i]):
			s.t.Errorf("%s got %s, which is not for them: %+v", p.name, slug, p)
		case before != "" && !p.unsure[before]:
			s.t.Errorf("%s got %s twice: in %s and %s", p.name, slug, before, m.MessageID)
		case before != "":
			s.repeats++
		}
		p.had[slug] = m.MessageID
	}
	delete(p.unsure, m.MessageID)
	return p
}

// end lets everything come to rest and looks whether anybody missed anything.
func (s *season) end() {
	s.calm = true
	for range 3 {
		s.appear()
		s.live(func() error { _, err := s.SendNow(s.ctx, "weekly", "test"); return err })
		for range 40 {
			s.clock.Add(time.Hour)
			s.live(func() error { return s.Drive(s.ctx) })
		}
	}
	for _, e := range s.editions() {
		if e.State != magazine.EditionSent && e.State != magazine.EditionFailed && e.State != magazine.EditionSkipped && e.State != magazine.EditionHeld {
			s.t.Errorf("edition %s is %s for ever", e.ID, e.State)
		}
	}
	for _, p := range s.people {
		for _, a := range s.articles {
			if p.active && !p.dead && !a.everGone && p.wants(a) && p.had[a.slug] == "" {
				s.t.Errorf("%s missed %s", p.name, a.slug)
			}
		}
	}
	if s.mails == 0 || s.crashes == 0 {
		s.t.Error("nothing happened")
	}
}

func (s *season) told() string {
	return fmt.Sprintf("%d people, %d articles, %d editions, %d messages, %d refusals and faults, %d kills, %d articles twice after one", len(s.people), len(s.articles), len(s.editions()), s.mails, s.faults, s.crashes, s.repeats)
}
