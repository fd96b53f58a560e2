package returns

import (
	"bytes"
	"strings"
)

// text is a message's words for people, without the returned message.
type text struct {
	lines    []string
	original []byte // the header of a returned message that follows the words
	fields   []byte // a report for machines that stands among the words
	blocks   []block
}

// words gathers the words for people.
func (l *letter) words() text {
	var plain, pages []byte
	for _, p := range l.root.findAll(func(p *part) bool { return len(p.body) > 0 && !p.returned }) {
		switch {
		case p.media == "text/html":
			pages = append(append(pages, fromHTML(p.body)...), '\n')
		case p.media == "text/plain", p.media == "text", strings.HasPrefix(p.media, "multipart/") && len(p.parts) == 0:
			plain = append(append(plain, p.body...), '\n')
		}
	}
	if len(bytes.TrimSpace(plain)) == 0 {
		plain = pages
	}
	return newText(plain)
}

func newText(raw []byte) text {
	var t text
	all := strings.Split(string(raw), "\n")
	for i, line := range all {
		if endsWords(all, i) {
			t.original = []byte(strings.TrimLeft(strings.Join(all[min(i+skipped(line), len(all)):], "\n"), " \t\n|>-"))
			break
		}
		if line = strings.TrimRight(line, " \t"); (strings.HasPrefix(line, "> ") || line == ">") && !quotedOnly().MatchString(line) {
			continue // somebody quotes; but MDaemon lists addresses so
		}
		t.lines = append(t.lines, line)
	}
	t.fields = reportAmong(raw)
	t.blocks = t.findBlocks()
	return t
}

var (
	// copyFollows announces the returned message: qmail, Exim, Gmail, Sendmail,
	// GMX, MailEnable, Exchange, OpenSMTPD, and others.
	copyFollows = oneOf(
		`^[\s|*-]*(?:below this line is|this is a copy of|below is a copy of|(?:included|enclosed) is a copy of|a copy of (?:the|your) (?:original )?message)`,
		`^[\s|*-]*(?:(?:the )?headers? of the original|message (?:headers?|text|header and body) follows?|original message headers|the (?:original )?message headers?)`,
		`^[\s|*-]*(?:start of )?(?:the )?(?:original|unsent|unde?liver(?:ed|able)|returned|rejected) (?:message|mail)(?: text| headers?)?`+
			`(?: follows?| is following| below| info)?\s*(?:-{2,}|:|\.|$)`,
		`^[\s|*-]*content of original message`,
	)
	quotedOnly = pattern(`^> <?` + anAddress + `>?$`)
	headerLine = pattern(`^(?:Received: |Return-[Pp]ath: ?<|DKIM-Signature: |X-Received: |Message-I[Dd]: ?<|From \S+ .*\d\d:\d\d)`)
	fieldsLine = pattern(`(?mi)^(?:Reporting-MTA|Final-Recipient|Original-Recipient)[ \t]*:`)
)

// endsWords tells whether the returned message begins at a line.
func endsWords(all []string, i int) bool {
	return copyFollows().MatchString(all[i]) || headerLine().MatchString(all[i]) && i > 0
}

// skipped is how many lines only announce the returned message.
func skipped(line string) int {
	if headerLine().MatchString(line) {
		return 0
	}
	return 1
}

// reportAmong finds the fields of a report among words: from the first to where
// the returned message follows.
func reportAmong(raw []byte) []byte {
	at := fieldsLine().FindIndex(raw)
	if at == nil {
		return nil
	}
	var out []byte
	for line := range bytes.Lines(raw[at[0]:]) {
		if bytes.HasPrefix(line, []byte("--")) || headerLine().Match(line) {
			break
		}
		if len(bytes.TrimSpace(line)) == 0 {
			line = []byte("\n")
		}
		out = append(out, line...)
	}
	return out
}
