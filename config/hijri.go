package config

import (
	"fmt"
	"regexp"
	"strconv"
)

// A HijriCorrection moves the first day of one Hijri month, later by Days or,
// where they are negative, earlier. Whether the calendar has the month, and may
// have it so, is for the caller's check.
type HijriCorrection struct {
	Year, Month int
	Days        int // -2, -1, 1 or 2
}

// Path is where the correction stands.
func (k HijriCorrection) Path() string {
	return join("publication.hijri_corrections", fmt.Sprintf("%04d-%02d", k.Year, k.Month))
}

// corrections reads a group whose keys are months: they are no words of ours,
// so each is judged like a value.
func corrections(s *section, key string) (all []HijriCorrection) {
	s.known = append(s.known, key)
	n, path := s.node.field(key), join(s.path, key)
	if n == nil || n.kind == null { // every line of it commented out
		return nil
	}
	s.places[path] = n.place
	if n.kind != group {
		s.wrongKind(n, path, group)
		return nil
	}
	for _, k := range n.keys {
		here := join(path, k.name)
		s.places[here] = k.value.place
		found, w := hijriMonth(k.name)
		if w != nil {
			s.add(k.place, here, w.text, w.mend)
		}
		if n := s.check(k.value, here); n != nil {
			found.Days = value(s.decoder, n, here, 0, correctionDays)
		}
		if w == nil && found.Days != 0 {
			all = append(all, found)
		}
	}
	return all
}

var hijriMonthPattern = regexp.MustCompile(`^(\d{4})-(0[1-9]|1[0-2])$`)

// hijriMonth is a month of a Hijri year in figures.
func hijriMonth(s string) (k HijriCorrection, _ *wrong) {
	m := hijriMonthPattern.FindStringSubmatch(s)
	if m == nil {
		return k, &wrong{"is no Hijri month", "write the Hijri year and the month's number in two digits, such as 1446-09 for Ramadan 1446"}
	}
	k.Year, _ = strconv.Atoi(m[1])
	k.Month, _ = strconv.Atoi(m[2])
	return k, nil
}

// correctionDays is by how many days a month begins later, or earlier.
func correctionDays(s string) (int, *wrong) {
	days, ok := map[string]int{"-2": -2, "-1": -1, "1": 1, "+1": 1, "2": 2, "+2": 2}[s]
	if !ok {
		return 0, &wrong{quote(s) + " is no correction", "write by how many days the month begins later, 1 or 2, or earlier, -1 or -2"}
	}
	return days, nil
}

// correctionsAgree checks that there is a calendar to correct.
func correctionsAgree(c *Config) []Mistake {
	if len(c.Publication.HijriCorrections) == 0 || c.Publication.Hijri != HijriNone {
		return nil
	}
	return []Mistake{{Path: "publication.hijri", Text: "is none, and hijri_corrections need a calendar", Mend: "choose civil or umm-al-qura, or remove hijri_corrections"}}
}
