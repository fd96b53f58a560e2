package schedules

import (
	"testing"
	"time"
)

// The occurrence of an issue comes its delay after the publication; blackouts
// drop or move it by the dates on the schedule's clocks.
func TestOfIssue(t *testing.T) {
	published := time.Date(2026, 12, 23, 22, 30, 0, 0, time.UTC) // 24 December, 01:30, in Nairobi
	for _, c := range []struct {
		blackouts []BlackoutSpec
		at, why   string
	}{
		{nil, "2026-12-24T00:30:00Z", ""},
		{[]BlackoutSpec{{From: "2026-12-24", Title: "Eve"}}, "2026-12-24T00:30:00Z", "Eve, 2026-12-24"},
		{[]BlackoutSpec{{From: "2026-12-24", To: "2026-12-26", Then: Move}}, "2026-12-27T00:30:00Z", ""},
		{[]BlackoutSpec{{From: "2026-12-25", To: "2026-12-26", Then: Move}}, "2026-12-24T00:30:00Z", ""},
	} {
		s, err := Parse(Spec{Newsletter: "issues", Every: "issue + 2h", Timezone: "Africa/Nairobi", Blackouts: c.blackouts})
		if err != nil {
			t.Fatal(err)
		}
		o := s.OfIssue("Vol. 12, No. 9", published)
		if o.At.Format(time.RFC3339) != c.at || o.Reason != c.why || o.Key() != "issues/main/2026-12-24/Vol. 12, No. 9" {
			t.Errorf("%+v: %+v", c.blackouts, o)
		}
		if next, ok := s.Next(published); ok || len(s.Dropped(published, published.AddDate(1, 0, 0))) > 0 {
			t.Errorf("%v comes by itself", next)
		}
	}
}
