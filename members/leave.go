package members

import (
	"context"

	"postrider/magazine"
)

// Leaving is what a leaving link would end.
type Leaving struct {
	Email      string
	Newsletter string // name
	Title      string
	Left       bool // already
}

// CheckLeave tells what a leaving link would end and changes nothing.
// NotFound: it is no link of ours.
func (m *Members) CheckLeave(ctx context.Context, token string) (Leaving, error) {
	subscriber, newsletter, ok := m.openLeave(token)
	if !ok {
		return Leaving{}, errBadLink
	}
	p, err := m.store.Subscriber(ctx, subscriber)
	if err != nil {
		return Leaving{}, missingLink(err)
	}
	have, err := m.store.Subscription(ctx, newsletter, subscriber)
	if err != nil {
		return Leaving{}, err
	}
	l := Leaving{Email: p.Email, Newsletter: newsletter, Title: newsletter, Left: have == nil || have.State != magazine.SubscriptionActive}
	if n := m.Newsletter(newsletter); n != nil {
		l.Title = n.Title
	}
	return l, nil
}

// Leave ends a subscription at once, also for an edition that is being sent.
// To leave twice is the same as once. NotFound: it is no link of ours.
func (m *Members) Leave(ctx context.Context, token string) error {
	subscriber, newsletter, ok := m.openLeave(token)
	if !ok {
		return errBadLink
	}
	return m.Drop(ctx, subscriber, newsletter)
}
