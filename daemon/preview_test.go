package daemon_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
)

var dated = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// comparable is a message without its date, and with one name for its edition,
// from which the ids and boundaries are made.
func comparable(raw []byte, edition string) string {
	text := strings.ReplaceAll(string(dated.ReplaceAll(raw, nil)), edition, "EDITION")
	boundary := regexp.MustCompile(`boundary="?([^"\r\n]+)`).FindStringSubmatch(text)
	if boundary != nil {
		text = strings.ReplaceAll(text, boundary[1], "BOUNDARY")
	}
	return text
}

// A preview is byte for byte what is sent at that time, to people who follow
// everything, a section, or nothing that is new; with what appears until then.
func TestPreviewIsTheTruth(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.publishIn("Land", "shore")
		h.join("amina")
		_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Follows: []magazine.Follow{{Kind: magazine.FollowSection, Slug: "land"}}}, true, false)
		h.must(err)
		h.step()
		h.publish("tide", "clock")
		h.publishIn("Land", "field")
		write(t, filepath.Join(filepath.Dir(h.file), "pieces", "later.md"), "---\ntitle: later\nsection: Land\ndate: 2024-10-10\n---\n\nWords to come.\n")
		_, err = h.Read(h.ctx, false, nil)
		h.must(err)

		now, err := h.Preview(h.ctx, "weekly", "noor@people.example", time.Time{})
		h.must(err)
		if got := articlesIn([]byte(now.Text)); fmt.Sprint(got) != "[field]" {
			t.Errorf("now noor would get %v", got)
		}
		previews := map[string]string{}
		for _, name := range []string{"amina", "noor"} {
			p, err := h.Preview(h.ctx, "weekly", name+"@people.example", friday)
			h.must(err)
			var b bytes.Buffer
			_, err = p.Message.WriteTo(&b)
			h.must(err)
			previews[name] = comparable(b.Bytes(), "preview")
			in := 0
			for _, v := range p.Verdicts {
				if v.In {
					in++
				}
			}
			if want := map[string]int{"amina": 4, "noor": 2}[name]; in != want || len(p.Verdicts) != 5 {
				t.Errorf("%s: %d of %d articles are in: %+v", name, in, len(p.Verdicts), p.Verdicts)
			}
		}
		h.clock.Set(friday)
		h.step() // it appears, and the edition goes out
		h.step()
		sent := 0
		for _, m := range h.server.Messages() {
			name, _, _ := strings.Cut(m.To, "@")
			sent++
			if got := comparable(m.Raw, h.editions()[0].ID); got != previews[name] {
				t.Errorf("%s was shown\n%s\nand got\n%s", name, previews[name], got)
			}
		}
		if sent != 2 || h.got("noor") != "field later" {
			t.Errorf("%d messages; noor got %q", sent, h.got("noor"))
		}
		if p, err := h.Preview(h.ctx, "weekly", "noor@people.example", time.Time{}); err != nil || p.Message != nil || len(p.Verdicts) != 5 {
			t.Errorf("afterwards: %+v, %v", p, err)
		}
	})
}

// Where a draft waits, that is what a preview shows.
func TestPreviewOfADraft(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("send")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	h.publish("late")
	for at, want := range map[time.Time]string{{}: "[tide]", friday: "[tide]", friday.Add(week): "[late tide]"} {
		p, err := h.Preview(h.ctx, "weekly", "amina@people.example", at)
		h.must(err)
		if got := fmt.Sprint(articlesIn([]byte(p.Text))); got != want || (p.Edition != "") != (want == "[tide]") {
			t.Errorf("at %v: %s of %q", at, got, p.Edition)
		}
	}
}

// One for whom more waits than a draft has gets nothing of it, and is told so
// before.
func TestPreviewOfADraftForWhoCameLate(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("send")
	h.join("amina", "bakari")
	h.pauses(magazine.Indefinitely, false, "bakari")
	h.publish("tide")
	h.step()
	h.send()
	h.publish("clock")
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	_, err := h.Members.Resume(h.ctx, "bakari@people.example", "weekly")
	h.must(err)
	_, err = h.Preview(h.ctx, "weekly", "bakari@people.example", friday)
	if magazine.CodeOf(err) != magazine.Conflict || !strings.Contains(err.Error(), "comes with the next edition") {
		t.Errorf("%v", err)
	}
	if p, err := h.Preview(h.ctx, "weekly", "amina@people.example", friday); err != nil || p.Message == nil {
		t.Errorf("%+v, %v", p, err)
	}
	h.clock.Set(friday)
	h.step()
	h.step()
	if a, b := h.got("amina"), h.got("bakari"); a != "tide; clock" || b != "" {
		t.Errorf("amina got %q, bakari %q", a, b)
	}
}

func TestPreviewAfterAFreshStart(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	until := h.clock.Now().Add(time.Hour)
	h.pauses(until, true, "amina")
	h.publish("tide")
	p, err := h.Preview(h.ctx, "weekly", "amina@people.example", until.Add(time.Hour))
	h.must(err)
	shown := p.Message != nil
	h.clock.Set(until)
	h.step()
	h.clock.Set(until.Add(time.Hour))
	h.send()
	if got := h.got("amina") != ""; got != shown {
		t.Errorf("preview shows a mail: %v; she got one: %v", shown, got)
	}
}
