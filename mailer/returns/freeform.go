package returns

import (
	"slices"
	"strings"
)

// failures are the findings of a mail server's free words; nil where it is none
// that sent the message, or where its words tell of no failure.
func (l *letter) failures() []Finding {
	kind := l.told()
	if kind == Other || !l.fromServer() && !l.saysServer() {
		return nil
	}
	if l.aboutReport() {
		return []Finding{{Kind: Other, Class: None}}
	}
	var found []Finding
	all := l.concerned()
	for _, who := range all {
		if f := l.failure(kind, who, len(all) == 1); !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	return found
}

// failure judges what the words say of one address, which may be the only one.
func (l *letter) failure(kind Kind, who string, alone bool) Finding {
	e := l.text.about(alone, who)
	plain := e // told where nothing says more
	if around := l.text.around(who); !e.speaks() && around != "" {
		e = newEvidence(around)
	}
	for _, wider := range []string{joined(l.text.lines, 2000), l.root.header.text("Subject")} {
		if alone && !e.speaks() {
			e = newEvidence(wider)
		}
	}
	if !e.speaks() && plain.text != "" {
		e = plain
	}
	f := Finding{Kind: kind, Class: None, Recipient: who, Status: e.shownStatus(), Code: e.code, Diagnostic: e.text}
	if kind == Bounce {
		f.Class = e.class()
	}
	if f.Class == Hard && (who == "" || !l.fromServer() && !l.serversWords()) {
		f.Class = Soft // nobody is named; or only the subject is a server's, and an automatic reply may repeat ours
	}
	return f
}

// concerned are the addresses that the words tell of: those a header names,
// else those in the plainest form, else the returned message's own.
func (l *letter) concerned() []string {
	if failed := l.root.header.all("X-Failed-Recipients"); failed != nil {
		list := addressesIn(strings.Join(failed, ", "))
		for i := range list {
			for _, b := range l.text.blocks {
				if strings.EqualFold(b.final, list[i]) {
					list[i] = b.address
				}
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	for f := formLine; f <= formReply; f++ {
		var list []string
		for _, b := range l.text.blocks {
			if b.form == f && !l.own(b) && !slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, b.address) }) {
				list = append(list, b.address)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	if to := addressesIn(l.returned().get("To")); len(to) == 1 {
		return to
	}
	return []string{""}
}

var hostmaster = pattern(`(?i)^(?:postmaster|mailer-daemon|hostmaster|abuse|support|helpdesk|noc|admin|administrator|webmaster|spam|security)@`)

// own tells whether an address is the reporting server's, or the one reported to:
// that one may be named anywhere, but alone on a line only where it failed itself.
func (l *letter) own(b block) bool {
	a, names := b.address, []string{"From", "Sender", "Reply-To"}
	if b.form > formLine {
		names = append(names, "To")
	}
	for _, name := range names {
		for _, value := range l.root.header.all(name) {
			if slices.ContainsFunc(addressesIn(value), func(o string) bool { return strings.EqualFold(o, a) }) {
				return true
			}
		}
	}
	to := addressesIn(l.returned().get("To"))
	return hostmaster().MatchString(a) && !slices.ContainsFunc(to, func(t string) bool { return strings.EqualFold(t, a) })
}
