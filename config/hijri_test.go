package config

import (
	"slices"
	"strings"
	"testing"
)

// withHijri is the smallest configuration with lines added to the publication.
func withHijri(lines string) string {
	return strings.Replace(least, "publication:\n", "publication:\n"+lines, 1)
}

func TestHijriCorrections(t *testing.T) {
	want := []HijriCorrection{{1446, 9, 1}, {1447, 1, -1}, {1446, 12, 2}, {1446, 2, -2}}
	for _, lines := range []string{
		"  hijri: civil\n  hijri_corrections: {1446-09: 1, 1447-01: -1, 1446-12: 2, 1446-02: -2}\n",
		"  hijri: umm-al-qura\n  hijri_corrections:\n    1446-09: +1  # seen on Sunday\n    \"1447-01\": \"-1\"\n    1446-12: +2\n    1446-02: -2\n",
	} {
		if c := load(t, withHijri(lines)); !slices.Equal(c.Publication.HijriCorrections, want) {
			t.Errorf("%s: %v", lines, c.Publication.HijriCorrections)
		}
	}
	for _, lines := range []string{
		"  hijri: civil\n  hijri_corrections:\n    # 1446-09: 1\n",
		"  hijri: none\n  hijri_corrections: {}\n",
	} {
		if c := load(t, withHijri(lines)); c.Publication.HijriCorrections != nil {
			t.Errorf("%s: %v", lines, c.Publication.HijriCorrections)
		}
	}
}

func TestHijriCorrectionMistakes(t *testing.T) {
	const days = "; write by how many days the month begins later, 1 or 2, or earlier, -1 or -2"
	const month = " is no Hijri month; write the Hijri year and the month's number in two digits, such as 1446-09 for Ramadan 1446"
	for lines, want := range map[string][]string{
		"  hijri: civil\n  hijri_corrections:\n    1446-09: 3\n    1446-10: 0\n    1446-9: 1\n    1446-13: many\n    1446-11:\n    1446-11: 1\n    Ramadan: [1]\n": {
			`line 5, column 14: publication.hijri_corrections.1446-09: "3" is no correction` + days,
			`line 6, column 14: publication.hijri_corrections.1446-10: "0" is no correction` + days,
			"line 7, column 5: publication.hijri_corrections.1446-9:" + month,
			"line 8, column 5: publication.hijri_corrections.1446-13:" + month,
			`line 8, column 14: publication.hijri_corrections.1446-13: "many" is no correction` + days,
			"line 9, column 5: publication.hijri_corrections.1446-11: has no value; give it one, in quotes if it begins with #, or remove the line",
			"line 10, column 5: publication.hijri_corrections.1446-11: is here twice, first on line 9; keep one of the two",
			"line 11, column 5: publication.hijri_corrections.Ramadan:" + month,
			"line 11, column 5: publication.hijri_corrections.Ramadan: is a list where a single value belongs; write the value after the colon",
		},
		"  hijri: civil\n  hijri_corrections: [1446-09]\n": {
			"line 4, column 3: publication.hijri_corrections: is a list where a group of keys belongs; write each key on a line of its own below it, indented"},
		"  hijri: none\n  hijri_corrections: {1446-09: 1}\n": {
			"line 3, column 10: publication.hijri: is none, and hijri_corrections need a calendar; choose civil or umm-al-qura, or remove hijri_corrections"},
		"  hijri_corrections: {1446-09: 1}\n": {
			"line 2, column 1: publication.hijri: is none, and hijri_corrections need a calendar; choose civil or umm-al-qura, or remove hijri_corrections"},
		"  hijri: civl\n  hijri_corrections: {1446-09: 1}\n": { // one mistake, not two
			`line 3, column 10: publication.hijri: "civl" is not a choice here; did you mean civil?`},
	} {
		if got := strings.Split(mistakes(t, withHijri(lines), nil).Error(), "\n"); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", lines, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
