package hijri

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"postrider/magazine"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Date{
		// As captured pages print them.
		"Sha'ban 07, 1441":            {1441, Shaban, 7},
		"7 Shaban 1441 AH":            {1441, Shaban, 7},
		"Jumada' al-Akhirah 29, 1443": {1443, JumadaAlAkhirah, 29},
		"Jumada II 29, 1443":          {1443, JumadaAlAkhirah, 29},
		"Dhu al-Qa'dah 01, 1443":      {1443, DhuAlQadah, 1},
		"Rabi' al-Awwal 03, 1446":     {1446, RabiAlAwwal, 3},
		"Jumada' al-Ula 07, 1444":     {1444, JumadaAlUla, 7},
		"Muharram 01, 1445":           {1445, Muharram, 1},
		"Safar 14, 1445":              {1445, Safar, 14},
		"Ramadan 02, 1445":            {1445, Ramadan, 2},
		// Other orders and marks.
		"Shaban 7 1441":                   {1441, Shaban, 7},
		"shaban 7,1441":                   {1441, Shaban, 7},
		"  SHA‘BAN  7 ,  1441 H. ":        {1441, Shaban, 7},
		"7th of Sha’ban, AH 1441":         {1441, Shaban, 7},
		"Shaʿbān 7, 1441 A.H.":            {1441, Shaban, 7},
		"Shaʿba\u0304n 7th, 1441 a. h.":   {1441, Shaban, 7},
		"7-Shaban-1441":                   {1441, Shaban, 7},
		"Rabiʻ I 7, 1446 AH":              {1446, RabiAlAwwal, 7}, // as ICU prints it
		"3 Rabi' Ⅱ 1446":                  {1446, RabiAlThani, 3},
		"Rabi\u00a0al\u2011Awwal 3, 1446": {1446, RabiAlAwwal, 3},
		"1446-03-03":                      {1446, RabiAlAwwal, 3},
		"1446/3/3 AH":                     {1446, RabiAlAwwal, 3},
		// Arabic, Persian, Urdu.
		"٧ شعبان ١٤٤١ هـ":                    {1441, Shaban, 7},
		"٧ شعبان ١٤٤١":                       {1441, Shaban, 7},
		"شعبان ٧، ١٤٤١ هـ":                   {1441, Shaban, 7},
		"3 ربيع الأول 1446هـ":                {1446, RabiAlAwwal, 3},
		"٢٩ جُمادى الآخِرة ١٤٤٣ هجرية":       {1443, JumadaAlAkhirah, 29},
		"١ ذي القعدة ١٤٤٣ه":                  {1443, DhuAlQadah, 1},
		"\u200f١٠ محــرم ١٤٤٥ هـ":            {1445, Muharram, 10},
		"۳ ربیع\u200cالثانی ۱۴۴۶ ه\u200d.ق.": {1446, RabiAlThani, 3},
		"۱۸ ر بیع الاول، ۱۴۴۶ ہجری":          {1446, RabiAlAwwal, 18},
		"۱۹ ذوالقعدۃ، ۱۴۴۵ ہجری":             {1445, DhuAlQadah, 19},
		"۱ رمضان المبارک ۱۴۴۵ھ":              {1445, Ramadan, 1},
		"١٤٤٦/٠٣/٠٣ هـ":                      {1446, RabiAlAwwal, 3},
		"۳؍ ربیع الاوّل \u0601۱۴۴۶ھ":         {1446, RabiAlAwwal, 3}, // as Urdu papers print it
		"۳ ربیع\u200cالاول ۱۴۴۶ هجری قمری":   {1446, RabiAlAwwal, 3},
		"۳ ذیحجۀ ۱۴۴۶ ق":                     {1446, DhuAlHijjah, 3},
		// French, Turkish, Malay, Indonesian.
		"1er Mouharram 1446":                  {1446, Muharram, 1},
		"7 chaâbane de l’an 1441 de l’hégire": {1441, Shaban, 7},
		"7 Chaabane 1441 ère de l’Hégire":     {1441, Shaban, 7},
		"7 Chaabane 1441 H":                   {1441, Shaban, 7},
		"Hicri 4 Rebiülevvel 1446":            {1446, RabiAlAwwal, 4},
		"4 REBİÜLEVVEL 1446":                  {1446, RabiAlAwwal, 4},
		"4 Rebiu\u0308levvel Hicri 1446":      {1446, RabiAlAwwal, 4},
		"7 S\u0327aban 1441 Hicri":            {1441, Shaban, 7},
		"4hb Rabiulawal 1446H":                {1446, RabiAlAwwal, 4},
		"7 Sya’ban 1441 Hijriah":              {1441, Shaban, 7},
		"7 Syaaban 1441 Hijrah":               {1441, Shaban, 7},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"":                           "is no Hijri date; write it like \"Rabi' al-Awwal 03, 1446\"",
		"yesterday":                  "is no Hijri date",
		"2024-09-05":                 "2024 is no Hijri year",
		"Ramadan 2, 2024":            "not the Gregorian one",
		"Sha'ban 31, 1441":           "day 31 does not exist in Sha'ban",
		"Sha'ban 0, 1441":            "day 0 does not exist",
		"Sha'ban 7, 41":              "is no Hijri date",
		"Sha'ban 1441":               "is no Hijri date",
		"Sha'ban 7, 1441 2020-04-01": "is no Hijri date",
		"Rabi' 3, 1446":              `write "Rabi' al-Awwal" or "Rabi' al-Thani"`,
		"3 جمادى 1446":               `write "Jumada' al-Ula" or "Jumada' al-Akhirah"`,
		"September 5, 1446":          "is no Hijri month",
		"Jumada al 3, 1446":          "is no Hijri month",
		"1446-13-01":                 "month 13 does not exist",
		"1446-00-01":                 "month 0 does not exist",
		"0000-01-01":                 "0 is no Hijri year",
		"03/03/1446":                 "is no Hijri date",
		"-7 Shaban 1441":             "is no Hijri date",
		"Shaban 7, -1441":            "is no Hijri date",
		"Shaban 7, 14411":            "is no Hijri date",
		"3 Rebi 1446":                `write "Rabi' al-Awwal" or "Rabi' al-Thani"`,
		"3 Cemazi 1446":              `write "Jumada' al-Ula" or "Jumada' al-Akhirah"`,
		"3 Djoumada 1446":            `write "Jumada' al-Ula" or "Jumada' al-Akhirah"`,
		"۳ مهر ۱۴۰۳ هجری شمسی":       "is no Hijri date", // the solar calendar's
		"3 Zil 1446":                 "is no Hijri month",
		"\xff 7, 1441":               "is no Hijri date",
		strings.Repeat("a", 1<<20):   "1048576 bytes",
	} {
		got, err := Parse(text)
		if err == nil || got != (Date{}) || !strings.Contains(err.Error(), says) {
			t.Errorf("Parse(%.60q) = %v, %v; want an error with %q", text, got, err, says)
		} else if magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("Parse(%.60q): code %s", text, magazine.CodeOf(err))
		}
	}
}

