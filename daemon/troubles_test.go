package daemon_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// told does the jobs that tell people of troubles.
func (h *house) told() {
	h.t.Helper()
	_, _, err := h.TellTroubles(h.ctx)
	h.must(err)
}

// owner lets an owner in at the desk, who speaks a language.
func (h *house) owner(name, language string) {
	h.t.Helper()
	_, err := h.Members.SetUser(h.ctx, name+"@people.example", magazine.Owner, "root")
	h.must(err)
	p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
	h.must(err)
	h.write(func(tx *store.Tx) error { return tx.SetLanguage(h.ctx, p.ID, language) })
}

// looks is what a daemon does again and again that runs on.
func (h *house) looks() {
	h.t.Helper()
	h.must(h.LookAtRelays(h.ctx))
	h.must(h.LookForTroubles(h.ctx))
	h.told()
}

// comes has an instant come at which the sources were just read.
func (h *house) comes(at time.Time) {
	h.t.Helper()
	h.clock.Set(at)
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
}

// expectTold checks the subjects of all that an owner got.
func (h *house) expectTold(name string, want ...string) {
	h.t.Helper()
	got := h.subjects(name + "@people.example")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		h.t.Errorf("%s got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A held edition is told once to each owner, in their language, and once to who
// stands in mail.admins and is none of them; that it was dropped is told, too. A
// restart, and a second node, tell nothing again.
func TestHeldIsTold(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.rewrite("mail:\n", "mail:\n  admins: [noor@people.example, night@harbour.example]\n")
		h.reopen()
		h.owner("noor", "")
		h.owner("luc", "fr")
		h.join("amina")
		h.publish("tide")
		h.step()
		h.clock.Set(friday.Add(48 * time.Hour))
		h.reopen()
		h.step()
		h.looks()
		h.reopen()
		h.step()
		h.looks()
		h.expectTold("noor", "Held: The Week by the Water, Friday 07:00 (Nairobi)")
		h.expectTold("luc", "Retenue : The Week by the Water, vendredi 07:00 (Nairobi)")
		if got := h.subjects("night@harbour.example"); len(got) != 1 {
			t.Errorf("mail.admins got %q", got)
		}
		id := h.editions()[0].ID
		var text string
		for _, m := range h.server.Messages() {
			if m.To == "noor@people.example" {
				text = plain(t, m.Raw)
			}
		}
		for _, want := range []string{"missed by 2 d", "at most 1", "/desk/editions/" + id + "/", "postrider editions drop " + id} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		_, err := h.Drop(h.ctx, id, "noor@people.example", "stale")
		h.must(err)
		h.looks()
		h.looks()
		h.expectTold("noor", "Held: The Week by the Water, Friday 07:00 (Nairobi)", "Held no more: The Week by the Water, Friday 07:00 (Nairobi)")
		if got := h.subjects("night@harbour.example"); len(got) != 2 {
			t.Errorf("mail.admins got %q", got)
		}
	})
}

// An edition that is made up for so late that people should know is told in one mail,
// as late and over; one that still waits, as late, and when it begins, as over. One
// that begins in time is not told, nor one that somebody had stopped.
func TestLateIsTold(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.owner("noor", "")
		h.join("amina")
		h.publish("tide")
		h.step()
		h.comes(friday.Add(4 * time.Minute)) // that is in time
		h.step()
		h.looks()
		h.expectTold("noor")
		h.publish("clock")
		h.comes(friday.Add(week + 20*time.Minute))
		h.reopen()
		h.step() // nothing ran
		h.looks()
		h.looks()
		h.expectTold("noor", "Late no more: The Week by the Water, Friday 07:00 (Nairobi)")
		h.publish("bell")
		h.comes(friday.Add(2 * week))
		h.Step(h.ctx) // its job is lost
		h.comes(friday.Add(2*week + 4*time.Minute))
		h.looks()
		h.comes(friday.Add(2*week + 6*time.Minute))
		h.looks()
		h.looks()
		h.expectTold("noor", "Late no more: The Week by the Water, Friday 07:00 (Nairobi)", "Late: The Week by the Water, Friday 07:00 (Nairobi)")
		all := h.editions()
		_, err := h.Note(h.ctx, all[0].ID, "noor@people.example", "I look at it", nil)
		h.must(err)
		h.looks()
		h.expectTold("noor", "Late no more: The Week by the Water, Friday 07:00 (Nairobi)", "Late: The Week by the Water, Friday 07:00 (Nairobi)")
		h.must(h.Drive(h.ctx))
		h.looks()
		h.expectTold("noor", "Late no more: The Week by the Water, Friday 07:00 (Nairobi)", "Late: The Week by the Water, Friday 07:00 (Nairobi)", "Late no more: The Week by the Water, Friday 07:00 (Nairobi)")
		if h.got("amina") != "tide; clock; bell" {
			t.Errorf("amina got %q", h.got("amina"))
		}
	})
}

