// Package doctor looks over everything that decides whether our mail arrives, as
// an admin would by hand: what each relay says of itself, and what the DNS says of
// the domains that the mail comes from. It sends nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"postrider/mailer"
)

// Level is how a Finding is.
type Level string

// The levels. Only what is Wrong keeps mail from arriving.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Wrong   Level = "wrong"
)

// Finding is one thing that was looked at, in plain words.
type Finding struct {
	About string `json:"about"` // relay main; SPF of harbour.example
	Level Level  `json:"level"`
	Text  string `json:"text"`
	Mend  string `json:"mend"` // what to do; "" where it is OK
}

// DNS is what is asked of the domain name system; *net.Resolver is one.
type DNS interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options are what is looked over.
type Options struct {
	Relays   []mailer.Relay // none where mail goes to an outbox
	Hostname string         // what EHLO says; "" means this machine's name

	From       string // the domain of From, in A-labels
	ReturnPath string // that of the return path
	Signers    []*mailer.Signer
	Leave      string // an address that unsubscribes, as it stands in a mail

	DNS DNS
	Now time.Time
}

const (
	relaysWait = 2 * time.Minute  // for all relays, at once
	recordWait = 5 * time.Second  // for one answer of the DNS
	dnsWait    = 30 * time.Second // for all of its answers
)

// Examine looks at everything and returns what it found, relays first. It takes
// two minutes at most.
func Examine(ctx context.Context, o Options) []Finding {
	var wait sync.WaitGroup
	relays := make([][]Finding, len(o.Relays))
	inTime, cancel := context.WithTimeout(ctx, relaysWait)
	defer cancel()
	for i, r := range o.Relays {
		wait.Go(func() { relays[i] = relay(inTime, r, o.Hostname, o.Now) })
	}
	asking, stop := context.WithTimeout(ctx, dnsWait)
	defer stop()
	e := &examination{Options: o, ctx: asking}
	e.domains()
	wait.Wait()
	var all []Finding
	for _, found := range relays {
		all = append(all, found...)
	}
	return append(all, e.found...)
}

// examination is under way; it belongs to one goroutine.
type examination struct {
	Options
	ctx   context.Context // ends when the DNS has had its time
	found []Finding
}

func (e *examination) add(about string, level Level, text, mend string) {
	e.found = append(e.found, Finding{about, level, text, mend})
}

// unanswered says that the DNS did not tell about a name. Whether anything is wrong
// is then not known.
func (e *examination) unanswered(about, name string, err error) {
	why := "the DNS did not answer"
	var d *net.DNSError
	if errors.As(err, &d) && !d.IsTimeout {
		why = "the DNS failed (" + printable(d.Err) + ")"
	}
	e.add(about, Warning, fmt.Sprintf("%s when it was asked for %s", why, printable(name)), "try again; if it stays so, ask whoever runs the DNS of this machine or of the domain")
}

// txt are the TXT records of a name; none is no error.
func (e *examination) txt(name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(e.ctx, recordWait)
	defer cancel()
	return absent(e.DNS.LookupTXT(ctx, whole(name)))
}

func (e *examination) mx(name string) ([]*net.MX, error) {
	ctx, cancel := context.WithTimeout(e.ctx, recordWait)
	defer cancel()
	all, err := e.DNS.LookupMX(ctx, whole(name))
	if len(all) > 0 {
		err = nil // some of them had no right form
	}
	return absent(all, err)
}

func (e *examination) addresses(host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(e.ctx, recordWait)
	defer cancel()
	all, err := absent(e.DNS.LookupNetIP(ctx, "ip", whole(host)))
	for i := range all {
		all[i] = all[i].Unmap()
	}
	return all, err
}

// whole is a name that no suffix of this machine's is put behind.
func whole(name string) string { return strings.TrimSuffix(name, ".") + "." }

// absent takes it for an answer that there is nothing.
func absent[T any](all []T, err error) ([]T, error) {
	var d *net.DNSError
	if errors.As(err, &d) && d.IsNotFound {
		return nil, nil
	}
	return all, err
}

const longestShown = 300 // bytes of what others wrote

// printable is what others wrote, on one line and cut.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > longestShown {
		s = strings.ToValidUTF8(s[:longestShown], "") + "…"
	}
	return s
}
