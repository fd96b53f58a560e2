package daemon_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// What strangers may send to a return path that was made. Nothing of it fails, for
// a message that fails would come again for days, and nothing but a clear report
// suppresses.
func TestHostileReturns(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := returning(t, engine)
		h.join("amina")
		m := h.sendNew("tide", "amina")
		const deep = "Content-Type: multipart/mixed; boundary=b%[1]d\r\n\r\n--b%[1]d\r\n"
		nested := ""
		for i := range 100 {
			nested += fmt.Sprintf(deep, i)
		}
		charset := func(name, words string) string {
			return "From: MAILER-DAEMON@mx.example\r\nSubject: =?" + name + "?B?5piv?=\r\nContent-Type: text/plain; charset=" + name + "\r\n\r\n" + words
		}
		for name, message := range map[string]string{
			"nothing":                "",
			"line ends":              "\r\n\r\n\n\n\r\r",
			"nested a hundred deep":  "From: MAILER-DAEMON@mx.example\r\nMIME-Version: 1.0\r\n" + nested + report(m, m.To, "delayed", "4.4.1", "later"),
			"zero bytes":             strings.ReplaceAll(report(m, m.To, "delayed", "4.4.1", "time\x00d out\x00"), "Sorry", "S\x00rry"),
			"no UTF-8":               report(m, m.To, "delayed", "4.4.1", "\xff\xfe\xc0 trop tard \xe9"),
			"an unknown charset":     charset("x-nobody-knows", "\x80\x81"),
			"a charset with a quote": charset(`"`, "hello"),
			"UTF-16":                 charset("utf-16", "\xfe\xff\x00h\x00i"),
			"UTF-7":                  charset("utf-7", "+AGE-"),
			"ISO-2022-JP":            charset("iso-2022-jp", "\x1b$B%a!<%k\x1b(B \x1b$B"),
			"GB18030":                charset("gb18030", "\x84\x31\xa4\x37"),
			"a long header":          "Subject: " + strings.Repeat("x ", 1<<20) + "\r\n\r\nhello",
			"a long line":            "From: a@b.example\r\n\r\n" + strings.Repeat("y", 1<<20),
			"many recipients":        strings.Replace(report(m, m.To, "delayed", "4.4.1", "x"), "Final-Recipient", strings.Repeat("Final-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n", 5000)+"Final-Recipient", 1),
			"an open multipart":      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b",
			"words for the terminal": report(m, m.To, "delayed", "4.4.1", "\x1b[2J\x07 later"),
		} {
			if err := h.TakeReturned(h.ctx, "smtp", []string{m.From}, strings.NewReader(message)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.expect("suppressed", h.suppressed("amina"), "")
		if got := h.returned(); strings.Contains(got, "suppressed") || strings.ContainsAny(got, "\x00\x1b") {
			t.Errorf("came back: %s", got)
		}
	})
}

// A bounce of 50 MB has its effect, and most of it is read and dropped.
func TestLargeReturn(t *testing.T) {
	h := returning(t, "sqlite")
	h.join("amina")
	m := h.sendNew("tide", "amina")
	message := bounceOf(m, "5.1.1", unknownUser)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h.must(h.TakeReturned(h.ctx, "smtp", []string{m.From}, io.MultiReader(strings.NewReader(strings.TrimSuffix(message, "--b--\r\n")), io.LimitReader(endless("a line of what was sent\r\n"), 50<<20), strings.NewReader("\r\n--b--\r\n"))))
	runtime.ReadMemStats(&after)
	h.expect("came back", h.returned(), "bounce hard amina suppressed")
	if n := after.TotalAlloc - before.TotalAlloc; n > 30<<20 {
		t.Errorf("%d MB were taken for it", n>>20)
	}
}

// endless is a line again and again.
type endless string

func (e endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

// One who plays with their own return path fills no disk.
func TestManyReturnsOfOneMessage(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	h.join("amina")
	m := h.sendNew("tide", "amina")
	for i := range 60 {
		h.take(m.From, fmt.Sprintf("From: amina@people.example\r\nSubject: Away %d\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n", i))
	}
	if n := strings.Count(h.returned(), "auto-reply"); n != 50 {
		t.Errorf("%d are kept", n)
	}
	h.expect("refused", h.refused(), "smtp many 10")
}

// So is what comes back of a confirmation: anybody can ask for one to their own
// address.
func TestManyReturnsOfOneConfirmation(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	id := h.signUp("amina")
	_, err := h.Confirm(h.ctx, id)
	h.must(err)
	m := h.last("amina")
	for i := range 60 {
		h.take(m.From, fmt.Sprintf("From: amina@people.example\r\nSubject: Away %d\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n", i))
	}
	if n := strings.Count(h.returned(), "auto-reply"); n != 50 {
		t.Errorf("%d are kept", n)
	}
	h.expect("refused", h.refused(), "smtp many 10")
}

// A fault in what reads messages stops nothing but that message.
func TestFaultInReadingAReturn(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	if err := h.TakeReturned(h.ctx, "imap", nil, faulty{}); err == nil {
		t.Error("it is confirmed")
	}
}

type faulty struct{}

func (faulty) Read([]byte) (int, error) { panic("a fault") }
