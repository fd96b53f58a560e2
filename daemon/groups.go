package daemon

import (
	"context"
	"encoding/binary"

	"postrider/digests"
	"postrider/magazine"
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
	audience, share := d.audience(e), d.shares(e, pieces)
	known := map[string]bool{} // groups, by their tier and places in short
	var name []byte
	for above := ""; ; {
		people, err := d.Store.Choices(ctx, audience, e.Floor, above, 1000)
		if err != nil || len(people) == 0 {
			return err
		}
		for i := range people {
			p := &people[i].Subscriber
			above = p.ID
			chosen := share(&people[i])
			if len(chosen) == 0 {
				continue
			}
			name = append(name[:0], p.Tier...)
			for _, place := range chosen {
				name = binary.AppendUvarint(append(name, 0), uint64(place))
			}
			if known[string(name)] {
				continue
			}
			known[string(name)] = true
			if err := found(group{groupKey(pieces, chosen, d.Publication.Language, p.Tier), chosen, p.Tier}); err != nil {
				return err
			}
		}
	}
}

func groupKey(pieces []magazine.Article, chosen []int, language string, tier magazine.Tier) string {
	ids := make([]string, len(chosen))
	for i, at := range chosen {
		ids[i] = pieces[at].ID
	}
	return digests.Key(ids, language, tier)
}
