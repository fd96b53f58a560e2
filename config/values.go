package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same on every machine
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/language"
)

const day = 24 * time.Hour

// line is text on one line.
func line(s string) (string, *wrong) {
	if strings.ContainsAny(s, "\n\t") {
		return "", &wrong{"has a tab or a line break", "write it on one line, with spaces"}
	}
	return s, nil
}

// anyText is text on any number of lines.
func anyText(s string) (string, *wrong) { return s, nil }

// maxProse is how many characters a newsletter's own words may have, so that
// they leave room for articles.
const maxProse = 2000

// prose is text in paragraphs.
func prose(s string) (string, *wrong) {
	if n := utf8.RuneCountInString(s); n > maxProse {
		return "", &wrong{fmt.Sprintf("has %d characters, and %d is the most", n, maxProse), "shorten it, and write a link to where the rest stands"}
	}
	return s, nil
}

// file joins a path to the folder of the configuration.
func (d *decoder) file(s string) (string, *wrong) {
	if _, w := line(s); w != nil {
		return "", w
	}
	if s == "~" || strings.HasPrefix(s, "~/") {
		return "", &wrong{quote(s) + " begins with ~, which is a folder's name here", "write the whole path, beginning with /"}
	}
	if filepath.IsAbs(s) {
		return filepath.Clean(s), nil
	}
	return filepath.Join(d.folder, s), nil
}

// sqlite is the database in the file at path.
func (d *decoder) sqlite(path string) string {
	joined, _ := d.file(path)
	return "sqlite:" + joined
}

// database is sqlite:PATH or a PostgreSQL URL. Its messages don't show the
// value: it may carry a password.
func (d *decoder) database(s string) (string, *wrong) {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok {
		if path == "" || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "?#") || strings.Contains(path, ":memory:") {
			return "", &wrong{"names no file for SQLite", "write sqlite: and a path, such as " + defaultDatabase + " or sqlite:/var/lib/postrider/postrider.db"}
		}
		if _, w := d.file(path); w != nil {
			return "", w
		}
		return d.sqlite(path), nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", &wrong{"is neither sqlite:PATH nor a PostgreSQL URL", "write " + defaultDatabase + " or postgres://user@host:5432/name"}
	}
	if u.Opaque != "" || u.Hostname() == "" && !u.Query().Has("host") {
		return "", &wrong{"has no host", "write postgres://user@host:5432/name"}
	}
	if strings.Trim(u.Path, "/") == "" && !u.Query().Has("dbname") && !u.Query().Has("database") {
		return "", &wrong{"does not say which database of the server", "write postgres://user@host:5432/name"}
	}
	return s, nil
}

// publicURL is where the public reaches the publication, without a slash at its end.
func publicURL(s string) (string, *wrong) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "", &wrong{quote(s) + " is not an address on the web", "write it whole, such as https://harbour.example"}
	case u.User != nil:
		return "", &wrong{"carries a user's name or password", "write the address without it"}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(s, "#"):
		return "", &wrong{quote(s) + " carries a query or a fragment", "write it without what follows ? or #"}
	case u.Port() != "" && !port(u.Port(), 1):
		return "", &wrong{quote(s) + " has a port that is none", "write a port from 1 to 65535"}
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	for _, part := range strings.Split(strings.TrimPrefix(u.Path, "/"), "/") {
		if u.Path != "" && (part == "" || part == "." || part == "..") {
			return "", &wrong{quote(s) + " has a path with empty or dotted parts", "write the path as the public sees it"}
		}
	}
	u.Host = strings.ToLower(u.Host)
	return u.String(), nil
}

// hubAddress is where a WebSub hub takes news.
func hubAddress(s string) (string, *wrong) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" || u.User != nil {
		return "", &wrong{quote(s) + " is not a web address", "write the hub's whole address, such as https://hub.example/"}
	}
	return u.String(), nil
}

