package daemon_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

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
		y.chose[name] = y.clock.Now()
		y.write(func(tx *store.Tx) error {
			return tx.DescribeSubscriber(y.ctx, magazine.Subscriber{ID: y.ids[name], Timezone: zone}, true)
		})
	case l.ownHour && y.chance(25):
		y.hourOf(r)
	case y.chance(40) && !l.contents:
		y.follow(r)
	default:
		y.turn(r)
	}
}

// hourOf gives a person an hour of their own, or takes it back.
func (y *year) hourOf(r *reader) {
	hour := members.NoHour
	if !y.chance(20) {
		hour = fmt.Sprint(y.random.IntN(24))
	}
	y.chose[r.name+" "+r.letter] = y.clock.Now()
	_, err := y.Members.SetHour(y.ctx, r.name+"@people.example", r.letter, hour)
	y.must(err)
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
	y.chose[name+" "+l.name] = y.clock.Now()
	if l.ownHour && y.chance(40) {
		request.Hour = map[string]string{l.name: fmt.Sprint(y.random.IntN(24))}
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
	case y.letter(r.letter).ownHour && y.chance(30): // also while a wave is under way
		y.hourOf(r)
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
