package hijri

import (
	"strings"
	"unicode"

	"postrider/magazine"
)

// A month's name has dozens of spellings in Latin letters, which differ in
// vowels, doubled letters, apostrophes and marks, and hardly ever in the other
// consonants. So a name is looked up by its skeleton: what is left of it without
// those, word by word. "Jumada' al-Akhirah", "Jumādā al-Ākhira" and "Jamadi
// ul-Akhira" then differ by an h at the end, which the lists below hold both ways.

// skeletons maps the skeleton of a Latin name, or the bare letters of an Arabic
// one, to its month.
var skeletons = buildSkeletons()

func buildSkeletons() map[string]Month {
	table := make(map[string]Month)
	// add takes parts, each of them a list of alternatives; "-" is an empty one.
	add := func(m Month, parts ...string) {
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
		for _, name := range names {
			table[name] = m
		}
	}
	// The South Asian honorifics (Rajab al-Murajjab) follow the plain names.
	add(Muharram, "mhrm", "- lhrm")
	add(Safar, "sfr", "- lmzfr")
	add(RabiAlAwwal, "rb", "1 wl lwl lvl")
	add(RabiAlThani, "rb", "2 thn lthn ththn ltn lkhr sn lsn ssn")
	add(JumadaAlUla, "jmd", "1 ll wl lwl lvl")
	add(JumadaAlAkhirah, "jmd2")
	add(JumadaAlAkhirah, "jmd", "thn lthn ththn ltn lkhr sn lsn ssn", "- h")
	add(Rajab, "rjb", "- lmrjb")
	add(Shaban, "shbn", "- lmzm")
	add(Ramadan, "rmdn rmdhn rmzn rmthn", "- lmbrk")
	add(Shawwal, "shwl shvl", "- lmkrm")
	add(DhuAlQadah, "dh dhl z zl dl thl", "qd qdh kd kdh")
	add(DhuAlHijjah, "dh dhl z zl dl thl", "hj hjh")

	add(Muharram, "محرم المحرم", "- الحرام")
	add(Safar, "صفر", "- المظفر الخير")
	add(RabiAlAwwal, "ربيع", "الاول اول")
	add(RabiAlThani, "ربيع", "الاخر الثاني ثاني")
	add(JumadaAlUla, "جمادي جماد", "الاولي الاول اول")
	add(JumadaAlAkhirah, "جمادي جماد", "الاخره الاخري الاخر الثانيه الثاني ثاني")
	add(Rajab, "رجب", "- المرجب")
	add(Shaban, "شعبان", "- المعظم")
	add(Ramadan, "رمضان", "- المبارك")
	add(Shawwal, "شوال", "- المكرم")
	add(DhuAlQadah, "ذو ذي ذوال ذيال", "قعده")
	add(DhuAlHijjah, "ذو ذي ذوال ذيال", "حجه")
	return table
}

// half names the two months that a shortened name may mean.
var half = map[string][2]Month{
	"rb":    {RabiAlAwwal, RabiAlThani},
	"ربيع":  {RabiAlAwwal, RabiAlThani},
	"jmd":   {JumadaAlUla, JumadaAlAkhirah},
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
		'd': "ḍḏđ", 'h': "ḥḫẖħ", 's': "ṣ", 't': "ṭṯ", 'z': "ẓżż", 'j': "ǧǰ", 'k': "ḳ",
		'ا': "أإآٱ", 'ي': "ىیۍې", 'ه': "ةہھۃە", 'ك': "کڪ",
		'-': "‐‑‒–—", ',': "،",
		0: "'’‘‛`´′ʼʻʽʾʿʹˈءـ\u200b\u200c\u200d\u200e\u200f\u061c\u00ad\ufeff\u2060",
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
