package doctor

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"postrider/mailer"
)

// domains looks at what the DNS says of the domains that mail comes from, and at
// the address that unsubscribes.
func (e *examination) domains() {
	e.mailServers("mail to "+e.From, e.From, "answers to mail.from")
	if e.ReturnPath != e.From {
		e.mailServers("mail to "+e.ReturnPath, e.ReturnPath, "mail that comes back")
	}
	e.spf(e.ReturnPath)
	e.dkim()
	e.dmarc()
	e.leave()
}

// mailServers looks for who takes a domain's mail: answers and bounces go there,
// and receivers refuse mail from a domain that takes none.
func (e *examination) mailServers(about, domain, what string) {
	servers, err := e.mx(domain)
	if err != nil {
		e.unanswered(about, domain, err)
		return
	}
	if len(servers) == 1 && strings.Trim(servers[0].Host, ".") == "" {
		e.add(about, Wrong, domain+" says that it takes no mail (an MX record of a dot), so "+what+" cannot arrive, and many receivers refuse mail from it", "publish an MX record of a server that takes mail for it, or use another domain")
		return
	}
	var names, deaf []string
	for _, s := range servers {
		names = append(names, printable(strings.TrimSuffix(s.Host, ".")))
	}
	if len(servers) == 0 {
		names = []string{domain} // RFC 5321 5.1
	}
	for _, host := range names {
		found, err := e.addresses(host)
		if err != nil {
			e.unanswered(about, host, err)
			return
		}
		if len(found) == 0 {
			deaf = append(deaf, host)
		}
	}
	list := strings.Join(names, ", ")
	switch {
	case len(servers) == 0 && len(deaf) > 0:
		e.add(about, Wrong, domain+" has no MX record and no address, so "+what+" cannot arrive, and many receivers refuse mail from it", "publish an MX record of the server that takes mail for it")
	case len(servers) == 0:
		e.add(about, Warning, domain+" has no MX record; mail goes to its own address", "publish an MX record of the server that takes mail for it")
	case len(deaf) == len(names):
		e.add(about, Wrong, "no server that takes mail for "+domain+" has an address: "+list, "correct the MX records")
	case len(deaf) > 0:
		e.add(about, Warning, "these servers that take mail for "+domain+" have no address: "+strings.Join(deaf, ", "), "correct the MX records")
	default:
		e.add(about, OK, what+" can arrive at "+list, "")
	}
}

// dkim compares the published keys with those that sign.
func (e *examination) dkim() {
	if len(e.Signers) == 0 {
		e.add("DKIM of "+e.From, Warning, "no key signs here, so the relay must", "send a test message and look for dkim=pass with "+e.From+" in its headers; where it is not there, make a key with postrider dkim new SELECTOR")
	}
	for _, s := range e.Signers {
		name, ours := s.Record()
		about := "DKIM " + name
		records, err := e.txt(name)
		if err != nil {
			e.unanswered(about, name, err)
			continue
		}
		publish := "publish this TXT record at " + name + ": " + ours
		switch {
		case len(records) == 0:
			e.add(about, Wrong, "there is no record, so nobody can verify our signature", publish)
		case len(records) > 1:
			e.add(about, Wrong, fmt.Sprintf("there are %d records, and a selector has one", len(records)), "leave only this one: "+ours)
		default:
			level, text := key(records[0], ours)
			if level == OK {
				publish = ""
			} else if level == Warning {
				publish = "take t=y out of the record once signatures are verified"
			}
			e.add(about, level, text, publish)
		}
	}
}

