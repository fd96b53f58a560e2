package digests

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/net/idna"

	"postrider/magazine"
	"postrider/templates"
)

// How much of an article's words a mail prints, in characters. They keep the
// smallest mail that can be made far below the bound on its size, whatever an
// article brings.
const (
	maxTitle   = 200
	maxName    = 80
	maxSummary = 300
	maxCaption = 160
	maxNames   = 8 // authors named one by one
	maxAddress = 2000

	maxSubject   = 90
	maxPreheader = 140
)

// clean makes text fit for one line of a mail: what magazine.CleanText does,
// and no characters that turn the direction of what follows (Unicode 9 annex
// 2.1 to 2.5), for an unclosed one would turn the rest of the mail.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	return magazine.CleanText(strings.Map(func(r rune) rune {
		if r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s))
}

// isClean tells quickly of most texts that nothing is to be cleaned: words of
// printable ASCII with a space between them.
func isClean(s string) bool {
	space := true // just before
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return s == "" || !space
}

// clip cuts clean text to at most limit code points, at a word where one ends
// in its second half, never within a character that people see as one, and
// puts an ellipsis for what is gone.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	end, count, state, rest := 0, 0, -1, s
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		count += utf8.RuneCountInString(cluster)
		if count > limit-1 {
			break
		}
		end += len(cluster)
	}
	kept := s[:end]
	if space := strings.LastIndexByte(kept, ' '); space > len(kept)/2 && s[end:end+1] != " " {
		kept = kept[:space]
	}
	return strings.TrimRight(kept, " ,;:–—-") + "…"
}

// short is clean text, clipped.
func short(s string, limit int) string { return clip(clean(s), limit) }

// firstSentence is the first sentence of clean text (UAX 29). One of fewer
// than 25 characters takes the next with it: "Dr." ends no sentence that is
// worth sending.
func firstSentence(s string) string {
	end, state, rest := 0, -1, s
	for rest != "" && utf8.RuneCountInString(s[:end]) < 25 {
		var sentence string
		sentence, rest, state = uniseg.FirstSentenceInString(rest, state)
		end += len(sentence)
	}
	return strings.TrimSpace(s[:end])
}

// plainHost is a host in ASCII, or an IPv6 address in brackets, and a port.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?$`)

// address is a link fit for HTML, for plain text and for a header: http or
// https, ASCII only, without a user's name. It is empty for anything else and
// for more than 2,000 bytes.
func address(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	if host, err := idna.Lookup.ToASCII(u.Hostname()); err == nil {
		u.Host = strings.Replace(u.Host, u.Hostname(), host, 1)
	}
	if u.User != nil || !plainHost.MatchString(u.Host) {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}'()", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	if b.Len() > maxAddress {
		return ""
	}
	return b.String()
}

// subject is made from the contents: the lead's title, and how many more there
// are. It has one line of at most 90 characters and is never empty.
func subject(lead *magazine.Article, more int, words *templates.Words) string {
	title := titleOf(lead, words)
	if more == 0 {
		return clip(title, maxSubject)
	}
	with := func(title string) string { return words.T("digest.subject", "title", title, "count", more) }
	marks := 2 // that keep a title of the other direction apart
	return with(clip(title, maxSubject-utf8.RuneCountInString(with(""))-marks))
}

// preheader says what else is inside: the other titles, or what the only
// article is about.
func preheader(ranked []*magazine.Article, otherwise string, words *templates.Words) string {
	if len(ranked) == 1 {
		if s := firstSentence(clean(ranked[0].Summary)); s != "" {
			return clip(s, maxPreheader)
		}
		return short(otherwise, maxPreheader)
	}
	var b strings.Builder
	for i, a := range ranked[1:] {
		if b.Len() > 4*maxPreheader {
			break
		}
		if i > 0 {
			b.WriteString(" · ")
		}
		b.WriteString(titleOf(a, words))
	}
	return clip(b.String(), maxPreheader)
}

func titleOf(a *magazine.Article, words *templates.Words) string {
	if title := short(a.Title, maxTitle); title != "" {
		return title
	}
	return words.T("digest.untitled")
}

// languageTag is the form of a BCP 47 tag.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// languageOf is the article's language, or otherwise where it names none.
func languageOf(a *magazine.Article, otherwise string) string {
	if len(a.Language) <= maxName && languageTag.MatchString(a.Language) {
		return a.Language
	}
	return otherwise
}

// date prints the day of t in the publication's zone.
func (r *Renderer) date(words *templates.Words, t time.Time) string {
	if r.publication.Zone == nil {
		return words.Date(t.UTC())
	}
	return words.Date(t.In(r.publication.Zone))
}
