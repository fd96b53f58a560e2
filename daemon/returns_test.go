package daemon_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/store"
)

// returning is a house whose mail comes back to bounces+…@harbour.example; more
// are further keys of mail.returns.
func returning(t *testing.T, engine string, more ...string) *house {
	t.Helper()
	h := build(t, engine)
	h.comesBack(more...)
	return h
}

// comesBack has the house's mail come back.
func (h *house) comesBack(more ...string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	keys := "  returns:\n    address: bounces@harbour.example\n"
	for _, key := range more {
		keys += "    " + key + "\n"
	}
	write(h.t, h.file, strings.Replace(string(text), "mail:\n", "mail:\n"+keys, 1))
	h.reopen()
}

// last is the last message that the relay took for a person.
func (h *house) last(name string) (found smtptest.Message) {
	h.t.Helper()
	for _, m := range h.server.Messages() {
		if m.To == name+"@people.example" {
			found = m
		}
	}
	if found.From == "" {
		h.t.Fatalf("%s has got nothing", name)
	}
	return found
}

// report is a report of a delivery (RFC 3464) on a message, with the words of the
// server that refused it.
func report(of smtptest.Message, to, action, status, words string) string {
	return fmt.Sprintf("From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: %s\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: %s\r\nStatus: %s\r\nDiagnostic-Code: smtp; %s\r\n\r\n"+
		"--b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <%s>\r\n%s\r\n--b--\r\n", of.From, to, action, status, words, of.From, of.Raw)
}

func bounceOf(of smtptest.Message, status, words string) string {
	return report(of, of.To, "failed", status, words)
}

const unknownUser = "550 5.1.1 User unknown"

// complaintOn is a complaint (RFC 5965) on a message as it was received, to the
// address of a feedback loop.
func complaintOn(received string) string {
	return "From: feedback@mx.example\r\nTo: fbl@harbour.example\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nAn abuse report.\r\n\r\n" +
		"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: test/1\r\nVersion: 1\r\n\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\n" + received + "\r\n--b--\r\n"
}

// take takes a message that came back to an address.
func (h *house) take(to, message string) {
	h.t.Helper()
	h.must(h.TakeReturned(h.ctx, "smtp", []string{to}, strings.NewReader(message)))
}

// returned lists what came back: "bounce hard amina suppressed".
func (h *house) returned() string {
	h.t.Helper()
	var all []string
	h.must(h.Store.EachReturn(h.ctx, store.ReturnFilter{}, func(r store.Return) error {
		name, _, _ := strings.Cut(r.Email, "@")
		all = append(all, strings.Join([]string{r.Kind, r.Class, name, string(r.Effect)}, " "))
		return nil
	}))
	return strings.Join(all, "; ")
}

// returnedInAnyOrder is for what comes at one instant.
func (h *house) returnedInAnyOrder() string {
	all := strings.Split(h.returned(), "; ")
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// refused lists how much was refused: "smtp forged 1".
func (h *house) refused() string {
	h.t.Helper()
	h.must(h.CountRefused(h.ctx))
	counts, err := h.Store.Refused(h.ctx, h.clock.Now().AddDate(0, 0, -1))
	h.must(err)
	var all []string
	for _, c := range counts {
		all = append(all, fmt.Sprint(c.Via, " ", c.Reason, " ", c.Number))
	}
	return strings.Join(all, "; ")
}

func (h *house) state(name string) magazine.SubscriberState {
	h.t.Helper()
	p, err := h.Store.Subscriber(h.ctx, h.ids[name])
	h.must(err)
	return p.State
}

func (h *house) expect(what, got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// Each message leaves under a return path of its own, and without the key all
// under the sender's address.
func TestReturnPaths(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	h.send()
	h.expect("return path", h.last("amina").From, "letters@harbour.example")
	h.comesBack()
	h.publish("fog")
	h.send()
	a, b := h.last("amina").From, h.last("bakari").From
	for _, from := range []string{a, b} {
		if !strings.HasPrefix(from, "bounces+d") || !strings.HasSuffix(from, "@harbour.example") {
			t.Errorf("return path %s", from)
		}
	}
	if a == b {
		t.Errorf("two people have one return path, %s", a)
	}
	h.publish("bell")
	h.send()
	if again := h.last("amina").From; again == a {
		t.Errorf("two editions have one return path, %s", a)
	}
}

// A hard bounce suppresses at once; the delivery has failed, and who took it stays
// on record. The same one again changes nothing.
func TestHardBounce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := returning(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		id := h.send()
		sent := h.delivery(id, "amina")
		h.clock.Add(time.Hour)
		m := h.last("amina")
		for range 2 {
			h.take(strings.ToUpper(m.From), bounceOf(m, "5.1.1", unknownUser)) // some servers turn the letters
			h.expect("came back", h.returned(), "bounce hard amina suppressed")
		}
		h.expect("suppressed", h.suppressed("amina"), "bounced: nothing arrives at this address ("+unknownUser+")")
		h.expect("state", string(h.state("amina")), "bounced")
		h.expect("bakari", h.suppressed("bakari")+string(h.state("bakari")), "confirmed")
		got := h.delivery(id, "amina")
		want := sent
		want.State, want.Reason, want.Code, want.Enhanced, want.Reply = magazine.Failed, "the relay took it, and it came back (hard)", 550, "5.1.1", unknownUser
		if got != want {
			t.Errorf("delivery %+v\nwant %+v", got, want)
		}
		h.expectEdition(id, "sent, 1 sent, 1 failed")
		h.publish("fog")
		h.send()
		h.expect("amina got", h.got("amina"), "tide")
		h.expect("bakari got", h.got("bakari"), "tide; fog")
		h.expect("refused", h.refused(), "")
		if h.log.has("people.example") {
			t.Errorf("an address is logged: %s", h.log.text.String())
		}
	})
}

