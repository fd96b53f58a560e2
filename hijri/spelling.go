package hijri

import (
	"strings"
	"unicode"

	"postrider/magazine"
)

// A month's name has dozens of spellings in Latin letters, which differ in
// vowels, doubled letters, apostrophes and marks, and within one language hardly
// ever in the other consonants. So a name is looked up by its skeleton: what is
// left of it without those, word by word. "Jumada' al-Akhirah", "Jumādā al-Ākhira"
// and "Jamadi ul-Akhira" then differ by an h at the end, which the lists below
// hold both ways. Languages do differ in consonants: Sha'ban is Chaabane in
// French, Şaban in Turkish, Syakban in Indonesian.

// spellings has the skeletons of Latin names, and the bare letters of Arabic,
// Persian and Urdu ones. A name has one alternative of each part, in this order;
// "-" is an empty one. Honorifics (Rajab al-Murajjab, Ramazan-ı Şerif) come last.
var spellings = []struct {
	month Month
	parts []string
}{
	{Muharram, []string{"mhrm", "- lhrm"}},
	{Safar, []string{"sfr shfr cfr", "- lmzfr lkhr lhr"}},
	{RabiAlAwwal, []string{"rb", "1 wl lwl lvl vl ll"}}, // ll: el aouel
	{RabiAlThani, []string{"rb", "2 thn lthn ththn ltn ttn ltsn tstsn lkhr lhr sn lsn ssn"}},
	{JumadaAlUla, []string{"jmd djmd cmd cmz", "1 ll wl lwl lvl vl"}},
	{JumadaAlAkhirah, []string{"jmd djmd cmd cmz", "2"}},
	{JumadaAlAkhirah, []string{"jmd djmd cmd cmz", "thn lthn ththn ltn ttn ltsn tstsn lkhr lhr sn lsn ssn", "- h"}},
	{Rajab, []string{"rjb rdjb rcb rcp", "- lmrjb lmrcb"}},
	{Shaban, []string{"shbn chbn sbn skbn", "- lmzm mzm"}},
	{Ramadan, []string{"rmdn rmdhn rmzn rmthn rmdln", "- lmbrk mbrk shrf srf"}},
	{Shawwal, []string{"shwl shvl shl chwl chl swl svl", "- lmkrm mkrm"}}, // shl, chl: Chaoual
	{DhuAlQadah, []string{"dh dhl z zl d dl dz dzl thl", "qd qdh kd kdh ghd ghdh"}},
	{DhuAlHijjah, []string{"dh dhl z zl d dl dz dzl thl", "hj hjh hdj hc"}},

	{Muharram, []string{"محرم المحرم", "- الحرام"}},
	{Safar, []string{"صفر", "- المظفر الخير"}},
	{RabiAlAwwal, []string{"ربيع", "الاول اول المولود"}},
	{RabiAlThani, []string{"ربيع", "الاخر الثاني ثاني"}},
	{JumadaAlUla, []string{"جمادي جماد", "الاولي الاول اول"}},
	{JumadaAlAkhirah, []string{"جمادي جماد", "الاخره الاخري الاخر الثانيه الثاني ثاني"}},
	{Rajab, []string{"رجب", "- المرجب"}},
	{Shaban, []string{"شعبان", "- المعظم"}},
	{Ramadan, []string{"رمضان", "- المبارك مبارك شريف"}},
	{Shawwal, []string{"شوال", "- المكرم"}},
	{DhuAlQadah, []string{"ذو ذي ذوال ذيال", "قعده قعد", "- الحرام"}},
	{DhuAlHijjah, []string{"ذو ذي ذوال ذيال", "حجه حج", "- الحرام"}},
}

// skeletons maps each skeleton to its month.
var skeletons = func() map[string]Month {
	table := make(map[string]Month)
	for _, s := range spellings {
		for _, name := range combine(s.parts) {
			table[name] = s.month
		}
	}
	return table
}()

// combine lists the names that take one alternative of each part.
func combine(parts []string) []string {
	names := []string{""}
	for _, part := range parts {
		var longer []string
		for _, name := range names {
			for alternative := range strings.FieldsSeq(part) {
				longer = append(longer, name+strings.TrimPrefix(alternative, "-"))
			}
		}
		names = longer
	}
	return names
}

// half names the two months that a shortened name may mean.
var half = map[string][2]Month{
	"rb":    {RabiAlAwwal, RabiAlThani},
	"ربيع":  {RabiAlAwwal, RabiAlThani},
	"jmd":   {JumadaAlUla, JumadaAlAkhirah},
	"djmd":  {JumadaAlUla, JumadaAlAkhirah},
	"cmd":   {JumadaAlUla, JumadaAlAkhirah},
	"cmz":   {JumadaAlUla, JumadaAlAkhirah},
	"جمادي": {JumadaAlUla, JumadaAlAkhirah},
}

// readMonth finds the month of a folded name.
func readMonth(name string) (Month, error) {
	key := skeleton(name)
	if m, ok := skeletons[key]; ok {
		return m, nil
	}
	if two, ok := half[key]; ok {
		return 0, magazine.Errorf(magazine.Invalid, "%q may be two months; write %q or %q", name, two[0].String(), two[1].String())
	}
	return 0, magazine.Errorf(magazine.Invalid, "%q is no Hijri month; write a name like %q or %q", name, Shaban.String(), RabiAlAwwal.String())
}

// skeleton strips a folded name, word by word, of doubled letters and vowels. A
// Roman numeral at the end becomes a digit.
func skeleton(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' })
	var key strings.Builder
	for i, word := range words {
		if i > 0 && i == len(words)-1 && (word == "i" || word == "ii") {
			key.WriteString(decimal(len(word), 1))
			break
		}
		var last rune
		for _, r := range word {
			if r != last && !strings.ContainsRune("aeiouy", r) {
				key.WriteRune(r)
			}
			last = r
		}
	}
	return key.String()
}

// folds maps what stands for one plain letter to that letter, and 0 to nothing.
var folds = func() map[rune]rune {
	table := make(map[rune]rune)
	for plain, others := range map[rune]string{
		'a': "āáàâäãå", 'i': "īíìîïı", 'u': "ūúùûü", 'e': "ēéèêë", 'o': "ōóòôö",
		'd': "ḍḏđ", 'h': "ḥḫẖħ", 's': "ṣş", 'c': "ç", 't': "ṭṯ", 'z': "ẓżż", 'j': "ǧǰ", 'k': "ḳ",
		'ا': "أإآٱ", 'ي': "ىیۍې", 'ه': "ةہھۃەۀۂ", 'ك': "کڪ",
		'-': "‐‑‒–—؍", ',': "،",
		0: "'’‘‛`´′ʼʻʽʾʿʹˈءـ\u0600\u0601\u200b\u200c\u200d\u200e\u200f\u061c\u00ad\ufeff\u2060",
	} {
		for _, r := range others {
			table[r] = plain
		}
	}
	for _, zero := range "٠۰" {
		for i := range rune(10) {
			table[zero+i] = '0' + i
		}
	}
	return table
}()

// fold brings text into the few characters that the expressions and skeletons
// know: small letters without marks or apostrophes, one form of each Arabic
// letter, the digits 0 to 9, no invisible characters.
func fold(s string) string {
	s = strings.NewReplacer("Ⅱ", "II", "ⅱ", "ii", "Ⅰ", "I", "ⅰ", "i").Replace(s)
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if plain, ok := folds[r]; ok {
			if plain == 0 {
				return -1
			}
			return plain
		}
		if unicode.Is(unicode.Mn, r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
}
