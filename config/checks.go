package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"postrider/magazine"
)

// articlesComeFrom checks that there is a source.
func articlesComeFrom(c *Config) []Mistake {
	if len(c.Articles) > 0 {
		return nil
	}
	return []Mistake{{Path: "articles", Text: "is needed", Mend: "write the folders that articles are read from, each on a line such as - folder: articles"}}
}

// tiersAgree checks that tiers' names differ.
func tiersAgree(c *Config) (found []Mistake) {
	for i, name := range c.Publication.Tiers {
		if j := slices.Index(c.Publication.Tiers, name); j < i && name != "" {
			found = append(found, Mistake{Path: fmt.Sprintf("publication.tiers[%d]", i), Text: fmt.Sprintf("%q is here twice", name), Mend: "keep one of the two: each tier may read what those before it may"})
		}
	}
	return found
}

// deskCanBeEntered checks that browsers make the passkeys that the desk wants: they
// do at an https address with a name, and at localhost.
func deskCanBeEntered(c *Config) []Mistake {
	at, err := url.Parse(c.Publication.URL)
	if err != nil || at.Host == "" || !c.Desk.PasskeyRequired {
		return nil
	}
	_, bare := netip.ParseAddr(at.Hostname())
	if host := at.Hostname(); host == "localhost" || at.Scheme == "https" && bare != nil {
		return nil
	}
	return []Mistake{{Path: "desk.passkey_required", Text: "lets nobody in, for browsers make no passkeys at " + c.Publication.URL, Mend: "write false, or an address with https and a name as publication.url"}}
}

// relaysAgree checks that relays' names differ and that no password is sent in the open.
func relaysAgree(c *Config) (found []Mistake) {
	first := map[string]int{}
	for i, r := range c.Mail.Relays {
		path := fmt.Sprintf("mail.relays[%d]", i)
		if j, taken := first[r.Name]; taken && r.Name != "" {
			found = append(found, Mistake{Path: path + ".name", Text: fmt.Sprintf("%q is the name of mail.relays[%d] too", r.Name, j), Mend: "give each relay a name of its own"})
		} else {
			first[r.Name] = i
		}
		switch {
		case r.Username != "" && r.PasswordFile == "":
			found = append(found, Mistake{Path: path + ".password_file", Text: "is needed with username", Mend: "write the file that holds the password, or remove username"})
		case r.Username == "" && r.PasswordFile != "":
			found = append(found, Mistake{Path: path + ".username", Text: "is needed with password_file", Mend: "write the user's name at the relay, or remove password_file"})
		}
		if w := r.WarmUp; w != nil && w.FirstDay > w.Target && w.Target > 0 {
			found = append(found, Mistake{Path: path + ".warm_up.target", Text: fmt.Sprintf("is below first_day, which is %d", w.FirstDay), Mend: "write how many messages a day the plan leads to, such as 50000"})
		}
		if r.TLS == TLSNone && r.Username != "" && r.Address != "" && !loopback(r.Address) {
			found = append(found, Mistake{Path: path + ".tls", Text: "none would send the password of " + quote(r.Username) + " in the open", Mend: "write starttls or implicit, or remove username and password_file"})
		}
	}
	return found
}

// domainsAgree checks that each domain with limits is there once, and has one.
func domainsAgree(c *Config) (found []Mistake) {
	first := map[string]int{}
	for i, d := range c.Mail.Domains {
		path := fmt.Sprintf("mail.domains[%d]", i)
		if d.Name == "" {
			continue
		}
		if j, taken := first[d.Name]; taken {
			found = append(found, Mistake{Path: path + ".domain", Text: fmt.Sprintf("%s is mail.domains[%d] too", d.Name, j), Mend: "write all limits of a domain in one place"})
		} else {
			first[d.Name] = i
		}
		if d.Connections+d.PerSecond+d.PerHour == 0 {
			found = append(found, Mistake{Path: path, Text: "has no limit", Mend: "write connections, per_second or per_hour, or leave the domain out"})
		}
	}
	return found
}

