package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newsletter gives the weekly more keys and opens the daemon anew.
func (h *house) newsletter(keys string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	write(h.t, h.file, strings.Replace(string(text), "    max_age: none\n", "    max_age: none\n"+keys, 1))
	h.reopen()
}

// What the configuration and front matter say of digests is what people get:
// the newsletter's words, its order of sections, its maximum, the pinned lead.
// All of it counts as served.
func TestDigestAsConfigured(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.newsletter("    maximum_articles: 4\n    sections: [sea]\n    intro: |\n      Good morning.\n\n      All of it: http://localhost:8080/issues/.\n    outro: Fair winds.\n")
		h.join("amina")
		h.publishIn("Craft", "bell")
		pinned := filepath.Join(filepath.Dir(h.file), "pieces", "bell.md")
		text, err := os.ReadFile(pinned)
		h.must(err)
		write(t, pinned, strings.Replace(string(text), "title:", "pin: true\ntitle:", 1))
		_, err = h.Read(h.ctx, false, nil)
		h.must(err)
		h.publishIn("Craft", "anchor")
		h.publishIn("Sea", "tide")
		h.publishIn("Craft", "clock", "dial")
		p, err := h.Preview(h.ctx, "weekly", "amina@people.example", time.Time{})
		h.must(err)
		if p.Subject != "bell, and 4 more" || p.Warning != "" {
			t.Errorf("the subject is %q, the warning %q", p.Subject, p.Warning)
		}
		rest := p.Text
		for _, part := range []string{"\nGood morning.\n\nAll of it: http://localhost:8080/issues/.\n", "\nbell\n====", "\nSea\n---\n\ntide\n", "\nCraft\n-----\n\ndial\n", "\nclock\n", "\nAlso new\n--------\n\nanchor\nhttp", "\nFair winds.\n", "\nUnsubscribe:\n"} {
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Fatalf("%q is not there, or not in its place:\n%s", part, p.Text)
			}
			rest = "\n" + after
		}
		if !strings.Contains(strings.ReplaceAll(string(written(p.Message)), "=\r\n", ""), `href=3D"http://localhost:8080/issues/"`) {
			t.Error("the address in the intro is no link")
		}
		h.expectEdition(h.send(), "sent, 1 sent")
		if got := h.got("amina"); got != "anchor bell clock dial tide" {
			t.Errorf("amina got %q", got)
		}
		h.expectEdition(h.send(), "skipped")
	})
}

// The editor's note stands above the articles of its edition, and of no other.
func TestNoteIsPrinted(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	_, err = h.Note(h.ctx, id, "maren", "The lamp is lit again.\n\nSee http://localhost:8080/lamp.", nil)
	h.must(err)
	h.must(h.Drive(h.ctx))
	h.publish("clock")
	h.send()
	sent := h.server.Messages()
	if len(sent) != 2 {
		t.Fatalf("%d messages", len(sent))
	}
	for i, m := range sent {
		for _, words := range []string{"The lamp is lit again.", "From the editor\r\n----", `href=3D"http://localhost:8080/lamp"`} {
			if text := strings.ReplaceAll(string(m.Raw), "=\r\n", ""); strings.Contains(text, words) != (i == 0) {
				t.Errorf("message %d has %q: %v\n%s", i, words, i != 0, text)
			}
		}
	}
}

// The people who run this are told of a mail that nears the size at which mail
// programs cut it off: in the log, once, and by preview.
func TestLongDigest(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	var slugs []string
	for i := range 130 {
		slugs = append(slugs, fmt.Sprintf("piece-%d", i))
	}
	h.publish(slugs...)
	p, err := h.Preview(h.ctx, "weekly", "amina@people.example", time.Time{})
	h.must(err)
	if !strings.HasPrefix(p.Warning, "its HTML has 9") || !strings.Contains(p.Warning, "articles are printed by title alone") {
		t.Errorf("the preview warns: %q", p.Warning)
	}
	h.expectEdition(h.send(), "sent, 2 sent")
	if said := "mails are nearly as long as mail programs show"; !h.log.has(said) || !h.log.has("groups=1 longest=\"its HTML has 9") || strings.Count(h.log.text.String(), said) != 1 {
		t.Errorf("the log says:\n%s", h.log.text.String())
	}
}
