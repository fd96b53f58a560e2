package returns

import (
	"regexp"
	"slices"
	"strings"
)

// block is what the words say of one address.
type block struct {
	address string // the one that we wrote to, where the words tell both
	form    form
	final   string // where that one forwards to
	said    string // the rest of the line and the lines under it, up to a blank one
	more    string // all up to the next address
}

// form is how an address stands in the words; the lower, the plainer.
type form int

const (
	formLine     form = iota // <amina@example.org>: or alone on a line
	formLabel                // Recipient: amina@example.org
	formSentence             // your message to amina@example.org; user unknown: amina@example.org
	formReply                // 550 5.1.1 <amina@example.org>... User unknown
)

var (
	onLine = pattern(`^\s*(?:[-*•]\s+)?[<"'\[(]*(?i:smtp:|mailto:|rfc822;\s*)?(` + anAddress + `)[>"'\])]*` +
		`((?:$|[:;,(\[=<]|\.(?:$|[\s.])|\s+(?:$|[:;,(\[=<.A-Z–-]|(?:on|was|could|is|does|failed|unknown|user|invalid|not|mailbox|delivery)\b|\p{Ll}{1,3}\s+\d)).*)`)
	labelled = pattern(`(?i)^[\s*>•-]*(?:(?:failed |original |final |intended |invalid |bad |undeliverable )?` +
		`(?:recipients?|address(?:es)?|rcpt|user|mailbox|destination|addressee|e-?mail|destinat[aá][ir]i?[oe]?|destinataires?|empfänger|宛先|to|an|para|pour))` +
		`(?: address| failed| to)?(?:\(es\)|\(s\))?\s*[:=]\s*[<"'\[]*(?:smtp:|mailto:)?(` + anAddress + `)(.*)`)
	inSentence = pattern(`(?i)(?:\b(?:message|mail|e-?mail|undeliverable|delivered|deliver|delivery|letter|nachricht|sent|it)` +
		`(?: (?:you sent|sent|intended|addressed|below|could not be delivered))? *` +
		`(?:to the following (?:recipient|address)(?:es|s)?|to (?:the )?(?:address|user|recipient)|to|for|an)\s*:?|` +
		`\b(?:mailbox|user|recipient|account|address|errors?):?)\s+[<"'\[(*]*(` + anAddress + `)`)
	inReply = pattern(`^\s*(?:<<<\s*)?(?:[45]\d\d[- ]|.*(?:Deferred|said:|returned))(?:[^<@]*[\s<(,:])?(` + anAddress + `)`)
	atEnd   = pattern(`^[^<@:]{2,80}[^<@]{0,80}[:\s]\s*<?(` + anAddress + `)>?[.\s]*$`)

	// notFailed begins lines whose addresses are others.
	notFailed = oneOf(`^\s*[>*-]*\s*(?:from|sender|reply-to|return-path|contact|cc|bcc|by|mail from|message-id|errors-to|system contact|` +
		`e-?mail us|for (?:further|more|assistance)|if you|please)\b`)
	// forwarded is what Sendmail and Exim say of an address that they got from another.
	forwarded = pattern(`\((?:ultimately )?(?:expanded|generated) from:?\s*<?(` + anAddress + `)`)
)

var formPatterns = []struct {
	form form
	find func() *regexp.Regexp
}{{formLine, onLine}, {formLabel, labelled}, {formSentence, inSentence}, {formReply, inReply}, {formSentence, atEnd}}

