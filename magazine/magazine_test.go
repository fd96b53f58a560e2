package magazine

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSlugify(t *testing.T) {
	for in, want := range map[string]string{
		"The Clockmakers & the Tide": "the-clockmakers-the-tide",
		"Jun'ichi Vale":              "junichi-vale",
		"Jun’ichi  Vale ":            "junichi-vale",
		"Maren Østergaard":           "maren-ostergaard",
		"Noor El-Amrani":             "noor-el-amrani",
		"ليلى بن يوسف":               "ليلى-بن-يوسف",
		"../../../../var/escape":     "var-escape",
		"Straße İstanbul":            "strasse-istanbul",
		"— … !":                      "",
		strings.Repeat("word ", 60):  strings.TrimSuffix(strings.Repeat("word-", 24), "-"),
	} {
		if got := Slugify(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzSlugify(f *testing.F) {
	f.Add("The Tide: a story")
	f.Add("\xff\x00ﷺ" + strings.Repeat("é", 200))
	f.Add(strings.Repeat("x", 117) + " þ")
	f.Fuzz(func(t *testing.T, in string) {
		got := Slugify(in)
		if len(got) > maxSlug || !utf8.ValidString(got) || strings.ContainsAny(got, "/. %?#") || strings.HasPrefix(got, "-") || strings.HasSuffix(got, "-") {
			t.Errorf("%q: %q", in, got)
		}
		if again := Slugify(got); again != got {
			t.Errorf("%q becomes %q and then %q", in, got, again)
		}
	})
}

func TestCite(t *testing.T) {
	p := Publication{Title: "Harbour & Horizon", Citation: "{section}, {publication} Vol. {volume}, No. {number}, {hijri_month}, {hijri_year}"}
	a := Article{Section: Section{Slug: "s", Name: "Science & Craft"}, Issue: IssueRef{Volume: "12", Number: "9"}, HijriMonth: "Rabi' al-Awwal", HijriYear: "1446"}
	if got := p.Cite(&a); got != "Science & Craft, Harbour & Horizon Vol. 12, No. 9, Rabi' al-Awwal, 1446" {
		t.Error(got)
	}
	a.HijriMonth, a.HijriYear, a.Section = "", "", Section{}
	if got := p.Cite(&a); got != "Harbour & Horizon Vol. 12, No. 9" {
		t.Error(got)
	}
	a.Issue = IssueRef{}
	if got := p.Cite(&a); got != "" {
		t.Error(got)
	}
}

// Braces that are no field stand as they are, and so do those in a value.
func TestCiteInArabic(t *testing.T) {
	p := Publication{Title: "المرفأ", Citation: "{section}، {publication}، العدد {number}", Figures: func(s string) string { return strings.ReplaceAll(s, "9", "٩") }}
	a := Article{Issue: IssueRef{"12", "9"}}
	if got := p.Cite(&a); got != "المرفأ، العدد ٩" {
		t.Errorf("got %q", got)
	}
}

func TestCiteOddPatterns(t *testing.T) {
	a := Article{Title: "On {number}", Issue: IssueRef{Volume: "12", Number: "9"}, Authors: []Author{{Name: "Salma"}, {Name: "Mona"}}}
	for pattern, want := range map[string]string{
		"": "", "{": "{", "}{ {no} x": "}{ {no} x", "{no{title}": "{noOn {number}", "{title": "{title", "{{volume}}": "{12}",
		"{author}: {title} ({number}),{section}{hijri_year}, {section}{volume} , {}": "Salma and Mona: On {number} (9), 12, {}",
	} {
		p := Publication{Citation: pattern}
		if got := p.Cite(&a); got != want {
			t.Errorf("%q is filled as %q, want %q", pattern, got, want)
		}
	}
}

func TestWants(t *testing.T) {
	a := Article{Seq: 10, Authors: []Author{{Slug: "salma"}, {Slug: "noor"}}, Section: Section{Slug: "fiction"}, Tags: []string{"Boats", "Deep Sea", "İstanbul"}}
	for name, c := range map[string]struct {
		sub  Subscription
		want bool
	}{
		"everything, new":           {Subscription{Served: 9}, true},
		"everything, served":        {Subscription{Served: 10}, false},
		"second author followed":    {Subscription{Served: 10, Follows: []Follow{{FollowAuthor, "noor", 9}}}, true},
		"author followed since":     {Subscription{Served: 8, Follows: []Follow{{FollowAuthor, "noor", 10}}}, false},
		"another author":            {Subscription{Follows: []Follow{{FollowAuthor, "vale", 0}}}, false},
		"section":                   {Subscription{Follows: []Follow{{FollowAuthor, "vale", 0}, {FollowSection, "fiction", 0}}}, true},
		"a tag, in its normal form": {Subscription{Served: 10, Follows: []Follow{{FollowTag, "deep sea", 9}}}, true},
		"a tag of another alphabet": {Subscription{Follows: []Follow{{FollowTag, TagKey("İSTANBUL"), 9}}}, true},
		"a tag served":              {Subscription{Follows: []Follow{{FollowTag, "boats", 10}}}, false},
		"a part of a tag":           {Subscription{Follows: []Follow{{FollowTag, "sea", 0}}}, false},
		"a tag named as a section":  {Subscription{Follows: []Follow{{FollowTag, "fiction", 0}}}, false},
		"a section named as noor":   {Subscription{Follows: []Follow{{FollowSection, "noor", 0}}}, false},
	} {
		if got := c.sub.Wants(&a); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestNames(t *testing.T) {
	w := func(names ...string) (all []Author) {
		for _, n := range names {
			all = append(all, Author{Name: n})
		}
		return all
	}
	for want, in := range map[string][]Author{"": nil, "A": w("A"), "A and B": w("A", "B"), "A, B and C": w("A", "B", "C")} {
		if got := Names(in); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestScopePathsAreSafe(t *testing.T) {
	for want, s := range map[string]Scope{
		"/":                    SiteScope(),
		"/authors/noor/":       AuthorScope("noor"),
		"/sections/fiction/":   SectionScope("fiction"),
		"/issues/12/3-4/":      IssueScope(IssueRef{"12", "3-4"}),
		"/issues/12%2F..%2F/x": {},
	} {
		if s.Kind != "" && s.Path() != want {
			t.Errorf("%s: %s", s.Key(), s.Path())
		}
	}
	if got := IssueScope(IssueRef{"1/..", "2"}).Path(); got != "/issues/1%2F../2/" {
		t.Error(got)
	}
}

func TestDatesAreInThePublicationsZone(t *testing.T) {
	nairobi, err := time.LoadLocation("Africa/Nairobi")
	if err != nil {
		t.Fatal(err)
	}
	p := Publication{Zone: nairobi}
	at := time.Date(2024, 9, 4, 21, 30, 0, 0, time.UTC)
	if p.Day(at) != "2024-09-05" {
		t.Error(p.Day(at))
	}
}

// Identities sort by when they were made, as text that people can read out, and
// those of one moment differ.
func TestIdentitiesSortByTime(t *testing.T) {
	at := time.Date(2024, 10, 4, 7, 0, 0, 0, time.UTC)
	form := regexp.MustCompile(`^[a-z2-7]{16}$`)
	last := ""
	for i := range 2000 {
		id := NewIDAt(at.Add(time.Duration(i*i) * 100 * time.Millisecond))
		if id <= last || !form.MatchString(id) {
			t.Fatalf("%s came after %s", id, last)
		}
		last = id
	}
	if early := NewIDAt(at.AddDate(-50, 0, 0)); early >= last || NewIDAt(at.AddDate(80, 0, 0)) <= last {
		t.Error("half a century does not sort")
	}
	seen := map[string]bool{}
	for range 2000 {
		id := NewIDAt(at)
		if seen[id] || id[:7] != NewIDAt(at)[:7] {
			t.Fatalf("%s was made twice, or is of another moment", id)
		}
		seen[id] = true
	}
}

func TestParseHour(t *testing.T) {
	for in, want := range map[string]string{"0": "00:00", "7": "07:00", "07": "07:00", " 23 ": "23:00", "7:00": "07:00", "07:00": "07:00", "00:00": "00:00"} {
		if got, err := ParseHour(in); got != want || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for in, mend := range map[string]string{"24": "from 0 to 23", "24:00": "there is no hour 24", "99": "from 0 to 23", "7:30": "write 07:00", "": "such as 7", "7:0": "such as 7", "7:": "such as 7", "-1": "such as 7",
		"+7": "such as 7", "007": "such as 7", "7pm": "such as 7", "7:00:00": "such as 7", "noon": "such as 7", "٧": "such as 7", strings.Repeat("9", 500): "such as 7", "7:é": "such as 7", "300": "such as 7"} {
		if got, err := ParseHour(in); CodeOf(err) != Invalid || !strings.Contains(err.Error(), mend) || got != "" || len(err.Error()) > 300 {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func FuzzParseHour(f *testing.F) {
	for _, s := range []string{"7", "07:00", "24", "7:30", "\x00", "1:\xff0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		hour, err := ParseHour(s)
		if again, wrong := ParseHour(hour); err == nil && (again != hour || wrong != nil || len(hour) != 5 || hour > "23:00") {
			t.Errorf("%q is %q, and that %q, %v", s, hour, again, wrong)
		}
	})
}
