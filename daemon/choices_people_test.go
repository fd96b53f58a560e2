package daemon_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// decide lets one person change their mind.
func (c *choices) decide() {
	if len(c.pieces) == 0 { // there are no sections yet
		return
	}
	switch r := c.reader(c.random.IntN(25)); {
	case r.dead:
	case !r.active:
		c.joins(r)
	case c.chance(35):
		c.follow(r)
	default:
		c.turn(r)
	}
}

// meanwhile lets somebody else change their mind while a message is on its way.
func (c *choices) meanwhile(addressee *reader) {
	r := c.readers[c.random.IntN(len(c.readers))]
	if c.calm || r == addressee || r.dead || !r.active || !c.chance(60) {
		return
	}
	fuse := c.fuse.Swap(0) // what is killed is the daemon
	c.turn(r)
	c.fuse.Store(fuse)
}

// turn changes something that counts when the person's turn comes.
func (c *choices) turn(r *reader) {
	switch {
	case c.chance(15):
		c.must(c.Members.Leave(c.ctx, c.Members.LeaveToken(c.ids[r.name], "weekly")))
		r.active = false
	case c.chance(60):
		r.frequency, r.moved = []string{"main", "daily"}[c.random.IntN(2)], true
		_, err := c.Members.Add(c.ctx, members.Request{Email: r.name + "@people.example", Frequency: map[string]string{"": r.frequency}, Follows: r.followed()}, true, false)
		c.must(err)
	case r.paused && c.chance(40):
		may := len(c.pieces)
		if r.over >= 0 { // the daemon may have ended it
			may = r.over
		}
		_, err := c.Members.Resume(c.ctx, r.name+"@people.example", "weekly")
		c.must(err)
		r.resume(may, len(c.pieces))
	case !r.paused:
		r.paused, r.fresh, r.over = true, c.chance(50), -1
		r.until = c.clock.Now().Add(time.Duration(1+c.random.IntN(20*24)) * time.Hour)
		if c.chance(20) {
			r.until = magazine.Indefinitely
		}
		c.must(c.Members.Pause(c.ctx, r.name+"@people.example", "weekly", r.until, r.fresh))
	}
}

// reader finds a person, or makes one with an id that does not come from chance,
// so that turns come in the same order again.
func (c *choices) reader(n int) *reader {
	name := fmt.Sprintf("person%d", n)
	for _, r := range c.readers {
		if r.name == name {
			return r
		}
	}
	r := &reader{person: &person{name: name, had: map[string]string{}, unsure: map[string]bool{}}, over: -1}
	c.readers = append(c.readers, r)
	c.people[name] = r.person
	c.ids[name] = fmt.Sprintf("id%010d", c.random.IntN(1e9))
	c.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(c.ctx, "INSERT INTO subscribers (id, email, email_key, name, state, timezone, created, confirmed) VALUES ($1, $2, $2, '', 'pending', '', 0, 0)", c.ids[name], name+"@people.example")
		return err
	})
	return r
}

// joins is somebody's own word, also after leaving.
func (c *choices) joins(r *reader) {
	c.clock.Add(time.Minute)
	r.frequency, r.moved = []string{"main", "daily"}[c.random.IntN(2)], r.moved || len(r.had) > 0
	wanted := c.some()
	c.must(c.Members.SignUp(c.ctx, members.Request{Email: r.name + "@people.example", Follows: wanted, Frequency: map[string]string{"": r.frequency}}))
	_, err := c.Members.Confirm(c.ctx, c.Members.ConfirmToken(c.lastSignUp(r.name)))
	c.must(err)
	if c.chance(50) {
		r.member = true
		_, err := c.Members.Add(c.ctx, members.Request{Email: r.name + "@people.example", Tier: magazine.Member, Follows: wanted}, true, false)
		c.must(err)
	}
	now := len(c.pieces)
	may := now
	if c.latest {
		may = 0
	}
	r.active, r.paused, r.over = true, false, -1
	r.all = &interest{may, now}
	r.follows = map[magazine.Follow]*interest{}
	for _, f := range wanted {
		r.follows[f] = &interest{may, now}
	}
}

// some is what one may follow; often everything.
func (c *choices) some() (follows []magazine.Follow) {
	for range c.random.IntN(3) {
		f := magazine.Follow{Kind: magazine.FollowSection, Slug: strings.ToLower(c.pieces[c.random.IntN(len(c.pieces))].section)}
		if c.chance(50) {
			f = magazine.Follow{Kind: magazine.FollowTag, Slug: magazine.TagKey(subject[1+c.random.IntN(2)])}
		}
		if !slices.Contains(follows, f) {
			follows = append(follows, f)
		}
	}
	return follows
}

// followed is what a person follows, in one order.
func (r *reader) followed() (all []magazine.Follow) {
	for f := range r.follows {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b magazine.Follow) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Slug, b.Slug))
	})
	return all
}

// follow changes what a person follows to something else, or to everything.
func (c *choices) follow(r *reader) {
	wanted := c.some()
	c.must(c.Members.SetFollows(c.ctx, r.name+"@people.example", "weekly", wanted))
	r.nowFollows(wanted, len(c.pieces))
}

// nowFollows keeps in mind that a person follows something else, when so many
// articles had appeared.
func (r *reader) nowFollows(wanted []magazine.Follow, number int) {
	now := map[magazine.Follow]*interest{}
	for _, f := range wanted {
		switch kept := r.follows[f]; {
		case kept != nil:
			now[f] = kept
		case len(r.follows) == 0: // it was among everything
			now[f] = &interest{r.all.may, r.all.must}
		default:
			now[f] = &interest{number, number}
		}
	}
	if len(wanted) == 0 && len(r.follows) > 0 { // what passed them by does not come any more
		r.all.must = number
	}
	r.follows = now
}
