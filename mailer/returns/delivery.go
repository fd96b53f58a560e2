package returns

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// deliveries are the findings of reports for machines (RFC 3464, RFC 6533); nil
// where there is none, or where it is not the message's own.
func (l *letter) deliveries() []Finding {
	groups := l.groups()
	if len(groups) == 0 {
		return nil
	}
	if l.aboutReport() {
		return []Finding{{Kind: Other, Class: None}}
	}
	var found []Finding
	for _, g := range groups {
		if f := l.delivery(g, len(groups) == 1); !slices.Contains(found, f) && len(found) < mostFindings {
			found = append(found, f)
		}
	}
	return found
}

// groups are the fields of each recipient. A report inside a message that says
// it is none belongs to a person's forwarding, unless a mail server sent it. A
// server may also have lost the parts, and left the fields among the words.
func (l *letter) groups() (list []header) {
	own := l.root.media == "multipart/report" || l.root.isStatus()
	if !own && !l.fromServer() {
		return nil
	}
	for _, p := range l.root.findAll((*part).isStatus) {
		list = append(list, recipientGroups(p.body)...)
	}
	if len(list) == 0 && l.fromServer() {
		list = recipientGroups(l.text.fields)
	}
	return list
}

// mostOfRecipient is how many fields a recipient has; what is more is nobody's.
const mostOfRecipient = 100

// recipientGroups takes a report apart. Groups are parted by blank lines, but
// some servers put blank lines inside of one, or none between two.
func recipientGroups(report []byte) (list []header) {
	var group header
	flush := func() {
		if group.has("Final-Recipient") || group.has("Original-Recipient") || group.has("Action") && group.has("Status") {
			list = append(list, group)
		}
		group = nil
	}
	for _, chunk := range bytes.Split(report, []byte("\n\n")) {
		fields := parseHeader(chunk)
		if group.has("Final-Recipient") && fields.has("Final-Recipient") {
			flush()
		}
		for _, f := range fields {
			again := group.has(f.name) && (strings.EqualFold(f.name, "Final-Recipient") || strings.EqualFold(f.name, "Original-Recipient"))
			if again || len(group) >= mostOfRecipient {
				flush()
			}
			group = append(group, f)
		}
		if group.has("Final-Recipient") && group.has("Action") && group.has("Status") {
			flush()
		}
		if len(list) >= mostFindings {
			return list
		}
	}
	flush()
	return list
}

// delivery is what a group says of its recipient, who may be the only one.
func (l *letter) delivery(g header, alone bool) Finding {
	f := Finding{Recipient: l.recipient(g), Class: None}
	status := g.get("Status")
	e, note := newEvidence(diagnosticIn(g.all("Diagnostic-Code"))), l.text.about(alone, f.Recipient, finalRecipient(g))
	if !e.speaks() && note.speaks() {
		e = note
	}
	if comment := statusField().ReplaceAllString(status, ""); !e.speaks() && comment != "" {
		e = newEvidence(comment)
	}
	if e.at == phaseUnknown {
		e.at = note.at
	}
	e.status = statusIn(status)
	f.Kind = kindOf(g.get("Action"), e.status)
	f.Status, f.Code, f.Diagnostic = e.shownStatus(), e.code, e.text
	if f.Kind == Bounce {
		f.Class = e.class()
	}
	return f
}

// kindOf reads an Action, and where there is none the status' first digit
// (RFC 3464 2.3.3, RFC 3463 3).
func kindOf(action, status string) Kind {
	action = strings.ToLower(strings.TrimSpace(action))
	for _, a := range []struct {
		begins string
		kind   Kind
	}{{"fail", Bounce}, {"expire", Bounce}, {"delay", Delay}, {"deliver", Success}, {"relay", Success}, {"expand", Success}} {
		if strings.HasPrefix(action, a.begins) {
			return a.kind
		}
	}
	switch {
	case strings.HasPrefix(status, "5."):
		return Bounce
	case strings.HasPrefix(status, "4."):
		return Delay
	case strings.HasPrefix(status, "2."):
		return Success
	}
	return Other
}