// languageTag is a BCP 47 tag in canonical form.
func languageTag(s string) (string, *wrong) {
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		return "", &wrong{quote(s) + " is not a language tag", "write one of BCP 47, such as en, en-GB or ar"}
	}
	return tag.String(), nil
}

// timezone is a zone of the IANA database; never one that depends on the machine.
func timezone(s string) (*time.Location, *wrong) {
	mend := "write a name of the IANA list, such as Africa/Nairobi or UTC"
	switch strings.ToLower(s) {
	case "local", "localtime", "posixrules":
		return nil, &wrong{quote(s) + " means another zone on another machine", mend}
	}
	zone, err := time.LoadLocation(s)
	if err != nil {
		return nil, &wrong{quote(s) + " is not a time zone", mend}
	}
	return zone, nil
}

// citationFields are what a citation may name in braces.
var citationFields = []string{"section", "publication", "volume", "number", "hijri_month", "hijri_year", "author", "title"}

var braced = regexp.MustCompile(`\{[^{}]*\}`)

// citation is a pattern in which only known fields stand in braces.
func citation(s string) (string, *wrong) {
	for _, field := range braced.FindAllString(s, -1) {
		if !slices.Contains(citationFields, field[1:len(field)-1]) {
			return "", &wrong{quote(field) + " is not a field of a citation", "the fields are {" + strings.Join(citationFields, "}, {") + "}"}
		}
	}
	if strings.ContainsAny(braced.ReplaceAllString(s, ""), "{}") {
		return "", &wrong{"has a brace without its other half", "write fields as {volume}"}
	}
	return line(s)
}

var issnPattern = regexp.MustCompile(`^\d{4}-\d{3}[\dX]$`)

// issn is an ISSN with a right check digit (ISO 3297).
func issn(s string) (string, *wrong) {
	s = strings.ToUpper(s)
	if !issnPattern.MatchString(s) {
		return "", &wrong{quote(s) + " is not an ISSN", "write four digits, a dash and four digits, of which the last may be X"}
	}
	sum, weight := 0, 8
	for _, digit := range strings.ReplaceAll(s, "-", "") {
		value := int(digit - '0')
		if digit == 'X' {
			value = 10
		}
		sum, weight = sum+value*weight, weight-1
	}
	if sum%11 != 0 {
		return "", &wrong{quote(s) + " is not an ISSN: its check digit is wrong", "look for a mistyped digit"}
	}
	return s, nil
}

var colourPattern = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// colour is #rrggbb.
func colour(s string) (string, *wrong) {
	lower := strings.ToLower(s)
	if !colourPattern.MatchString(lower) {
		return "", &wrong{quote(s) + " is not a colour", `write it in quotes with six digits, such as "#1a5276"`}
	}
	return lower, nil
}

// port reports whether s is a port in plain digits, from least to 65535.
func port(s string, least uint64) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n >= least
}

// listenAddress is where the server listens.
func listenAddress(s string) (string, *wrong) {
	host, number, err := net.SplitHostPort(s)
	if err != nil || !port(number, 0) || strings.ContainsAny(host, " /\n\t") {
		return "", &wrong{quote(s) + " is not an address to listen on", "write a host and a port, such as 127.0.0.1:8080, or :8080 for every address"}
	}
	return s, nil
}

// relayAddress is the host and port of a relay.
func relayAddress(s string) (string, *wrong) {
	host, number, err := net.SplitHostPort(s)
	if err != nil || host == "" || !port(number, 1) || strings.ContainsAny(host, " /@\n\t") {
		return "", &wrong{quote(s) + " is not a host and a port", "write both, such as smtp.harbour.example:587"}
	}
	return s, nil
}

// mailboxAddress is the host and port of an IMAP server.
func mailboxAddress(s string) (string, *wrong) {
	_, w := relayAddress(s)
	if w != nil {
		w.mend = "write both, such as imap.harbour.example:993"
	}
	return s, w
}

