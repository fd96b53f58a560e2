package daemon_test

import (
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
)

// TestBrowserTodayWithARelayInTrouble opens the first page while the relay refuses all, in
// a word that is longer than a phone is wide: the trouble stands above all else, with the
// relay's words and what is to be done, beside the edition that waits for it, and nothing
// stands out sideways.
func TestBrowserTodayWithARelayInTrouble(t *testing.T) {
	t.Parallel()
	for _, on := range posttest.Screens {
		t.Run(on.Name, func(t *testing.T) {
			h := build(t, "sqlite")
			h.join("amina", "badr")
			h.publish("tides", "clocks")
			words := "blocked-see-https://status.relay.example/" + strings.Repeat("x", 80)
			h.server.SetFault(smtptest.At(smtptest.MAIL, "421 4.7.0 "+words, smtptest.Close))
			h.send()
			h.clock.Add(12 * time.Minute)
			h.Step(h.ctx)
			h.looks()
			j, _ := h.comesIn(on, ".problems li")
			j.Reads(".problems", "main")
			j.Reads(".problems", words)
			j.Reads("#sending ~ .card", "2 still to come")
		})
	}
}
