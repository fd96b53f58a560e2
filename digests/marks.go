package digests

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strings"

	"postrider/magazine"
	"postrider/templates"
)

// Mail is the rendered message that people with the same articles share. HTML
// and Text have marks where a person's fields go; Subject and Preheader have
// none and are one line each.
type Mail struct {
	Subject   string
	Preheader string // what mail programs show beside the subject; stands in HTML, too
	HTML      string
	Text      string
	Warning   string `json:",omitempty"` // for the people who run this: it is nearly too long
}

// Person is what a mail says to one person. The addresses are absolute; those
// of pages that the renderer was not told of stay empty.
type Person struct {
	Email          string
	Name           string // may be empty
	UnsubscribeURL string
	PreferencesURL string
	BrowserURL     string // the same mail as a page
}

// The noncharacters that begin and end a mark. magazine.CleanRunes drops them
// from every text.
const (
	markBegin = "\uFDD0"
	markEnd   = "\uFDD1"
)

// markNames are the marks that templates may write.
var markNames = []string{"email", "name", "unsubscribe", "preferences", "browser"}

// marked is a word as a template writes a mark.
var marked = regexp.MustCompile(`\[\[[ \t]*([\pL_-]+)[ \t]*\]\]`)

// StrayMarks are words in the publication's own templates that look like marks and
// are none: people would read them as they stand. Each is a warning.
func StrayMarks(files *templates.Files) (all templates.Mistakes) {
	for _, name := range []string{htmlFile, textFile} {
		text, err := files.ReadFile(name)
		if err != nil || files.Origin(name) == name { // what cannot be read is told elsewhere
			continue
		}
		for _, at := range marked.FindAllSubmatchIndex(text, -1) {
			whole, word := string(text[at[0]:at[1]]), string(text[at[2]:at[3]])
			if slices.Contains(markNames, word) && whole == "[["+word+"]]" {
				continue
			}
			mend := "those that are filled in are [[" + strings.Join(markNames, "]], [[") + "]]"
			if near := nearestMark(word); near != "" {
				mend = "did you mean [[" + near + "]]?"
			}
			all = append(all, &templates.Mistake{File: files.Origin(name), Line: 1 + bytes.Count(text[:at[0]], []byte("\n")),
				Text: "nothing is filled in for " + whole + ", and people will read it as it stands", Mend: mend, Warning: true})
		}
	}
	return all
}

// nearestMark is the mark that somebody who wrote this word most likely meant, by
// the pairs of letters that they have in common; empty: none is near.
func nearestMark(word string) (near string) {
	pairs := func(s string) map[string]bool {
		of, letters := map[string]bool{}, []rune(" "+strings.ToLower(s)+" ")
		for i := range len(letters) - 1 {
			of[string(letters[i:i+2])] = true
		}
		return of
	}
	best, have := 0.5, pairs(word)
	for _, name := range markNames {
		common, of := 0, pairs(name)
		for pair := range of {
			if have[pair] {
				common++
			}
		}
		if share := 2 * float64(common) / float64(len(of)+len(have)); share >= best {
			best, near = share, name
		}
	}
	return near
}

// markWords turns the [[name]] of a template into marks. It is applied to
// templates only, never to what is put into them.
func markWords(template string) string {
	template = magazine.CleanRunes(template)
	for _, name := range markNames {
		template = strings.ReplaceAll(template, "[["+name+"]]", mark(name))
	}
	return template
}

func mark(name string) string { return markBegin + name + markEnd }

// Marks are what stands in a Mail's HTML and Text where a person's values go, in
// the order of Values.
func Marks() []string {
	marks := make([]string, len(markNames))
	for i, name := range markNames {
		marks[i] = mark(name)
	}
	return marks
}

// Values are a person's fields in the order of Marks, for the HTML, where they are
// escaped, and for the text. Each is one line and holds no mark.
func (p Person) Values() (inHTML, inText []string) {
	inText = []string{p.Email, p.Name, p.UnsubscribeURL, p.PreferencesURL, p.BrowserURL} // as markNames
	inHTML = make([]string, len(inText))
	for i, value := range inText {
		inText[i] = clean(value)
		inHTML[i] = html.EscapeString(inText[i])
	}
	return inHTML, inText
}

// For fills in a person's values. It may be called from several goroutines.
func (m *Mail) For(p Person) (subject, htmlPart, textPart string) {
	inHTML, inText := p.Values()
	fill := func(part string, values []string) string {
		var pairs []string
		for i, mark := range Marks() {
			pairs = append(pairs, mark, values[i])
		}
		return strings.NewReplacer(pairs...).Replace(part)
	}
	return m.Subject, fill(m.HTML, inHTML), fill(m.Text, inText)
}
