package main

import (
	"encoding/json"
	"os"
	"strings"
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

// A send in each reader's own time is told by their clocks, whoever decides about it.
func TestDecideInEachZone(t *testing.T) {
	enterSite(t)
	text, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	local := strings.Replace(string(text), `cron: "0 7 * * FRI"`, "every: friday at 07:00\n    local: true", 1)
	local = local[:strings.Index(local, "  - newsletter: weekly\n    name: first")]
	local = strings.Replace(local, "    max_age: none", "    max_age: none\n    own_hour: true", 1)
	if err := os.WriteFile("config.yaml", []byte(local), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"schedules skip weekly", "schedules skip weekly --undo", "schedules run weekly", "schedules run weekly --as-next"} {
		out, errs, code := postrider(words(line)...)
		if code != 0 || !strings.Contains(out, " 07:00 in each zone") || strings.Contains(out, "+1400") {
			t.Errorf("%s is %d:\n%s%s", line, code, out, errs)
		}
	}
}