// A relay that takes no mail for ten minutes is told by the other one, and once more
// when it takes mail again, which is found out although there is none for it.
func TestRelayIsTold(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		second := smtptest.Start(t, smtptest.Options{})
		h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()}, mailer.Relay{Name: "second", Address: second.Addr()})
		h.owner("noor", "")
		h.join("amina")
		h.publish("tide")
		h.server.SetFault(at("", smtptest.EHLO, "421 4.3.2 gone for lunch", smtptest.Close, -1))
		h.expectEdition(h.send(), "sent, 1 sent") // by the second
		h.pass(9 * time.Minute)
		if n := len(second.Messages()); n != 1 {
			t.Fatalf("after nine minutes: %d messages", n)
		}
		h.pass(3 * time.Minute)
		h.reopenWith(mailer.Relay{Name: "main", Address: h.server.Addr()}, mailer.Relay{Name: "second", Address: second.Addr()})
		h.pass(20 * time.Minute)
		all := second.Messages()
		if len(all) != 2 || header(t, all[1].Raw, "Subject") != "A relay takes no mail: main" {
			t.Fatalf("%d messages", len(all))
		}
		if text := plain(t, all[1].Raw); !strings.Contains(text, "gone for lunch") || !strings.Contains(text, "The other relays take its mail") {
			t.Errorf("the mail:\n%s", text)
		}
		h.server.SetFault(nil)
		h.pass(20 * time.Minute)
		h.expectTold("noor", "A relay takes mail again: main") // by main itself
		if len(second.Messages()) != 2 {
			t.Error("the second relay got more")
		}
	})
}

// Where no relay takes mail the mail waits, and goes when one takes it again: then it
// is over already, and one mail says both.
func TestNoRelayAtAll(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()})
		h.owner("noor", "")
		h.join("amina")
		h.publish("tide")
		h.server.SetFault(at("", smtptest.EHLO, "421 4.3.2 gone for lunch", smtptest.Close, -1))
		id := h.send()
		h.pass(40 * time.Minute)
		if got := h.server.Messages(); len(got) != 0 {
			t.Fatalf("%d messages", len(got))
		}
		h.server.SetFault(nil)
		h.pass(20 * time.Minute)
		h.expectTold("noor", "A relay takes mail again: main")
		h.step()
		h.expectEdition(id, "sent, 1 sent")
	})
}

// A source that cannot be read for an hour is told once, whatever restarts, and once
// when it is read again.
func TestSourceIsTold(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.owner("noor", "")
	h.publish("tide")
	h.looks()
	pieces := filepath.Join(filepath.Dir(h.file), "pieces")
	h.must(os.Rename(pieces, pieces+"-aside"))
	h.reads(55)
	h.expectTold("noor")
	h.reads(20)
	h.reopen()
	h.reads(20)
	h.expectTold("noor", "Articles are not read: "+pieces)
	h.must(os.Rename(pieces+"-aside", pieces))
	h.reads(10)
	h.expectTold("noor", "Articles are not read: "+pieces, "Articles are read again: "+pieces)
}

// One file that cannot be taken, such as for its name, does not make the source unread.
func TestFileLeftOutIsNoTrouble(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.owner("noor", "")
	h.publish("tide")
	h.must(os.WriteFile(filepath.Join(filepath.Dir(h.file), "pieces", "caf\xe9.md"), []byte("---\ntitle: x\n---\nx\n"), 0o600))
	h.looks()
	h.reads(90)
	h.expectTold("noor")
}

// reads has so many minutes go by, in which a daemon reads the sources again and again.
func (h *house) reads(minutes int) {
	h.t.Helper()
	for range minutes / 5 {
		h.clock.Add(5 * time.Minute)
		h.Read(h.ctx, false, nil) // what is wrong is told otherwise
		h.looks()
	}
}

// relays has mail leave by some.
func (h *house) relays(all ...mailer.Relay) {
	h.t.Helper()
	for i := range all {
		all[i].TLS, all[i].Timeout = mailer.TLSNone, 2*time.Second
	}
	relays, err := mailer.NewRelays("test.example", h.clock.Now, all...)
	h.must(err)
	h.SetTransport(relays)
}

