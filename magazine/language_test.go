package magazine

import (
	"testing"
	"time"
)

func TestDatesInALanguage(t *testing.T) {
	p := &Publication{Zone: time.FixedZone("EAT", 3*60*60)}
	at := time.Date(2024, 9, 4, 21, 0, 0, 0, time.UTC) // the 5th in Nairobi
	for _, c := range []struct{ language, date, month, issue string }{
		{"en", "5 September 2024", "September 2024", "Vol. 12, No. 9"},
		{"en-GB", "5 September 2024", "September 2024", "Vol. 12, No. 9"},
		{"ar", "٥ سبتمبر ٢٠٢٤", "سبتمبر ٢٠٢٤", "المجلد ١٢، العدد ٩"},
		{"ar-EG", "٥ سبتمبر ٢٠٢٤", "سبتمبر ٢٠٢٤", "المجلد ١٢، العدد ٩"},
		{"AR_tn", "٥ سبتمبر ٢٠٢٤", "سبتمبر ٢٠٢٤", "المجلد ١٢، العدد ٩"},
		{"sw", "5 September 2024", "September 2024", "Vol. 12, No. 9"},
		{"", "5 September 2024", "September 2024", "Vol. 12, No. 9"},
	} {
		if date, month, issue := p.DateIn(c.language, at), p.MonthIn(c.language, at), (IssueRef{"12", "9"}).In(c.language); date != c.date || month != c.month || issue != c.issue {
			t.Errorf("%q: %q, %q, %q", c.language, date, month, issue)
		}
	}
	for m := time.January; m <= time.December; m++ {
		if got, want := p.DateIn("en", time.Date(2024, m, 28, 0, 0, 0, 0, p.Zone)), p.LongDate(time.Date(2024, m, 28, 0, 0, 0, 0, p.Zone)); got != want {
			t.Errorf("%s, and else %s", got, want)
		}
	}
	if got := (IssueRef{"{number}", "S1-٢"}).In("ar"); got != "المجلد {number}، العدد S١-٢" {
		t.Errorf("issues that are no numbers: %s", got)
	}
	if got := (IssueRef{}).In("ar"); got != "" {
		t.Errorf("no issue: %q", got)
	}
}

func TestArabicMinutes(t *testing.T) {
	for n, want := range map[int]string{1: "دقيقة واحدة", 2: "دقيقتان", 3: "٣ دقائق", 10: "١٠ دقائق", 11: "١١ دقيقة", 99: "٩٩ دقيقة", 100: "١٠٠ دقيقة", 102: "١٠٢ دقيقة", 103: "١٠٣ دقائق", 111: "١١١ دقيقة"} {
		if got := MinutesIn("ar", n); got != "مدة القراءة "+want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
