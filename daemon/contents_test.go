package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// telling adds a newsletter of contents, two hours after an issue, with amina
// and noor in it; noor gets the weekly, too.
func (h *house) telling(more string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	with := strings.Replace(string(text), "newsletters:\n", "newsletters:\n  - name: issues\n    kind: contents\n"+more, 1)
	write(h.t, h.file, strings.Replace(with, "schedules:\n", "schedules:\n  - {newsletter: issues, every: issue + 2h}\n", 1))
	h.must(os.Mkdir(filepath.Join(filepath.Dir(h.file), "pieces", "issues"), 0o700))
	h.reopen()
	for name, letters := range map[string][]string{"amina": {"issues"}, "noor": {"issues", "weekly"}} {
		_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Newsletters: letters}, true, false)
		h.must(err)
		p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
		h.must(err)
		h.ids[name] = p.ID
	}
}

// issue writes an issue's own file, and its articles, and reads them.
func (h *house) issue(number int, state string, slugs ...string) {
	h.t.Helper()
	pieces := filepath.Join(filepath.Dir(h.file), "pieces")
	write(h.t, filepath.Join(pieces, "issues", fmt.Sprintf("1-%d.yaml", number)),
		fmt.Sprintf("volume: 1\nnumber: %d\nstate: %s\ndate: 2024-09-0%d\ncontents: [%s]\nnote: |\n  Issue %[1]d is about the sea.\n", number, state, number, strings.Join(slugs, ", ")))
	for i, slug := range slugs {
		write(h.t, filepath.Join(pieces, slug+".md"), fmt.Sprintf("---\ntitle: %s\nauthors: [Salma Oduya]\nissue: {volume: 1, number: %d}\ndate: 2024-09-0%d\n---\n\nWords on %[1]s.\n", slug, number, 1+i))
	}
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
}

// later lets time pass in steps that a daemon would take.
func (h *house) later(until time.Duration) {
	h.t.Helper()
	for range 3 {
		h.clock.Add(until / 3)
		h.step()
	}
}

func contentsOf(list []magazine.Edition) (all []string) {
	for _, e := range list {
		what := e.Newsletter + " " + string(e.State)
		if e.Issue != nil {
			what += " " + e.Issue.String()
		}
		all = append(all, what)
	}
	return all
}

// An issue's change from open to published sends its contents, in their order,
// once and after its delay; one that is published when first read sends none,
// nor does an article that is added later. Who gets them is served nothing by it.
func TestContentsOfAnIssue(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.telling("")
		h.step()
		h.issue(1, "published", "old")
		h.issue(2, "open", "tide", "anchor", "moor")
		h.later(3 * time.Hour)
		if got := len(h.editions()); got != 0 || h.got("amina") != "" {
			t.Fatalf("%d editions, amina got %q", got, h.got("amina"))
		}
		h.issue(2, "published", "tide", "anchor", "moor")
		h.later(time.Hour)
		all, err := h.Store.Editions(h.ctx, "issues", 10)
		if err != nil || len(all) != 1 || all[0].State != magazine.EditionWaiting || h.got("amina") != "" {
			t.Fatalf("%+v, %v; %s", all, err, h.log.text.String())
		}
		h.reopen()
		h.later(2 * time.Hour)
		h.step()
		if got := h.titles("amina"); got != "tide anchor moor" {
			t.Fatalf("amina got %q; %s", got, h.log.text.String())
		}
		h.issue(2, "published", "tide", "anchor", "moor", "late")
		h.later(3 * time.Hour)
		if all, _ = h.Store.Editions(h.ctx, "issues", 10); len(all) != 1 || all[0].State != magazine.EditionSent || all[0].Counts.Sent > 2 {
			t.Fatalf("%v", contentsOf(all))
		}
		// The digest has all that is new to noor all the same.
		h.send()
		if got := h.got("noor"); got != "anchor moor tide; anchor late moor old tide" {
			t.Errorf("noor got %q", got)
		}
		for _, m := range h.server.Messages()[:1] {
			if text := string(m.Raw); !strings.Contains(text, "Issue 2 is about the sea.") || !strings.Contains(header(t, m.Raw, "Subject"), "Vol. 1, No. 2") {
				t.Errorf("the contents are\n%s", text)
			}
		}
		made, err := h.Correct(h.ctx, all[0].ID, "salma", "The third was left out.")
		h.must(err)
		h.must(h.Drive(h.ctx))
		if e := h.edition(made.ID); e.State != magazine.EditionSent || e.Corrects != all[0].ID || h.titles("amina") != "tide anchor moor; tide anchor moor late" || !strings.HasPrefix(h.subjects("amina@people.example")[1], "Correction: ") {
			t.Errorf("%+v; amina got %q", e, h.titles("amina"))
		}
		if _, err := h.SendNow(h.ctx, "issues", "salma"); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("contents are sent without an issue: %v", err)
		}
	})
}

