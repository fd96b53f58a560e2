package hijri

import "testing"

func TestFormat(t *testing.T) {
	d := Date{1446, RabiAlAwwal, 3}
	for language, want := range map[string]string{
		"en":         "Rabi' al-Awwal 03, 1446",
		"en-GB":      "Rabi' al-Awwal 03, 1446",
		"":           "Rabi' al-Awwal 03, 1446",
		"fr":         "3 rabia al-awal 1446 AH",
		"ar-MA":      "3 ربيع الأول 1446 هـ",
		"tr":         "Rabi' al-Awwal 03, 1446",
		"ar":         "٣ ربيع الأول ١٤٤٦ هـ",
		"AR_eg":      "٣ ربيع الأول ١٤٤٦ هـ",
		"ar-Arab-SA": "٣ ربيع الأول ١٤٤٦ هـ",
		"arc":        "Rabi' al-Awwal 03, 1446", // Aramaic
		"fa":         "۳ ربیع\u200cالاول ۱۴۴۶ ه\u200d.ق.",
		"ur-PK":      "۳ ربیع الاول، ۱۴۴۶ ہجری",
	} {
		if got := d.Format(language); got != want {
			t.Errorf("Format(%q) = %q; want %q", language, got, want)
		}
	}
	for _, bad := range []Date{{}, {1446, 0, 3}, {1446, 13, 3}, {1446, -1, 3}} {
		if got := bad.Format("en"); got != "" {
			t.Errorf("%#v prints as %q", bad, got)
		}
	}
	if got := d.String(); got != "1446-03-03" {
		t.Errorf("String() = %q", got)
	}
	if (Date{}).IsZero() == d.IsZero() {
		t.Error("IsZero does not tell the zero Date from another")
	}
}

func TestMonthYear(t *testing.T) {
	d := Date{1443, JumadaAlAkhirah, 29}
	for language, want := range map[string][2]string{
		"en": {"Jumada' al-Akhirah", "1443"},
		"ar": {"جمادى الآخرة", "١٤٤٣"},
		"sw": {"Jumada' al-Akhirah", "1443"},
	} {
		if month, year := d.MonthYear(language); month != want[0] || year != want[1] {
			t.Errorf("MonthYear(%q) = %q, %q; want %q", language, month, year, want)
		}
	}
}
