package articles

import (
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"postrider/magazine"
)

// fields turns front matter into a document's fields. The first name of each
// is ours; the others are Hugo's, Jekyll's and Eleventy's. Unknown keys mean
// nothing.
type fields struct {
	*report
	reader *Reader
	d      *Document
	value
}

func (r *Reader) fields(d *Document, v value, rep *report) {
	f := &fields{rep, r, d, v}
	f.language()
	f.title()
	d.Subtitle, _ = f.text("subtitle")
	f.identity()
	f.authors()
	f.section()
	f.issue()
	f.dates()
	f.flags()
	f.pin()
	f.access()
	d.Summary, _ = f.text("summary", "description", "excerpt")
	f.image()
	f.tags()
	f.relate()
	f.corrections()
}

// one finds a scalar. What is there and is none is left out with a warning.
func (f *fields) one(names ...string) (pair, bool) {
	p, ok := f.get(names...)
	if ok && p.value.kind != scalar {
		f.warn(p.line, p.key, p.value.String(), "it must be one text; it was left out", "write it as "+p.key+": text")
		return p, false
	}
	return p, ok
}

// text is plain text on one line.
func (f *fields) text(names ...string) (string, pair) {
	p, ok := f.one(names...)
	if !ok {
		return "", p
	}
	return magazine.CleanText(p.value.text), p
}

func (f *fields) title() {
	p, ok := f.get("title")
	if !ok {
		return
	}
	if p.value.kind != scalar {
		f.hold(p.line, p.key, p.value.String(), "the title is no text", `write it as title: "text"`)
		return
	}
	f.d.Title = magazine.CleanText(p.value.text)
}

// languageTag is the shape of a BCP 47 tag.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

func (f *fields) language() {
	text, p := f.text("language", "lang", "locale")
	if text == "" {
		return
	}
	tag := strings.ReplaceAll(text, "_", "-")
	if !languageTag.MatchString(tag) {
		f.warn(p.line, p.key, text, "it is no language; the publication's was taken", "write a code like en, ar or pt-BR")
		return
	}
	f.d.Language = tag
}

// identity reads what an article is known by: id, guid, slug, home.
func (f *fields) identity() {
	f.d.GivenID, _ = f.text("id")
	f.d.GUID, _ = f.text("guid")
	if text, p := f.text("slug"); text != "" {
		f.d.Slug = slugOf(text)
		f.d.SlugGiven = f.d.Slug != ""
		switch {
		case f.d.Slug == "":
			f.warn(p.line, p.key, text, "it has no letter or digit; the slug was made from the title", "write it like the-tide-clock")
		case f.d.Slug != text:
			f.warn(p.line, p.key, text, "it cannot be part of an address; "+f.d.Slug+" was taken", "write it like the-tide-clock")
		}
	}
	if p, ok := f.one("url"); ok {
		text := strings.TrimSpace(p.value.text)
		switch t, _ := parseLink(text, ""); {
		case t.kind == linkAbsolute && isWeb(t.url):
			f.d.HomeURL = t.url
		case strings.HasPrefix(text, "/"):
			f.permalink(text)
		default:
			f.warn(p.line, p.key, text, "it is no web address; it was left out", "write it like https://example.org/tide/")
		}
	}
	if p, ok := f.get("permalink"); ok && p.value.kind == scalar {
		f.permalink(p.value.text)
	}
	if p, ok := f.get("aliases", "redirectfrom"); ok {
		for _, a := range p.value.many() {
			if a.kind != scalar {
				continue
			}
			if slug := pageSlug(a.text); slug != "" {
				f.d.OldSlugs = append(f.d.OldSlugs, slug)
			}
			f.oldAddress(a.text)
		}
	}
}

// oldAddress keeps the whole address that the article had in an older system. One
// of a single part is an address of ours that is kept by its slug.
func (f *fields) oldAddress(address string) {
	if old := magazine.OldAddress(address); strings.HasPrefix(address, "/") && old != "" {
		f.d.OldSlugs = append(f.d.OldSlugs, old)
	}
}

