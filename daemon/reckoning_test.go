package daemon_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postrider/config"
	"postrider/daemon"
)

// withCorrections is a configuration whose calendar is corrected.
func withCorrections(t *testing.T, calendar, corrections string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, "publication:\n  title: Harbour\n  url: https://harbour.example\n  hijri: "+calendar+"\n  hijri_corrections: "+corrections+"\narticles:\n  - folder: pieces\n")
	return file
}

// Corrections that the calendar cannot have are told with their places.
func TestHijriCorrectionsFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		calendar, corrections string
		wrong                 []string
	}{
		{"civil", "{1446-09: 1, 1446-10: 1, 1447-01: -1}", nil},
		{"umm-al-qura", "{1446-09: 1, 1447-01: -1}", nil},
		{"civil", "{1446-09: 1, 1446-10: -2, 2025-03: 1}", []string{
			"line 5, column 44: publication.hijri_corrections.1446-10: Ramadan 1446 would have 27 days; a month has 29 or 30, and corrections may make it 28 to 32; look at its sign, or correct the months beside it, too",
			"line 5, column 57: publication.hijri_corrections.2025-03: the civil calendar can be corrected from 0991-02 to 1700-11; write the Hijri year and month within these"}},
		{"umm-al-qura", "{1501-09: 1}", []string{
			"line 5, column 32: publication.hijri_corrections.1501-09: the umm-al-qura calendar can be corrected from 1356-02 to 1500-11; write the Hijri year and month within these"}},
		{"none", "{1446-09: 1}", []string{
			"line 4, column 10: publication.hijri: is none, and hijri_corrections need a calendar; choose civil or umm-al-qura, or remove hijri_corrections"}},
	} {
		_, err := config.Load(withCorrections(t, c.calendar, c.corrections), nil, daemon.CheckConfig)
		var wrong config.Mistakes
		if c.wrong == nil {
			if err != nil {
				t.Errorf("%s %s: %v", c.calendar, c.corrections, err)
			}
		} else if !errors.As(err, &wrong) || !slices.Equal(strings.Split(wrong.Error(), "\n"), c.wrong) {
			t.Errorf("%s %s: %v\nwant %s", c.calendar, c.corrections, err, strings.Join(c.wrong, "\n"))
		}
	}
}

// TestHijriCorrectionsAreRead: what readers see of an article without a printed
// Hijri date follows the configuration, on its page and in the feeds.
func TestHijriCorrectionsAreRead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		write(t, filepath.Join(filepath.Dir(h.file), "pieces", "tide.md"), tide)
		sees := func(date string) {
			t.Helper()
			if _, err := h.Read(h.ctx, false, nil); err != nil {
				t.Fatal(err)
			}
			pages, err := h.Pages()
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/articles/the-clockmakers-the-tide/", "/rss.xml"} {
				w := httptest.NewRecorder()
				pages.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				if text := strings.ReplaceAll(w.Body.String(), "&#39;", "'"); !strings.Contains(text, date) {
					t.Errorf("%s answers %d without %q", path, w.Code, date)
				}
			}
		}
		sees("Rabi' al-Awwal 01, 1446")
		text, err := os.ReadFile(h.file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, h.file, strings.Replace(string(text), "  hijri: civil\n", "  hijri: civil\n  hijri_corrections: {1446-03: 1}\n", 1))
		h.reopen()
		sees("Safar 30, 1446")
		write(t, h.file, string(text))
		h.reopen()
		sees("Rabi' al-Awwal 01, 1446")
	})
}
