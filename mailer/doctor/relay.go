package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"postrider/mailer"
)

const (
	renewal  = 14 * 24 * time.Hour // a certificate that ends sooner should have been renewed
	smallest = 200_000             // bytes: the largest digests come near it
	roomy    = 1_000_000           // bytes: enough for every digest
)

// relay looks at one relay.
func relay(ctx context.Context, r mailer.Relay, hostname string, now time.Time) []Finding {
	v := visit{about: "relay " + r.Name, relay: r, now: now}
	s, err := mailer.Look(ctx, r, hostname, now)
	if err != nil {
		v.add(Wrong, err.Error(), "correct mail.relays in the configuration")
		return v.found
	}
	v.reached(s)
	v.certificate(s)
	if s.Fault != nil && s.Distrust == nil && s.Fault.Phase != mailer.PhaseConnect {
		v.add(Wrong, said(s.Fault), mendOf(s.Fault))
	}
	if s.Fault == nil {
		v.signIn(s)
		v.extensions(s)
	}
	return v.found
}

// visit is what is found at a relay.
type visit struct {
	about string
	relay mailer.Relay
	now   time.Time
	found []Finding
}

func (v *visit) add(level Level, text, mend string) {
	v.found = append(v.found, Finding{v.about, level, text, mend})
}

// said is what went wrong, with the relay's own words.
func said(r *mailer.Result) string {
	if r.Reply != "" {
		return fmt.Sprintf("%s: %d %s", r.Reason, r.Code, r.Reply)
	}
	return r.Reason
}

func mendOf(r *mailer.Result) string {
	switch r.Phase {
	case mailer.PhaseAuth:
		return "check username and password_file of the relay; some providers want a password made for programs"
	case mailer.PhaseTLS:
		return "check the port and tls of the relay: 587 goes with starttls, 465 with implicit"
	}
	return "check the port and tls of the relay, and ask whoever runs it"
}

func (v *visit) reached(s mailer.Sight) {
	switch {
	case s.Fault != nil && s.Fault.Phase == mailer.PhaseConnect:
		v.add(Wrong, v.relay.Address+" cannot be reached: "+said(s.Fault), "check address; many networks block port 25 outwards: use 587 with tls: starttls")
	case s.Greeting != "":
		v.add(OK, v.relay.Address+" greets: "+s.Greeting, "")
	case s.Fault == nil || s.Fault.Phase != mailer.PhaseGreeting:
		v.add(OK, v.relay.Address+" can be reached", "")
	}
}

// certificate tells of how the conversation is encrypted, and for whom.
func (v *visit) certificate(s mailer.Sight) {
	if s.TLS == nil {
		if v.relay.TLS == mailer.TLSNone && s.Fault == nil {
			level, mend := OK, ""
			if _, offered := s.Offers["STARTTLS"]; offered {
				level, mend = Warning, "set tls: starttls, unless the relay is on this machine"
			}
			v.add(level, "the conversation is not encrypted (tls: none)", mend)
		}
		return
	}
	leaf := s.TLS.PeerCertificates[0]
	names := strings.Join(leaf.DNSNames, ", ")
	for _, ip := range leaf.IPAddresses {
		names = strings.TrimPrefix(names+", "+ip.String(), ", ")
	}
	if names == "" {
		names = leaf.Subject.String()
	}
	if s.Distrust != nil {
		v.distrust(s.Distrust, s.TLS.PeerCertificates, printable(names))
		return
	}
	days := int(leaf.NotAfter.Sub(v.now).Hours() / 24)
	text := fmt.Sprintf("%s; its certificate for %s by %s is good for %d more days, until %s", tls.VersionName(s.TLS.Version),
		printable(names), printable(leaf.Issuer.String()), days, leaf.NotAfter.UTC().Format("2006-01-02"))
	if leaf.NotAfter.Sub(v.now) < renewal {
		v.add(Warning, text, "have it renewed: when it has ended, no mail leaves by this relay")
		return
	}
	v.add(OK, text, "")
}

