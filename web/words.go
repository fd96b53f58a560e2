package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"postrider/magazine"
	"postrider/templates"
)

// words are the functions that templates may call. Dates are reckoned in the
// publication's zone.
func (s *site) words(w *templates.Words) template.FuncMap {
	p, here := s.Publication, s.voice(w, "")
	return template.FuncMap{
		"link":     s.path, // an address for a page of ours
		"abs":      p.Link, // an address for other programs
		"script":   func() string { return s.path("/copy.js?v=" + s.assets.script.hash) },
		"members":  func() string { return s.path("/members.js?v=" + s.assets.members.hash) },
		"style":    func() string { return s.path("/style.css?v=" + s.assets.style.hash) },  //
		"icons":    func() []icon { return s.assets.icons },                                 // for the head of the page
		"html":     s.html,                                                                  // sanitised HTML, its links made to work here
		"dir":      magazine.Direction,                                                      // ltr or rtl
		"foreign":  func(language string) bool { return foreign(language, w.Language) },     // is it another than the page's?
		"ours":     func() template.HTMLAttr { return s.ours(w) },                           // the language of the publication's words, where it is another
		"say":      func(language string) voice { return s.voice(w, language) },             // our words in a language; "": the page's
		"date":     here.Date,                                                               // 5 September 2024
		"figures":  w.Figures,                                                               // with the language's digits
		"day":      p.Day,                                                                   // 2024-09-05
		"timed":    timed,                                                                   // a date within a message
		"slashed":  func(t time.Time) string { return t.In(s.zone()).Format("2006/01/02") }, // as citation_publication_date wants it
		"instant":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },        //
		"between":  s.messages.Between,                                                      // what stands before the i-th of n names
		"initials": initials,                                                                //
	}
}

// ours names the language of what the publication says of itself, where the page
// is in another.
func (s *site) ours(w *templates.Words) template.HTMLAttr {
	if language := s.Publication.Language; magazine.BaseLanguage(language) != magazine.BaseLanguage(w.Language) {
		return template.HTMLAttr(fmt.Sprintf(` lang="%s"`, template.HTMLEscapeString(language)))
	}
	return ""
}

// timed is a date as people read it, with its day for programs.
func timed(day, date string) template.HTML {
	return template.HTML(`<time datetime="` + template.HTMLEscapeString(day) + `">` + template.HTMLEscapeString(date) + "</time>")
}

// zone is the one that the publication's dates are reckoned in.
func (s *site) zone() *time.Location {
	if s.Publication.Zone == nil {
		return time.UTC
	}
	return s.Publication.Zone
}

// html trusts what was sanitised when it was read.
func (s *site) html(clean string) template.HTML {
	return template.HTML(reachable.Replace(magazine.AbsoluteHTML(clean, s.prefix)))
}

// reachable lets the keyboard come to what one may have to move sideways to read it.
// Within texts and attributes "<" is escaped.
var reachable = strings.NewReplacer("<pre>", `<pre tabindex="0">`, "<pre ", `<pre tabindex="0" `, "<table>", `<table tabindex="0">`, "<table ", `<table tabindex="0" `)

func foreign(language, ours string) bool { return language != "" && !strings.EqualFold(language, ours) }

// initials are the first letters of a name's first and last word.
func initials(name string) string {
	fields := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '-' })
	if len(fields) == 0 {
		return ""
	}
	first, last := fields[0], fields[len(fields)-1]
	if len(fields) == 1 {
		last = ""
	}
	return firstLetter(first) + firstLetter(last)
}

func firstLetter(word string) string {
	for _, r := range word {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return ""
}

// asSentence gives a text a capital letter and a full stop.
func asSentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	text = string(unicode.ToUpper(r)) + text[size:]
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}

// hasHeading tells that a text brings its own main heading.
func hasHeading(html string) bool { return strings.Contains(html, "<h1") }
