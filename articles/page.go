package articles

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"postrider/hijri"
	"postrider/magazine"
)

// A captured page is an article of the publication's site, saved as text. In
// order, each on a line of its own with blank lines anywhere between:
//
//	title
//	the site's tagline (may be missing)
//	authors: "A, B and C"
//	Hijri date and Gregorian date: "Rabi' al-Awwal 03, 1446 2024-09-05"
//	section
//	by AUTHORS (SECTION, PUBLICATION Vol. N, No. N, Hijri month, Hijri year)
//	the lead paragraph; it is a photograph's caption where it ends in (Photo:CREDIT)
//	the body, one paragraph a line
//	Related Articles: each a title, authors, and both dates
//	the site's footer, which is no part of the article
type capturedPage struct {
	*report
	reader *Reader
	d      *Document
	rows   []row // not blank
	next   int   // the first that has not been taken
}

// row is a line of a page.
type row struct {
	text string // without the space around it, which may be of any kind
	line int
}

// page takes a captured page apart.
func (r *Reader) page(d *Document, text string, rep *report) {
	broken := firstInvalid(text) >= 0
	p := &capturedPage{report: rep, reader: r, d: d, rows: rowsOf(repair(text, 1, rep))}
	if len(p.rows) == 0 {
		rep.hold(1, "", "", "the file has no text", "write the article, or delete the file")
		return
	}
	p.dropFooter()
	at, ok := p.dateRow()
	if !ok {
		rep.hold(1, "date", p.rows[0].text, "it is no captured page: no line has a Hijri and a Gregorian date", "write the dates on a line like Rabi' al-Awwal 03, 1446 2024-09-05; for an article without such a line use "+strings.TrimSuffix(path.Base(d.name), path.Ext(d.name))+".md")
		return
	}
	if broken {
		for _, row := range p.rows[:min(at+3, len(p.rows))] {
			if strings.ContainsRune(row.text, utf8.RuneError) {
				rep.hold(row.line, "", row.text, "the page's head has bytes that are no UTF-8", "save the file as UTF-8")
			}
		}
	}
	p.head(at)
	p.dates(p.rows[at])
	p.next = at + 1
	p.citation()
	related := p.related()
	p.lead()
	p.text()
	p.relate(related)
}

func rowsOf(text string) []row {
	var rows []row
	line := 0
	for t := range strings.SplitSeq(text, "\n") {
		line++
		if t = magazine.CleanText(strings.Trim(t, "\u200b\u200e\u200f\ufeff")); t != "" {
			rows = append(rows, row{t, line})
		}
	}
	return rows
}

var footers = []*regexp.Regexp{
	regexp.MustCompile(`^Privacy Policy\b.*\bTerms of Use\b`),
	regexp.MustCompile(`^(?:Privacy Policy|Terms of Use|Sign In|Forgot Password\?|Not a Member\? Sign ?up)$`),
	regexp.MustCompile(`^Copyrights? ©`),
}

// dropFooter cuts the page at the first line of the site's footer.
func (p *capturedPage) dropFooter() {
	isFooter := func(r row) bool {
		return slices.ContainsFunc(footers, func(f *regexp.Regexp) bool { return f.MatchString(r.text) })
	}
	if at := slices.IndexFunc(p.rows, func(r row) bool { return footers[0].MatchString(r.text) }); at > 0 {
		p.rows = p.rows[:at]
	}
	for len(p.rows) > 1 && isFooter(p.rows[len(p.rows)-1]) {
		p.rows = p.rows[:len(p.rows)-1]
	}
}

// dualDate is a line of both dates; the Hijri one may be missing. A date in
// figures that is wrong still has this form.
var dualDate = regexp.MustCompile(`^(?:(\S.*?\S)\s+)?(\d{3,4}[-/]\d{1,2}[-/]\d{1,2}(?:[T ]\S+)*)$`)

// headRows is within how many lines the dates stand.
const headRows = 10

// dateRow finds the line of the dates. It stands above the citation and the
// related articles, which have dates of their own.
func (p *capturedPage) dateRow() (int, bool) {
	head := p.rows[:min(len(p.rows), headRows)]
	if end := slices.IndexFunc(head, func(r row) bool { return isRelated(r) || citationRow.MatchString(r.text) }); end >= 0 {
		head = head[:end]
	}
	for i, r := range head {
		if i > 0 && dualDate.MatchString(r.text) {
			return i, true
		}
	}
	for i, r := range head { // a Gregorian date in other words
		if hijriPart, _ := p.cutHijri(r.text); i > 0 && hijriPart != "" {
			return i, true
		}
	}
	return 0, false
}

