package magazine_test

import (
	"testing"
	"time"

	"postrider/magazine"
)

func TestMayRead(t *testing.T) {
	tiers := magazine.Tiers{"supporter", "patron"}
	for _, c := range []struct {
		tier   magazine.Tier
		access []magazine.Access // that they may read, besides everyone's
	}{
		{"", nil}, {magazine.Free, nil},
		{magazine.Member, []magazine.Access{"members"}},
		{"supporter", []magazine.Access{"members", "supporter"}},
		{"patron", []magazine.Access{"members", "supporter", "patron"}},
		{"of old", []magazine.Access{"members", "of old"}}, // one that there is no more
	} {
		may := map[magazine.Access]bool{magazine.Everyone: true}
		for _, a := range c.access {
			may[a] = true
		}
		for _, a := range []magazine.Access{magazine.Everyone, magazine.Members, "supporter", "patron", "of old", "free", "member"} {
			if a == "free" && c.tier == magazine.Free || a == "member" && c.tier == magazine.Member {
				continue // no such access is ever read
			}
			if got := tiers.MayRead(c.tier, a); got != may[a] {
				t.Errorf("%q reads %q: %v", c.tier, a, got)
			}
		}
	}
}

func TestTierAt(t *testing.T) {
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ends time.Time
		now  time.Time
		want magazine.Tier
	}{
		{time.Time{}, end, magazine.Member}, {end, end.Add(-time.Microsecond), magazine.Member}, {end, end, magazine.Free}, {end, end.AddDate(1, 0, 0), magazine.Free},
	} {
		if got := magazine.TierAt(magazine.Member, c.ends, c.now); got != c.want {
			t.Errorf("ends %v, at %v: %s", c.ends, c.now, got)
		}
	}
}
