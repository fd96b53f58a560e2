package daemon

import (
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
	key    string // of the message
	chosen []int  // places in the edition's articles
	tier   magazine.Tier
}

// eachGroup calls found once for every group of people that there is now of an
// edition. It renders nothing, and its memory grows with the number of groups,
// not of people.
func (d *Daemon) eachGroup(ctx context.Context, e *magazine.Edition, pieces []magazine.Article, found func(group) error) error {
	g := &grouping{d: d, audience: d.audience(e), pieces: pieces, share: d.shares(e, pieces), known: map[string]bool{}, found: found}
	if err := g.everything(ctx, d.Store, e.Floor); err != nil {
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
	known    map[string]bool // groups by their tier and places in short
	name     []byte
	found    func(group) error
}

// everything finds the groups of those who follow everything. They differ only
// in up to where they have been served, and, where something is for members, in
// tier: whether there is anybody is asked for each, however many they are.
func (g *grouping) everything(ctx context.Context, s *store.Store, floor int64) error {
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
			switch any, err := s.FollowsEverything(ctx, g.audience, tier, from, numbers[i+1]); {
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

// add tells of the group of one who gets the chosen pieces, where it is new.
func (g *grouping) add(sub *magazine.Subscription, chosen []int) error {
	if len(chosen) == 0 {
		return nil
	}
	tier := g.d.printedTier(g.pieces, chosen, sub.Subscriber.Tier)
	g.name = append(g.name[:0], tier...)
	for _, place := range chosen {
		g.name = binary.AppendUvarint(append(g.name, 0), uint64(place))
	}
	if g.known[string(g.name)] {
		return nil
	}
	g.known[string(g.name)] = true
	return g.found(group{g.d.groupKey(g.pieces, chosen, tier), chosen, tier})
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

// groupKey names the message of the people of a tier who get the chosen pieces.
func (d *Daemon) groupKey(pieces []magazine.Article, chosen []int, tier magazine.Tier) string {
	return digests.Key(idsOf(pieces, chosen), d.Publication.Language, d.printedTier(pieces, chosen, tier))
}

// idsOf are the ids of the chosen pieces.
func idsOf(pieces []magazine.Article, chosen []int) []string {
	ids := make([]string, len(chosen))
	for i, at := range chosen {
		ids[i] = pieces[at].ID
	}
	return ids
}