// findBlocks finds the addresses that the words tell of, and what they say.
func (t *text) findBlocks() (blocks []block) {
	var at []int
	within := false // the words of an address that stood alone: what they name is no other
	for i, line := range t.lines {
		within = within && strings.TrimSpace(line) != ""
		if len(line) > 4000 || len(blocks) >= mostFindings {
			continue
		}
		for _, p := range formPatterns {
			if !strings.Contains(line, "@") || notFailed().MatchString(line) || strings.HasPrefix(strings.TrimSpace(line), ">>>") {
				break // ">>>" is what a server was told
			}
			m := p.find().FindStringSubmatch(line)
			if m == nil || len(m[1]) > longestAddress || within && p.form >= formSentence {
				continue
			}
			within = p.form == formLine
			said := line
			if p.form < formSentence {
				said = m[2]
			}
			blocks = append(blocks, block{address: m[1], form: p.form, said: strings.TrimLeft(said, " :>\"'")})
			at = append(at, i)
			break
		}
	}
	for i := range blocks {
		end := len(t.lines)
		if i+1 < len(blocks) {
			end = at[i+1]
		}
		blocks[i].more = blocks[i].said + "\n" + joined(t.lines[at[i]+1:end], 4000)
		if blocks[i].form == formReply {
			continue // the lines under it are other replies
		}
		blocks[i].said += "\n" + tight(t.lines[at[i]+1:end])
		if m := forwarded().FindStringSubmatch(oneLine(blocks[i].said)); m != nil && len(m[1]) <= longestAddress {
			blocks[i].final, blocks[i].address = blocks[i].address, m[1]
		}
	}
	return blocks
}

// tight is the lines up to a blank one.
func tight(lines []string) string {
	if end := slices.IndexFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" }); end >= 0 {
		lines = lines[:end]
	}
	return joined(lines, 2000)
}

func joined(lines []string, most int) string {
	var b strings.Builder
	for _, line := range lines {
		if b.Len()+len(line) > most {
			break
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

// about is what the words say of one of the addresses, nothing where none do.
// Alone: nobody else can be meant.
func (t *text) about(alone bool, addresses ...string) (e evidence) {
	for _, b := range t.blocks {
		if !b.of(addresses) {
			continue
		}
		if e = newEvidence(reason(b.said)); e.speaks() {
			return e
		}
	}
	if reply := t.transcript(alone, addresses...); reply != "" {
		return newEvidence(reply)
	}
	return e
}

// around is all that stands under one of the addresses.
func (t *text) around(address string) string {
	for _, b := range t.blocks {
		if b.of([]string{address}) {
			return reason(b.more)
		}
	}
	return ""
}

func (b block) of(addresses []string) bool {
	return slices.ContainsFunc(addresses, func(a string) bool {
		return strings.EqualFold(a, b.address) || a != "" && strings.EqualFold(a, b.final)
	})
}

var (
	inParentheses = pattern(`(?s)^\s*\((?:reason|expanded from)?:?\s*(.*)\)\s*$`)
	serverLine    = pattern(`^\s*(?:<<<\s*)?([45]\d\d[- ].*)`)
	asideReply    = pattern(`(?i)no valid recipients|need (?:a )?rcpt|bad sequence|service unavailable\s*$|no recipients`)
)

var (
	// introduced are the words before a server's own, of Gmail, Exchange, Yahoo and others.
	introduced = pattern(`(?i)(?:` +
		`(?:error|response)[^:]{0,40} (?:that the other server returned|(?:of|from) the (?:remote|other) (?:mail )?server) (?:was|is)|` +
		`remote (?:host|server) (?:said|returned|replied)|with the following error message)\s*:?\s*(.{4,})`)
	generated = pattern(`^\s*\((?:ultimately )?(?:generated|expanded) from:? [^)]*\)\s*`)
	lead      = pattern(`^(?:(?:<<<|<--|\.\.\.|[\])>:;,.]|(?i:because|reason):)\s*)+`)
)

// reason takes a server's words out of those around them, and out of Sendmail's
// (reason: …).
func reason(s string) string {
	s = lead().ReplaceAllString(generated().ReplaceAllString(oneLine(s), ""), "")
	if m := introduced().FindStringSubmatch(s); m != nil {
		s = strings.TrimSpace(m[1])
	}
	if m := inParentheses().FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return s
}

// transcript is the server's reply in a record of the conversation: the one that
// names the address, else, where nobody else can be meant, the first that names none.
func (t *text) transcript(alone bool, addresses ...string) string {
	other := ""
	for _, line := range t.lines {
		m := serverLine().FindStringSubmatch(line)
		if m == nil || asideReply().MatchString(m[1]) {
			continue
		}
		named := addressesIn(m[1])
		if slices.ContainsFunc(named, func(n string) bool {
			return slices.ContainsFunc(addresses, func(a string) bool { return strings.EqualFold(n, a) })
		}) {
			return oneLine(m[1])
		}
		if alone && other == "" && len(named) == 0 {
			other = oneLine(m[1])
		}
	}
	return other
}
