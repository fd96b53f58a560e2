package hijri

import (
	"regexp"
	"strconv"
	"strings"

	"postrider/magazine"
)

// longest is the length in bytes beyond which text is no date.
const longest = 200

// The parts around the three of a date. They are matched in folded text, where
// apostrophes and tatweels are gone and every Arabic heh is one letter.
const (
	// nth follows a day: 7th, French 1er, Malay 7hb.
	nth = `(?:st|nd|rd|th|er|hb)?`
	// anno precedes a year: AH 1446, de l'an 1446.
	anno = `(?:(?:ah|h\.|hicri|de lan) )?`
	// era follows a year. A year of the solar Hijri calendar has another.
	era = `(?: ?(?:a ?\. ?h ?\.?|ah|hijri(?:y?ah)?|hijrah|hicri|h\.?|(?:ere )?de lhegire|` +
		`هجري(?:ه| قمري)?|قمري|ه ?\.? ?ق ?\.?|ق\.?|ه\.?))?`
)

var (
	monthFirst = regexp.MustCompile(`^(\pL[\pL \-]*?)[ \-,]+(\d{1,2})` + nth + `(?: ?, ?| )` + anno + `(\d{4})` + era + `$`)
	dayFirst   = regexp.MustCompile(`^(?:hicri )?(\d{1,2})` + nth + `[ \-,]+(?:of )?(\pL[\pL \-]*?)(?: ?, ?|[ \-])` + anno + `(\d{4})` + era + `$`)
	figures    = regexp.MustCompile(`^(\d{4})[-/](\d{1,2})[-/](\d{1,2})` + era + `$`)
	monthYear  = regexp.MustCompile(`^(\pL[\pL \-]*?)(?: ?, ?| )` + anno + `(\d{4})` + era + `$`)
)

// Parse reads a date as pages print it, month first or day first: "Sha'ban 07,
// 1441", "7 Shaban 1441 AH", "Jumada II 29, 1443", "٧ شعبان ١٤٤١ هـ", "Hicri 7
// Şaban 1441". Names may be in any common English, French, Turkish, Malay or
// Indonesian spelling, or in Arabic, Persian or Urdu, in Latin letters too, with
// any apostrophes; digits may be Arabic-Indic ones, with the forms of Persian
// and Urdu. Figures alone are read year first, "1441-08-07". A month that is
// ambiguous ("Rabi'") and numbers that are no date are errors that say what to
// write. So is a day after the 30th, which only a corrected month may have: see
// Reckoning.Parse.
func Parse(s string) (Date, error) {
	d, err := parse(s)
	if err != nil {
		return Date{}, err
	}
	if err := d.check(); err != nil {
		return Date{}, unreadable(s, err)
	}
	return d, nil
}

func unreadable(s string, err error) error {
	return magazine.Errorf(magazine.Invalid, "the Hijri date %q: %w", s, err)
}

// parse reads the three parts of a date, and only looks whether there is a month
// of that name.
func parse(s string) (Date, error) {
	text, err := foldInput(s)
	if err != nil {
		return Date{}, err
	}
	var year, month, day string
	if m := figures.FindStringSubmatch(text); m != nil {
		year, month, day = m[1], m[2], m[3]
	} else if m := monthFirst.FindStringSubmatch(text); m != nil {
		month, day, year = m[1], m[2], m[3]
	} else if m := dayFirst.FindStringSubmatch(text); m != nil {
		day, month, year = m[1], m[2], m[3]
	} else {
		return Date{}, magazine.Errorf(magazine.Invalid, "%q is no Hijri date; write it like %q", s, Date{1446, RabiAlAwwal, 3}.Format("en"))
	}
	d := Date{Year: atoi(year), Day: atoi(day)}
	if n, notFigures := strconv.Atoi(month); notFigures == nil {
		d.Month = Month(n)
	} else if d.Month, err = readMonth(month); err != nil {
		return Date{}, unreadable(s, err)
	}
	return d, nil
}

// ParseMonthYear reads the month and year of a citation: "Rabi' al-Awwal, 1446".
func ParseMonthYear(s string) (Month, int, error) {
	text, err := foldInput(s)
	if err != nil {
		return 0, 0, err
	}
	m := monthYear.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, magazine.Errorf(magazine.Invalid, "%q is no Hijri month and year; write them like %q", s, "Rabi' al-Awwal, 1446")
	}
	month, err := readMonth(m[1])
	if err == nil {
		err = checkYear(atoi(m[2]))
	}
	if err != nil {
		return 0, 0, magazine.Errorf(magazine.Invalid, "the Hijri month and year %q: %w", s, err)
	}
	return month, atoi(m[2]), nil
}

// foldInput folds text that is short enough to be a date.
func foldInput(s string) (string, error) {
	if len(s) > longest {
		return "", magazine.Errorf(magazine.Invalid, "a text of %d bytes is no Hijri date; write it like %q", len(s), Date{1446, RabiAlAwwal, 3}.Format("en"))
	}
	return strings.Join(strings.Fields(fold(s)), " "), nil
}

// atoi is the number of a few digits, and 0 for what is none.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
