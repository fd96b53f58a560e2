package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/config"
	"postrider/daemon"
)

// configure appends to the configuration and opens the daemon anew.
func (h *house) configure(more string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	write(h.t, h.file, string(text)+more)
	h.reopen()
}

// What falls on a blackout is dropped and recorded, or goes out on the next
// free date; either way what is new reaches everybody once.
func TestBlackoutsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.configure("blackouts:\n  - {from: 2024-10-11, title: Mashujaa}\n  - {from: 2024-10-18, to: 2024-10-19, then: move}\n")
		h.join("amina")
		h.publish("tide")
		h.step()
		h.clock.Set(friday)
		h.step()
		h.reopen()
		h.step()
		if got := h.occurrences(); got != "2024-10-11 07:00 dropped: Mashujaa, 2024-10-11" || h.got("amina") != "" || len(h.editions()) != 0 {
			t.Fatalf("%s; amina got %q", got, h.got("amina"))
		}
		h.clock.Set(friday.Add(week))
		h.step()
		if h.got("amina") != "" {
			t.Fatalf("amina got %q on a blackout", h.got("amina"))
		}
		h.clock.Set(friday.Add(week + 2*week/7)) // Sunday
		h.step()
		h.step()
		if got := h.occurrences(); got != "2024-10-18 07:00 edition; 2024-10-11 07:00 dropped: Mashujaa, 2024-10-11" || h.got("amina") != "tide" {
			t.Fatalf("%s; amina got %q", got, h.got("amina"))
		}
	})
}

func TestScheduleMistakes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, `publication: {title: Harbour, url: "https://harbour.example"}
articles: [{folder: pieces}]
mail: {from: a@harbour.example, outbox: out}
newsletters: [{name: weekly}, {name: daily}]
blackouts:
  - from: 2026-02-30
schedules:
  - newsletter: weekly
    every: fryday at 07:00
    blackouts: [{from: 2026-12-24, to: 2026-12-01}]
  - {newsletter: daily, every: day at 07:00, cron: "0 7 * * *"}
`)
	_, err := config.Load(file, nil, daemon.CheckConfig)
	if err == nil {
		t.Fatal("no mistake")
	}
	for _, want := range []string{
		"line 6, column 11: blackouts[0].from: there is no such date",
		"line 9, column 12: schedules[0].every: at character 1: a day was expected",
		"schedules[0].blackouts[0].to: it is before from",
		"schedules[1].every: there is a cron expression, too",
	} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("%v\nwant once: %s", err, want)
		}
	}
}