// cutHijri finds a Hijri date at the head of a line.
func (p *capturedPage) cutHijri(text string) (hijriPart, rest string) {
	words := strings.Fields(text)
	for n := min(len(words), 6); n >= 3; n-- {
		head := strings.Join(words[:n], " ")
		if _, err := p.reader.calendar.Parse(head); err == nil {
			return head, strings.Join(words[n:], " ")
		}
	}
	return "", text
}

// head reads what stands above the dates.
func (p *capturedPage) head(dates int) {
	p.d.Title = p.rows[0].text
	above := p.rows[1:dates]
	tagline := slices.IndexFunc(above, func(r row) bool {
		return p.reader.publication.Tagline != "" && strings.EqualFold(r.text, p.reader.publication.Tagline)
	})
	var byline []row
	switch {
	case tagline >= 0:
		p.subtitle(above[:tagline])
		byline = above[tagline+1:]
	case len(above) == 0:
	default: // a tagline that we do not know, or none
		byline = above[len(above)-1:]
	}
	for _, r := range byline {
		p.authors(r.text, r.line)
	}
}

func (p *capturedPage) subtitle(rows []row) {
	var parts []string
	for _, r := range rows {
		parts = append(parts, r.text)
	}
	p.d.Subtitle = strings.Join(parts, " ")
}

func (p *capturedPage) authors(byline string, line int) {
	for _, name := range splitByline(byline) {
		p.d.addAuthor(magazine.Author{Name: name}, line, "authors", byline, p.report)
	}
}

// dates reads the line of the dates. Both are held to be right or the page is
// held: it must not come out under another day.
func (p *capturedPage) dates(r row) {
	var hijriPart, gregorian string
	if m := dualDate.FindStringSubmatch(r.text); m != nil {
		hijriPart, gregorian = m[1], m[2]
	} else {
		hijriPart, gregorian = p.cutHijri(r.text)
	}
	t, wrong := parseDate(gregorian, p.reader.zone)
	if wrong != "" {
		p.hold(r.line, "date", gregorian, "the Gregorian date "+wrong, "write it like 2024-09-05")
		return
	}
	p.d.Published = t
	if hijriPart == "" {
		p.warn(r.line, "hijri", r.text, "the page has no Hijri date", "write it before the Gregorian one, like Rabi' al-Awwal 03, 1446")
		return
	}
	p.d.setHijri(p.reader, hijriPart, r.line, p.report)
}

var (
	citationRow = regexp.MustCompile(`^(?i:by)\s+(.+\))$`)
	// issueInCitation is the end of a citation: volume, number, month and year.
	issueInCitation = regexp.MustCompile(`^(.*?),?\s*\b(?i:vol(?:ume)?)\.?\s*([^\s,]+)\s*,?\s*(?i:no|number|issue)\.?\s*([^\s,]+)(?:\s*,\s*(.+?)\s*,?\s*([0-9٠-٩۰-۹]{3,4})(?:\s*(?:AH|A\.H\.|هـ))?)?$`)
)

// longestSection is how long a section's name may be, in bytes.
const longestSection = 80

// citation reads the section and the line that cites the article. Both may have
// commas and parentheses in the names of section and publication.
func (p *capturedPage) citation() {
	at := -1
	for i := p.next; i < min(p.next+2, len(p.rows)); i++ {
		if citationRow.MatchString(p.rows[i].text) {
			at = i
			break
		}
	}
	if at != p.next && p.next < len(p.rows) { // something stands before it, or there is none
		if r := p.rows[p.next]; at > p.next || len(r.text) <= longestSection && !strings.ContainsAny(r.text[len(r.text)-1:], ".!?)") {
			p.setSection(r.text, r.line)
			p.next++
		}
	}
	if at < 0 {
		line := p.rows[min(p.next, len(p.rows)-1)].line
		p.warn(line, "citation", "", "the page has no citation; the article is in no issue", "add a line like by AUTHOR (SECTION, "+p.reader.publication.Title+" Vol. 12, No. 9, Rabi' al-Awwal, 1446)")
		return
	}
	p.next = at + 1
	p.cite(p.rows[at])
}

func (p *capturedPage) setSection(name string, line int) {
	s := magazine.Section{Name: name, Slug: magazine.Slugify(name)}
	if s.Slug == "" {
		p.warn(line, "section", name, "it is no section's name; it was left out", "write the section's name below the dates")
		return
	}
	p.d.Section = s
}

