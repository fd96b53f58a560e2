package magazine

import (
	"strconv"
	"strings"
	"time"
)

// tongue is how one language prints dates, figures and issues.
type tongue struct {
	months [12]string // of the Gregorian calendar
	digits string     // its digits from 0 to 9; empty for those of English
	date   string     // with {day}, {month} and {year}
	issue  string     // with {volume} and {number}

	minutes func(n int) string // how long something takes to read
}

const arabicDigits = "٠١٢٣٤٥٦٧٨٩"

// tongues has the languages that we print in. Arabic has the months' names that
// are read from Cairo to Muscat, and the digits that Hijri dates have, too.
var tongues = map[string]tongue{
	"en": {
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		date:   "{day} {month} {year}",
		issue:  "Vol. {volume}, No. {number}",

		minutes: func(n int) string { return strconv.Itoa(n) + " min read" },
	},
	"ar": {
		months: [12]string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
		digits: arabicDigits,
		date:   "{day} {month} {year}",
		issue:  "المجلد {volume}، العدد {number}",

		minutes: arabicMinutes,
	},
}

// arabicMinutes counts as Arabic does: one, two, 3 to 10, 11 to 99, and so on
// in each hundred (CLDR's plural rules for ar).
func arabicMinutes(n int) string {
	count := figures(arabicDigits, strconv.Itoa(n))
	switch {
	case n == 1:
		return "مدة القراءة دقيقة واحدة"
	case n == 2:
		return "مدة القراءة دقيقتان"
	case n%100 >= 3 && n%100 <= 10:
		return "مدة القراءة " + count + " دقائق"
	}
	return "مدة القراءة " + count + " دقيقة"
}

// Speaks tells that dates, figures and our own words can be had in a language.
func Speaks(language string) bool {
	_, ok := tongues[BaseLanguage(language)]
	return ok
}

// MinutesIn says how long something takes to read: "4 min read". A language
// without a form of its own gets the English.
func MinutesIn(language string, n int) string { return tongueOf(language).minutes(n) }

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
	return figures(tongueOf(language).digits, text)
}

func figures(own, text string) string {
	digits := []rune(own)
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
