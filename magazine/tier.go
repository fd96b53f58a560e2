package magazine

import (
	"slices"
	"time"
)

// Tier says what of the publication a person may read.
type Tier string

// The tiers that every publication has.
const (
	Free   Tier = "free"
	Member Tier = "member" // members-only articles, too
)

// Tiers are those that a publication has above Member, each above the one before
// it: who has one reads what those below it may.
type Tiers []Tier

// All lists every tier, from Free up.
func (t Tiers) All() []Tier { return append([]Tier{Free, Member}, t...) }

// MayRead tells whether a person of a tier reads in full what is for readers of
// an access. A tier that the publication has no more counts as Member; what is
// for such a tier is for those alone who still have it.
func (t Tiers) MayRead(tier Tier, access Access) bool {
	switch {
	case access == Everyone:
		return true
	case tier == Free || tier == "":
		return false
	case access == Members || Access(tier) == access:
		return true
	}
	need, have := slices.Index(t, Tier(access)), slices.Index(t, tier)
	return need >= 0 && have >= need
}

// TierAt is a tier that ends at an instant, zero for never, as it counts at
// another.
func TierAt(tier Tier, ends, now time.Time) Tier {
	if ends.IsZero() || now.Before(ends) {
		return tier
	}
	return Free
}