// cite reads "by AUTHORS (SECTION, PUBLICATION Vol. N, No. N, month, year)".
func (p *capturedPage) cite(r row) {
	authors, inside := splitCitation(citationRow.FindStringSubmatch(r.text)[1])
	if len(p.d.Authors) == 0 {
		p.authors(authors, r.line)
	}
	m := issueInCitation.FindStringSubmatch(inside)
	if m == nil {
		p.warn(r.line, "citation", inside, "the citation has no volume and number; the article is in no issue", "write it like SECTION, PUBLICATION Vol. 12, No. 9, Rabi' al-Awwal, 1446")
		p.sectionOf(inside, r)
		return
	}
	p.sectionOf(m[1], r)
	ref := magazine.IssueRef{Volume: partOf(m[2]), Number: partOf(m[3])}
	if ref.IsZero() {
		p.warn(r.line, "citation", m[2]+", "+m[3], "volume and number cannot be part of an address; the article is in no issue", "write them like 12, 3-4 or S1")
	} else {
		p.d.Issue = ref
	}
	if m[4] == "" {
		return
	}
	if _, _, err := hijri.ParseMonthYear(m[4] + ", " + m[5]); err != nil {
		p.warn(r.line, "citation", m[4]+", "+m[5], "the citation's Hijri month cannot be read; that of the date was taken", "write it like Rabi' al-Awwal, 1446")
		return
	}
	p.d.HijriMonth, p.d.HijriYear = m[4], m[5]
}

// splitCitation parts the authors from the parenthesis at the end, which may
// have others inside.
func splitCitation(text string) (authors, inside string) {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1 : len(text)-1])
			}
		}
	}
	return "", strings.Trim(text, "()")
}

// sectionOf compares the section in a citation with the one above it, or takes
// it: what stands before the publication's title, or before the last comma.
func (p *capturedPage) sectionOf(names string, r row) {
	names = strings.TrimRight(names, ", ")
	if name := p.d.Section.Name; name != "" {
		if names != name && !strings.HasPrefix(strings.ToLower(names), strings.ToLower(name)+",") {
			p.warn(r.line, "section", names, "the citation names another section than "+name+", which was taken", "compare it with the page")
		}
		return
	}
	name, ok := strings.CutSuffix(names, p.reader.publication.Title)
	if !ok || p.reader.publication.Title == "" {
		comma := strings.LastIndex(names, ",")
		if comma < 0 {
			return
		}
		name = names[:comma]
	}
	if name = strings.TrimRight(name, ", "); name != "" {
		p.setSection(name, r.line)
	}
}

// related cuts off the rows of the related articles.
func (p *capturedPage) related() []row {
	for i := len(p.rows) - 1; i >= p.next; i-- {
		if isRelated(p.rows[i]) {
			rows := p.rows[i+1:]
			p.rows = p.rows[:i]
			return rows
		}
	}
	return nil
}

func isRelated(r row) bool {
	return strings.EqualFold(strings.TrimRight(r.text, ":"), "Related Articles")
}

var photo = regexp.MustCompile(`^(.*)\((?i:photo(?:graph)?s?)\s*:\s*(.+)\)$`)

// lead takes the photograph's caption and credit. The picture itself is not in
// a captured page. The caption is the lead paragraph, so it makes the summary.
func (p *capturedPage) lead() {
	if p.next >= len(p.rows) {
		return
	}
	m := photo.FindStringSubmatch(p.rows[p.next].text)
	if m == nil {
		return
	}
	p.next++
	p.d.Image = &magazine.Image{Caption: strings.TrimSpace(m[1]), Credit: strings.TrimSpace(m[2])}
	p.d.Summary = beginning(m[1])
}

// text makes a paragraph of each line.
func (p *capturedPage) text() {
	var b strings.Builder
	for _, r := range p.rows[min(p.next, len(p.rows)):] {
		b.WriteString("<p>" + html.EscapeString(r.text) + "</p>\n")
	}
	p.d.body = newBody(b.String(), p.d.dir(), p.report)
}

// relate reads the related articles: each ends in a line of its dates, with the
// authors before it and the title before them.
func (p *capturedPage) relate(rows []row) {
	var entry []row
	add := func(rel magazine.Related) {
		switch n := len(entry); {
		case n == 0:
			return
		case n == 1:
			rel.Title = entry[0].text
		default:
			rel.Authors = splitByline(entry[n-1].text)
			var title []string
			for _, r := range entry[:n-1] {
				title = append(title, r.text)
			}
			rel.Title = strings.Join(title, " ")
		}
		p.d.Related = append(p.d.Related, rel)
		p.d.related = append(p.d.related, nil)
		entry = nil
	}
	for _, r := range rows {
		m := dualDate.FindStringSubmatch(r.text)
		if m == nil {
			entry = append(entry, r)
			continue
		}
		rel := magazine.Related{Hijri: m[1]}
		if t, wrong := parseDate(m[2], p.reader.zone); wrong == "" {
			rel.Date = p.reader.publication.Day(t)
		} else {
			p.warn(r.line, "related", m[2], "the date of a related article "+wrong+"; it was left out", "write it like 2024-09-05")
		}
		add(rel)
	}
	add(magazine.Related{})
}