// loopback reports whether an address with a port is on this machine.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// newslettersAgree checks that newsletters' names differ, and the sections within
// each.
func newslettersAgree(c *Config) (found []Mistake) {
	first := map[string]int{}
	for i, n := range c.Newsletters {
		if j, taken := first[n.Name]; taken && n.Name != "" {
			found = append(found, Mistake{Path: fmt.Sprintf("newsletters[%d].name", i), Text: fmt.Sprintf("%q is the name of newsletters[%d] too", n.Name, j), Mend: "give each newsletter a name of its own"})
		} else {
			first[n.Name] = i
		}
		for j, slug := range n.Sections {
			if k := slices.Index(n.Sections, slug); k < j && slug != "" {
				found = append(found, Mistake{Path: fmt.Sprintf("newsletters[%d].sections[%d]", i, j), Text: fmt.Sprintf("%q is here twice", slug), Mend: "keep one of the two"})
			}
		}
	}
	return found
}

// hoursHaveSchedules checks that newsletters whose people choose their hour go out
// at times of day at all; the schedules themselves are judged by the caller's
// check.
func hoursHaveSchedules(c *Config) (found []Mistake) {
	for i, n := range c.Newsletters {
		path := fmt.Sprintf("newsletters[%d].own_hour", i)
		switch {
		case !n.OwnHour:
		case n.Kind == KindContents:
			found = append(found, Mistake{Path: path, Text: "the contents of an issue are sent when it is published, and at nobody's own hour", Mend: "remove own_hour"})
		case n.Name != "" && !slices.ContainsFunc(c.Schedules, func(s Schedule) bool { return s.Newsletter == n.Name }):
			found = append(found, Mistake{Path: path, Text: n.Name + " has no schedule whose time people's own hours could take the place of", Mend: "write one with local: true under schedules, or remove own_hour"})
		}
	}
	return found
}

// draftsArrive checks that there is somebody who gets the drafts.
func draftsArrive(c *Config) (found []Mistake) {
	for i, n := range c.Newsletters {
		if n.Approval.Required && len(n.Approval.Editors)+len(c.Mail.Admins) == 0 {
			found = append(found, Mistake{Path: fmt.Sprintf("newsletters[%d].editors", i), Text: "is needed with approval, or mail.admins", Mend: "write the addresses that drafts are mailed to, such as [desk@harbour.example]"})
		}
	}
	return found
}

// schedulesAgree checks that schedules name newsletters and differ by name within each.
func schedulesAgree(c *Config) (found []Mistake) {
	names := make([]string, len(c.Newsletters))
	var sound []string // that may be meant: what is wrong with the others is told at their places
	for i, n := range c.Newsletters {
		names[i] = cmp.Or(n.Name, n.misnamed)
		if n.Name != "" {
			sound = append(sound, n.Name)
		}
	}
	type key struct{ newsletter, name string }
	first := map[key]int{}
	for i, s := range c.Schedules {
		path := fmt.Sprintf("schedules[%d]", i)
		if s.Newsletter == "" {
			continue
		}
		if !slices.Contains(names, s.Newsletter) && !slices.Contains(names, "") { // one without a name may be the one
			mend := "write it under newsletters, or remove the schedule"
			if near := nearest(s.Newsletter, sound); near != "" {
				mend = "did you mean " + near + "?"
			}
			found = append(found, Mistake{Path: path + ".newsletter", Text: fmt.Sprintf("there is no newsletter %q", s.Newsletter), Mend: mend})
		}
		k := key{s.Newsletter, s.Name}
		if j, taken := first[k]; taken {
			found = append(found, Mistake{Path: path + ".name", Text: fmt.Sprintf("%q is the name of schedules[%d] of the same newsletter too", s.Name, j), Mend: "give each schedule of a newsletter a name of its own"})
		} else {
			first[k] = i
		}
	}
	return found
}

