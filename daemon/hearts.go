package daemon

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// A heart is that of another node whose clock is, or was, ahead of ours.
type heart struct {
	beat  time.Time // by its clock
	since time.Time // when it was first seen to be that, by this process's own time
	moves bool      // it has been another: the node lives
}

// watchHearts watches the heartbeats that lie in the future. One that stands
// still for as long as a heartbeat counts is of a dead node whose clock was
// wrong: it is forgotten, for until then it would keep this one from firing. It
// tells whether it is known of each whether its node lives.
func (s *stepper) watchHearts(ctx context.Context) (known bool, err error) {
	ahead, err := s.d.Store.HeartsAhead(ctx, s.d.node)
	if err != nil {
		return false, err
	}
	known = true
	now, seen := time.Now(), map[string]heart{}
	for _, h := range ahead {
		have, again := s.hearts[h.Node]
		switch {
		case !again:
			have = heart{beat: h.Beat, since: now}
		case !have.beat.Equal(h.Beat):
			have = heart{beat: h.Beat, since: now, moves: true}
		case now.Sub(have.since) >= store.Alive:
			if err := s.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ForgetHeart(ctx, h) }); err != nil {
				return false, err
			}
			s.d.log.Warn("a node is dead whose clock was ahead", "node", h.Node, "ahead", spell(h.Beat.Sub(s.d.Store.Now())))
			continue
		}
		seen[h.Node] = have
		known = known && have.moves
	}
	s.hearts = seen
	return known, nil
}

// handledAhead takes back what a node whose clock was ahead has handled before its
// time, once there is none such any more: else nothing would come due until then.
// What is handled so little ahead that no clock is known to be wrong by it stays.
func (s *stepper) handledAhead(ctx context.Context) error {
	upTo, err := s.d.Store.HandledUpTo(ctx)
	if err != nil || len(s.hearts) > 0 || upTo.Sub(s.d.Store.Now()) <= clockJump {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error {
		doubt := store.Doubt{Until: upTo, Reason: magazine.NodeWasAhead.Text(spell(upTo.Sub(tx.Now)), s.d.local(upTo))}
		tx.After(func() { s.d.log.Error("what comes due is held", "reason", doubt.Reason) })
		if err := s.d.putBack(ctx, tx, doubt); err != nil {
			return err
		}
		return s.d.startSchedules(ctx, tx, s.looked)
	})
}
