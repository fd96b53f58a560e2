package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOutbox writes each message as a file under its Message-ID. A folder that
// cannot be made is the outbox's fault, and nobody pays for it.
func TestOutbox(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	config, err := os.ReadFile(h.file)
	h.must(err)
	before, after, _ := strings.Cut(string(config), "  relays:\n")
	_, after, _ = strings.Cut(after, "      tls: none\n")
	write(t, h.file, before+"  outbox: there/outbox\n"+after)
	there := filepath.Join(filepath.Dir(h.file), "there")
	write(t, there, "in the way")
	h.Close()
	h.Daemon = openAt(t, h.file, h.clock.Now, h.log)
	h.join("amina", "bakari")
	h.publish("tide")
	id := h.send()
	h.expectEdition(id, "sending")
	if !h.log.has("cannot use the outbox folder") && !h.log.has("the outbox cannot be written") {
		t.Errorf("logged: %s", h.log.text.String())
	}
	h.must(os.Remove(there))
	h.clock.Add(time.Minute + time.Second)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent, 2 sent")
	for name, person := range h.ids {
		file := filepath.Join(there, "outbox", id+"."+person+"@harbour.example.eml")
		text, err := os.ReadFile(file)
		h.must(err)
		if !strings.Contains(string(text), name+"@people.example") || strings.Join(articlesIn(text), " ") != "tide" {
			t.Errorf("%s", text)
		}
	}
	if n := len(h.server.Messages()); n != 0 {
		t.Errorf("%d messages went to the relay", n)
	}
}