// pattern finds what generators fill in: /:year/:title/ of Jekyll and Hugo, and
// /{{ page.fileSlug }}/ of Eleventy.
var pattern = regexp.MustCompile(`[{}]|:[a-z]`)

// permalink takes the slug from an address, unless the address is a pattern.
func (f *fields) permalink(address string) {
	if pattern.MatchString(address) || address == "false" {
		return
	}
	f.oldAddress(address)
	if f.d.Slug == "" {
		f.d.Slug = pageSlug(address)
		f.d.SlugGiven = f.d.Slug != ""
	}
}

// pageSlug is the slug in the address of an article's page. There is none in
// /article.php?id=7, which has its path in common with others.
func pageSlug(address string) string {
	if strings.Contains(address, "?") {
		return ""
	}
	return lastSegment(unescape(address))
}

// lastSegment is the slug in an address like /2024/05/tide/, /tide.html or
// /tide/index.html.
func lastSegment(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	base := path.Base(path.Clean("/" + address))
	if stem := strings.TrimSuffix(base, path.Ext(base)); stem == "index" {
		base = path.Base(path.Dir(path.Clean("/" + address)))
	} else if ext := strings.ToLower(path.Ext(base)); ext == ".html" || ext == ".htm" {
		base = stem
	}
	return slugOf(base)
}

// slugOf keeps a slug that can be part of an address as it is written, and
// makes one of other text.
func slugOf(text string) string {
	if isSlug(text) {
		return text
	}
	return magazine.Slugify(text)
}

// isSlug tells small letters and digits of any script with dashes between.
func isSlug(text string) bool {
	if text == "" || len(text) > 120 || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	for _, c := range text {
		if c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) || unicode.ToLower(c) != c {
			return false
		}
	}
	return true
}

// many is the entries of a list, or a single value as a list of one.
func (v value) many() []value {
	if v.kind == list {
		return v.items
	}
	return []value{v}
}

func (f *fields) section() {
	p, ok := f.get("section", "category", "categories")
	if !ok {
		return
	}
	v := p.value
	if v.kind == list {
		if len(v.items) > 1 && !sameKey(p.key, "categories") {
			f.warn(p.line, p.key, v.String(), "an article is in one section; the first was taken", "name one section")
		}
		v = v.items[0]
	}
	var s magazine.Section
	switch v.kind {
	case scalar:
		s.Name = magazine.CleanText(v.text)
	case table:
		if name, ok := v.get("name", "title"); ok && name.value.kind == scalar {
			s.Name = magazine.CleanText(name.value.text)
		}
		if slug, ok := v.get("slug"); ok && slug.value.kind == scalar {
			s.Slug = slugOf(strings.TrimSpace(slug.value.text))
		}
	}
	if s.Slug == "" {
		s.Slug = magazine.Slugify(s.Name)
	}
	if s.Name == "" || s.Slug == "" {
		f.warn(p.line, p.key, p.value.String(), "it is no section's name; it was left out", "write it as section: Name")
		return
	}
	f.d.Section = s
}

// day reads a date. One that is there and wrong holds the file.
func (f *fields) day(names ...string) (time.Time, pair) {
	p, ok := f.get(names...)
	if !ok {
		return time.Time{}, p
	}
	return f.dateOf(p), p
}

func (f *fields) dateOf(p pair) time.Time {
	if p.value.kind != scalar {
		f.hold(p.line, p.key, p.value.String(), "the date is no text", mendDate)
		return time.Time{}
	}
	t, wrong := parseDate(p.value.text, f.reader.zone)
	if wrong != "" {
		f.hold(p.line, p.key, p.value.text, "the date "+wrong, mendDate)
	}
	return t
}

