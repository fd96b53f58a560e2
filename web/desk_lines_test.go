package web

import (
	"context"
	"html"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
)

// What is wrong with the lines of a list, and why it was stopped, is said in the reader's
// language, with what stands in the lines; what was kept before there were messages for
// it, in its own words.
func TestDeskSaysWhatIsWrongWithLines(t *testing.T) {
	const list = "email,timezone,language,author,frequency,hour,tier,ends,paused\n" +
		"no<b>one,,,,,,,,\n" +
		"a@example.org,Mars/Base,klingon,,,,,,\n" +
		"b@example.org,,,nobody,,,,,\n" +
		"c@example.org,,,,hourly,7,,,\n" +
		"d@example.org,,,,,,king,soon,\n" +
		"e@example.org,,,,,,,,someday\n"
	for language, want := range map[string][]string{
		"en": {"Line 2: “no<b>one” is no mail address. Write the address as name@domain.", "Line 3: “Mars/Base” is no time zone. Write one like Africa/Nairobi. “klingon” is no language.", "Line 4: There is no author, section or tag “nobody” to follow.", "Line 5: “hourly” is none of the frequencies that there are. There, nobody has an hour of their own.", "Line 6: “king” is no tier. There are: free, member. “soon” is no end of a tier.", "Line 7: “someday” is no day."},
		"fr": {"Ligne 2\u00a0: «\u00a0no<b>one\u00a0» n’est pas une adresse électronique.", "«\u00a0klingon\u00a0» n’est pas une langue.", "«\u00a0hourly\u00a0» n’est pas l’une des fréquences possibles.", "«\u00a0king\u00a0» n’est pas une catégorie."},
		"ar": {"السطر ٢: ", "ليست لغة", "ليست فئة", "ليس من المواعيد المتاحة"},
	} {
		f := newFixture(t, desk, func(o *Options) { o.Publication.Language = language })
		editor := f.user("editor@example.org", magazine.Editor)
		at := f.upload("people.csv", list, "Cookie", editor).Header.Get("Location")
		id := strings.TrimSuffix(strings.TrimPrefix(at, "/desk/people/import/"), "/")
		page := func() string {
			t.Helper()
			text := f.get(at, "Cookie", editor).body
			if strings.Contains(text, "<b>") {
				t.Errorf("%s: a line is taken for HTML", language)
			}
			return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(html.UnescapeString(text))
		}
		rows := page() // the first lines, as they would be taken
		i, err := f.members.ImportOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.post(at, "act=check&revision="+strconv.FormatInt(i.Revision, 10)+"&column-0=email&column-1=timezone&column-2=language&column-3=author&column-4=frequency&column-5=hour&column-6=tier&column-7=ends&column-8=paused&newsletter=weekly", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", language, got.StatusCode, got.body)
		}
		if _, err := f.members.WorkImport(t.Context(), id, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
		checked := page()
		for _, w := range want {
			if !strings.Contains(checked, w) {
				t.Errorf("%s: no %q in\n%s", language, w, checked)
			}
		}
		if w := strings.SplitAfterN(want[0], ": ", 2)[1]; language != "ar" && !strings.Contains(rows, w) {
			t.Errorf("%s: no %q among the first rows in\n%s", language, w, rows)
		}
		for _, english := range []string{"is no ", "there is no "} {
			if language != "en" && strings.Contains(checked, english) {
				t.Errorf("%s: %q stands in\n%s", language, english, checked)
			}
		}
	}
	f := newFixture(t, desk, func(o *Options) { o.Publication.Language = "fr" })
	editor := f.user("editor@example.org", magazine.Editor)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.AddImport(ctx, store.Import{ID: "old", Name: "old.csv", State: store.ImportDone, Plan: "{}",
			Done: `{"invalid":1,"problems":["line 2: \"x\" is no mail address: write it as name@domain"],"stop":{"why":"plan","what":"there is no newsletter \"old\""}}`})
	})
	if got := html.UnescapeString(f.get("/desk/people/import/old/", "Cookie", editor).body); !strings.Contains(got, `line 2: "x" is no mail address`) || !strings.Contains(got, `there is no newsletter "old"`) {
		t.Errorf("of before:\n%s", got)
	}
	at := f.upload("people.csv", "email\na@example.org\n", "Cookie", editor).Header.Get("Location")
	id := strings.TrimSuffix(strings.TrimPrefix(at, "/desk/people/import/"), "/")
	for _, act := range []string{"check&newsletter=weekly&column-0=email", "import"} {
		i, err := f.members.ImportOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.post(at, "act="+act+"&revision="+strconv.FormatInt(i.Revision, 10), "Cookie", editor); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", act, got.StatusCode, got.body)
		}
		if act == "import" {
			f.options.Newsletters = []magazine.Newsletter{{Name: "other", Title: "Another"}}
		}
		if _, err := f.members.WorkImport(t.Context(), id, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
	}
	if got := html.UnescapeString(f.get(at, "Cookie", editor).body); !strings.Contains(got, "«\u00a0weekly\u00a0»") || strings.Contains(got, "there is no newsletter") {
		t.Errorf("stopped:\n%s", got)
	}
}
