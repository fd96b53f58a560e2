package daemon_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/mailer"
)

// TestChoices is a season in which people change their minds about everything:
// what they follow, how often they get it, pauses with and without a fresh
// start, leaving and joining again. The model says of each article and person
// whether they must get it, may, or must not; never twice. A seed gives the same
// season again.
func TestChoices(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		engine, days := "sqlite", seasonDays
		if seed == 3 {
			engine, days = "postgres", seasonDays/5
		}
		t.Run(fmt.Sprintf("%s %d", engine, seed), func(t *testing.T) {
			t.Parallel()
			c := newChoices(t, engine, seed)
			for range days {
				c.day()
				if t.Failed() {
					t.Fatalf("%s\n%s", c.told(), c.log.text.String())
				}
			}
			c.end()
			t.Log(c.told())
		})
	}
}

// choices is a season with its own model of people and articles.
type choices struct {
	*season
	readers []*reader
	pieces  []*chosen
	latest  bool // who joins gets the latest edition
}

// chosen is what the model knows of an article.
type chosen struct {
	*piece
	tag     string
	members bool
}

// reader is what the model knows of one person.
type reader struct {
	*person
	letter    string // whose newsletter it is, where there are several
	member    bool
	frequency string
	moved     bool // has had another frequency
	all       *interest
	follows   map[magazine.Follow]*interest // empty: everything
	paused    bool
	fresh     bool
	until     time.Time
	over      int // articles that had appeared when the pause was over; -1: it is not
}

// interest is what a person follows: the articles that had appeared when they
// began. Those before may do not come by it, those from must on have to.
type interest struct{ may, must int }

func newChoices(t *testing.T, engine string, seed uint64) *choices {
	s := &season{random: rand.New(rand.NewPCG(seed, 8)), people: map[string]*person{}}
	s.house = &house{t: t, ctx: t.Context(), clock: &clock{Clock: posttest.NewClock(posttest.Start)}, ids: map[string]string{}}
	url := posttest.URL(t, engine)
	if memory, err := os.MkdirTemp("/dev/shm", "postrider-choices-"); err == nil && engine == "sqlite" { // where nothing waits for a disk
		t.Cleanup(func() { os.RemoveAll(memory) })
		url = "sqlite:" + filepath.Join(memory, "postrider.db")
	}
	c := &choices{season: s, latest: seed%2 == 1}
	s.taken = c.accept
	s.file = settings(t, url, "127.0.0.1:9")
	config, err := os.ReadFile(s.file)
	s.must(err)
	text := strings.Replace(string(config), "max_age: none", "max_age: none\n    members_only: leave_out\n    on_join: "+map[bool]string{false: "nothing", true: "latest"}[c.latest], 1)
	text = strings.Replace(text, "0 7 * * FRI", "0 7 * * *", 1)
	write(t, s.file, text+"  - newsletter: weekly\n    name: daily\n    every: day at 18:00\n")
	s.restart()
	return c
}

func (c *choices) day() {
	for range c.random.IntN(3) {
		c.appear()
	}
	if c.chance(10) {
		c.withdraw()
	}
	for range c.random.IntN(3) {
		c.decide()
	}
	for range 1 + c.random.IntN(3) {
		c.clock.Add(time.Duration(c.random.IntN(20*60)) * time.Minute)
		c.look()
		if c.chance(15) {
			c.live(func() error { _, err := c.SendNow(c.ctx, "weekly", "test"); return err })
		}
		c.live(func() error { return c.Drive(c.ctx) })
	}
}

// look lets the daemon see what time has brought: that ends the pauses that are
// over, unless it is killed before.
func (c *choices) look() {
	for _, r := range c.readers {
		if r.paused && r.over < 0 && !r.until.After(c.clock.Now()) {
			r.over = len(c.pieces)
		}
	}
	before := c.crashes
	c.live(func() error { c.Step(c.ctx); return nil })
	if c.crashes > before {
		return
	}
	for _, r := range c.readers {
		if r.paused && r.over >= 0 {
			r.resume(r.over, len(c.pieces))
		}
	}
}

// resume ends a pause, at a moment between two counts of articles.
func (r *reader) resume(may, must int) {
	for _, i := range r.interests() {
		if r.fresh {
			i.may, i.must = max(i.may, may), max(i.must, must)
		}
	}
	r.paused, r.fresh, r.over = false, false, -1
}

func (r *reader) interests() []*interest {
	all := []*interest{r.all}
	for _, i := range r.follows {
		all = append(all, i)
	}
	return all
}

var (
	shelves = []string{"Sea", "Land", "Air"}
	subject = []string{"", "Boats", "Deep Sea"}
)

// appear writes an article, or lets one come back.
func (c *choices) appear() {
	var back []*chosen
	for _, a := range c.pieces {
		if a.gone {
			back = append(back, a)
		}
	}
	if len(back) > 0 && c.chance(20) {
		a := back[c.random.IntN(len(back))]
		a.gone = false
		c.put(a)
		return
	}
	n := len(c.pieces)
	a := &chosen{piece: &piece{slug: fmt.Sprintf("piece-%d", n), section: shelves[c.random.IntN(3)], number: n}, tag: subject[c.random.IntN(3)], members: c.chance(20)}
	c.pieces = append(c.pieces, a)
	c.put(a)
}

