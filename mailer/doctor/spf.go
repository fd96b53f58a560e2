package doctor

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// The limits of RFC 7208 4.6.4. Receivers that come to one answer "permerror": as
// if the record said nothing.
const (
	mostLookups = 10 // terms that ask the DNS anything
	mostVoid    = 2  // answers that there is nothing
)

// sentBy is what a record says of an address.
type sentBy string

const (
	pass      sentBy = "pass"
	fail      sentBy = "fail"
	softfail  sentBy = "softfail"
	neutral   sentBy = "neutral"
	untold    sentBy = "untold"    // a term depends on more than the address
	unsettled sentBy = "unsettled" // nothing has matched yet
)

var qualifiers = map[byte]sentBy{'+': pass, '-': fail, '~': softfail, '?': neutral}

// spf reads a domain's record and all that it refers to. It goes through every
// term, also behind one that matches, since another sender gets that far.
type spf struct {
	e        *examination
	lookups  int
	void     int
	faults   []string // why receivers would not count it
	failed   error    // of the DNS
	failedOn string
	open     bool // it says pass of everybody

	seen map[string]bool // domains that are being read
}

// spf looks at the record of a domain that mail's return path has, and at what it
// says of the relays.
func (e *examination) spf(domain string) {
	about := "SPF of " + domain
	records, err := e.txt(domain)
	if err != nil {
		e.unanswered(about, domain, err)
		return
	}
	records = versioned(records, "v=spf1")
	switch len(records) {
	case 0:
		e.add(about, Wrong, "there is no record that names who may send for the domain", `publish a TXT record at `+domain+` such as "v=spf1 include:DOMAIN ~all"; your relay's provider says which domain to include`)
		return
	case 1:
	default:
		e.add(about, Wrong, fmt.Sprintf("there are %d records, and receivers count none of several: %s", len(records), printable(strings.Join(records, " | "))), "put what they say into one record, and delete the others")
		return
	}
	s := &spf{e: e, seen: map[string]bool{}}
	relays, unknown := e.relayAddresses()
	verdicts := s.read(domain, records[0], relays)
	switch {
	case s.failed != nil:
		e.unanswered(about, s.failedOn, s.failed)
	case len(s.faults) > 0:
		e.add(about, Wrong, "receivers cannot count the record: "+strings.Join(s.faults, "; ")+": "+printable(records[0]), "correct the record")
	case s.open:
		e.add(about, Wrong, "the record lets everybody send for the domain: "+printable(records[0]), "end it with ~all or -all")
	default:
		e.add(about, OK, fmt.Sprintf("one record, which asks the DNS %d times of at most %d: %s", s.lookups, mostLookups, printable(records[0])), "")
		e.relaysInSPF(about, relays, unknown, verdicts)
	}
}

// relaysInSPF tells what the record says of the relays' own addresses.
func (e *examination) relaysInSPF(about string, relays []netip.Addr, unknown []string, verdicts []sentBy) {
	for i, a := range relays {
		switch {
		case a.IsLoopback() || a.IsPrivate():
			e.add(about, OK, fmt.Sprintf("the relay's address %s is not one that receivers see, so the record was not compared with it", a), "")
		case verdicts[i] == pass:
			e.add(about, OK, fmt.Sprintf("it names the relay's address %s", a), "")
		case verdicts[i] == untold:
			e.add(about, OK, fmt.Sprintf("whether it names the relay's address %s depends on the message", a), "")
		default:
			e.add(about, Warning, fmt.Sprintf("it does not name the relay's address %s (%s)", a, verdicts[i]), "many providers send from other addresses than they take mail at: send a test message and look for spf=pass in its headers; otherwise add what the provider says")
		}
	}
	for _, host := range unknown {
		e.add(about, Warning, "the relay's address was not found in the DNS: "+host, "check mail.relays in the configuration")
	}
}

