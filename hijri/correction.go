package hijri

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Months begin when the moon is seen, and are as long as from one sighting to
// the next: 29 or 30 days. Whoever corrects one month and not its neighbours
// makes one of another length, which is borne as far as single corrections of
// MostDays lead; what goes beyond is a slip of the pen.
const (
	MostDays      = 2 // by which a month may begin earlier or later than computed
	shortestMonth = 30 - MostDays
	longestMonth  = 30 + MostDays
)

// A Correction moves the first day of one month of one year, later by Days, or
// earlier where Days is negative. The month before ends where it begins; all
// other months begin as they are computed.
type Correction struct {
	Year  int
	Month Month
	Days  int // from -MostDays to MostDays
}

// A Misfit is a correction that cannot be: what is wrong, and how to mend it.
type Misfit struct {
	Correction
	Text, Mend string
}

// Misfits are all corrections that cannot be, in the order in which they were given.
type Misfits []Misfit

// Error lists them, one a line.
func (ms Misfits) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = fmt.Sprintf("the correction of %s: %s; %s", moonOf(m.Year, m.Month), m.Text, m.Mend)
	}
	return strings.Join(lines, "\n")
}

// NewReckoning makes a reckoning of a calendar, with corrections where there
// are any. Its error is Misfits.
func NewReckoning(c Calendar, corrections ...Correction) (Reckoning, error) {
	r := Reckoning{c, map[moon]int{}}
	var wrong Misfits
	var fit []Correction
	for _, k := range corrections {
		text, mend := r.refuse(k)
		if text != "" {
			wrong = append(wrong, Misfit{k, text, mend})
			continue
		}
		r.moved[moonOf(k.Year, k.Month)] = k.Days
		fit = append(fit, k)
	}
	for _, k := range fit {
		if text := r.misshapes(k); text != "" {
			wrong = append(wrong, Misfit{k, text, "look at its sign, or correct the months beside it, too"})
		}
	}
	if len(wrong) > 0 {
		slices.SortStableFunc(wrong, func(a, b Misfit) int {
			return cmp.Compare(slices.Index(corrections, a.Correction), slices.Index(corrections, b.Correction))
		})
		return Reckoning{}, wrong
	}
	return r, nil
}

// refuse finds what is wrong with a correction by itself.
func (r Reckoning) refuse(k Correction) (text, mend string) {
	s, err := r.calendar.span()
	switch {
	case err != nil:
		return "there is no calendar to correct", "choose civil or umm-al-qura, or remove it"
	case k.Month < Muharram || k.Month > DhuAlHijjah:
		return fmt.Sprintf("month %d does not exist", k.Month), "write a month from 1 to 12"
	case k.Days < -MostDays || k.Days > MostDays || k.Days == 0:
		return fmt.Sprintf("%d days are no correction", k.Days), fmt.Sprintf("write a number from -%d to %d, not 0", MostDays, MostDays)
	}
	// The months before and after it must be whole: their lengths change.
	first, last := moonOf(s.from.Year, s.from.Month)+1, moonOf(s.to.Year, s.to.Month)-1
	if s.from.Day > 1 {
		first++
	}
	if checkYear(k.Year) != nil || moonOf(k.Year, k.Month) < first || moonOf(k.Year, k.Month) > last {
		return fmt.Sprintf("the %s calendar can be corrected from %s to %s", r.calendar, first, last), "write the Hijri year and month within these"
	}
	if _, twice := r.moved[moonOf(k.Year, k.Month)]; twice {
		return "it is there twice", "keep one of the two"
	}
	return "", ""
}

// misshapes finds a month that a correction makes too short or too long: the
// one before it or, unless the blame is the next correction's, its own.
func (r Reckoning) misshapes(k Correction) string {
	m := moonOf(k.Year, k.Month)
	for _, one := range []moon{m - 1, m} {
		if _, corrected := r.moved[one+1]; one == m && corrected {
			continue
		}
		days, err := r.length(one)
		if err != nil {
			return err.Error()
		}
		if days < shortestMonth || days > longestMonth {
			return fmt.Sprintf("%s %d would have %d days; a month has 29 or 30, and corrections may make it %d to %d",
				one.month(), one.year(), days, shortestMonth, longestMonth)
		}
	}
	return ""
}
