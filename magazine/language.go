package magazine

import (
	"strings"
	"time"
)

// tongue is how one language prints dates, figures and issues.
type tongue struct {
	months [12]string // of the Gregorian calendar
	digits string     // its digits from 0 to 9; empty for those of English
	date   string     // with {day}, {month} and {year}
	issue  string     // with {volume} and {number}
}

// tongues has the languages that we print in. Arabic has the months' names that
// are read from Cairo to Muscat, and the digits that Hijri dates have, too.
var tongues = map[string]tongue{
	"en": {
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		date:   "{day} {month} {year}",
		issue:  "Vol. {volume}, No. {number}",
	},
	"ar": {
		months: [12]string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
		digits: "٠١٢٣٤٥٦٧٨٩",
		date:   "{day} {month} {year}",
		issue:  "المجلد {volume}، العدد {number}",
	},
}

// BaseLanguage is the first part of a BCP 47 tag, in small letters.
func BaseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	return base
}

// tongueOf finds the form of a BCP 47 language; what has none gets the English.
func tongueOf(language string) tongue {
	if t, ok := tongues[BaseLanguage(language)]; ok {
		return t
	}
	return tongues["en"]
}

// Figures writes a text's digits as the language does: "12" is "١٢" in Arabic.
func Figures(language, text string) string {
	digits := []rune(tongueOf(language).digits)
	if len(digits) == 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return digits[r-'0']
		}
		return r
	}, text)
}

// DateIn prints the date of t in the publication's zone as a language does:
// "5 September 2024", "٥ سبتمبر ٢٠٢٤". A language without a form of its own
// gets the English.
func (p *Publication) DateIn(language string, t time.Time) string {
	return p.printed(language, t, tongueOf(language).date)
}

// MonthIn prints the month and year of t likewise: "September 2024".
func (p *Publication) MonthIn(language string, t time.Time) string {
	return p.printed(language, t, "{month} {year}")
}

func (p *Publication) printed(language string, t time.Time, form string) string {
	t = t.In(p.zone())
	return strings.NewReplacer(
		"{day}", Figures(language, t.Format("2")),
		"{month}", tongueOf(language).months[t.Month()-1],
		"{year}", Figures(language, t.Format("2006")),
	).Replace(form)
}

// In prints the issue as a language does: "Vol. 12, No. 9", "المجلد ١٢، العدد ٩".
// A language without a form of its own gets the English.
func (r IssueRef) In(language string) string {
	if r.IsZero() {
		return ""
	}
	return strings.NewReplacer("{volume}", Figures(language, r.Volume), "{number}", Figures(language, r.Number)).Replace(tongueOf(language).issue)
}