// relayAddresses are those of the relays, each once, and the names that have none.
func (e *examination) relayAddresses() (all []netip.Addr, unknown []string) {
	seen := map[netip.Addr]bool{}
	for _, r := range e.Relays {
		host, _, _ := net.SplitHostPort(r.Address)
		found := []netip.Addr{}
		if a, err := netip.ParseAddr(host); err == nil {
			found = append(found, a)
		} else if found, err = e.addresses(host); err != nil || len(found) == 0 {
			unknown = append(unknown, host)
		}
		for _, a := range found {
			if !seen[a] {
				seen[a] = true
				all = append(all, a)
			}
		}
	}
	return all, unknown
}

func (s *spf) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// spent tells that nothing more is to be asked: it is wrong already, or the DNS has
// failed.
func (s *spf) spent() bool { return s.failed != nil || len(s.faults) > 0 }

// count counts one term that asks the DNS.
func (s *spf) count() bool {
	if s.lookups++; s.lookups > mostLookups {
		s.fault("it asks the DNS more than %d times", mostLookups)
	}
	return !s.spent()
}

// read goes through one record and says what it says of each address.
func (s *spf) read(domain, record string, addresses []netip.Addr) []sentBy {
	verdicts := make([]sentBy, len(addresses))
	for i := range verdicts {
		verdicts[i] = unsettled
	}
	if s.seen[domain] {
		s.fault("%s refers to itself", printable(domain))
		return verdicts
	}
	s.seen[domain] = true
	defer delete(s.seen, domain)
	redirect, all := "", false
	for _, term := range strings.Fields(record)[1:] {
		if s.spent() {
			return verdicts
		}
		if name, value, ok := modifier(term); ok {
			switch {
			case name != "redirect" && name != "exp": // others are passed over (RFC 7208 6)
			case value == "":
				s.fault("%q names no domain", printable(term))
			case name == "redirect" && redirect != "":
				s.fault("it has redirect twice")
			case name == "redirect":
				redirect = value
			}
			continue
		}
		if all { // nothing behind it is ever looked at (RFC 7208 5.1)
			continue
		}
		result := pass
		if q, ok := qualifiers[term[0]]; ok {
			result, term = q, term[1:]
		}
		if strings.EqualFold(term, "all") {
			all = true
			s.open = s.open || result == pass
		}
		for i, matched := range s.mechanism(term, domain, addresses) {
			if verdicts[i] == unsettled && matched != fail {
				verdicts[i] = map[sentBy]sentBy{pass: result, untold: untold}[matched]
			}
		}
	}
	if redirect != "" && !all {
		for i, v := range s.refer(redirect, addresses) {
			if verdicts[i] == unsettled {
				verdicts[i] = v
			}
		}
	}
	for i := range verdicts {
		if verdicts[i] == unsettled {
			verdicts[i] = neutral
		}
	}
	return verdicts
}

// modifier takes name=value apart.
func modifier(term string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(term, "=")
	if !ok || name == "" || strings.ContainsAny(name, ":/%") {
		return "", "", false
	}
	return strings.ToLower(name), value, true
}

// mechanism tells of each address whether a term matches it: pass, fail or untold.
func (s *spf) mechanism(term, domain string, addresses []netip.Addr) []sentBy {
	matched := make([]sentBy, len(addresses))
	set := func(result func(netip.Addr) sentBy) {
		for i, a := range addresses {
			matched[i] = result(a)
		}
	}
	set(func(netip.Addr) sentBy { return fail })
	name, argument, has := strings.Cut(term, ":")
	if !has {
		name, argument, _ = strings.Cut(term, "/")
		if argument != "" {
			argument = "/" + argument
		}
	}
	switch name = strings.ToLower(name); name {
	case "all":
		if argument != "" {
			s.fault("%q stands where only all may", printable(term))
		}
		set(func(netip.Addr) sentBy { return pass })
	case "ip4", "ip6":
		s.literal(name, argument, term, set)
	case "a", "mx":
		s.hosts(name, argument, domain, term, set)
	case "include":
		if argument == "" {
			s.fault("%q names no domain", printable(term))
			break
		}
		for i, v := range s.refer(argument, addresses) {
			switch v {
			case pass, untold:
				matched[i] = v
			}
		}
	case "exists", "ptr":
		if name == "exists" && argument == "" {
			s.fault("%q names no domain", printable(term))
		}
		s.count()
		set(func(netip.Addr) sentBy { return untold })
	default:
		s.fault("nobody knows the term %q", printable(term))
	}
	return matched
}