// softly sends an edition with something new, and returns the message that a
// person got.
func (h *house) sendNew(slug, name string) smtptest.Message {
	h.t.Helper()
	h.publish(slug)
	h.send()
	return h.last(name)
}

const full = "452 4.2.2 The mailbox is full"

func TestSoftBounces(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := returning(t, engine, "soft_bounces: 3")
		h.join("amina")
		day := 24 * time.Hour
		soft := func(slug string) {
			t.Helper()
			m := h.sendNew(slug, "amina")
			h.clock.Add(day)
			h.take(m.From, bounceOf(m, "4.2.2", full))
			h.take(m.From, bounceOf(m, "5.2.2", full)) // another report on the same edition
		}
		soft("a")
		soft("b")
		soft("c")
		soft("d")
		h.expect("four in four days", h.suppressed("amina"), "")
		h.sendNew("e", "amina") // arrives
		h.clock.Add(7 * day)
		soft("f")
		soft("g")
		h.expect("two after one that arrived", h.suppressed("amina"), "")
		h.clock.Add(7 * day)
		soft("h")
		h.expect("three in nine days", h.suppressed("amina"), "bounced: number 3 in a row that came back ("+full+")")
		h.expect("state", string(h.state("amina")), "bounced")
		if got := h.returned(); strings.Count(got, "counted") != 12 || strings.Count(got, "suppressed") != 2 {
			t.Errorf("came back: %s", got)
		}
	})
}

// One that comes late, after a later edition has certainly arrived, is no sign of
// what is now.
func TestLateSoftBounces(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite", "soft_bounces: 2")
	h.join("amina")
	a := h.sendNew("a", "amina")
	h.clock.Add(8 * 24 * time.Hour)
	b := h.sendNew("b", "amina")
	h.clock.Add(8 * 24 * time.Hour)
	h.sendNew("c", "amina") // arrives
	h.clock.Add(8 * 24 * time.Hour)
	h.take(a.From, bounceOf(a, "4.2.2", full))
	h.take(b.From, bounceOf(b, "4.2.2", full))
	h.expect("suppressed", h.suppressed("amina"), "")
	h.expect("came back", h.returned(), "bounce soft amina counted; bounce soft amina counted")
}

// A complaint suppresses always, by the return path or by a link of ours in what
// is complained of, and by nothing that anybody can write.
func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		copy func(m smtptest.Message) (to, received string)
		want bool
	}{
		{"to the return path", func(m smtptest.Message) (string, string) { return m.From, "To: redacted@example\r\n\r\nHello" }, true},
		{"the return path of the copy", func(m smtptest.Message) (string, string) {
			return "fbl@harbour.example", "Return-Path: <" + m.From + ">\r\n" + without(m.Raw, "List-Unsubscribe")
		}, true},
		{"the link of the copy", func(m smtptest.Message) (string, string) { return "fbl@harbour.example", string(m.Raw) }, true},
		{"the Message-ID alone", func(m smtptest.Message) (string, string) {
			return "fbl@harbour.example", without(m.Raw, "List-Unsubscribe")
		}, false},
		{"about another person", func(m smtptest.Message) (string, string) {
			return m.From, strings.Replace(string(m.Raw), "amina@people.example", "bakari@people.example", 1)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := returning(t, "sqlite")
			h.join("amina", "bakari")
			m := h.sendNew("tide", "amina")
			to, received := c.copy(m)
			h.take(to, complaintOn(received))
			want := map[bool]string{true: "complained complained left", false: " confirmed active"}[c.want]
			sub, err := h.Store.Subscription(h.ctx, "weekly", h.ids["amina"])
			h.must(err)
			h.expect("amina", h.suppressed("amina")+" "+string(h.state("amina"))+" "+string(sub.State), want)
			h.expect("bakari", h.suppressed("bakari")+string(h.state("bakari")), "confirmed")
			h.take(m.From, bounceOf(m, "5.1.1", unknownUser))
			if c.want {
				h.expect("after a bounce", h.suppressed("amina")+" "+string(h.state("amina")), "complained complained")
			}
		})
	}
}

