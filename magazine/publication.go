package magazine

import (
	"strings"
	"time"
)

// Publication is the periodical that an instance serves.
type Publication struct {
	Title         string
	Tagline       string
	Description   string
	URL           string // where the public reaches us, without a slash at its end; may carry a path
	Language      string // BCP 47
	Zone          *time.Location
	Citation      string                   // pattern for Cite
	Figures       func(text string) string // writes the digits of the pattern's language; nil: those of English
	ISSN          string                   // may be empty
	PostalAddress string                   // printed in every mail
	Copyright     string
	Accent        string // #rrggbb, may be empty
	Tiers         Tiers  // above Member
}

// Link makes a path of the site ("/articles/tide/") absolute. An address that
// is absolute already is returned as it is.
func (p *Publication) Link(path string) string {
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") {
		return p.URL + path
	}
	return path
}

// Day prints the date of t in the publication's zone as 2006-01-02.
func (p *Publication) Day(t time.Time) string { return t.In(p.zone()).Format(time.DateOnly) }

func (p *Publication) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// Cite fills the citation pattern for an article: {section}, {publication},
// {volume}, {number}, {hijri_month}, {hijri_year}, {author} and {title}. Parts
// between commas, Latin ones or Arabic, whose fields are all empty are left out,
// so that an article without an issue is not cited as "Vol. , No. ". It is empty
// where the article is in no issue.
func (p *Publication) Cite(a *Article) string {
	if a.Issue.IsZero() {
		return ""
	}
	comma := ","
	if strings.Contains(p.Citation, "،") {
		comma = "،"
	}
	var parts []string
	for part := range strings.SplitSeq(p.Citation, comma) {
		text, fields, empty := p.fill(part, a)
		if fields > 0 && empty == fields {
			continue
		}
		parts = append(parts, strings.TrimSpace(text))
	}
	return strings.Join(parts, comma+" ")
}

// fill fills a part of the pattern and counts its fields, and those that are
// empty.
func (p *Publication) fill(part string, a *Article) (text string, fields, empty int) {
	var out strings.Builder
	for {
		at := strings.IndexByte(part, '{')
		if at < 0 {
			return out.String() + part, fields, empty
		}
		out.WriteString(part[:at])
		part = part[at:]
		mark := part[:1+strings.IndexByte(part, '}')]
		value, ok := p.field(mark, a)
		if !ok { // no mark of ours begins here
			out.WriteByte('{')
			part = part[1:]
			continue
		}
		fields++
		if value == "" {
			empty++
		}
		out.WriteString(value)
		part = part[len(mark):]
	}
}

// field is what a mark of the citation pattern stands for.
func (p *Publication) field(mark string, a *Article) (value string, ok bool) {
	switch mark {
	case "{section}":
		return a.Section.Name, true
	case "{publication}":
		return p.Title, true
	case "{volume}":
		return p.figures(a.Issue.Volume), true
	case "{number}":
		return p.figures(a.Issue.Number), true
	case "{hijri_month}":
		return a.HijriMonth, true
	case "{hijri_year}":
		return a.HijriYear, true
	case "{author}":
		return Names(a.Authors), true
	case "{title}":
		return a.Title, true
	}
	return "", false
}

func (p *Publication) figures(text string) string {
	if p.Figures == nil {
		return text
	}
	return p.Figures(text)
}