// refer reads the record of another domain.
func (s *spf) refer(domain string, addresses []netip.Addr) []sentBy {
	none := make([]sentBy, len(addresses))
	for i := range none {
		none[i] = untold
	}
	if !s.count() || strings.Contains(domain, "%") {
		return none
	}
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	records, err := s.e.txt(domain)
	if err != nil {
		s.failed, s.failedOn = err, domain
		return none
	}
	if records = versioned(records, "v=spf1"); len(records) != 1 {
		s.fault("it refers to %s, which has %d records of SPF", printable(domain), len(records))
		return none
	}
	return s.read(domain, records[0], addresses)
}

// literal is a term with an address, or a network of them.
func (s *spf) literal(name, argument, term string, set func(func(netip.Addr) sentBy)) {
	prefix, err := netip.ParsePrefix(argument)
	if err != nil {
		var a netip.Addr
		if a, err = netip.ParseAddr(argument); err == nil {
			prefix = netip.PrefixFrom(a, a.BitLen())
		}
	}
	if err != nil || prefix.Addr().Zone() != "" || prefix.Addr().Is4() != (name == "ip4") {
		s.fault("%q has no right address", printable(term))
		return
	}
	set(within(prefix))
}

func within(p netip.Prefix) func(netip.Addr) sentBy {
	return func(a netip.Addr) sentBy {
		if p.Contains(a.Unmap()) {
			return pass
		}
		return fail
	}
}

// hosts is a term for the addresses of a domain, or of those that take its mail.
func (s *spf) hosts(name, argument, domain, term string, set func(func(netip.Addr) sentBy)) {
	target, bits, ok := widths(argument)
	if !ok {
		s.fault("%q has no right network", printable(term))
	}
	if target == "" {
		target = domain
	}
	if !s.count() {
		return
	}
	if strings.Contains(target, "%") {
		set(func(netip.Addr) sentBy { return untold })
		return
	}
	names := []string{target}
	if name == "mx" {
		all, err := s.e.mx(target)
		if err != nil {
			s.failed, s.failedOn = err, target
			return
		}
		if names = nil; len(all) > 10 {
			s.fault("%q stands for more than 10 servers", printable(term))
		}
		for _, m := range all {
			names = append(names, m.Host)
		}
	}
	var networks []netip.Prefix
	for _, host := range names {
		if s.spent() {
			return
		}
		found, err := s.e.addresses(host)
		if err != nil {
			s.failed, s.failedOn = err, host
			return
		}
		for _, a := range found {
			networks = append(networks, netip.PrefixFrom(a, min(bits[a.Is6()], a.BitLen())))
		}
	}
	if len(networks) == 0 {
		if s.void++; s.void > mostVoid {
			s.fault("more than %d of its terms stand for nothing, such as %q", mostVoid, printable(term))
		}
	}
	set(func(a netip.Addr) sentBy {
		for _, n := range networks {
			if n.Contains(a) {
				return pass
			}
		}
		return fail
	})
}

// widths takes domain/24//64 apart; the bits are by whether an address is IPv6.
func widths(argument string) (domain string, bits map[bool]int, ok bool) {
	bits = map[bool]int{false: 32, true: 128}
	rest, six, has := strings.Cut(argument, "//")
	ok = true
	read := func(text string, is6 bool) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > bits[is6] {
			ok = false
			return
		}
		bits[is6] = n
	}
	if has {
		read(six, true)
	}
	domain, four, has := strings.Cut(rest, "/")
	if has {
		read(four, false)
	}
	return strings.ToLower(strings.TrimSuffix(domain, ".")), bits, ok
}

// versioned are the records that begin with a version, alone or before a space.
func versioned(records []string, version string) (found []string) {
	for _, r := range records {
		word, _, _ := strings.Cut(r, " ")
		if strings.EqualFold(word, version) {
			found = append(found, r)
		}
	}
	return found
}