// mailCanLeave checks that newsletters have a sender and a way out.
func mailCanLeave(c *Config) (found []Mistake) {
	if len(c.Newsletters) == 0 {
		return nil
	}
	if c.Mail.From.Address == "" {
		found = append(found, Mistake{Path: "mail.from", Text: "is needed with newsletters", Mend: "write, for example, from: Harbour & Horizon <letters@harbour.example>"})
	}
	if c.Mail.Outbox == "" && len(c.Mail.Relays) == 0 {
		found = append(found, Mistake{Path: "mail.outbox", Text: "is needed with newsletters, or mail.relays", Mend: "write a relay, or outbox: data/outbox to have messages written to files"})
	}
	return found
}

// signaturesAgree checks that there is a sender to sign for, and that no two keys
// claim one record.
func signaturesAgree(c *Config) (found []Mistake) {
	if len(c.Mail.DKIM) > 0 && len(c.Newsletters) == 0 && c.Mail.From.Address == "" { // with newsletters mailCanLeave says it
		found = append(found, Mistake{Path: "mail.from", Text: "is needed with dkim", Mend: "write, for example, from: Harbour & Horizon <letters@harbour.example>"})
	}
	for i, k := range c.Mail.DKIM {
		for j, other := range c.Mail.DKIM[:i] {
			if k.Selector != "" && k.Selector == other.Selector && c.Mail.SigningDomain(k) == c.Mail.SigningDomain(other) {
				found = append(found, Mistake{Path: fmt.Sprintf("mail.dkim[%d].selector", i), Text: fmt.Sprintf("%q is the selector of mail.dkim[%d] too, and a record has one key", k.Selector, j), Mend: "give each key a selector of its own, or remove one of the two"})
				break
			}
		}
	}
	return found
}

// SenderDomain is the domain of From, in A-labels where it has that form.
func (m *Mail) SenderDomain() string { return domainOf(m.From.Address) }

// ReturnDomain is the domain that mail comes back to, likewise.
func (m *Mail) ReturnDomain() string { return domainOf(cmp.Or(m.Returns.Address, m.From.Address)) }

func domainOf(address string) string {
	host := address[strings.LastIndexByte(address, '@')+1:]
	if labels, w := domain(host); w == nil {
		return labels
	}
	return strings.ToLower(host)
}

// SigningDomain is the domain that a key signs for.
func (m *Mail) SigningDomain(k DKIM) string { return cmp.Or(k.Domain, m.SenderDomain()) }

// NewDKIM judges what would stand under mail.dkim of a key that is to be made.
func NewDKIM(signs, name string) (DKIM, error) {
	domain, w := domain(signs)
	if w == nil {
		name, w = selector(name)
	}
	if w != nil {
		return DKIM{}, magazine.Errorf(magazine.Invalid, "%s; %s", w.text, w.mend)
	}
	return DKIM{Domain: domain, Selector: name}, nil
}

// databaseAgrees checks that a password is wanted, and said once.
func databaseAgrees(c *Config) []Mistake {
	if c.DatabasePasswordFile == "" {
		return nil
	}
	const path = "database_password_file"
	if strings.HasPrefix(c.Database, "sqlite:") {
		return []Mistake{{Path: path, Text: "is of no use to SQLite, which has no passwords", Mend: "remove it, or write a PostgreSQL URL as database"}}
	}
	if u, err := url.Parse(c.Database); err == nil {
		if _, has := u.User.Password(); has {
			return []Mistake{{Path: path, Text: "says again what the URL in database carries", Mend: "remove the password from the URL"}}
		}
		if u.User.Username() == "" {
			return []Mistake{{Path: path, Text: "needs to know whose password it is", Mend: "write the user into the URL: postgres://user@host:5432/name"}}
		}
	}
	return nil
}
