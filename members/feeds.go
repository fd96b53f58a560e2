package members

import (
	"context"
	"strconv"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// The address of a person's own feeds has a token that is made of the person's id
// and of how often the address was replaced. It can be shown whenever the person
// asks for it, which a token of which only a hash is kept could not. What is kept
// of it, a number, gives nothing away; who reads the secret in the database, too,
// reads the articles there as well.

// OwnFeeds is a person's own feeds, as their address tells.
type OwnFeeds struct {
	Subscriber string // id
	Tier       magazine.Tier
}

var errNoFeeds = magazine.Errorf(magazine.NotFound, "there are no feeds at this address")

// FeedToken is the part of the address of a person's own feeds that is theirs
// alone. NotFound: there is no such person, or they have none (see OfFeedToken).
func (m *Members) FeedToken(ctx context.Context, subscriber string) (string, error) {
	own, err := m.store.OwnFeeds(ctx, subscriber)
	if err != nil {
		return "", err
	}
	if !hasFeeds(own) {
		return "", magazine.Errorf(magazine.NotFound, "feeds of one's own are for those who have confirmed their address and have not left").Said("own-feeds.none")
	}
	return m.seal(tokenFeeds, subscriber+"."+strconv.FormatInt(own.Replaced, 36)), nil
}

// OfFeedToken tells whose feeds are at an address. gone: they were, but the
// address was replaced, or the person has left or is not known any more.
// NotFound: it is no address of ours.
func (m *Members) OfFeedToken(ctx context.Context, token string) (own OwnFeeds, gone bool, err error) {
	payload, ok := m.open(tokenFeeds, token)
	if !ok {
		return own, false, errNoFeeds
	}
	subscriber, replaced, _ := strings.Cut(payload, ".")
	have, err := m.store.OwnFeeds(ctx, subscriber)
	switch {
	case magazine.CodeOf(err) == magazine.NotFound:
		return own, true, nil
	case err != nil:
		return own, false, err
	}
	gone = !hasFeeds(have) || strconv.FormatInt(have.Replaced, 36) != replaced
	return OwnFeeds{subscriber, have.Tier}, gone, nil
}

// hasFeeds tells that a person has feeds of their own: whoever has confirmed and
// has not left. That mail to them comes back is no leaving.
func hasFeeds(own store.OwnFeeds) bool {
	return own.State == magazine.Confirmed || own.State == magazine.Bounced
}

// ReplaceFeeds ends the address of a person's own feeds, and gives them another.
// NotFound: they have none.
func (m *Members) ReplaceFeeds(ctx context.Context, subscriber string) error {
	if _, err := m.FeedToken(ctx, subscriber); err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error { return tx.ReplaceOwnFeeds(ctx, subscriber) })
}

// ReplaceFeedsFor is ReplaceFeeds at the word of somebody who works at the desk, which
// is kept.
func (m *Members) ReplaceFeedsFor(ctx context.Context, subscriber, who string) error {
	if _, err := m.FeedToken(ctx, subscriber); err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.PutAct(ctx, store.Act{Who: who, What: "feeds", Subscriber: subscriber, Detail: "the address of their own feeds was replaced"}); err != nil {
			return err
		}
		return tx.ReplaceOwnFeeds(ctx, subscriber)
	})
}

// FeedsOf tells whether a person has feeds of their own, and how often their address
// was replaced.
func (m *Members) FeedsOf(ctx context.Context, subscriber string) (has bool, replaced int64, err error) {
	own, err := m.store.OwnFeeds(ctx, subscriber)
	return err == nil && hasFeeds(own), own.Replaced, err
}