// without is a message without the headers that begin so.
func without(raw []byte, header string) string {
	var kept strings.Builder
	for line := range strings.Lines(string(raw)) {
		if !strings.HasPrefix(line, header) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// What is no bounce has no effect, and neither has what was forged.
func TestNothingFollows(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	h.join("amina", "bakari")
	m := h.sendNew("tide", "amina")
	other := h.last("bakari")
	answer := "From: amina@people.example\r\nTo: " + m.From + "\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n"
	for _, c := range []struct{ name, to, message, returned, refused string }{
		{"an automatic reply", m.From, answer, "auto-reply none amina noted", ""},
		{"a delay", m.From, report(m, m.To, "delayed", "4.4.1", "connection timed out"), "delay none amina noted", ""},
		{"a success", m.From, report(m, m.To, "delivered", "2.0.0", "250 ok"), "success none amina noted", ""},
		{"a letter", m.From, "From: amina@people.example\r\nSubject: Thanks\r\n\r\nIt was lovely.\r\n", "other none amina noted", ""},
		{"policy", m.From, bounceOf(m, "5.7.1", "550 5.7.1 blocked by spam policy"), "bounce sender amina noted", ""},
		{"about another address", m.From, report(m, "bakari@people.example", "failed", "5.1.1", unknownUser), "bounce hard amina ignored", ""},
		{"a token that was never made", strings.Replace(m.From, "+d", "+da", 1), bounceOf(smtptest.Message{To: m.To, From: strings.Replace(m.From, "+d", "+da", 1)}, "5.1.1", unknownUser), "", "smtp forged 1"},
		{"no token", "bounces@harbour.example", bounceOf(smtptest.Message{To: m.To, From: "x@y.example"}, "5.1.1", unknownUser), "", "smtp forged 1; smtp unknown 1"},
		{"another person's", other.From, bounceOf(m, "5.1.1", unknownUser), "bounce hard bakari ignored", "smtp forged 1; smtp unknown 1"},
	} {
		before := h.returned()
		h.take(c.to, c.message)
		h.expect(c.name, strings.TrimPrefix(strings.TrimPrefix(h.returned(), before), "; "), c.returned)
		h.expect(c.name+", refused", h.refused(), c.refused)
		for _, name := range []string{"amina", "bakari"} {
			h.expect(c.name+", "+name, h.suppressed(name)+string(h.state(name)), "confirmed")
		}
		h.clock.Add(time.Minute)
	}
}

// A confirmation that comes back suppresses the address that somebody typed.
func TestConfirmationComesBack(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	id := h.signUp("amina")
	_, err := h.Confirm(h.ctx, id)
	h.must(err)
	m := h.last("amina")
	if !strings.HasPrefix(m.From, "bounces+c") {
		t.Errorf("return path %s", m.From)
	}
	h.take(m.From, bounceOf(m, "5.1.1", unknownUser))
	h.expect("came back", h.returned(), "bounce hard amina suppressed")
	if h.suppressed("amina") == "" {
		t.Error("the address may still be mailed")
	}
}

// A bounce that comes before it was written down that the message went is to come
// again.
func TestBounceBeforeTheRecord(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	h.join("amina")
	m := h.sendNew("tide", "amina")
	id := h.delivery("", "amina").Edition
	h.write(func(tx *store.Tx) error {
		for _, q := range []string{"DELETE FROM deliveries", "UPDATE editions SET state = 'sending'"} {
			if _, err := tx.ExecContext(h.ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	take := func() error {
		return h.TakeReturned(h.ctx, "smtp", []string{m.From}, strings.NewReader(bounceOf(m, "5.1.1", unknownUser)))
	}
	if err := take(); magazine.CodeOf(err) != magazine.Unavailable {
		t.Errorf("%v", err)
	}
	h.expect("came back", h.returned(), "")
	h.write(func(tx *store.Tx) error {
		return tx.PutDelivery(h.ctx, "weekly", magazine.Delivery{Edition: id, Subscriber: h.ids["amina"], Email: m.To, State: magazine.Sent, MessageID: "x@y"})
	})
	h.must(take())
	h.expect("came back", h.returned(), "bounce hard amina suppressed")
}

// The same message that comes several times at once, as to two nodes, has its
// effect once.
func TestTheSameReturnAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := returning(t, engine, "soft_bounces: 2", "soft_days: 0")
		h.join("amina")
		a := h.sendNew("tide", "amina")
		h.clock.Add(time.Hour)
		b := h.sendNew("fog", "amina")
		h.clock.Add(time.Hour)
		for _, m := range []smtptest.Message{a, b} {
			var all errgroup.Group
			for range 8 {
				all.Go(func() error {
					return h.TakeReturned(h.ctx, "lmtp", []string{m.From}, strings.NewReader(bounceOf(m, "4.2.2", full)))
				})
			}
			h.must(all.Wait())
			h.clock.Add(time.Hour)
		}
		h.expect("came back", h.returned(), "bounce soft amina counted; bounce soft amina suppressed")
		h.expect("state", string(h.state("amina")), "bounced")
	})
}
