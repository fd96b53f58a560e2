package hijri

import (
	"slices"
	"strings"
)

// A Month is one of the twelve, counted from 1.
type Month int

// The months in their order.
const (
	Muharram Month = 1 + iota
	Safar
	RabiAlAwwal
	RabiAlThani
	JumadaAlUla
	JumadaAlAkhirah
	Rajab
	Shaban
	Ramadan
	Shawwal
	DhuAlQadah
	DhuAlHijjah
)

// house is how one language prints dates.
type house struct {
	months [12]string
	digits string // its digits from 0 to 9; empty for those of English
	date   string // with {day}, {month} and {year}
	twoDay bool   // the day has two digits
}

// houses has the languages that print dates in a form of their own. The Latin
// script's other languages share the English names, which their readers know.
var houses = map[string]house{
	"en": {
		months: [12]string{"Muharram", "Safar", "Rabi' al-Awwal", "Rabi' al-Thani", "Jumada' al-Ula", "Jumada' al-Akhirah",
			"Rajab", "Sha'ban", "Ramadan", "Shawwal", "Dhu al-Qa'dah", "Dhu al-Hijjah"},
		date:   "{month} {day}, {year}",
		twoDay: true,
	},
	"ar": {
		months: [12]string{"محرم", "صفر", "ربيع الأول", "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة",
			"رجب", "شعبان", "رمضان", "شوال", "ذو القعدة", "ذو الحجة"},
		digits: "٠١٢٣٤٥٦٧٨٩",
		date:   "{day} {month} {year} هـ",
	},
	"fr": {
		months: [12]string{"mouharram", "safar", "rabia al-awal", "rabia ath-thani", "joumada al-oula", "joumada ath-thania",
			"rajab", "chaabane", "ramadan", "chawwal", "dhou al-qi’da", "dhou al-hijja"},
		date: "{day} {month} {year} AH",
	},
	"fa": {
		months: [12]string{"محرم", "صفر", "ربیع\u200cالاول", "ربیع\u200cالثانی", "جمادی\u200cالاول", "جمادی\u200cالثانی",
			"رجب", "شعبان", "رمضان", "شوال", "ذیقعده", "ذیحجه"},
		digits: "۰۱۲۳۴۵۶۷۸۹",
		date:   "{day} {month} {year} ه\u200d.ق.",
	},
	"ur": {
		months: [12]string{"محرم", "صفر", "ربیع الاول", "ربیع الثانی", "جمادی الاول", "جمادی الثانی",
			"رجب", "شعبان", "رمضان", "شوال", "ذوالقعدہ", "ذوالحجہ"},
		digits: "۰۱۲۳۴۵۶۷۸۹",
		date:   "{day} {month}، {year} ہجری",
	},
}

// houseOf finds the form of a BCP 47 language; what has none gets the English.
func houseOf(language string) house {
	tag := strings.ReplaceAll(strings.ToLower(language), "_", "-")
	base, _, _ := strings.Cut(tag, "-")
	h, ok := houses[base]
	if !ok {
		return houses["en"]
	}
	if slices.Contains(latinDigits, tag) || strings.HasSuffix(tag, "-u-nu-latn") {
		h.digits = ""
	}
	return h
}

// latinDigits are where Arabic is written with the digits of English (CLDR 44).
var latinDigits = []string{"ar-dz", "ar-eh", "ar-ly", "ar-ma", "ar-tn"}

// number writes n with at least the given number of digits, in the language's digits.
func (h house) number(n, width int) string {
	s := decimal(n, width)
	if h.digits == "" {
		return s
	}
	digits := []rune(h.digits)
	return strings.Map(func(r rune) rune { return digits[r-'0'] }, s)
}

// Name is the month's name in a BCP 47 language, English where the language has
// no form of its own, and empty for a number that is no month.
func (m Month) Name(language string) string {
	if m < Muharram || m > DhuAlHijjah {
		return ""
	}
	return houseOf(language).months[m-1]
}

// String is the English name.
func (m Month) String() string { return m.Name("en") }
