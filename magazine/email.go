package magazine

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The longest address that SMTP carries, and the longest part of it before the @,
// in bytes (RFC 5321 4.5.3.1, without the brackets).
const (
	MaxEmail = 254
	maxLocal = 64
	maxLabel = 63
)

// ParseEmail checks one bare mail address, in any letters (RFC 6531), and returns
// it in its one spelling: trimmed, with quotation marks around the part before
// the @ only where it needs them, and the domain of other letters in those (U-labels,
// RFC 5890), as the DNS has it: full-width letters are ours there, and xn-- names are
// what they stand for. It refuses display names, comments, address
// literals, domains of a single label, and what nobody sees: such characters would
// make an address look like another's.
func ParseEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	bad := func(why, message string) (string, error) {
		shown := s
		if len(shown) > 100 {
			shown = strings.ToValidUTF8(shown[:100], "")
		}
		return "", Errorf(Invalid, "%q is no mail address: %s", shown, why).Said(message)
	}
	quoted := strings.HasPrefix(s, `"`)
	switch {
	case s == "":
		return bad("it is empty", "email.empty")
	case len(s) > MaxEmail:
		return bad("it is longer than 254 bytes", "email.long")
	case hides(s, quoted):
		return bad("it has a space or an invisible character", "email.space")
	}
	local, domain, ok := cutLast(s, '@')
	switch {
	case !ok || local == "" || domain == "":
		return bad("write it as name@domain", "email.form")
	case len(local) > maxLocal || !quoted && strings.ContainsAny(local, `"(),:;<>[\]@`):
		return bad("the part before the @ cannot be used", "email.local")
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || !quoted && strings.Contains(local, ".."):
		return bad("a dot stands before the @ at an end, or twice in a row", "email.dots")
	case !isDomain(domain):
		return bad("the part after the @ is no domain", "email.domain")
	}
	one, wire, ok := oneDomain(domain)
	switch {
	case !ok:
		return bad("the part after the @ is no domain", "email.domain")
	case len(local)+1+len(wire) > MaxEmail || len(local)+1+len(one) > MaxEmail:
		return bad("it is longer than 254 bytes", "email.long")
	}
	s = local + "@" + one
	a, err := mail.ParseAddress("<" + s + ">")
	if err != nil || a.Address != s && !quoted || a.Address == "@"+one {
		return bad("write it as name@domain", "email.form")
	}
	if plain := strings.Trim((&mail.Address{Address: a.Address}).String(), "<>"); quoted {
		return plain, nil
	}
	return s, nil
}

// hides tells that there is something in an address that nobody sees: a space, but
// for one within quotation marks, a control, a mark of direction, bad UTF-8. What
// joins letters of some scripts, or parts them, may stand between such.
func hides(s string, quoted bool) bool {
	letters := []rune(s)
	foreign := func(i int) bool {
		return i >= 0 && i < len(letters) && letters[i] > unicode.MaxASCII && unicode.IsGraphic(letters[i])
	}
	for i, r := range letters {
		switch {
		case r == '\u200C' || r == '\u200D':
			if !foreign(i-1) || !foreign(i+1) {
				return true
			}
		case r == ' ' && quoted:
		case r == utf8.RuneError, !unicode.IsGraphic(r), unicode.IsSpace(r):
			return true
		}
	}
	return false
}

// isDomain tells that a text is two labels or more, of letters, digits and hyphens
// within (RFC 1123, RFC 5892), of which the last is no number.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || isPlain(label) && len(label) > maxLabel || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func isPlain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// inContext are what may stand in a label beside letters, digits and marks: a
// hyphen, joiners, and what RFC 5892 appendix A has.
const inContext = "-\u200C\u200D\u00B7\u0375\u05F3\u05F4\u30FB"

func notInLabel(r rune) bool {
	if r <= unicode.MaxASCII {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(inContext, r)
}

// oneDomain is the one spelling of a domain, and the one that goes over the wire.
// ASCII stays as it is written; ok is false for what the DNS has no name for (RFC 5891).
func oneDomain(domain string) (one, wire string, ok bool) {
	if isPlain(domain) && !strings.Contains(strings.ToLower(domain), "xn--") {
		return domain, domain, true
	}
	wire, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isDomain(wire) {
		return "", "", false
	}
	one, err = idna.Lookup.ToUnicode(wire)
	return one, wire, err == nil && isDomain(one)
}

// EmailKey is what makes two spellings of an address the same person's: the
// whole in lower case, the domain as ParseEmail has it. (RFC 5321 lets a local part's case count; no provider
// that people use does.) A letter of another script never becomes one of ours: the
// sign for kelvin is no k.
func EmailKey(email string) string {
	if local, domain, ok := cutLast(email, '@'); ok {
		if one, _, ok := oneDomain(domain); ok {
			email = local + "@" + one
		}
	}
	return strings.Map(func(r rune) rune {
		if low := unicode.ToLower(r); r <= unicode.MaxASCII || low > unicode.MaxASCII {
			return low
		}
		return r
	}, email)
}

// FormerEmailKeys are what else EmailKey made of an address while it left the domain as
// it was written: the key with the domain as it goes over the wire, where that is
// another. What was kept under a hash of a key cannot be made anew by the present rule.
func FormerEmailKeys(email string) []string {
	key := EmailKey(email)
	local, domain, _ := cutLast(key, '@')
	if _, wire, ok := oneDomain(domain); ok && wire != domain {
		return []string{local + "@" + wire}
	}
	return nil
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