// key compares a published record with ours (RFC 6376 3.6.1).
func key(published, ours string) (Level, string) {
	has, err := tags(published)
	if err != nil {
		return Wrong, "the record has no right form (" + err.Error() + "): " + printable(published)
	}
	want, _ := tags(ours)
	kind := has["k"]
	if kind == "" {
		kind = mailer.KeyRSA
	}
	version, versioned := has["v"]
	switch p, there := has["p"]; {
	case versioned && version != "DKIM1":
		return Wrong, "the record is of another version: " + printable(published)
	case !there:
		return Wrong, "the record has no key (p=): " + printable(published)
	case p == "":
		return Wrong, "the record says that the key is withdrawn (p= is empty)"
	case kind != want["k"]:
		return Wrong, fmt.Sprintf("the record is for a key of the kind %s, and ours is %s", printable(kind), want["k"])
	case strings.Join(strings.Fields(p), "") != want["p"]:
		return Wrong, "the record has another key than the one that signs"
	case has["h"] != "" && !listed(has["h"], "sha256"):
		return Wrong, "the record does not allow SHA-256, with which we sign: h=" + printable(has["h"])
	case has["s"] != "" && !listed(has["s"], "email") && !listed(has["s"], "*"):
		return Wrong, "the record is not for mail: s=" + printable(has["s"])
	case listed(has["t"], "y"):
		return Warning, "the record has our key, and says that it is on trial (t=y): receivers treat the mail as unsigned"
	}
	return OK, "the record has the key that signs"
}

// listed tells whether a list with colons has a word.
func listed(list, word string) bool {
	for part := range strings.SplitSeq(list, ":") {
		if strings.EqualFold(strings.TrimSpace(part), word) {
			return true
		}
	}
	return false
}

// tags takes a list of name=value; apart (RFC 6376 3.2).
func tags(record string) (map[string]string, error) {
	all := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(record), ";"), ";") {
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not of the form name=value", printable(strings.TrimSpace(part)))
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("it has %s twice", printable(name))
		}
		all[name] = strings.TrimSpace(value)
	}
	return all, nil
}

// dmarc looks at what the sender's domain wants done with mail that is neither
// signed for it nor sent by whom its SPF names (RFC 7489).
func (e *examination) dmarc() {
	about, at := "DMARC of "+e.From, e.From
	records, err := e.txt("_dmarc." + at)
	if err == nil && len(ofDMARC(records)) == 0 {
		if above, e2 := publicsuffix.EffectiveTLDPlusOne(at); e2 == nil && above != at {
			at = above
			records, err = e.txt("_dmarc." + at)
		}
	}
	if err != nil {
		e.unanswered(about, "_dmarc."+at, err)
		return
	}
	records = ofDMARC(records)
	switch len(records) {
	case 0:
		e.add(about, Wrong, "there is no record, and large receivers want one of everybody who sends newsletters", `publish a TXT record at _dmarc.`+e.From+` such as "v=DMARC1; p=none; rua=mailto:postmaster@`+e.From+`"`)
		return
	case 1:
	default:
		e.add(about, Wrong, fmt.Sprintf("_dmarc.%s has %d records, and receivers count none of several", at, len(records)), "leave one")
		return
	}
	has, err := tags(records[0])
	policy := has["p"]
	if at != e.From && has["sp"] != "" {
		policy = has["sp"]
	}
	policy = strings.ToLower(policy)
	switch {
	case err != nil:
		e.add(about, Wrong, "the record has no right form ("+err.Error()+"): "+printable(records[0]), "correct the record at _dmarc."+at)
		return
	case policy != "none" && policy != "quarantine" && policy != "reject":
		e.add(about, Wrong, "the record has no policy that receivers know (p="+printable(policy)+"): "+printable(records[0]), "write p=none, p=quarantine or p=reject into the record at _dmarc."+at)
		return
	}
	means := map[string]string{"none": "receivers treat mail that does not pass as ever", "quarantine": "receivers put mail that does not pass aside as spam", "reject": "receivers refuse mail that does not pass"}[policy]
	e.add(about, OK, fmt.Sprintf("the policy of _dmarc.%s is %s: %s", at, policy, means), "")
	e.alignment(about, has, policy)
}

