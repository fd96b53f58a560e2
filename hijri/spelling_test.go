package hijri

import (
	"strings"
	"testing"
)

// TestSpellings has each month in the spellings that are met in print, by
// language: English and others' transliterations, Arabic; French; Turkish; Malay;
// Indonesian; Urdu, and in Latin letters; Persian, and in Latin letters.
func TestSpellings(t *testing.T) {
	for month, languages := range map[Month][]string{
		Muharram: {
			"Muharram, Moharram, Muharam, Muḥarram, محرم, المحرم, محرم الحرام, مُحَرَّم",
			"Mouharram, mouharram, Mouharam, Mouharrem, Moharrem",
			"Muharrem, Muharrem-ül Haram, Muharremü'l-haram",
			"Muharam, Muharram", "Muharam, Muharrom",
			"محرم, محرّم, محرم الحرام, Muharram-ul-Haram",
			"محرم, محرم\u200cالحرام, Moharram",
		},
		Safar: {
			"Safar, Saffar, Safer, Ṣafar, صفر, صفر المظفر",
			"Safar, Çafar", "Safer, Saferü'l-hayr", "Safar", "Safar, Shofar",
			"صفر, صفر المظفر, صفر الخیر, Safar-ul-Muzaffar", "صفر, صفرالمظفر, Safar",
		},
		RabiAlAwwal: {
			"Rabi' al-Awwal, Rabi al-Awwal, Rabi al Awal, Rabi ul Awwal, Rabi-ul-Awwal, Rabiul Awal, Rabi'ul-Awwal, Rabī‘ al-Awwal, Rabee' al-Awwal, Rabi Awwal, Rabi I, Rabi' I, Rabīʿ al-ʾAwwal, ربيع الأول, ربيع الاول, ربیع الاول, ربيع أول",
			"rabia al awal, Rabia al-awwal, Rabi' al-aouel, Rabia el aoual, Rabi' el-Aouel, Rabia I, Rabî al-awwal",
			"Rebiülevvel, Rebiyülevvel, Rebîülevvel, Rebiü'l-evvel, Rebiulevvel, Rebiülevel",
			"Rabiulawal, Rabiul Awal, Rabi'ulawal", "Rabiulawal, Rabiul Awwal, Rabi'ul Awal, Robiul Awal, Rabiul Awwal",
			"ربیع الاول, ربیع الاوّل, ر بیع الاول, Rabi-ul-Awal, Rabi ul Awwal",
			"ربیع\u200cالاول, ربیع الاول, ربیع\u200cالمولود, Rabi' ol-avval, Rabiol-Avval, Rabi-ol-Awwal",
		},
		RabiAlThani: {
			"Rabi' al-Thani, Rabi al-Thani, Rabi ath-Thani, Rabi' ath-Thaani, Rabi al-Akhir, Rabi' al-Aakhir, Rabi ul Akhir, Rabi us-Sani, Rabi-ul-Sani, Rabi II, Rabi' ii, Rabīʿ al-Ṯānī, ربيع الثاني, ربيع الآخر, ربیع الثانی, ربيع ثاني",
			"rabia ath-thani, Rabi' ath-thani, Rabia al-thani, Rabia at-tani, Rabia al akhir, Rabi' el-akhir, Rabia II",
			"Rebiülahir, Rebiyülahir, Rebîülâhir, Rebiü'l-âhir, Rebiulahir",
			"Rabiulakhir, Rabiul Akhir, Rabi'ulakhir", "Rabiulakhir, Rabiul Akhir, Rabi'ul Tsani, Rabiuts Tsani, Rabiuts-Tsani, Rabiussani",
			"ربیع الثانی, ر بیع الثانی, ربیع الآخر, Rabi-us-Sani, Rabi-ul-Aakhir, Rabi us Saani",
			"ربیع\u200cالثانی, ربیع الثانی, ربیع\u200cالآخر, Rabi' os-sani, Rabi-ol-Sani, Rabi' ol-Akhar",
		},
		JumadaAlUla: {
			"Jumada al-Ula, Jumada' al-Ula, Jumada al-Oola, Jumada al-Awwal, Jumadal Ula, Jumada'l-Ula, Jumadi-ul-Awwal, Jamadi ul Awal, Jumada I, Jumādā al-Ūlā, جمادى الأولى, جمادى الاول, جمادی الاول, جمادي الأولى",
			"joumada al oula, Joumada al-oula, Djoumada al-oula, Joumada el-oula, Joumada al awal, Djoumada el aouel, Joumada I",
			"Cemaziyelevvel, Cemaziyülevvel, Cemâziyelevvel, Cemaziyel-evvel, Cumadelula, Cümâdelûlâ, Cumade'l-ula",
			"Jamadilawal, Jumadilawal, Jamadil Awal", "Jumadilawal, Jumadil Awal, Jumadal Ula, Jumadil Ula, Jumadil Awwal",
			"جمادی الاول, جمادی الاولیٰ, جمادی الأولی, Jamadi-ul-Awwal, Jumadi-ul-Awwal, Jamadi-ul-Ula",
			"جمادی\u200cالاول, جمادی\u200cالاولی, Jomadi ol-avval, Jomada al-ula, Jamadi-ol-Avval",
		},
		JumadaAlAkhirah: {
			"Jumada al-Akhirah, Jumada' al-Akhirah, Jumada al-Akhira, Jumada al-Akhir, Jumada al-Thani, Jumada al-Thaniyah, Jumada ath-Thani, Jumadi us Sani, Jumada al-Ukhra, Jumada II, Jumādā al-Ākhirah, جمادى الآخرة, جمادى الثانية, جمادى الثاني, جمادی الثانی, جمادى الأخرى",
			"joumada ath-thania, Joumada ath-thaniya, Joumada al-akhira, Djoumada al-thania, Joumada at-tania, Djoumada el-akhira, Joumada II",
			"Cemaziyelahir, Cemaziyülahir, Cemâziyelâhir, Cemaziyel-ahir, Cumadelahire, Cümâdelâhire",
			"Jamadilakhir, Jumadilakhir, Jamadil Akhir", "Jumadilakhir, Jumadil Akhir, Jumadal Akhirah, Jumadits Tsaniyah, Jumadil Tsani, Jumadissani",
			"جمادی الثانی, جمادی الثانیہ, جمادی الآخر, جمادی الآخرہ, جمادی الاخریٰ, Jamadi-us-Sani, Jumadi-us-Saniya, Jamadi-ul-Aakhir, Jamadi-ul-Ukhra",
			"جمادی\u200cالثانی, جمادی\u200cالثانیه, جمادی\u200cالآخره, Jomadi os-sani, Jamadi-ol-Sani, Jomada al-akhera",
		},
		Rajab: {
			"Rajab, Rajjab, Rajab al-Murajjab, رجب, رجب المرجب",
			"Rajab, Radjab, Redjeb, Rejeb", "Recep, Receb, Recebü'l-mürecceb", "Rejab", "Rajab, Rojab",
			"رجب, رجب المرجب, Rajab-ul-Murajjab", "رجب, رجب\u200cالمرجب, Rajab",
		},
		Shaban: {
			"Sha'ban, Shaban, Shaaban, Sha'baan, Shaʿbān, Shabaan, شعبان, شعبان المعظم",
			"chaabane, Cha'bane, Chaâbane, Chabane, Chaaban, Cha'bân", "Şaban, Şâban, Şa'ban, Şaban-ı Muazzam, Saban",
			"Syaaban, Syaban, Sya'aban, Sya'ban", "Syakban, Sya'ban, Syaban, Sa'ban",
			"شعبان, شعبان المعظم, Sha'ban-ul-Moazzam, Shabaan", "شعبان, شعبان\u200cالمعظم, Sha'bān",
		},
		Ramadan: {
			"Ramadan, Ramadhan, Ramzan, Ramazan, Ramadaan, Ramaḍān, Ramaḍan, Ramadan al-Mubarak, رمضان, رمضان المبارک",
			"ramadan, Ramadane, Ramadhan, Ramadân", "Ramazan, Ramazan-ı Şerif, Ramazan-ı Mübarek",
			"Ramadan, Ramadhan, Ramadan al-Mubarak", "Ramadan, Ramadhan, Ramadlan, Romadhon, Romadlon",
			"رمضان, رمضان المبارک, رمضان شریف, Ramzan, Ramzan-ul-Mubarak, Ramzan Sharif", "رمضان, رمضان مبارک, رمضان\u200cالمبارک, Ramazan, Ramezan",
		},
		Shawwal: {
			"Shawwal, Shawal, Shawwaal, Shawwāl, شوال, شَوَّال",
			"chawwal, Chawal, Chaoual, Chaouel, Chawwâl, Shaoual", "Şevval, Sevval, Şevvâl, Şevval-i Mükerrem",
			"Syawal, Syawwal", "Syawal, Syawwal", "شوال, شوّال, شوال المکرم, Shawwal-ul-Mukarram, Shawal", "شوال, شوال\u200cالمکرم, Shavval, Shavvāl",
		},
		DhuAlQadah: {
			"Dhu al-Qa'dah, Dhu al-Qadah, Dhul-Qa'dah, Dhul Qadah, Dhu'l-Qi'dah, Dhu'l-Qa'da, Zul-Qadah, Zulqada, Zil-Qad, Dhu al-Ka'dah, Thul-Qa'dah, Ḏū al-Qaʿdah, ذو القعدة, ذي القعدة, ذوالقعدہ, ذیقعده",
			"dhou al qi'da, Dhou al-Qi'da, Dhou al-qaada, Dhoul Qi'da, Dou al-Qi'da, Dhou el Kaada, Dhoul-Qa'da, Zou al-qi'da",
			"Zilkade, Zilka'de, Zilkâde, Zi'l-ka'de", "Zulkaedah, Zulkaidah, Zulka'edah", "Zulkaidah, Dzulqa'dah, Dzulkaidah, Dzulqaidah, Zulqa'dah, Dzulqo'dah, Dzul Qa'dah",
			"ذوالقعدہ, ذوالقعدۃ, ذی القعدہ, ذیقعدہ, ذی قعدہ, ذی قعد, Zil-Qad, Zulqa'dah, Ziqad, Zi-Qa'd, Zil Qa'dah",
			"ذیقعده, ذی\u200cالقعده, ذوالقعده, ذی\u200cقعده, ذی\u200cالقعدة\u200cالحرام, Zi-Qa'da, Zolqa'deh, Zi qa'deh, Zighadeh, Zilqa'da",
		},
		DhuAlHijjah: {
			"Dhu al-Hijjah, Dhul-Hijjah, Dhul Hijja, Dhu'l-Hijja, Zul-Hijjah, Zulhijjah, Zilhajj, Zul Hijja, Thul-Hijjah, Ḏū al-Ḥijjah, ذو الحجة, ذي الحجة, ذوالحجہ, ذیحجه",
			"dhou al-hijja, Dhou al hijja, Dhoul Hijja, Dou al-hidja, Dhou el Hidja, Dhou al-hidjja, Zou al-hijja",
			"Zilhicce, Zi'l-hicce, Zilhicce", "Zulhijah, Zulhijjah", "Zulhijah, Dzulhijjah, Zulhijjah, Dzulhijah, Dzul Hijjah",
			"ذوالحجہ, ذوالحجۃ, ذی الحجہ, ذی الحج, ذی الحجۃ الحرام, Zil-Hajj, Zilhaj, Zil-Hijjah, Zul-Hijja",
			"ذیحجه, ذی\u200cالحجه, ذوالحجه, ذی\u200cحجه, ذیحجۀ, Zi-Hajja, Zihajjeh, Zolhajjeh, Zi hajjeh, Zi-l-Hijje",
		},
	} {
		if len(languages) != 7 {
			t.Errorf("%s is tried in %d languages", month, len(languages))
		}
		for spelling := range strings.SplitSeq(strings.Join(languages, ", "), ", ") {
			trySpelling(t, month, spelling)
		}
	}
}

