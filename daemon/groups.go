package daemon

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"

	"postrider/digests"
	"postrider/magazine"
	"postrider/store"
)

// A group is people who get the same message of an edition.
type group struct {
	key      string // of the message
	chosen   []int  // places in the edition's articles
	tier     magazine.Tier
	language string // of our own words in it; empty: the publication's
}

// eachGroup calls found once for every group of people that there is now of an
// edition. It renders nothing, and its memory grows with the number of groups,
// not of people.
func (d *Daemon) eachGroup(ctx context.Context, e *magazine.Edition, pieces []magazine.Article, found func(group) error) error {
	g := &grouping{d: d, audience: d.audience(e), pieces: pieces, share: d.shares(e, pieces), known: map[string]bool{}, found: found}
	others, err := d.otherLanguages(ctx)
	if err == nil {
		err = g.everything(ctx, d.Store, e.Floor, others)
	}
	if err == nil && len(others) > 0 {
		err = g.everythingIn(ctx, d.Store, e.Floor, others)
	}
	if err != nil {
		return err
	}
	return d.Store.EachFollower(ctx, g.audience, e.Floor, func(sub *magazine.Subscription) error { return g.add(sub, g.share(sub)) })
}

// grouping finds the groups of an edition.
type grouping struct {
	d        *Daemon
	audience store.Audience
	pieces   []magazine.Article
	share    func(*magazine.Subscription) []int
	known    map[string]bool // groups by their tier, language and places in short
	name     []byte
	found    func(group) error
}

// otherLanguages are those that people have chosen in which they are told things
// otherwise than in the publication's.
func (d *Daemon) otherLanguages(ctx context.Context) (others []string, err error) {
	chosen, err := d.Store.Languages(ctx)
	for _, language := range chosen {
		if d.spoken(language) != "" {
			others = append(others, language)
		}
	}
	return others, err
}

// spoken is the language of our own words in a mail to one who has chosen a
// language; empty: the publication's.
func (d *Daemon) spoken(language string) string {
	return d.Feeds.Messages.Other(language, d.Publication.Language)
}

// everything finds the groups of those who follow everything, and get it in the
// publication's language. They differ only in up to where they have been served,
// and, where something is for members, in tier: whether there is anybody is asked
// for each, however many they are. others are the languages of those who are not
// meant.
func (g *grouping) everything(ctx context.Context, s *store.Store, floor int64, others []string) error {
	tiers := []magazine.Tier{""}
	if slices.ContainsFunc(g.pieces, isForMembers) {
		tiers = g.d.Publication.Tiers.All()
	}
	numbers := []int64{floor}
	for i := range g.pieces {
		numbers = append(numbers, max(floor, g.pieces[i].Seq))
	}
	slices.Sort(numbers)
	numbers = append(slices.Compact(numbers), math.MaxInt64)
	for i, from := range numbers[:len(numbers)-1] {
		for _, tier := range tiers {
			sub := &magazine.Subscription{Subscriber: magazine.Subscriber{Tier: tier}, Served: from}
			chosen := g.share(sub)
			if len(chosen) == 0 {
				continue
			}
			switch any, err := s.FollowsEverything(ctx, g.audience, tier, others, from, numbers[i+1]); {
			case err != nil:
				return err
			case !any:
				continue
			}
			if err := g.add(sub, chosen); err != nil {
				return err
			}
		}
	}
	return nil
}

// everythingIn finds the groups of those who follow everything and have chosen
// another language.
func (g *grouping) everythingIn(ctx context.Context, s *store.Store, floor int64, others []string) error {
	there, err := s.ServedIn(ctx, g.audience, others, floor)
	for i := range there {
		if err == nil {
			err = g.add(&there[i], g.share(&there[i]))
		}
	}
	return err
}

// add tells of the group of one who gets the chosen pieces, where it is new.
func (g *grouping) add(sub *magazine.Subscription, chosen []int) error {
	if len(chosen) == 0 {
		return nil
	}
	tier, language := g.d.printedTier(g.pieces, chosen, sub.Subscriber.Tier), g.d.spoken(sub.Subscriber.Language)
	g.name = append(append(append(g.name[:0], tier...), 0), language...)
	for _, place := range chosen {
		g.name = binary.AppendUvarint(append(g.name, 0), uint64(place))
	}
	if g.known[string(g.name)] {
		return nil
	}
	g.known[string(g.name)] = true
	return g.found(g.d.group(g.pieces, chosen, tier, language))
}

func isForMembers(a magazine.Article) bool { return a.Access != magazine.Everyone }

// printedTier is the tier for which chosen pieces are printed: the lowest whose
// people may read as much of them.
func (d *Daemon) printedTier(pieces []magazine.Article, chosen []int, tier magazine.Tier) magazine.Tier {
	tiers := d.Publication.Tiers
	for _, lower := range tiers.All() {
		more := func(place int) bool {
			access := pieces[place].Access
			return tiers.MayRead(tier, access) != tiers.MayRead(lower, access)
		}
		if !slices.ContainsFunc(chosen, more) {
			return lower
		}
	}
	return tier
}

// leavesOut tells what people of a tier may read, where a newsletter leaves out
// what they may not; nil: it leaves nothing out.
func (d *Daemon) leavesOut(letter *magazine.Newsletter) func(magazine.Tier, magazine.Access) bool {
	if !letter.LeaveOut {
		return nil
	}
	return d.Publication.Tiers.MayRead
}

// group is the people of a tier, spoken to in a language, who get the chosen pieces.
func (d *Daemon) group(pieces []magazine.Article, chosen []int, tier magazine.Tier, language string) group {
	tier = d.printedTier(pieces, chosen, tier)
	return group{digests.Key(idsOf(pieces, chosen), cmp.Or(language, d.Publication.Language), tier), chosen, tier, language}
}

// idsOf are the ids of the chosen pieces.
func idsOf(pieces []magazine.Article, chosen []int) []string {
	ids := make([]string, len(chosen))
	for i, at := range chosen {
		ids[i] = pieces[at].ID
	}
	return ids
}
