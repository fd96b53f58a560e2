package returns

import (
	"strings"
)

// sayings are what a server's words say, as far as we know them.
type sayings struct {
	unknown bool // no such mailbox or domain, or it is gone for good
	full    bool // the mailbox has no room
	sender  bool // the message or its sender: plainly
	refused bool // refused, without a word on whether the address is meant
	later   bool // this may pass
	waiting bool // we are to wait
	busy    bool // this one mailbox gets too much mail now
	edge    bool // Microsoft's words for an address that its directory lacks
}

// sayingsIn reads a server's words.
func sayingsIn(s string) sayings {
	s = folded(s)
	return sayings{
		unknown: noSuch.MatchString(s) || noDomain.MatchString(s) && !again.MatchString(s),
		full:    noRoom.MatchString(s),
		sender:  ofSender.MatchString(s),
		refused: refusing.MatchString(s),
		later:   passing.MatchString(s),
		waiting: waiting.MatchString(s),
		busy:    tooMuch.MatchString(s),
		edge:    strings.Contains(s, "access denied"),
	}
}

var (
	repeatedCodes = pattern(`([245]\d\d)[- ](?:#?[245]\.\d{1,3}\.\d{1,3}[- ])?`)
	webAddress    = pattern(`(?i)\b(?:https?|ftp|mailto):[^\s<>()]*|\bwww\.[^\s<>()]+`)
	inBrackets    = pattern(`<[^<>]{0,320}>`)
	hostName      = pattern(`[\pL\pN_-]+(?:\.[\pL\pN_-]+)*\.[a-z]{2,24}\b`)
	knownLists    = pattern(`spamhaus|spamcop|barracudacentral|sorbs|abuseat|uceprotect|surbl|uribl|spamrats|psbl|dnsbl|mailspike|invaluement`)
	typographic   = strings.NewReplacer("\u2019", "'", "\u2018", "'", "\u00a0", " ", "\u2010", "-", "\u2011", "-", "_", " ", "’", "'")
)

// Phrases that mean less than they say, or something else.
var (
	// Postfix begins every refusal of RCPT with this.
	rejectedFor = pattern(`(?i)recipient (?:address )?rejected\b[:.]?`)
	blockedBox  = pattern(`(?i)(?:recipient'?s?|user'?s?|mail ?box|du destinataire)(?: e-?mail)?(?: account| address)? (?:is |est |has been |was )(?:temporar\w+ )?(?:blocked|bloqu\S*|locked|suspended|frozen)`)
	// mail.ru begins every refusal with this.
	notAccepted = pattern(`(?i)message was not accepted -- `)
	notRefused  = pattern(`(?i)connection (?:was |is )?refused`)
	// IronPort puts its own summary before what the server said.
	unknownError = pattern(`(?i)\b5\.1\.0 - unknown address error`)
)

// folded prepares words for the tables: in lower case on one line, without the
// codes that each line of a reply repeats, and without names, which may say anything.
func folded(s string) string {
	s = oneLine(s)
	s = webAddress().ReplaceAllStringFunc(s, func(link string) string {
		return " " + knownLists().FindString(link) + " "
	})
	s = address().ReplaceAllString(s, "@")
	s = inBrackets().ReplaceAllString(s, "@")
	s = hostName().ReplaceAllStringFunc(s, func(name string) string {
		if knownLists().MatchString(name) {
			return "blocklist"
		}
		return ""
	})
	s = notRefused().ReplaceAllString(s, "connection failed")
	s = notAccepted().ReplaceAllString(s, "")
	s = rejectedFor().ReplaceAllString(s, "")
	s = blockedBox().ReplaceAllString(s, "mailbox suspended")
	s = unknownError().ReplaceAllString(s, "")
	s = repeatedCodes().ReplaceAllString(s, "")
	return strings.Join(strings.Fields(typographic.Replace(strings.ToLower(s))), " ")
}
