package mailer

import (
	"errors"
	netmail "net/mail"
	"strings"

	"golang.org/x/net/idna"

	"postrider/magazine"
)

const (
	longestAddress = 254 // RFC 5321 4.5.3.1.3, without the brackets
	longestName    = 200 // bytes; a display name is cut there, well within a header line
)

// wireAddress gives an address the form that leaves us: the name on one line,
// an internationalised domain as A-labels where the part before the @ is ASCII
// (where it isn't, the relay must speak SMTPUTF8 anyway), and the part before the @
// without the quotation marks that it may have. An address that would
// not come back the same from a parser is refused and named.
func wireAddress(field string, a netmail.Address) (netmail.Address, error) {
	out := netmail.Address{Name: wireName(a.Name), Address: a.Address}
	if plainAddress(a.Address) && (out.Name == "" || within(out.Name, inPlainName, longestName)) {
		return out, nil
	}
	if strings.HasPrefix(a.Address, `"`) { // net/mail writes the marks itself, where they are needed
		bare, err := netmail.ParseAddress("<" + a.Address + ">")
		if err != nil {
			return out, badAddress(field, a, err)
		}
		a.Address, out.Address = bare.Address, bare.Address
	}
	at := strings.LastIndexByte(a.Address, '@')
	if at < 1 {
		return out, badAddress(field, a, errors.New("it needs a part before and after an @"))
	}
	local, domain := a.Address[:at], a.Address[at+1:]
	if isASCII(local) && !isASCII(domain) {
		labels, err := idna.Lookup.ToASCII(domain) // RFC 5891
		if err != nil {
			return out, badAddress(field, a, err)
		}
		out.Address = local + "@" + labels
	}
	if len(out.Address) > longestAddress {
		return out, badAddress(field, a, errors.New("it is longer than 254 bytes"))
	}
	// String drops control characters and quotes what it must, so only a parse
	// tells whether the same address would be written.
	back, err := netmail.ParseAddress(out.String())
	if err == nil && back.Address != out.Address {
		err = errors.New("it holds characters that no address may have")
	}
	if err != nil {
		return out, badAddress(field, a, err)
	}
	return out, nil
}

// inLabel and inPlainName are what nearly all addresses and names are made of: these
// are read back as they are written by everybody.
var (
	inLabel     = bytesOf("-")
	inPlainName = bytesOf(" -")
)

// plainAddress tells whether an address is atoms (RFC 5322 3.4.1) at a domain's
// labels, within all limits.
func plainAddress(address string) bool {
	local, domain, found := strings.Cut(address, "@")
	return found && len(address) <= longestAddress && dotted(local, inID) && dotted(domain, inLabel)
}

// dotted tells whether s is parts of a set's bytes, joined by single dots.
func dotted(s string, set *[256]bool) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !within(part, set, longestAddress) {
			return false
		}
	}
	return true
}

// wireName is a display name on one line. Beside other scripts a backslash takes
// its wide form: net/mail writes it raw into an encoded word, where no parser
// takes it (RFC 2047 5).
func wireName(name string) string {
	name = clip(oneLine(name), longestName)
	if !isASCII(name) {
		name = strings.ReplaceAll(name, `\`, "\uFF3C")
	}
	return name
}

func badAddress(field string, a netmail.Address, cause error) error {
	return magazine.Errorf(magazine.Invalid,
		"cannot write a message: the address %q in %s cannot be used: %w; correct the address", clip(a.Address, 300), field, cause)
}

// path is the address as MAIL and RCPT take it: in angle brackets, the local
// part quoted where it must be (RFC 5321 4.1.2).
func path(a netmail.Address) string {
	if plainAddress(a.Address) { // as a rule
		return "<" + a.Address + ">"
	}
	return (&netmail.Address{Address: a.Address}).String()
}

// needsUTF8 tells whether a relay must offer SMTPUTF8 to take the address (RFC 6531).
func needsUTF8(a netmail.Address) bool { return !isASCII(a.Address) }
