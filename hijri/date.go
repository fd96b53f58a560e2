package hijri

import (
	"fmt"
	"strings"

	"postrider/magazine"
)

// lastYear is the last year that a Date may have (about 2271 of the common
// era). A greater number on a page is a Gregorian year.
const lastYear = 1700

// A Date is a day of the Hijri calendar as somebody reckoned it: month 1 to 12,
// day 1 to 30, or up to 32 where a correction makes a month longer than those of
// the moon. Which Gregorian day it was depends on who saw the moon.
type Date struct {
	Year  int
	Month Month
	Day   int
}

// IsZero tells that there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String is the date in figures, "1446-03-03", which Reckoning.Parse reads back.
func (d Date) String() string {
	return decimal(d.Year, 4) + "-" + decimal(int(d.Month), 2) + "-" + decimal(d.Day, 2)
}

// Format prints the date as the language's readers expect it: "Rabi' al-Awwal
// 03, 1446" in English, "٣ ربيع الأول ١٤٤٦ هـ" in Arabic. French, Persian and Urdu
// have their own forms too; all other languages get the English one. Reckoning.Parse
// reads what Format writes of its days. The zero Date, and one with a month that is none, is "".
func (d Date) Format(language string) string {
	name := d.Month.Name(language)
	if name == "" {
		return ""
	}
	h, width := houseOf(language), 1
	if h.twoDay {
		width = 2
	}
	return strings.NewReplacer(
		"{day}", h.number(d.Day, width),
		"{month}", name,
		"{year}", h.number(d.Year, 1),
	).Replace(h.date)
}

// MonthYear is the month's name and the year in figures as a citation in that
// language prints them: "Rabi' al-Awwal" and "1446".
func (d Date) MonthYear(language string) (month, year string) {
	return d.Month.Name(language), houseOf(language).number(d.Year, 1)
}

// check refuses numbers that are no date of a Hijri calendar without corrections.
func (d Date) check() error {
	if err := d.checkMonth(); err != nil {
		return err
	}
	if d.Day < 1 || d.Day > 30 {
		return magazine.Errorf(magazine.Invalid, "day %d does not exist in %s; a Hijri month has 29 or 30 days", d.Day, d.Month)
	}
	return nil
}

// checkMonth refuses a month or year that no Hijri calendar has.
func (d Date) checkMonth() error {
	if d.Month < Muharram || d.Month > DhuAlHijjah {
		return magazine.Errorf(magazine.Invalid, "month %d does not exist; months go from 1 to 12", d.Month)
	}
	return checkYear(d.Year)
}

func checkYear(year int) error {
	if year < 1 || year > lastYear {
		return magazine.Errorf(magazine.Invalid, "%d is no Hijri year between 1 and %d; write the Hijri year, not the Gregorian one", year, lastYear)
	}
	return nil
}

// decimal writes n with at least width digits.
func decimal(n, width int) string { return fmt.Sprintf("%0*d", width, max(n, 0)) }