func (c *choices) put(a *chosen) {
	c.t.Helper()
	access := "everyone"
	if a.members {
		access = "members"
	}
	write(c.t, c.path(a.piece), fmt.Sprintf("---\ntitle: %s\nsection: %s\ntags: [%q]\naccess: %s\ndate: 2024-09-05\n---\n\nWords on %[1]s.\n", a.slug, a.section, a.tag, access))
	_, err := c.Read(c.ctx, false, nil)
	c.must(err)
}

func (c *choices) withdraw() {
	if len(c.pieces) == 0 {
		return
	}
	if a := c.pieces[c.random.IntN(len(c.pieces))]; !a.gone {
		a.gone, a.everGone = true, true
		c.must(os.Remove(c.path(a.piece)))
		_, err := c.Read(c.ctx, false, nil)
		c.must(err)
	}
}

// expects tells whether an article may come to a person, and whether it must.
func (r *reader) expects(a *chosen) (may, must bool) {
	if a.members && !r.member {
		return false, false
	}
	judge := func(i *interest) {
		since := i.may
		if r.paused && r.over >= 0 && r.fresh { // the daemon may have ended it
			since = max(since, r.over)
		}
		may, must = may || a.number >= since, must || a.number >= i.must
	}
	if len(r.follows) == 0 {
		judge(r.all)
	}
	for f, i := range r.follows {
		if f.Kind == magazine.FollowSection && f.Slug == strings.ToLower(a.section) || f.Kind == magazine.FollowTag && f.Slug == magazine.TagKey(a.tag) {
			judge(i)
		}
	}
	return may, must
}

// accept checks a message against what the model knows at this moment.
func (c *choices) accept(m *mailer.Parcel) *person {
	c.mails++
	name := c.nameOf(m)
	i := slices.IndexFunc(c.readers, func(r *reader) bool { return r.name == name })
	if i < 0 || !c.readers[i].active || c.readers[i].dead || c.readers[i].paused && c.readers[i].over < 0 {
		c.t.Fatalf("a message to %s, who must get none", m.To.Address)
	}
	r := c.readers[i]
	defer c.meanwhile(r)
	id, _, _ := strings.Cut(m.MessageID, ".")
	if e := c.editionHead(id); e.Schedule != "" && !r.moved && e.Schedule != r.frequency {
		c.t.Errorf("%s, who gets it as %s, got edition %s of %s", r.name, r.frequency, id, e.Schedule)
	}
	slugs := articlesIn(written(m))
	if len(slugs) == 0 {
		c.t.Errorf("%s got a message without articles", r.name)
	}
	for _, slug := range slugs {
		a := c.pieces[slices.IndexFunc(c.pieces, func(a *chosen) bool { return a.slug == slug })]
		may, _ := r.expects(a)
		switch before := r.had[slug]; {
		case a.gone:
			c.t.Errorf("%s got %s, which is withdrawn", r.name, slug)
		case !may:
			c.t.Errorf("%s got %s, which is not for them: %s", r.name, slug, r.told(a))
		case before != "" && !r.unsure[before]:
			c.t.Errorf("%s got %s twice: in %s and %s", r.name, slug, before, m.MessageID)
		case before != "":
			c.repeats++
		}
		r.had[slug] = m.MessageID
	}
	delete(r.unsure, m.MessageID)
	return r.person
}

// editionHead reads without the clock: a kill here would be none of the daemon's.
func (c *choices) editionHead(id string) *magazine.Edition {
	e, err := c.Store.EditionHead(c.ctx, id)
	c.must(err)
	return e
}

func (r *reader) told(a *chosen) string {
	text := fmt.Sprintf("number %d, of %s, tagged %q; everything %+v", a.number, a.section, a.tag, *r.all)
	for _, f := range r.followed() {
		text += fmt.Sprintf(", %s %s %+v", f.Kind, f.Slug, *r.follows[f])
	}
	return text
}

// end ends all pauses, lets everything come to rest, and looks whether anybody
// missed what they must get.
func (c *choices) end() {
	c.calm = true
	c.look()
	for _, r := range c.readers {
		if r.active && !r.dead && r.paused {
			_, err := c.Members.Resume(c.ctx, r.name+"@people.example", "weekly")
			c.must(err)
			r.resume(len(c.pieces), len(c.pieces))
		}
	}
	for range 3 {
		c.appear()
		c.live(func() error { _, err := c.SendNow(c.ctx, "weekly", "test"); return err })
		for range 40 {
			c.clock.Add(time.Hour)
			c.live(func() error { return c.Drive(c.ctx) })
		}
	}
	missed, musts := 0, 0
	for _, r := range c.readers {
		for _, a := range c.pieces {
			if !r.active || r.dead || a.everGone {
				continue
			}
			if _, must := r.expects(a); must {
				musts++
				if r.had[a.slug] == "" {
					missed++
					c.t.Errorf("%s missed %s: %s", r.name, a.slug, r.told(a))
				}
			}
		}
	}
	if c.mails == 0 || musts == 0 {
		c.t.Errorf("nothing happened: %d messages, %d articles that somebody must have", c.mails, musts)
	}
}

func (c *choices) told() string {
	return fmt.Sprintf("%d people, %d articles, %d editions, %d messages, %d refusals and faults, %d kills, %d articles twice after one",
		len(c.readers), len(c.pieces), len(c.editions()), c.mails, c.faults, c.crashes, c.repeats)
}