var statusField = pattern(`(?:^|[^0-9.])([245]\.\d{1,3}\.\d{1,3})(?:[^0-9.]|\.?$)`)

// statusIn reads a Status, which may have a comment, or a reply around it.
func statusIn(value string) string {
	if m := statusField().FindStringSubmatch(value); m != nil {
		return m[1]
	}
	return ""
}

var diagnosticType = pattern(`^[A-Za-z0-9-]{1,40}\s*;\s*`)

// diagnosticIn is the words of a Diagnostic-Code without its type (RFC 3464 2.3.6).
func diagnosticIn(values []string) string {
	for i, v := range values {
		values[i] = strings.TrimSpace(diagnosticType().ReplaceAllString(v, ""))
	}
	return strings.TrimSpace(strings.Join(values, " "))
}

// recipient is the address that we wrote to: the original recipient where the
// report has it, for the final one may be where that forwards to.
func (l *letter) recipient(g header) string {
	final := finalRecipient(g)
	kind, value := typed(g.get("Original-Recipient"))
	if original := originalAddress(kind, value, final); strings.Contains(original, "@") {
		return original
	}
	if strings.Contains(final, "@") {
		return final
	}
	if to := addressesIn(l.returned().get("To")); len(to) == 1 {
		return to[0]
	}
	return final
}

func finalRecipient(g header) string {
	kind, value := typed(g.get("Final-Recipient"))
	if kind == "utf-8" {
		value = unicodeAddress(value)
	}
	return bare(value)
}

// originalAddress undoes the encoding that the address had as a parameter
// (RFC 3461 4), which some servers leave. A plus is also an ordinary character,
// so it is undone only where it gives the final recipient, or a character that
// has to be encoded.
func originalAddress(kind, value, final string) string {
	if kind == "utf-8" {
		value = unicodeAddress(value)
	}
	raw := bare(value)
	if strings.EqualFold(raw, final) || !strings.Contains(raw, "+") {
		return raw
	}
	if plain, needed := fromXtext(raw); needed || strings.EqualFold(plain, final) {
		return bare(plain)
	}
	return raw
}

// fromXtext decodes +XX (RFC 3461 4), and tells whether all of them had to be encoded.
func fromXtext(s string) (plain string, needed bool) {
	var b strings.Builder
	needed = true
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) || unhex(s[i+1]) > 15 || unhex(s[i+2]) > 15 {
			return s, false
		}
		c := unhex(s[i+1])<<4 | unhex(s[i+2])
		needed = needed && (c == '+' || c == '=' || c <= ' ' || c >= 0x7f)
		b.WriteByte(c)
		i += 2
	}
	if plain = b.String(); !utf8.ValidString(plain) || strings.ContainsFunc(plain, unicode.IsControl) {
		return s, false
	}
	return plain, needed
}

var hexPoint = pattern(`\\x\{([0-9A-Fa-f]{1,6})\}`)

// unicodeAddress decodes \x{HEX} (RFC 6533 3).
func unicodeAddress(s string) string {
	return hexPoint().ReplaceAllStringFunc(s, func(point string) string {
		n, err := strconv.ParseUint(point[3:len(point)-1], 16, 32)
		if err != nil || n < ' ' || n > 0x10FFFF {
			return point
		}
		return string(rune(n))
	})
}

// typed parts "rfc822; amina@example.org". Some servers encode it like a word of
// a header (RFC 2047), which it isn't.
func typed(value string) (kind, rest string) {
	if plain, err := encoded.DecodeHeader(value); err == nil {
		value = plain
	}
	kind, rest, ok := strings.Cut(value, ";")
	if !ok {
		return "", strings.TrimSpace(value)
	}
	return strings.ToLower(strings.TrimSpace(kind)), strings.TrimSpace(rest)
}

// bare takes an address out of what is written around it. What has no @ stays.
func bare(value string) string {
	if all := addressesIn(value); len(all) > 0 {
		return all[len(all)-1] // after a source route
	}
	return clip(oneLine(strings.Trim(value, " <>\"'")), longestAddress)
}
