package daemon

import (
	"context"
	"errors"
	"slices"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	patience    = 12 * time.Minute // how long one message may take: the reply to the final dot has ten
	keptLetters = 100              // in memory: groups of one person each would fill it
	keptMatter  = 10               // editions in memory
)

// sender has a conversation with a relay, opened when first needed. It belongs to
// one goroutine.
type sender struct {
	d       *Daemon
	talk    mailer.Conversation
	waiting context.Context // for a relay: it ends when the daemon does
	stop    func()          // the waiting
	passes  []pass          // of the messages to come, where domains are to be spared
}

// press has the editions and letters that were needed lately.
type press struct {
	d        *Daemon
	letters  map[string]*letter
	editions map[string]*matter
	last     struct { // the letter that was asked for last: most people in a row get the same
		of     *matter
		chosen []int
		tier   magazine.Tier
		spoken string // the language that they have chosen
		letter *letter
	}
}

// matter is an edition with what it prints, as of a version of the site.
type matter struct {
	edition  *magazine.Edition
	audience store.Audience
	pieces   []magazine.Article
	share    func(*magazine.Subscription) []int // see shares
	site     int64
}

func (s *sender) close() {
	if s.talk != nil {
		s.talk.Close()
	}
	s.dropPass("")
	if s.stop != nil {
		s.stop()
	}
}

// whileRunning ends when the daemon is to come to a place to stop: while no message
// is under way nothing is lost by that.
func (d *Daemon) whileRunning(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(d.ending, cancel)
	return ctx, func() { stop(); cancel() }
}

// anySite asks for an edition with what it prints as of any version of the site.
const anySite = -1

// matterOf finds an edition with what it prints. What was read of an earlier
// version of the site is read anew.
func (s *press) matterOf(ctx context.Context, id string, site int64) (*matter, error) {
	if m := s.editions[id]; m != nil && (m.site == site || site == anySite) {
		return m, nil
	}
	e, err := s.d.Store.EditionHead(ctx, id)
	if err != nil {
		return nil, err
	}
	pieces, err := s.d.Store.EditionArticles(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.editions == nil || len(s.editions) >= keptMatter {
		s.editions = map[string]*matter{}
	}
	s.editions[id] = &matter{e, s.d.audience(e), pieces, s.d.shares(e, pieces), site}
	return s.editions[id], nil
}

// letter is that of the group of a person who gets these articles.
func (s *press) letter(ctx context.Context, of *matter, chosen []int, p magazine.Subscriber) (*letter, error) {
	last := &s.last
	if last.of == of && last.tier == p.Tier && last.spoken == p.Language && slices.Equal(last.chosen, chosen) {
		return last.letter, nil
	}
	l, err := s.letterOf(ctx, of, s.d.group(of.pieces, chosen, p.Tier, s.d.spoken(p.Language)))
	if err == nil {
		last.of, last.chosen, last.tier, last.spoken, last.letter = of, slices.Clone(chosen), p.Tier, p.Language, l
	}
	return l, err
}

func (s *press) letterOf(ctx context.Context, of *matter, g group) (*letter, error) {
	key := of.edition.ID + "/" + g.key
	if l := s.letters[key]; l != nil {
		return l, nil
	}
	m, err := s.d.message(ctx, of.edition, of.pieces, g)
	if err != nil {
		return nil, err
	}
	l, err := s.d.letter(of.edition.Newsletter, g.language, m)
	if err != nil {
		return nil, err
	}
	l.group = g.key
	if s.letters == nil || len(s.letters) >= keptLetters {
		s.letters = map[string]*letter{}
	}
	s.letters[key] = l
	return l, nil
}

// send hands one person's message over; next, where there is one, will be sent
// after it. ctx is the job's, which ends only when the daemon's time to stop in
// order is up.
func (s *sender) send(ctx context.Context, p, next *mailer.Parcel) mailer.Result {
	if refused := s.open(ctx); refused != nil {
		return *refused
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.talk.Send(ctx, p, next)
}

// open opens the conversation, where there is none yet. It waits while as many are
// open as the relay allows. Not nil: why nothing can be sent now.
func (s *sender) open(ctx context.Context) *mailer.Result { return s.openAs(ctx, mailer.Bulk) }

func (s *sender) openAs(ctx context.Context, haste mailer.Haste) *mailer.Result {
	if s.d.transport == nil { // every newsletter was taken out of the configuration
		return &mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRelay, Reason: "the configuration has no newsletter, and so no way to send", RetryAfter: time.Minute}
	}
	if s.talk != nil {
		return nil
	}
	if s.stop == nil {
		s.waiting, s.stop = s.d.whileRunning(ctx)
	}
	talk, err := s.d.transport.Open(s.waiting, haste)
	if err != nil {
		refused := refusal(err, s.d.now())
		return &refused
	}
	s.talk = talk
	return nil
}

// ready waits until a message may be sent at once over the conversation that is
// open. Waited tells that this took a while, in which much may have changed.
func (s *sender) ready() (refused *mailer.Result, waited bool) {
	began := time.Now()
	if err := s.talk.Ready(s.waiting); err != nil {
		r := refusal(err, s.d.now())
		return &r, true
	}
	return nil, time.Since(began) > aWhile
}

// aWhile is how long a conversation may take to be ready before who is next is
// looked at anew.
const aWhile = 100 * time.Millisecond

// refusal is what nobody answering comes to: the mail waits.
func refusal(err error, now time.Time) mailer.Result {
	var u *mailer.Unavailable
	if errors.As(err, &u) {
		r := u.Result
		r.State, r.Blame, r.RetryAfter = mailer.Deferred, mailer.BlameRelay, max(u.Until.Sub(now), time.Second)
		return r
	}
	return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRelay, Reason: err.Error(), RetryAfter: time.Second}
}

// trouble is what was last logged of relays that take no mail.
type trouble struct {
	at   time.Time
	text string
}

// waits says, now and then, that no relay takes mail. A command that waits for
// the edition says it itself.
func (d *Daemon) waits(edition string, r mailer.Result) {
	if d.watched.Load() {
		return
	}
	text := r.Relay + ": " + r.Reason
	last := d.trouble.Load()
	if last != nil && last.text == text && time.Since(last.at) < time.Minute {
		return
	}
	d.trouble.Store(&trouble{time.Now(), text})
	// The reason is in our words; the relay's own might name a person.
	d.log.Warn("the mail waits for a relay", "edition", edition, "relay", r.Relay, "reason", r.Reason, "phase", r.Phase, "code", r.Code, "enhanced", r.Enhanced, "retry_after", r.RetryAfter.String())
}