// trySpelling reads a name in each order, with each apostrophe, in capitals.
func trySpelling(t *testing.T, month Month, spelling string) {
	t.Helper()
	for _, apostrophe := range []string{"'", "’", "‘", "ʼ", "ʿ", "`", "′"} {
		name := strings.ReplaceAll(spelling, "'", apostrophe)
		for _, text := range []string{name + " 03, 1446", "3 " + name + " 1446 AH", strings.ToUpper(name) + " 3, 1446"} {
			if got, err := Parse(text); err != nil || got != (Date{1446, month, 3}) {
				t.Errorf("Parse(%q) = %v, %v; want month %d", text, got, err, month)
			}
		}
		if m, y, err := ParseMonthYear(name + ", 1446"); err != nil || m != month || y != 1446 {
			t.Errorf("ParseMonthYear(%q) = %v, %v, %v; want month %d", name+", 1446", m, y, err, month)
		}
		if !strings.Contains(spelling, "'") {
			return
		}
	}
}

// TestSpellingsDiffer: no spelling means two months, and what is short for one
// of two means neither.
func TestSpellingsDiffer(t *testing.T) {
	first := map[string]Month{}
	for _, s := range spellings {
		for _, name := range combine(s.parts) {
			if other, ok := first[name]; ok && other != s.month {
				t.Errorf("%q is %s and %s", name, other, s.month)
			}
			first[name] = s.month
			if two, ok := half[name]; ok {
				t.Errorf("%q is %s, and short for %s and %s", name, s.month, two[0], two[1])
			}
		}
	}
	if len(first) < 300 {
		t.Errorf("only %d skeletons were compared", len(first))
	}
}
