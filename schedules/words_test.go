package schedules

import "testing"

func TestWords(t *testing.T) {
	for cron, want := range map[string]string{
		"0 7 * * FRI":             "every Friday at 07:00",
		"0 7,18 * * MON-FRI":      "every weekday at 07:00 and 18:00",
		"0 7 * * *":               "every day at 07:00",
		"0 7 * * SAT,SUN":         "every Saturday and Sunday at 07:00",
		"0 7 * * MON,WED,FRI":     "every Monday, Wednesday and Friday at 07:00",
		"0 7 * * 1-6":             "every day but Sunday at 07:00",
		"0 7 * 7 FRI":             "every Friday in July at 07:00",
		"0 7 * 1,7 *":             "every day in January and July at 07:00",
		"0 9 1-7 * MON":           "on the first Monday of the month at 09:00",
		"0 9 8-14 * TUE":          "on the second Tuesday of the month at 09:00",
		"0 9 22-28 1,7 SUN":       "on the fourth Sunday of January and July at 09:00",
		"0 9 29-31 * FRI":         "on the fifth Friday of the month at 09:00",
		"0 9 13 * FRI":            "every Friday that falls on the 13th of the month at 09:00",
		"0 9 1-7 * MON,TUE":       "every Monday and Tuesday that falls on the 1st to 7th of the month at 09:00",
		"0 9 1 * *":               "on the 1st of the month at 09:00",
		"0 9 1,15 * *":            "on the 1st and 15th of the month at 09:00",
		"0 9 2,3,11,21-23,31 * *": "on the 2nd, 3rd, 11th, 21st to 23rd and 31st of the month at 09:00",
		"30 6 1 1 *":              "on the 1st of January at 06:30",
		"0 */6 * * *":             "every day at 00:00, 06:00, 12:00 and 18:00",
		"0 */2 * * *":             "every 2 hours",
		"@hourly":                 "every hour",
		"15 * * * *":              "every hour from 00:15 to 23:15",
		"*/15 * * * *":            "every 15 minutes",
		"* * * * *":               "every minute",
		"*/15 9-17 * * 1-5":       "every weekday, every 15 minutes from 09:00 to 17:45",
		"0 9-17 * * 1-5":          "every weekday, every hour from 09:00 to 17:00",
		"0 6,8,9,12,18 * * *":     "every day at 06:00, 08:00, 09:00, 12:00 and 18:00",
		"5,10 8-17,20 * * *":      "every day at 5 and 10 minutes past the hours 8 to 17 and 20",
		"*/25 3-5 * 2 *":          "every day in February at 0, 25 and 50 minutes past the hours 3 to 5",
	} {
		if got := mustParse(t, cron, "UTC").Words(); got != want {
			t.Errorf("%q is %q; want %q", cron, got, want)
		}
	}
}
