package schedules

import (
	"testing"
	"time"

	"postrider/hijri"
)

func TestTouches(t *testing.T) {
	t.Parallel()
	civil, err := hijri.NewReckoning(hijri.Civil)
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2024, 12, 28, 21, 0, 0, 0, time.UTC), time.Date(2025, 1, 3, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"2024-12-27", "", false},
		{"2024-12-28", "", true},
		{"2025-01-03", "", true},
		{"2025-01-04", "", false},
		{"2024-12-20", "2024-12-28", true},
		{"2024-01-01", "2026-01-01", true},
		{"2023-12-30", "", false},
		{"12-30", "", true},
		{"12-24", "01-02", true},
		{"01-04", "12-27", false},
		{"1 Rajab", "", true}, // 2025-01-01
		{"1 Rajab 1446", "", true},
		{"1 Rajab 1445", "", false},
		{"1 Shawwal", "", false},
		{"no date", "", true}, // nobody knows
	} {
		if got := (BlackoutSpec{From: c.from, To: c.to, Then: Move}).Touches(civil, from, to); got != c.want {
			t.Errorf("%s to %s: %v", c.from, c.to, got)
		}
	}
}