// ofDMARC are the records that DMARC knows: v=DMARC1 comes first, and a ; or
// the end behind it.
func ofDMARC(records []string) (found []string) {
	for _, r := range records {
		word, _, _ := strings.Cut(r, ";")
		name, value, _ := strings.Cut(word, "=")
		if strings.TrimSpace(name) == "v" && strings.TrimSpace(value) == "DMARC1" {
			found = append(found, r)
		}
	}
	return found
}

// alignment tells whether what SPF and DKIM vouch for counts for the domain of From:
// one of the two must.
func (e *examination) alignment(about string, has map[string]string, policy string) {
	bySPF := aligned(e.ReturnPath, e.From, has["aspf"])
	var signs []string
	for _, s := range e.Signers {
		if d := s.Domain(); aligned(d, e.From, has["adkim"]) {
			signs = append(signs, d)
		}
	}
	switch {
	case len(signs) > 0 && bySPF:
		e.add(about, OK, fmt.Sprintf("the signature for %s counts for it, and so does SPF of the return path at %s", signs[0], e.ReturnPath), "")
	case len(signs) > 0:
		e.add(about, OK, fmt.Sprintf("the signature for %s counts for it; SPF of the return path at %s does not", signs[0], e.ReturnPath), "")
	case bySPF && len(e.Signers) == 0:
		e.add(about, OK, fmt.Sprintf("SPF of the return path at %s counts for it, where the relay keeps that; a signature of the relay counts where it is for %s", e.ReturnPath, e.From), "")
	case bySPF:
		e.add(about, Warning, fmt.Sprintf("no signature counts for it, only SPF of the return path at %s, which is lost where mail is forwarded", e.ReturnPath), "sign for "+e.From+": leave domain under mail.dkim out")
	default:
		level := Wrong
		if policy == "none" {
			level = Warning
		}
		e.add(about, level, fmt.Sprintf("neither a signature nor SPF of the return path at %s counts for it", e.ReturnPath), "sign for "+e.From+": postrider dkim new SELECTOR")
	}
}

// aligned tells whether a domain counts for that of From; with the mode s only the
// same one does.
func aligned(domain, from, mode string) bool {
	return domain == from || mailer.Aligned(domain, from) && !strings.EqualFold(mode, "s")
}

// leave looks at the form of the address that unsubscribes with one click.
func (e *examination) leave() {
	const about = "List-Unsubscribe"
	const mend = "set publication.url to the address at which readers reach the publication, with https"
	u, err := url.Parse(e.Leave)
	if err != nil || u.Host == "" {
		e.add(about, Wrong, "the address that unsubscribes has no right form: "+printable(e.Leave), mend)
		return
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" {
		e.add(about, Wrong, "the address that unsubscribes does not begin with https, and mail programs then show no button for it: "+printable(e.Leave), mend)
	}
	a, notIP := netip.ParseAddr(host)
	switch {
	case notIP == nil:
		level := Warning
		if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
			level = Wrong
		}
		e.add(about, level, "the address that unsubscribes has a number in the place of a name: "+printable(e.Leave), mend)
	case !strings.Contains(host, ".") || inside(host):
		e.add(about, Wrong, "the address that unsubscribes is not one that readers can reach: "+printable(e.Leave), mend)
	case u.Scheme == "https":
		e.leaveAddress(about, host)
	}
}

func (e *examination) leaveAddress(about, host string) {
	found, err := e.addresses(host)
	switch {
	case err != nil:
		e.unanswered(about, host, err)
	case len(found) == 0:
		e.add(about, Wrong, host+", to which people go to unsubscribe, has no address in the DNS", "publish one, or correct publication.url")
	default:
		e.add(about, OK, "one click unsubscribes, at https://"+host, "")
	}
}

// inside tells of names that mean something in one network only (RFC 6761, 6762, 8375).
func inside(host string) bool {
	for _, end := range []string{"localhost", "local", "internal", "home.arpa", "lan"} {
		if host == end || strings.HasSuffix(host, "."+end) {
			return true
		}
	}
	return false
}
