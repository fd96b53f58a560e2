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
	Citation      string // pattern for Cite
	ISSN          string // may be empty
	PostalAddress string // printed in every mail
	Copyright     string
	Accent        string // #rrggbb, may be empty
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

// LongDate prints the date of t in the publication's zone as 5 September 2024.
func (p *Publication) LongDate(t time.Time) string { return t.In(p.zone()).Format("2 January 2006") }

func (p *Publication) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// Cite fills the citation pattern for an article: {section}, {publication},
// {volume}, {number}, {hijri_month}, {hijri_year}, {author} and {title}. Parts
// between commas whose fields are all empty are left out, so that an article
// without an issue is not cited as "Vol. , No. ". It is empty where the
// article is in no issue.
func (p *Publication) Cite(a *Article) string {
	if a.Issue.IsZero() {
		return ""
	}
	month, year := a.HijriMonth, a.HijriYear
	fields := map[string]string{
		"{section}": a.Section.Name, "{publication}": p.Title, "{volume}": a.Issue.Volume, "{number}": a.Issue.Number,
		"{hijri_month}": month, "{hijri_year}": year, "{author}": Names(a.Authors), "{title}": a.Title,
	}
	var parts []string
	for _, part := range strings.Split(p.Citation, ",") {
		had, filled := false, false
		for mark, value := range fields {
			if strings.Contains(part, mark) {
				had = true
				filled = filled || value != ""
			}
		}
		if had && !filled {
			continue
		}
		pairs := make([]string, 0, 2*len(fields))
		for mark, value := range fields {
			pairs = append(pairs, mark, value)
		}
		parts = append(parts, strings.TrimSpace(strings.NewReplacer(pairs...).Replace(part)))
	}
	return strings.Join(parts, ", ")
}