// network is a range of addresses, or a single one.
func network(s string) (netip.Prefix, *wrong) {
	if single, err := netip.ParseAddr(s); err == nil && single.Zone() == "" {
		single = single.Unmap()
		return netip.PrefixFrom(single, single.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, &wrong{quote(s) + " is not a network", "write one such as 10.0.0.0/8, or an address such as 127.0.0.1"}
	}
	if p != p.Masked() {
		return netip.Prefix{}, &wrong{quote(s) + " is an address inside a network", "write " + p.Masked().String() + " for the network, or the address without /" + strconv.Itoa(p.Bits())}
	}
	return p, nil
}

// mailAddress is an address with or without a name (RFC 5322).
func mailAddress(s string) (mail.Address, *wrong) {
	a, err := mail.ParseAddress(s)
	if err != nil || strings.ContainsAny(a.Name+a.Address, "\r\n") || strings.ContainsAny(a.Address, " \t\"") {
		return mail.Address{}, &wrong{quote(s) + " is not a mail address", `write Harbour & Horizon <letters@harbour.example>; a name with a comma goes in double quotes`}
	}
	return *a, nil
}

var returnPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,19}@`)

// returnAddress is a bare address whose part before the @ leaves room for what
// tells one message from another.
func returnAddress(s string) (string, *wrong) {
	local, host, _ := strings.Cut(s, "@")
	labels, w := domain(host)
	if !returnPattern.MatchString(s) || w != nil {
		return "", &wrong{quote(s) + " cannot be a return path", "write an address such as bounces@harbour.example, with at most 20 letters, digits and dashes before the @"}
	}
	return strings.ToLower(local) + "@" + labels, nil
}

var topicPattern = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)

// topic is the ARN of an SNS topic.
func topic(s string) (string, *wrong) {
	if !topicPattern.MatchString(s) {
		return "", &wrong{quote(s) + " is not the ARN of an SNS topic", "write it as Amazon shows it, such as arn:aws:sns:eu-west-1:123456789012:returns"}
	}
	return s, nil
}

// between is a whole number in plain digits, at least least and at most most.
func between(least, most int) func(string) (int, *wrong) {
	return func(s string) (int, *wrong) {
		n, err := strconv.Atoi(s)
		if err != nil || strconv.Itoa(n) != s {
			return 0, &wrong{quote(s) + " is not a whole number", fmt.Sprintf("write a number from %d to %d", least, most)}
		}
		if n < least || n > most {
			return 0, &wrong{fmt.Sprintf("%d is out of range", n), fmt.Sprintf("write a number from %d to %d", least, most)}
		}
		return n, nil
	}
}

// date is a day, as the instant at which it begins in UTC.
func date(s string) (time.Time, *wrong) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return time.Time{}, &wrong{quote(s) + " is not a date", "write year, month and day, such as 2026-12-01"}
	}
	return t, nil
}

// factor is a number above 1, to 10, in plain digits.
func factor(s string) (float64, *wrong) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "0123456789.") != "" || !(f > 1 && f <= 10) {
		return 0, &wrong{quote(s) + " is not a factor above 1 and up to 10", "write, for example, 1.5, or 2 for twice as much each day"}
	}
	return f, nil
}

// oneOf is one of a few words.
func oneOf(choices ...string) func(string) (string, *wrong) {
	return func(s string) (string, *wrong) {
		if slices.Contains(choices, s) {
			return s, nil
		}
		if near := nearest(s, choices); near != "" {
			return "", &wrong{quote(s) + " is not a choice here", "did you mean " + near + "?"}
		}
		last := len(choices) - 1
		mend := "write " + choices[last]
		if last > 0 {
			mend = "write " + strings.Join(choices[:last], ", ") + " or " + choices[last]
		}
		return "", &wrong{quote(s) + " is not a choice here", mend}
	}
}

var namePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// name is a slug: it stands in addresses and commands.
func name(s string) (string, *wrong) {
	if !namePattern.MatchString(s) || len(s) > 60 {
		return "", &wrong{quote(s) + " is not a name", "write small letters a to z, digits and single dashes, at most 60"}
	}
	return s, nil
}

// tier names one that is not there already.
func tier(s string) (string, *wrong) {
	if slices.Contains([]string{"free", "member", "members", "members-only", "everyone", "public", "all"}, s) {
		return "", &wrong{quote(s) + " is taken: free and member are there already, and everyone, public and all are who reads", "write the name of a tier above member, such as patron"}
	}
	return name(s)
}

// truth is true or false.
func truth(s string) (bool, *wrong) {
	if s != "true" && s != "false" {
		return false, &wrong{quote(s) + " is neither true nor false", "write true or false"}
	}
	return s == "true", nil
}

// span is a length of time: a number of minutes, hours or days, such as 90m, 3h
// or 2d, up to 14 days.
func span(s string) (time.Duration, *wrong) {
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day}
	const mend = "write a number with m, h or d for minutes, hours or days, such as 3h, up to 14d"
	last := len(s) - 1
	n, err := strconv.Atoi(s[:last])
	unit, known := units[s[last]]
	if err != nil || !known || strconv.Itoa(n) != s[:last] {
		return 0, &wrong{quote(s) + " is no length of time", mend}
	}
	if n < 1 || n > int(14*day/unit) {
		return 0, &wrong{quote(s) + " is out of range", mend}
	}
	return time.Duration(n) * unit, nil
}

var slugPattern = regexp.MustCompile(`^[\p{L}\p{M}\p{N}]+(-[\p{L}\p{M}\p{N}]+)*$`)

// slug is a section's, which may be in any script.
func slug(s string) (string, *wrong) {
	if !slugPattern.MatchString(s) || s != strings.ToLower(s) {
		return "", &wrong{quote(s) + " is not a section's name in addresses", "write it as in the address of the section's page, such as science-craft"}
	}
	return s, nil
}

// age is a number of hours, days or weeks, such as 12h, 31d or 2w; none is 0.
// A day is 24 hours.
func age(s string) (time.Duration, *wrong) {
	if s == "none" {
		return 0, nil
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': day, 'w': 7 * day}
	last := len(s) - 1
	n, err := strconv.Atoi(s[:last])
	unit, known := units[s[last]]
	if err != nil || !known || strconv.Itoa(n) != s[:last] {
		return 0, &wrong{quote(s) + " is not an age", "write a number with h, d or w for hours, days or weeks, such as 31d, or none for no limit"}
	}
	if most := 100 * 365 * day; n < 1 || n > int(most/unit) {
		return 0, &wrong{quote(s) + " is out of range", "write from 1h to 100 years (36500d), or none for no limit"}
	}
	return time.Duration(n) * unit, nil
}

// domain is a domain of mail, in A-labels.
func domain(s string) (string, *wrong) {
	labels, err := idna.Lookup.ToASCII(s)
	if labels = strings.ToLower(labels); err != nil || len(labels) > 253 || !dnsLabels(labels) {
		return "", &wrong{quote(s) + " is no domain", "write it as in the address of the sender, such as harbour.example"}
	}
	return labels, nil
}

// selector is the part of a record's name that tells a domain's DKIM keys apart:
// labels of the DNS (RFC 6376 3.1), in small letters.
func selector(s string) (string, *wrong) {
	if len(s) > 100 || !dnsLabels(s) {
		return "", &wrong{quote(s) + " is no selector", "write small letters, digits and dashes, up to 63, such as 2026a"}
	}
	return s, nil
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// dnsLabels tells whether s is labels of the DNS, joined by dots.
func dnsLabels(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !dnsLabel.MatchString(label) {
			return false
		}
	}
	return true
}
