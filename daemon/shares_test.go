package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/config"
	"postrider/daemon"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// TestTiers: members get members-only articles like all others, those who are
// none marked, or not at all.
func TestTiers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for name, leaveOut := range map[string]bool{"teaser": false, "leave out": true} {
			t.Run(name, func(t *testing.T) {
				h := build(t, engine)
				if leaveOut {
					h.set("members_only: leave_out")
				}
				h.join("amina", "bakari")
				h.write(func(tx *store.Tx) error {
					_, err := tx.SetTier(h.ctx, h.ids["amina"], magazine.Member, time.Time{})
					return err
				})
				write(t, filepath.Join(filepath.Dir(h.file), "pieces", "vault.md"), "---\ntitle: Vault\naccess: members\ndate: 2024-09-05\n---\n\nWords.\n")
				_, err := h.Read(h.ctx, false, nil)
				h.must(err)
				id := h.send()
				if leaveOut {
					h.expectEdition(id, "sent, 1 sent, 1 nothing")
				} else {
					h.expectEdition(id, "sent, 2 sent")
				}
				for _, m := range h.server.Messages() {
					if marked := strings.Contains(string(m.Raw), "For members"); marked != strings.HasPrefix(m.To, "bakari") {
						t.Errorf("%s gets it marked: %v", m.To, marked)
					}
				}
				h.publish("tide")
				h.expectEdition(h.send(), "sent, 2 sent")
				want := "vault; tide"
				if got := h.got("amina"); got != want {
					t.Errorf("amina got %q", got)
				}
				if leaveOut {
					want = "tide"
				}
				if got := h.got("bakari"); got != want {
					t.Errorf("bakari got %q", got)
				}
			})
		}
	})
}

// set adds lines to the newsletter's configuration.
func (h *house) set(lines ...string) {
	h.t.Helper()
	config, err := os.ReadFile(h.file)
	h.must(err)
	write(h.t, h.file, strings.Replace(string(config), "    max_age: none", "    max_age: none\n    "+strings.Join(lines, "\n    "), 1))
	h.reopen()
}

// asks signs somebody up and confirms it, as they do themselves.
func (h *house) asks(name string, follows ...magazine.Follow) {
	h.t.Helper()
	h.clock.Add(time.Minute)
	h.must(h.Members.SignUp(h.ctx, members.Request{Email: name + "@people.example", Follows: follows}))
	_, err := h.Members.Confirm(h.ctx, h.Members.ConfirmToken(h.lastSignUp(name)))
	h.must(err)
	p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
	h.must(err)
	h.ids[name] = p.ID
}

// TestJoiningBringsTheLatestEdition: once, and what comes after it is new to
// them as to everybody.
func TestJoiningBringsTheLatestEdition(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.set("on_join: latest")
		h.join("amina")
		h.asks("early") // there is no edition yet
		h.publish("old")
		h.send()
		h.publish("tide")
		h.publishIn("Land", "hill")
		id := h.send()
		h.publish("clock") // appears before the next join
		h.join("admitted") // on an admin's word
		h.asks("bakari")
		h.asks("chen", magazine.Follow{Kind: magazine.FollowSection, Slug: "sea"})
		h.asks("dalia", magazine.Follow{Kind: magazine.FollowTag, Slug: "none"})
		h.step()
		h.expectEdition(id, "sent, 4 sent, 1 skipped")
		h.publish("bell")
		h.must(h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["bakari"], "weekly")))
		h.asks("bakari") // has had it
		h.step()
		h.publish("fog")
		h.send()
		for name, want := range map[string]string{"amina": "old; hill tide; bell clock fog", "early": "old; hill tide; bell clock fog", "admitted": "bell fog",
			"bakari": "hill tide; fog", "chen": "tide; bell clock fog", "dalia": ""} {
			if got := h.got(name); got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
		}
	})
}