func (v *visit) distrust(why error, sent []*x509.Certificate, names string) {
	leaf := sent[0]
	var wrongName x509.HostnameError
	var stranger x509.UnknownAuthorityError
	host := strings.TrimSuffix(v.relay.Address, v.relay.Address[strings.LastIndexByte(v.relay.Address, ':'):])
	switch {
	case v.now.After(leaf.NotAfter):
		v.add(Wrong, fmt.Sprintf("its certificate for %s ended on %s", names, leaf.NotAfter.UTC().Format("2006-01-02")), "have whoever runs the relay renew it")
	case v.now.Before(leaf.NotBefore):
		v.add(Wrong, fmt.Sprintf("its certificate for %s begins only on %s", names, leaf.NotBefore.UTC().Format("2006-01-02")), "set this machine's clock, or have the certificate made anew")
	case errors.As(why, &wrongName):
		v.add(Wrong, fmt.Sprintf("its certificate is for %s, not for %s", names, host), "write a name that the certificate is for in address, or have it made for "+host)
	case errors.As(why, &stranger) && len(sent) == 1 && leaf.Issuer.String() != leaf.Subject.String():
		v.add(Wrong, fmt.Sprintf("its certificate for %s by %s cannot be traced to anybody whom this machine trusts, and the relay sends no more of the chain", names, printable(leaf.Issuer.String())),
			"have the relay send the certificates between, too: its file is often called fullchain")
	case errors.As(why, &stranger):
		v.add(Wrong, fmt.Sprintf("nobody whom this machine trusts has signed its certificate for %s by %s", names, printable(leaf.Issuer.String())),
			"give the relay a certificate of a public authority, or add its own to this machine's: update-ca-certificates")
	default:
		v.add(Wrong, "its certificate is not accepted: "+printable(why.Error()), "have whoever runs the relay replace it")
	}
}

func (v *visit) signIn(s mailer.Sight) {
	_, offered := s.Offers["AUTH"]
	switch {
	case s.SignedIn:
		v.add(OK, "it lets "+v.relay.Username+" sign in", "")
	case offered:
		v.add(Warning, "it offers to sign in, and the configuration has no username for it", "set username and password_file, unless the relay takes mail from this machine without")
	}
}

func (v *visit) extensions(s mailer.Sight) {
	v.size(s.Offers)
	if _, ok := s.Offers["PIPELINING"]; ok {
		v.add(OK, "PIPELINING: several commands go at once, which saves most of the time to a relay that is far away", "")
	} else {
		v.add(OK, "no PIPELINING: commands go one at a time, which takes longer to a relay that is far away", "")
	}
	if _, ok := s.Offers["8BITMIME"]; ok {
		v.add(OK, "8BITMIME: not needed; messages are written in 7 bits", "")
	} else {
		v.add(OK, "no 8BITMIME: nothing follows; messages are written in 7 bits", "")
	}
	if _, ok := s.Offers["SMTPUTF8"]; ok {
		v.add(OK, "SMTPUTF8: people whose address has other letters than ASCII before the @ can be mailed", "")
	} else {
		v.add(Warning, "no SMTPUTF8: people whose address has other letters than ASCII before the @ cannot be mailed", "nothing, where you have none of them; else use a relay that offers it")
	}
}

// size judges the limit of a message (RFC 1870).
func (v *visit) size(offers map[string]string) {
	words, offered := offers["SIZE"]
	limit, err := strconv.ParseInt(strings.TrimSpace(words), 10, 64)
	switch {
	case !offered || words == "" || err == nil && limit == 0:
		v.add(OK, "it names no limit for the size of a message", "")
	case err != nil || limit < 0:
		v.add(Warning, "its limit for the size of a message has no right form: SIZE "+words, "ask whoever runs the relay")
	case limit < smallest:
		v.add(Wrong, fmt.Sprintf("it takes messages of %d bytes at most, and a long digest has up to %d", limit, smallest), "have the limit raised, or set maximum of each newsletter so that digests stay smaller")
	case limit < roomy:
		v.add(Warning, fmt.Sprintf("it takes messages of %d bytes at most; a long digest in a script such as Arabic can be larger", limit), "have the limit raised to 1 MB at least")
	default:
		v.add(OK, fmt.Sprintf("it takes messages of up to %d bytes, which is enough", limit), "")
	}
}
