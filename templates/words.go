package templates

import (
	"fmt"
	htmltemplate "html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/bidi"
)

// Words are our own words in one language. They may be used by several
// goroutines.
type Words struct {
	Language  string // BCP 47, as it was asked for
	Direction string // ltr or rtl

	messages map[string]*message
	digits   []rune // from 0 to 9; nil: those of English
	group    string // between thousands
	plurals  *i18n.Localizer
}

// newWords makes the words of a language. rules learn of it; they serve all.
func newWords(rules *i18n.Bundle, name string, messages map[string]*message) (*Words, error) {
	tag := language.MustParse(name)
	w := &Words{messages: messages}
	// The library knows the plural rules. It is asked for the name of a form alone:
	// it matches languages anew for each message, which costs more than the message.
	form := &i18n.Message{ID: formID, Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"}
	if err := rules.AddMessages(tag, form); err != nil {
		return nil, fmt.Errorf("no plural rules are known for the language %s", name)
	}
	w.plurals = i18n.NewLocalizer(rules, name)
	w.group = w.T("number.group")
	return w.as(tag), nil
}

const formID = "form"

// as is the words under another tag of their language, which may write other
// digits.
func (w *Words) as(tag language.Tag) *Words {
	other := *w
	other.Language, other.Direction = tag.String(), direction(tag)
	if other.digits = []rune(w.T("number.digits")); len(other.digits) != 10 || other.digits[0] == '0' {
		other.digits = nil
	}
	name, _, _ := strings.Cut(other.Language, "-u-")
	if tag.TypeForKey("nu") == "latn" || slices.Contains(latinDigits, name) && tag.TypeForKey("nu") == "" {
		other.digits, other.group = nil, ","
	}
	return &other
}

// latinDigits are where Arabic is written with the digits of English (CLDR 44).
var latinDigits = []string{"ar-DZ", "ar-EH", "ar-LY", "ar-MA", "ar-TN"}

// rightToLeft are the scripts that are.
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}

func direction(tag language.Tag) string {
	if script, _ := tag.Script(); slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Has tells that there is a message of that name.
func (w *Words) Has(id string) bool { return w.messages[id] != nil }

// T is a message as plain text. args are names and values in turn, as in
// T("authors.articles", "count", 7). A number is written in the language's
// digits, and that called count chooses the plural form. A text of the other
// direction is kept apart, so that what stands around it stays in its place
// (UAX 9). A message that there is not is its name: tests and the check of a
// publication's templates find those before anybody sees them.
func (w *Words) T(id string, args ...any) string {
	var b strings.Builder
	for _, p := range w.phrase(id, args) {
		switch p.kind {
		case plainPiece:
			b.WriteString(p.text)
		case valuePiece:
			text, _ := w.value(args, p.text)
			b.WriteString(text)
		}
	}
	return b.String()
}

// Pattern is a message as it is written, with the {names} of its values.
func (w *Words) Pattern(id string) string {
	var b strings.Builder
	for _, p := range w.phrase(id, nil) {
		if p.kind == valuePiece {
			p.text = "{" + p.text + "}"
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// HTML is T for templates of HTML, where it is called t: a string, which they
// escape; or HTML, where the message has a link ({page}words{/page}, page being
// its address) or a value is HTML itself. It fails where there is no such message.
func (w *Words) HTML(id string, args ...any) (any, error) {
	if !w.Has(id) {
		return nil, fmt.Errorf("there is no message %q", id)
	}
	pieces := w.phrase(id, args)
	if !slices.ContainsFunc(pieces, func(p piece) bool { return p.kind == openPiece }) && !slices.ContainsFunc(args, isHTML) {
		return w.T(id, args...), nil
	}
	var b strings.Builder
	linked := false
	for _, p := range pieces {
		text, plain := p.text, true
		if p.kind == plainPiece && linked {
			text = w.Apart(text)
		}
		if p.kind == valuePiece || p.kind == openPiece {
			text, plain = w.value(args, p.text)
		}
		switch {
		case p.kind == openPiece:
			linked = true
			b.WriteString(`<a href="` + htmltemplate.HTMLEscapeString(safeAddress(text)) + `">`)
		case p.kind == closePiece:
			linked = false
			b.WriteString("</a>")
		case plain:
			b.WriteString(htmltemplate.HTMLEscapeString(text))
		default:
			b.WriteString(text)
		}
	}
	return htmltemplate.HTML(b.String()), nil
}

// text is T for templates of plain text.
func (w *Words) text(id string, args ...any) (string, error) {
	if !w.Has(id) {
		return "", fmt.Errorf("there is no message %q", id)
	}
	return w.T(id, args...), nil
}

func isHTML(arg any) bool { _, ok := arg.(htmltemplate.HTML); return ok }

// safeAddress is the address of a page, and nothing that a browser would run.
func safeAddress(s string) string {
	for _, start := range []string{"/", "?", "#", "https://", "http://", "mailto:"} {
		if strings.HasPrefix(s, start) {
			return s
		}
	}
	return "#"
}

// phrase is a message in the form that its count asks for.
func (w *Words) phrase(id string, args []any) phrase {
	m := w.messages[id]
	if m == nil {
		return phrase{{plainPiece, id}}
	}
	if m.counts() {
		for i := 0; i+1 < len(args); i += 2 {
			if n, ok := args[i+1].(int); ok && args[i] == "count" {
				if p, ok := m.forms[w.form(n)]; ok {
					return p
				}
			}
		}
	}
	return m.forms["other"]
}

// form is the name of the plural form of a number.
func (w *Words) form(n int) string {
	form, err := w.plurals.Localize(&i18n.LocalizeConfig{MessageID: formID, PluralCount: n})
	if err != nil {
		return "other"
	}
	return form
}

// missingForms are those of the language that a message does not have.
func (w *Words) missingForms(m *message) (missing []string) {
	if !m.counts() && m.names()["count"] == plainPiece {
		return nil
	}
	for _, form := range w.neededForms() {
		if _, ok := m.forms[form]; !ok {
			missing = append(missing, form)
		}
	}
	return missing
}

// neededForms are the plural forms that whole numbers have in the language, sorted.
func (w *Words) neededForms() []string {
	needed := map[string]bool{w.form(1_000_000): true}
	for n := range 200 {
		needed[w.form(n)] = true
	}
	return slices.Sorted(maps.Keys(needed))
}

// value is what stands for a name, as text or, where plain is false, as HTML;
// nothing where it is not given.
func (w *Words) value(args []any, name string) (text string, plain bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		switch v := args[i+1].(type) {
		case htmltemplate.HTML:
			return string(v), false
		case string:
			return w.Apart(v), true
		case int:
			return w.Number(v), true
		default:
			return w.Apart(fmt.Sprint(v)), true
		}
	}
	return "", true
}

// Apart puts a text of the other direction between first strong isolate and its
// end, but for what stands between such marks already. Marks in it that would end
// that, or turn what follows, are taken out.
func (w *Words) Apart(s string) string {
	against, marked, depth := false, false, 0
	for i := 0; i < len(s); {
		p, size := bidi.LookupString(s[i:])
		switch p.Class() {
		case bidi.L:
			against = against || depth == 0 && w.Direction == "rtl"
		case bidi.R, bidi.AL:
			against = against || depth == 0 && w.Direction == "ltr"
		case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF:
			marked = true
		case bidi.LRI, bidi.RLI, bidi.FSI:
			marked = true
			depth++
		case bidi.PDI:
			marked = true
			depth = max(0, depth-1)
		}
		i += max(1, size)
	}
	if marked {
		s = balanced(s)
	}
	if !against {
		return s
	}
	return "\u2068" + s + "\u2069"
}

// balanced is a text without marks that turn what follows it: each isolate that
// begins in it ends there, and nothing else of that kind is left.
func balanced(s string) string {
	open := 0
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E:
			return -1
		case r >= 0x2066 && r <= 0x2068:
			open++
		case r == 0x2069 && open == 0:
			return -1
		case r == 0x2069:
			open--
		}
		return r
	}, s)
	return s + strings.Repeat("\u2069", open)
}