func TestParseMonthYear(t *testing.T) {
	for _, text := range []string{"Rabi' al-Awwal, 1446", "Rabi' al-Awwal 1446 AH", "Rabi I, AH 1446", "ربيع الأول ١٤٤٦ هـ", "ربیع الاول، ۱۴۴۶"} {
		if m, y, err := ParseMonthYear(text); err != nil || m != RabiAlAwwal || y != 1446 {
			t.Errorf("ParseMonthYear(%q) = %v, %v, %v", text, m, y, err)
		}
	}
	for text, says := range map[string]string{
		"":                       "no Hijri month and year; write them like",
		"1446":                   "no Hijri month and year",
		"Rabi' al-Awwal":         "no Hijri month and year",
		"Rabi' al-Awwal 3, 1446": "no Hijri month and year",
		"Rabi', 1446":            "may be two months",
		"Autumn, 1446":           "is no Hijri month",
		"Safar, 2024":            "2024 is no Hijri year",
	} {
		if m, y, err := ParseMonthYear(text); err == nil || m != 0 || y != 0 || !strings.Contains(err.Error(), says) {
			t.Errorf("ParseMonthYear(%q) = %v, %v, %v; want an error with %q", text, m, y, err, says)
		}
	}
}

// TestParseReadsFormat: what is printed in any language is read back.
func TestParseReadsFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date{rapid.IntRange(1000, lastYear).Draw(t, "year"), Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 30).Draw(t, "day")}
		language := rapid.SampledFrom([]string{"en", "ar", "fa", "ur", "ar-EG", "ar-MA", "fr", "tr", "id", ""}).Draw(t, "language")
		for _, text := range []string{d.Format(language), d.String()} {
			if got, err := Parse(text); err != nil || got != d {
				t.Fatalf("Parse(%q) = %v, %v; want %v", text, got, err, d)
			}
		}
		month, year := d.MonthYear(language)
		if m, y, err := ParseMonthYear(month + ", " + year); err != nil || m != d.Month || y != d.Year {
			t.Fatalf("ParseMonthYear(%q, %q) = %v, %v, %v; want %v", month, year, m, y, err, d)
		}
	})
}