func (f *fields) dates() {
	d := f.d
	d.Published, _ = f.day("date")
	if p, ok := f.get("published"); ok { // Jekyll: no means a draft; others: the date
		if yes, isBool := truth(p.value); isBool {
			d.Draft = d.Draft || !yes
		} else if t := f.dateOf(p); d.Published.IsZero() {
			d.Published = t
		}
	}
	if t, _ := f.day("publishdate", "pubdate"); t.After(d.Published) {
		d.Published = t
	}
	d.Updated, _ = f.day("updated", "lastmod", "lastmodifiedat", "modified")
	d.Expires, _ = f.day("expires", "expirydate", "unpublishdate")
	if p, ok := f.one("hijri"); ok && !f.held {
		d.setHijri(f.reader, p.value.text, p.line, f.report)
	}
}

// truth reads a yes or no.
func truth(v value) (yes, ok bool) {
	if v.kind != scalar {
		return false, false
	}
	switch strings.ToLower(strings.TrimSpace(v.text)) {
	case "true", "yes", "on", "1":
		return true, true
	case "false", "no", "off", "0":
		return false, true
	}
	return false, false
}

// flags reads draft and withdrawn. A draft that cannot be read holds the file:
// what an editor wanted to keep back must not come out by a slip of the pen.
func (f *fields) flags() {
	if p, ok := f.get("draft"); ok {
		yes, isBool := truth(p.value)
		if !isBool {
			f.hold(p.line, p.key, p.value.String(), "it is neither yes nor no", "write draft: true or draft: false")
		}
		f.d.Draft = f.d.Draft || yes
	}
	if p, ok := f.one("withdrawn"); ok {
		yes, isBool := truth(p.value)
		f.d.Withdrawn = yes || !isBool
		if !isBool {
			f.d.Reason = magazine.CleanText(p.value.text)
		}
	}
}

// forGood is the last day that can be written.
var forGood = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// pin reads until when the article leads digests: yes is for good.
func (f *fields) pin() {
	p, ok := f.one("pin", "pinned")
	if !ok {
		return
	}
	if yes, isBool := truth(p.value); isBool {
		if yes {
			f.d.Pinned = forGood
		}
		return
	}
	until, wrong := parseDate(p.value.text, f.reader.zone)
	if wrong != "" {
		f.warn(p.line, p.key, p.value.text, "it is neither yes nor no nor a date; it was left out", "write pin: true, or the date until which it leads digests")
		return
	}
	f.d.Pinned = until
}

// access reads who may read the article. An unknown word holds the file, for
// the same reason.
func (f *fields) access() {
	p, ok := f.get("access")
	if !ok {
		return
	}
	word := ""
	if p.value.kind == scalar {
		word = strings.ToLower(strings.TrimSpace(p.value.text))
	}
	switch word {
	case "everyone", "public", "all", "free":
	case "members", "member", "members-only":
		f.d.Access = magazine.Members
	default:
		words := []string{"access: everyone", "access: members"}
		for _, tier := range f.reader.publication.Tiers {
			if word == string(tier) {
				f.d.Access = magazine.Access(tier)
				return
			}
			words = append(words, "access: "+string(tier))
		}
		last := len(words) - 1
		mend := "write " + strings.Join(words[:last], ", ") + " or " + words[last]
		f.hold(p.line, p.key, p.value.String(), "nobody knows who that is", mend)
	}
}

// corrections are dated notes. Each moves Updated.
func (f *fields) corrections() {
	p, ok := f.get("corrections", "correction")
	if !ok {
		return
	}
	for _, v := range p.value.many() {
		text, hasText := v.get("text", "note")
		day, hasDay := v.get("date")
		if v.kind != table || !hasText || !hasDay || text.value.kind != scalar {
			f.warn(v.line, p.key, v.String(), "a correction needs date and text; it was left out", "write it as - {date: 2024-05-17, text: What was wrong}")
			continue
		}
		c := magazine.Correction{Date: f.dateOf(day), Text: magazine.CleanText(text.value.text)}
		f.d.Corrections = append(f.d.Corrections, c)
		if c.Date.After(f.d.Updated) {
			f.d.Updated = c.Date
		}
	}
}

func upperFirst(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(c)) + s[n:]
}
