package members

import (
	"testing"
	"time"

	"postrider/magazine"
)

// An end comes back as it was written, in any zone, also where the day has no
// midnight.
func FuzzTierEnds(f *testing.F) {
	for _, seed := range []string{"2026-12-31", "never", "2026-12-31T23:59:59.999999999+03:00", "2026-02-30", "9999-12-31", "0000-01-01", "0001-01-01", "2018-11-03", "2011-12-29", " 2026-01-01 ", "2026-1-1", "+2026-01-01", ""} {
		f.Add(seed)
	}
	var zones []*time.Location
	for _, name := range []string{"UTC", "Africa/Nairobi", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			f.Fatal(err)
		}
		zones = append(zones, zone)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, zone := range zones {
			e, err := parseTierEnds(text, zone)
			if err != nil {
				if magazine.CodeOf(err) != magazine.Invalid {
					t.Errorf("%q: %v", text, err)
				}
				continue
			}
			m := &Members{zone: zone}
			written := m.TierEndsOn(magazine.Subscriber{Tier: magazine.Member, TierEnds: e.at})
			if again, err := parseTierEnds(written, zone); err != nil || !again.at.Equal(e.at) {
				t.Errorf("%q in %s is written as %q, which is %v (%v), not %v", text, zone, written, again.at, err, e.at)
			}
		}
	})
}