// TestParseACorrectedMonth: a day after the 30th is one only where the month is
// as long as that.
func TestParseACorrectedMonth(t *testing.T) {
	longer, err := NewReckoning(Civil, Correction{1446, Safar, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		r    Reckoning
		text string
		want Date
		says string
	}{
		{longer, "Muharram 31, 1446", Date{1446, Muharram, 31}, ""},
		{longer, "1446-01-31", Date{1446, Muharram, 31}, ""},
		{longer, "Muharram 30, 1447", Date{1447, Muharram, 30}, ""},
		{longer, "Safar 30, 1446", Date{1446, Safar, 30}, ""}, // somebody else's months are others
		{longer, "Muharram 32, 1446", Date{}, "day 32 does not exist in Muharram"},
		{longer, "Muharram 31, 1447", Date{}, "day 31 does not exist in Muharram"},
		{longer, "1446-13-31", Date{}, "month 13 does not exist"},
		{longer, "1446-01-00", Date{}, "day 0 does not exist"},
		{longer, "yesterday", Date{}, "is no Hijri date"},
		{plain(Civil), "Muharram 31, 1446", Date{}, "day 31 does not exist in Muharram"},
		{Reckoning{}, "Muharram 31, 1446", Date{}, "day 31 does not exist in Muharram"},
		{Reckoning{}, "Muharram 30, 1446", Date{1446, Muharram, 30}, ""},
	} {
		got, err := c.r.Parse(c.text)
		if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: Parse(%q) = %v, %v; want %v, %q", c.r, c.text, got, err, c.want, c.says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"Sha'ban 07, 1441", "7 Shaban 1441 AH", "٧ شعبان ١٤٤١ هـ", "۳ ربیع\u200cالثانی ۱۴۴۶ ه\u200d.ق.", "1446-03-03",
		"Jumada II 29, 1443", "Rabi' al-Awwal, 1446", "Rabi' 3, 1446", "Sha'ban 31, 1441", "Hicri 4 Rebiülevvel 1446", "1er chaâbane de l'an 1441 de l'hégire", "\xff\xfe", "ah ah 9 9999", "ii 3, 1446"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, y, err := ParseMonthYear(text); err == nil && (Date{y, m, 1}).check() != nil {
			t.Errorf("ParseMonthYear(%q) = %v, %d", text, m, y)
		}
		d, err := Parse(text)
		if err != nil {
			if d != (Date{}) || err.Error() == "" || magazine.CodeOf(err) != magazine.Invalid {
				t.Errorf("Parse(%q) = %v, %v", text, d, err)
			}
			return
		}
		if err := d.check(); err != nil {
			t.Errorf("Parse(%q) = %v: %v", text, d, err)
		}
		if again, err := Parse(d.String()); err != nil || again != d {
			t.Errorf("Parse(%q) = %v, which reads back as %v, %v", text, d, again, err)
		}
		for _, c := range []Calendar{Civil, UmmAlQura, None} {
			if again, err := plain(c).Parse(text); err != nil || again != d {
				t.Errorf("%s: %q is %v, %v", c, text, again, err)
			}
		}
		for _, c := range []Calendar{Civil, UmmAlQura} { // must not panic
			if y, m, day, err := plain(c).ToGregorian(d); err == nil {
				if back, err := plain(c).FromGregorian(y, m, day); err != nil || back != d {
					t.Errorf("%s: %v is %d-%d-%d, which is %v, %v", c, d, y, m, day, back, err)
				}
			}
		}
	})
}