// TestJoiningWhenItCannotBeDelivered: what is deferred comes with the next
// edition, and nothing twice.
func TestJoiningWhenItCannotBeDelivered(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.set("on_join: latest")
	h.join("amina")
	h.publish("tide")
	id := h.send()
	h.asks("bakari")
	h.server.SetFault(at("bakari", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
	h.step()
	h.expectEdition(id, "sent, 1 sent, 1 deferred")
	h.publish("clock")
	h.expectEdition(h.send(), "sent, 2 sent")
	h.expectEdition(id, "sent, 1 sent, 1 skipped")
	h.clock.Add(time.Hour)
	h.step()
	if got := h.got("bakari"); got != "clock tide" {
		t.Errorf("bakari got %q", got)
	}
}

// frequently gives the newsletter two frequencies: Fridays, and days.
func (h *house) frequently() {
	h.t.Helper()
	config, err := os.ReadFile(h.file)
	h.must(err)
	write(h.t, h.file, string(config)+"  - newsletter: weekly\n    name: daily\n    every: day at 18:00\n")
	h.reopen()
	h.Step(h.ctx) // new schedules start now
}

func (h *house) changes(frequency string, names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.write(func(tx *store.Tx) error {
			_, err := tx.SetFrequency(h.ctx, "weekly", h.ids[name], frequency)
			return err
		})
	}
}

// warnings are what check says of the configuration and the database.
func (h *house) warnings() string {
	h.t.Helper()
	c, err := config.Load(h.file, nil, daemon.CheckConfig)
	h.must(err)
	var all []string
	h.must(daemon.Check(h.ctx, daemon.Options{Config: c, Now: h.clock.Now}, func(int, int) {}, func(_ string, p magazine.Problem) { all = append(all, p.Text) }))
	return strings.Join(all, "; ")
}

func TestFrequencies(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.frequently()
		h.join("amina", "bakari", "chen", "dalia")
		if got := h.warnings(); got != "nobody has weekly as daily says, so that schedule makes nothing" {
			t.Errorf("check says %q", got)
		}
		h.changes("daily", "bakari", "chen")
		h.changes("yearly", "dalia") // which there is no more: she has the first
		if got := h.warnings(); got != "1 person has a frequency of weekly that no schedule has; main counts in its place" {
			t.Errorf("check says %q", got)
		}
		h.publish("tide")
		h.clock.Set(friday.Add(-13 * time.Hour)) // Thursday at 18:00 in Nairobi
		h.step()
		daily := h.editions()[0]
		h.expectEdition(daily.ID, "sent, 2 sent")
		if daily.Schedule != "daily" || h.got("amina") != "" || h.got("bakari") != "tide" {
			t.Errorf("%+v; amina got %q, bakari %q", daily, h.got("amina"), h.got("bakari"))
		}
		h.changes("daily", "amina")
		h.changes("main", "bakari")
		h.publish("clock")
		h.clock.Set(friday)
		h.step()
		h.expectEdition(h.editions()[0].ID, "sent, 2 sent")
		h.publish("bell")
		h.expectEdition(h.send(), "sent, 4 sent") // at a person's word it goes to all
		for name, want := range map[string]string{"amina": "bell clock tide", "bakari": "tide; clock; bell", "chen": "tide; bell clock", "dalia": "clock tide; bell"} {
			if got := h.got(name); got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
		}
	})
}

// TestChangedFrequencyWhileItGoesOut: who comes to a frequency behind the place
// where its edition is gets all with the next, and who has had their turn keeps
// what they got.
func TestChangedFrequencyWhileItGoesOut(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.frequently()
		h.join("amina", "bakari", "chen")
		order := h.inOrder()
		first, last := order[0], order[2]
		h.publish("tide")
		h.changes("daily", first)
		h.clock.Set(friday)
		h.meanwhile(func() { // the second's message is on its way
			h.changes("main", first)
			h.changes("daily", order[1])
		})
		h.Step(h.ctx)
		h.must(h.Drive(h.ctx))
		for _, e := range h.editions() {
			if e.Schedule == "main" {
				h.expectEdition(e.ID, "sent, 2 sent")
			}
		}
		h.publish("clock")
		h.expectEdition(h.send(), "sent, 3 sent")
		for name, want := range map[string]string{first: "clock tide", order[1]: "tide; clock", last: "tide; clock"} {
			if got := h.got(name); got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
		}
	})
}
