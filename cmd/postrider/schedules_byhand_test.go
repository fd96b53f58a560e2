package main

import (
	"testing"
	"time"

	"postrider/schedules"
)

// TestPauseEnd: a date begins on the schedule's own clocks, also where each reader's count
// and it comes first on others: until Saturday, Friday's is kept back.
func TestPauseEnd(t *testing.T) {
	for _, local := range []bool{false, true} {
		s, err := schedules.Parse(schedules.Spec{Newsletter: "weekly", Name: "main", Every: "friday at 07:00", Timezone: "America/New_York", Local: local})
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]string{"2024-10-12": "2024-10-12T04:00:00Z", "2024-10-12T09:00:00+03:00": "2024-10-12T06:00:00Z"} {
			end, err := pauseEnd(text, s)
			if err != nil || end.UTC().Format(time.RFC3339) != want {
				t.Errorf("local %v: %s is %s, want %s; %v", local, text, end.UTC().Format(time.RFC3339), want, err)
			}
		}
		if _, err := pauseEnd("soon", s); err == nil {
			t.Error("soon is a date")
		}
	}
}