// Number writes a number in the language's digits, with what parts thousands.
func (w *Words) Number(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + w.group + s[at:]
	}
	return w.Figures(s)
}

// Figures writes a text's digits as the language does: "12" is "١٢" in Arabic.
func (w *Words) Figures(text string) string {
	if w.digits == nil {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return w.digits[r-'0']
		}
		return r
	}, text)
}

// Numerals is the counter style of CSS that has the language's digits; empty:
// those of English, or none of its name.
func (w *Words) Numerals() string {
	if w.digits == nil {
		return ""
	}
	return map[rune]string{'٠': "arabic-indic", '۰': "persian"}[w.digits[0]]
}

// Date prints the date of t, in its own zone, as the language does: "5 September
// 2024", "1er septembre 2024", "٥ سبتمبر ٢٠٢٤".
func (w *Words) Date(t time.Time) string {
	if t.Day() == 1 {
		return w.dated("date.first", t)
	}
	return w.dated("date.full", t)
}

// Weekday is the name of the day of t, in its own zone: "Friday".
func (w *Words) Weekday(t time.Time) string {
	return w.T("weekday." + strconv.Itoa((int(t.Weekday())+6)%7+1))
}

// Month prints the month and year of t likewise: "September 2024".
func (w *Words) Month(t time.Time) string { return w.dated("date.month", t) }

func (w *Words) dated(id string, t time.Time) string {
	return w.T(id, "day", t.Day(), "month", w.T("month."+strconv.Itoa(int(t.Month()))), "year", w.Figures(strconv.Itoa(t.Year())))
}

// Issue prints a volume and a number, which are texts: "Vol. 12, No. 9". Empty
// without either.
func (w *Words) Issue(volume, number string) string {
	if volume == "" || number == "" {
		return ""
	}
	return w.T("issue.reference", "volume", w.Figures(volume), "number", w.Figures(number))
}

// Between is what stands before the i-th of n things, counted from 0, in a list
// that ends in "and" or "or": nothing, a comma or that word, with their spaces.
func (w *Words) Between(i, n int, last string) string {
	switch {
	case i == 0:
		return ""
	case i < n-1:
		return w.T("list.comma")
	case last == "or":
		return w.T("list.or")
	}
	return w.T("list.and")
}

// List joins things as a sentence does: "A, B and C". last is "and" or "or".
func (w *Words) List(things []string, last string) string {
	var b strings.Builder
	for i, thing := range things {
		b.WriteString(w.Between(i, len(things), last) + w.Apart(thing))
	}
	return b.String()
}
