package main

import (
	"encoding/json"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/schedules"
	"postrider/store"
)

// A plan's line has people by zone, and those with an hour of their own beside.
func TestPlanLine(t *testing.T) {
	at := time.Date(2026, 12, 3, 10, 0, 0, 0, time.UTC)
	send := daemon.PlannedSend{People: 12, Articles: 2, Waves: map[store.Wave]int{{}: 1, {Zone: "Africa/Nairobi"}: 5, {Zone: "Africa/Nairobi", Hour: "20:00"}: 3, {Zone: "Africa/Nairobi", Hour: "06:00"}: 2, {Hour: "06:00"}: 1}}
	send.Coming = schedules.Occurrence{Newsletter: "weekly", Schedule: "main", At: at, Reason: "skipped by salma"}
	text, err := json.Marshal(planLineOf(send, at.In(time.FixedZone("", 14*60*60))))
	if want := `{"time":"2026-12-03T10:00:00Z","local":"2026-12-04T00:00:00+14:00","newsletter":"weekly","schedule":"main","left_out":"skipped by salma","people":12,"zones":{"":2,"Africa/Nairobi":10},"articles":2,"hours":{"":{"06:00":1},"Africa/Nairobi":{"06:00":2,"20:00":3}}}`; string(text) != want || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	if got := waveWords(send.Waves); got != "5 Africa/Nairobi, 3 Africa/Nairobi at 20:00, 2 Africa/Nairobi at 06:00, and 2 more zones and hours" {
		t.Error(got)
	}
	if got := waveWords(map[store.Wave]int{{Hour: store.AnyHour}: 4, {Zone: "Asia/Tokyo", Hour: store.AnyHour}: 4, {Zone: "Asia/Dubai", Hour: store.AnyHour}: 1, {Zone: "UTC", Hour: store.AnyHour}: 1}); got != "4 no zone, 4 Asia/Tokyo, 1 Asia/Dubai, and 1 more zones" {
		t.Error(got)
	}
	if got := waveWords(nil); got != "" {
		t.Error(got)
	}
}
