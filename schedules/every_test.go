package schedules

import (
	"errors"
	"strings"
	"testing"

	"postrider/hijri"
)

func TestEvery(t *testing.T) {
	for every, want := range map[string]string{
		"weekday at 07:00":                             "every weekday at 07:00",
		"day at 07:00 and 18:00":                       "every day at 07:00 and 18:00",
		"Day  AT 7:00,18:30 and 23:59":                 "every day at 07:00, 18:30 and 23:59",
		"other friday at 09:00 from 2026-01-02":        "every other Friday from 2026-01-02 at 09:00",
		"first monday of the month at 08:00":           "on the first Monday of the month at 08:00",
		"last day of the month at 18:00":               "on the last day of the month at 18:00",
		"last fri of month at 18:00":                   "on the last Friday of the month at 18:00",
		"first weekday of the month at 08:00":          "on the first weekday of the month at 08:00",
		"third monday and friday of the month at 8:00": "on the third Monday and Friday of the month at 08:00",
		"first day of the month at 08:00":              "on the 1st of the month at 08:00",
		"1st and 15th of the month at 06:30":           "on the 1st and 15th of the month at 06:30",
		"2nd, 3rd, 31st of month at 06:30":             "on the 2nd, 3rd and 31st of the month at 06:30",
		"hour":                                         "every hour",
		"issue":                                        "when an issue is published",
		"issue + 2h":                                   "2 hours after an issue is published",
		"Issue +90m":                                   "90 minutes after an issue is published",
		"issue + 1d":                                   "1 day after an issue is published",
		"first day of the hijri month at 09:00":        "on the first day of the Hijri month at 09:00",
		"last day of hijri month at 9:00":              "on the last day of the Hijri month at 09:00",
		"monday, wednesday and friday at 08:30":        "every Monday, Wednesday and Friday at 08:30",
		"sunday and saturday at 00:00":                 "every Saturday and Sunday at 00:00",
		"day at 00:05 and 01:10 and 02:20 and 03:30 and 04:40 and 05:50 and 06:00 and 07:00 and 08:00": "every day at 00:05, 01:10, 02:20, 03:30, 04:40, 05:50, 06:00, 07:00 and 08:00",
	} {
		s, err := Parse(Spec{Newsletter: "weekly", Every: every, Timezone: "UTC", Calendar: civil(t)})
		if err != nil {
			t.Errorf("%q: %v", every, err)
		} else if got := s.Words(); got != want {
			t.Errorf("%q is %q; want %q", every, got, want)
		}
	}
}

// What is not understood is named with its place, and answered with what to write.
func TestEveryMistakes(t *testing.T) {
	for every, says := range map[string]string{
		"fridays at 07:00":                          `character 1: a day was expected|did you mean friday?`,
		"frist day of the month at 07:00":           `character 1: a day was expected|weekday at 07:00`,
		"fryday at 07:00":                           `character 1: a day was expected|weekday at 07:00`,
		"day":                                       `at the end: at what time?|at 07:00`,
		"day 07:00":                                 `character 5: at what time?`,
		"day at 7":                                  `character 8: a time from 00:00 to 23:59|at 07:00`,
		"day at 24:00":                              `character 8: a time`,
		"day at 07:00 and":                          `at the end: a time`,
		"day at 07:00 pm":                           `character 14: nothing more`,
		"day at 07:00 from 2026-01-02":              `character 14: nothing more`,
		"32nd of the month at 07:00":                `character 1: a day of the month was expected, 1st to 31st`,
		"1st and 2th of the month at 07:00":         `character 9: a day of the month was expected|did you mean 2nd?`,
		"1st and friday of the month at 07:00":      `character 9: a day of the month`,
		"1st at 07:00":                              `character 5: "of the month" was expected`,
		"other friday at 09:00":                     `at the end: every other week from when?|other friday at 09:00 from 2026-01-09`,
		"other friday at 09:00 from 02.01.2026":     `character 28: a date was expected`,
		"other friday at 09:00 from 2026-01-03":     `character 28: 2026-01-03 is a Saturday, not a Friday|write 2026-01-09, or saturday instead of friday`,
		"other friday at 09:00 from 2999-01-02":     `character 28: a year from 1900 to 2200`,
		"other day at 09:00 from 2026-01-03":        `character 7: a day was expected`,
		"first monday at 08:00":                     `character 14: "of the month" was expected`,
		"sixth monday of the month at 08:00":        `character 1: a day was expected`,
		"last":                                      `at the end: a day was expected`,
		"first day of the hijri month at 09:00":     `character 18: no Hijri calendar is chosen`,
		"second day of the hijri month at 09:00":    `character 12: "of the month" was expected`,
		"issue + 2":                                 `character 9: a delay was expected|issue + 2h`,
		"issue 2 h":                                 `character 7: a delay`,
		"issue +":                                   `at the end: a delay`,
		"issue + 15d":                               `character 9: the delay is too long`,
		"issue + 2h and 3h":                         `character 12: nothing more`,
		"hour at 07:00":                             `character 6: nothing more`,
		"мой friday at 07:00":                       `character 1: a day`,
		"day at 07:00, " + strings.Repeat("x", 999): `character 15: a time`,
	} {
		_, err := Parse(Spec{Newsletter: "weekly", Every: every, Timezone: "UTC"})
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Field != "every" || len(problems[0].Value) > maxShown {
			t.Errorf("%q: %v", every, err)
			continue
		}
		for part := range strings.SplitSeq(says, "|") {
			if text := problems[0].String(); !strings.Contains(text, part) {
				t.Errorf("%q: %s; want %q", every, text, part)
			}
		}
	}
	if _, err := Parse(Spec{Newsletter: "weekly", Cron: "@daily", Every: "hour", Timezone: "UTC"}); err == nil || !strings.Contains(err.Error(), "every: there is a cron expression, too") {
		t.Errorf("both ways at once: %v", err)
	}
}

// Values that are shown are text, and short.
func TestShorten(t *testing.T) {
	for value, want := range map[string]string{
		"a":                            "a",
		strings.Repeat("\xae", 999):    "",
		strings.Repeat("a", 199) + "é": strings.Repeat("a", 199),
	} {
		if got := shorten(value); got != want {
			t.Errorf("%.20q is %q", value, got)
		}
	}
}

func civil(t testing.TB) hijri.Reckoning {
	t.Helper()
	r, err := hijri.NewReckoning(hijri.Civil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func FuzzEvery(f *testing.F) {
	for _, text := range []string{"day at 07:00", "other friday at 09:00 from 2026-01-02", "last mon, tue of the month at 1:00 and 2:00", "1st, 31st of month at 06:30", "hour"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(Spec{Newsletter: "weekly", Every: text + " ", Timezone: "UTC"})
		if err != nil {
			return
		}
		words := s.Words()
		if _, ok := s.Next(instant(t, "2026-01-01T00:00:00Z")); !ok || words == "" {
			t.Fatalf("%q, %q never comes", text, words)
		}
		p, _ := s.Pattern()
		if again, err := Parse(Spec{Newsletter: "weekly", Every: p.Every(), Timezone: "UTC"}); err != nil || again.Words() != words {
			t.Fatalf("%q, %q is written as %q in a form: %v", text, words, p.Every(), err)
		}
	})
}