func (h *house) reopenWith(all ...mailer.Relay) {
	h.t.Helper()
	h.reopen()
	h.relays(all...)
}

// pass has so much time go by, in which a daemon looks again and again.
func (h *house) pass(minutes time.Duration) {
	h.t.Helper()
	for range minutes / (30 * time.Second) {
		h.clock.Add(30 * time.Second)
		h.Step(h.ctx)
		h.looks()
	}
}

// Killed when the relay has taken the mail and it is not written down, the daemon
// mails it once more, as the same message; what is written down is not told again.
func TestKilledWhileTelling(t *testing.T) {
	t.Parallel()
	p := publication(t, "sqlite")
	p.subscribe(1)
	d := open(t, p.file)
	_, err := d.Members.SetUser(t.Context(), "noor@people.example", magazine.Owner, "root")
	if err != nil {
		t.Fatal(err)
	}
	hold := func() {
		t.Helper()
		id, err := d.SendNow(t.Context(), "weekly", "test")
		if err == nil {
			err = d.HoldNow(t.Context(), id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	hold()
	hangs := make(chan bool, 1)
	p.server.SetFault(func(now smtptest.Step, argument string) (string, smtptest.Action) {
		if now != smtptest.End {
			return "", smtptest.Proceed
		}
		hangs <- true
		return "", smtptest.Hang
	})
	serve := p.start("serve")
	heard(t, hangs)
	serve.kill()
	p.server.SetFault(nil)
	p.server.Release()
	serve = p.start("serve")
	if _, err := p.server.Wait(deadline(t), 2); err != nil {
		t.Fatal(err)
	}
	serve.kill() // perhaps before it is written down
	serve = p.start("serve")
	serve.errs.wait(serve, `"msg":"serving"`)
	serve.stop()
	hold()
	serve = p.start("serve")
	told := map[string]int{}
	for n := 3; len(told) < 2; n++ {
		all, err := p.server.Wait(deadline(t), n)
		if err != nil {
			t.Fatal(err)
		}
		clear(told)
		for _, m := range all {
			told[header(t, m.Raw, "Message-Id")]++
		}
	}
	serve.stop()
	for id, n := range told {
		if n > 3 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

// Of two daemons on one database that find the same one tells it.
func TestTwoNodesTellOnce(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	h.owner("noor", "")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday)
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
	h.Step(h.ctx) // its job is lost
	h.clock.Set(friday.Add(6 * time.Minute))
	other := h.second()
	done := make(chan error)
	for _, d := range []interface{ LookForTroubles(context.Context) error }{h.Daemon, other} {
		go func() {
			var err error
			for range 20 {
				err = errors.Join(err, d.LookForTroubles(h.ctx))
			}
			done <- err
		}()
	}
	h.must(errors.Join(heard(t, done), heard(t, done)))
	h.told()
	h.told()
	h.expectTold("noor", "Late: The Week by the Water, Friday 07:00 (Nairobi)")
}

// A relay that goes and comes is told in time each time; that it takes mail again is
// told the second time once it has for half an hour, and what fails before that is the
// same trouble.
func TestRelayThatComesAndGoes(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	second := smtptest.Start(t, smtptest.Options{})
	h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()}, mailer.Relay{Name: "second", Address: second.Addr()})
	h.owner("noor", "")
	h.join("amina")
	told := func() int { return len(h.subjects("noor@people.example")) + len(second.Messages()) }
	fail := func() {
		h.server.SetFault(at("", smtptest.MAIL, "421 4.3.2 gone for lunch", smtptest.Close, -1))
		h.clock.Add(time.Second)
		h.comes(h.clock.Now())
		h.publish(magazine.NewID())
		h.send() // so that it is seen
	}
	expect := func(when string, before, want int) {
		t.Helper()
		if n := told() - before; n != want {
			t.Fatalf("%s: %d mails, want %d", when, n, want)
		}
	}
	fail()
	before := told()
	h.pass(12 * time.Minute)
	h.server.SetFault(nil)
	h.pass(16 * time.Minute)
	expect("the first time", before, 2)
	fail()
	before = told()
	h.pass(12 * time.Minute)
	expect("the second time, after 12 minutes", before, 1)
	h.server.SetFault(nil)
	h.pass(20 * time.Minute)
	expect("well for less than half an hour", before, 1)
	fail()
	before = told()
	h.pass(12 * time.Minute)
	h.server.SetFault(nil)
	h.pass(20 * time.Minute)
	expect("well for less than half an hour again", before, 0)
	h.comes(h.clock.Now()) // that the source is read is not in question
	h.pass(25 * time.Minute)
	expect("well for long", before, 1)
}