// An issue's contents that are dropped do not come again, and nobody is told that they do.
func TestContentsThatAreDropped(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.telling("")
		h.owner("salma", "")
		h.step()
		h.issue(1, "open", "tide")
		h.issue(1, "published", "tide")
		h.later(time.Hour)
		all, err := h.Store.Editions(h.ctx, "issues", 10)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", contentsOf(all), err)
		}
		id := all[0].ID
		h.must(h.HoldNow(h.ctx, id))
		h.looks()
		_, err = h.Drop(h.ctx, id, "salma@people.example", "stale")
		h.must(err)
		h.looks()
		h.issue(1, "published", "tide", "late")
		h.issue(2, "open", "moor")
		h.issue(2, "published", "moor")
		h.later(3 * time.Hour)
		h.step()
		if got := h.titles("amina"); got != "moor" {
			t.Errorf("amina got %q", got)
		}
		told := 0
		for _, m := range h.server.Messages() {
			if m.To != "salma@people.example" {
				continue
			}
			text := strings.Join(strings.Fields(plain(t, m.Raw)), " ")
			if told++; !strings.Contains(text, "issue’s contents do not come again") || strings.Contains(text, "next edition") {
				t.Errorf("salma is told\n%s", text)
			}
		}
		if told != 2 {
			t.Errorf("salma got %q", h.subjects("salma@people.example"))
		}
	})
}

// titles lists the articles that each message to a person links to, in the order
// in which it names them.
func (h *house) titles(name string) string {
	var all []string
	for _, m := range h.server.Messages() {
		if m.To != name+"@people.example" {
			continue
		}
		var slugs []string
		text, _, _ := strings.Cut(string(m.Raw), "text/html")
		for _, part := range strings.Split(text, "/articles/")[1:] {
			slug, _, _ := strings.Cut(part, "/")
			slugs = append(slugs, slug)
		}
		all = append(all, strings.Join(slugs, " "))
	}
	return strings.Join(all, "; ")
}

// What a pause or a blackout takes out is recorded, with the issue's name.
func TestContentsLeftOut(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.telling("")
	h.step()
	h.issue(2, "open", "tide")
	s, err := h.Schedule("issues")
	h.must(err)
	h.must(h.Pause(h.ctx, s, "salma", store.Forever))
	h.issue(2, "published", "tide")
	h.later(3 * time.Hour)
	recorded, err := h.Store.Occurrences(h.ctx, "issues", "main", 10)
	if err != nil || len(recorded) != 1 || recorded[0].Slot != "Vol. 1, No. 2" || recorded[0].Outcome != "dropped: paused by salma" || h.got("amina") != "" {
		t.Fatalf("%+v, %v", recorded, err)
	}
	h.must(h.Resume(h.ctx, s, "salma"))
	h.issue(3, "open", "moor")
	h.issue(3, "published", "moor")
	h.clock.Add(time.Minute)
	h.step()
	h.must(h.Pause(h.ctx, s, "salma", store.Forever)) // within the delay
	h.later(3 * time.Hour)
	if all := h.list("issues"); len(all) != 1 || all[0].State != magazine.EditionDropped || h.got("amina") != "" {
		t.Errorf("%v; amina got %q", contentsOf(all), h.got("amina"))
	}
}

func (h *house) list(newsletter string) []magazine.Edition {
	h.t.Helper()
	all, err := h.Store.Editions(h.ctx, newsletter, 100)
	h.must(err)
	return all
}
