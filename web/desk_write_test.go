package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/hijri"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// typedAs is the form of a schedule as a browser sends it, with some fields otherwise.
func typedAs(act string, more ...string) string {
	form := url.Values{"act": {act}, "newsletter": {"weekly"}, "name": {"evening"}, "title": {"Each evening"}, "kind": {"weekly"}, "weekday": {"monday", "friday"}, "times": {"18:00"}, "timezone": {"Africa/Nairobi"},
		"place": {"first"}, "place-day": {"monday"}, "moon": {"first"}, "unit": {"h"}, "version": {"0"}}
	for i := 0; i < len(more); i += 2 {
		form[more[i]] = nil
		if more[i+1] != "" {
			form[more[i]] = strings.Split(more[i+1], "|")
		}
	}
	return form.Encode()
}

// Each kind that the form knows is saved in the words of the configuration, and the form
// of what was saved says the same again.
func TestDeskWritesEachKind(t *testing.T) {
	var saved store.DeskSchedule
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Save = func(_ context.Context, w store.DeskSchedule, who, seen string) error {
			saved = w
			return nil
		}
		o.Desk.Timetable = func(context.Context) (admin.Timetable, error) {
			return admin.Timetable{Timetable: store.Timetable{Schedules: []store.DeskSchedule{saved}}}, nil
		}
		o.Desk.Try = func(every, cron, zone string) (*schedules.Schedule, error) {
			return schedules.Parse(schedules.Spec{Newsletter: "try", Every: every, Cron: cron, Timezone: zone, Calendar: civil(t)})
		}
		o.Desk.Judge = func(_ context.Context, w store.DeskSchedule) (*schedules.Schedule, admin.AtOnce, error) {
			s, err := schedules.Parse(schedules.Spec{Newsletter: w.Newsletter, Name: w.Name, Every: w.Every, Cron: w.Cron, Timezone: w.Timezone, Local: w.Local, Calendar: civil(t)})
			return s, admin.AtOnce{}, err
		}
	})
	editor := f.user("editor@example.org", magazine.Editor)
	for _, c := range []struct {
		form  []string
		every string
		shows []string
	}{
		{nil, "monday and friday at 18:00", []string{`value="monday" checked`, `value="friday" checked`}},
		{[]string{"weekday", "monday|tuesday|wednesday|thursday|friday|saturday|sunday", "times", "18:00, 7:00; 07:00"}, "day at 07:00 and 18:00", []string{`value="sunday" checked`, `value="07:00, 18:00"`}},
		{[]string{"kind", "fortnightly", "from", "2026-01-02"}, "other friday at 18:00 from 2026-01-02", []string{`name="from" value="2026-01-02"`}},
		{[]string{"kind", "monthly", "days", "15 1, 1"}, "1st and 15th of the month at 18:00", []string{`value="1, 15"`}},
		{[]string{"kind", "nth", "place", "third", "place-day", "wednesday"}, "third wednesday of the month at 18:00", []string{`value="third" selected`, `value="wednesday" selected`}},
		{[]string{"kind", "nth", "place", "last", "place-day", "day"}, "last day of the month at 18:00", []string{`value="last" selected`, `value="day" selected`}},
		{[]string{"kind", "nth", "place", "last", "place-day", "weekday"}, "last weekday of the month at 18:00", []string{`value="weekday" selected`}},
		{[]string{"kind", "lunar", "moon", "last"}, "last day of the hijri month at 18:00", []string{`value="last" selected`}},
		{[]string{"kind", "issue", "delay", "90", "unit", "m"}, "issue + 90m", []string{`value="90"`, `value="m" selected`}},
		{[]string{"kind", "issue", "delay", "2", "unit", "d"}, "issue + 2d", []string{`value="48"`, `value="h" selected`}},
		{[]string{"kind", "issue"}, "issue", nil},
		{[]string{"kind", "cron", "cron", "0 7 * * 5", "times", ""}, "cron 0 7 * * 5", []string{`value="0 7 * * 5"`}},
		{[]string{"local", "yes"}, "monday and friday at 18:00 local", []string{`name="local" value="yes" checked`}},
	} {
		saved = store.DeskSchedule{}
		got := f.post("/desk/schedules/new", typedAs("save", c.form...), "Cookie", editor)
		if to := got.Header.Get("Location"); got.StatusCode != http.StatusSeeOther || to != "/desk/schedules/weekly/evening/" {
			t.Errorf("%v: %d to %q\n%s", c.form, got.StatusCode, to, got.body)
			continue
		}
		said := saved.Every
		if saved.Cron != "" {
			said = "cron " + saved.Cron
		}
		if saved.Local {
			said += " local"
		}
		if said != c.every || saved.Title != "Each evening" || saved.Timezone != "Africa/Nairobi" {
			t.Errorf("%v is saved as %+v, want %q", c.form, saved, c.every)
		}
		again := f.get("/desk/schedules/weekly/evening/edit", "Cookie", editor).body
		for _, want := range append(c.shows, `value="Each evening"`, "<strong>") {
			if !strings.Contains(again, want) {
				t.Errorf("%v: its form shows no %q\n%s", c.form, want, again)
			}
		}
		said = saved.Every + saved.Cron
		if f.post("/desk/schedules/weekly/evening/edit", formOn(again, "save"), "Cookie", editor); saved.Every+saved.Cron != said && saved.Every != "issue + 48h" {
			t.Errorf("%v: what its form says is %q, and was %q", c.form, saved.Every+saved.Cron, said)
		}
	}
}

// formOn is what a browser would send of the form of a schedule on a page.
func formOn(page, act string) string {
	_, page, _ = strings.Cut(page, `<form class="write"`)
	page, _, _ = strings.Cut(page, "</form>")
	form, of := url.Values{"act": {act}}, ""
	attribute := func(tag, name string) string {
		m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
		if m == nil {
			return ""
		}
		return m[1]
	}
	for _, tag := range regexp.MustCompile(`<(?:input|option|select)[^>]*>`).FindAllString(page, -1) {
		switch {
		case strings.HasPrefix(tag, "<select"):
			of = attribute(tag, "name")
		case strings.HasPrefix(tag, "<option"):
			if strings.Contains(tag, " selected") {
				form.Set(of, attribute(tag, "value"))
			}
		case strings.Contains(tag, `type="radio"`) || strings.Contains(tag, `type="checkbox"`):
			if strings.Contains(tag, " checked") {
				form.Add(attribute(tag, "name"), attribute(tag, "value"))
			}
		default:
			form.Add(attribute(tag, "name"), attribute(tag, "value"))
		}
	}
	return form.Encode()
}

var (
	invalidTag   = regexp.MustCompile(`<[a-z]+ [^>]*aria-invalid="true"[^>]*>`)
	describedTag = regexp.MustCompile(`aria-describedby="([^"]*)"`)
	errorOfField = regexp.MustCompile(`<p class="error small"( id="([^"]*)")?>`)
)

// tied checks that the errors of a form are tied to fields: each error has an id by which
// a field is described, and each invalid field is described by an error.
func (a answer) tied(t *testing.T, what string) {
	t.Helper()
	ids, described := map[string]bool{}, map[string]bool{}
	for _, m := range errorOfField.FindAllStringSubmatch(a.body, -1) {
		if ids[m[2]] {
			t.Errorf("%s: two errors have the id %q", what, m[2])
		}
		ids[m[2]] = true
	}
	for _, m := range describedTag.FindAllStringSubmatch(a.body, -1) {
		for _, id := range strings.Fields(m[1]) {
			described[id] = true
			if !strings.Contains(a.body, ` id="`+id+`"`) {
				t.Errorf("%s: nothing has the id %q", what, id)
			}
		}
	}
	for id := range ids {
		if !described[id] {
			t.Errorf("%s: no field is described by the error %q", what, id)
		}
	}
	for _, tag := range invalidTag.FindAllString(a.body, -1) {
		m := describedTag.FindStringSubmatch(tag)
		if m == nil || !slices.ContainsFunc(strings.Fields(m[1]), func(id string) bool { return ids[id] }) {
			t.Errorf("%s: no error describes %s", what, tag)
		}
	}
}

// Each wrong field is told beside it with its mend, what was typed stays, and nothing is
// saved; a form that is still being filled in is told what it means so far.
func TestDeskWriteMistakes(t *testing.T) {
	saved := 0
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Save = func(_ context.Context, w store.DeskSchedule, who, seen string) error { saved++; return nil }
	})
	editor := f.user("editor@example.org", magazine.Editor)
	for _, c := range []struct{ form, says []string }{
		{[]string{"name", "Each evening"}, []string{"small letters a to z", `value="Each evening"`}},
		{[]string{"name", "a/b"}, []string{"small letters a to z"}},
		{[]string{"title", ""}, []string{"Write what readers see"}},
		{[]string{"title", strings.Repeat("ü", 101)}, []string{"at most 100"}},
		{[]string{"kind", ""}, []string{"Choose when it goes out."}},
		{[]string{"kind", "<script>"}, []string{"Choose when it goes out."}},
		{[]string{"weekday", ""}, []string{"at least one day"}},
		{[]string{"weekday", "someday"}, []string{"at least one day"}},
		{[]string{"times", "7"}, []string{"7 is no time of day", "07:00, 18:00", `value="7"`}},
		{[]string{"times", "24:00"}, []string{"24:00 is no time"}},
		{[]string{"times", "<b>"}, []string{"&lt;b&gt; is no time"}},
		{[]string{"times", ""}, []string{"Write a time"}},
		{[]string{"kind", "monthly", "days", "1, 32"}, []string{"32 is no day of the month"}},
		{[]string{"kind", "monthly"}, []string{"Write days from 1 to 31"}},
		{[]string{"kind", "fortnightly", "from", "02.01.2026"}, []string{"Choose the date of the first send"}},
		{[]string{"kind", "fortnightly", "from", "2999-01-02"}, []string{"a year from 1900 to 2200"}},
		{[]string{"kind", "nth", "place-day", "someday"}, []string{"at least one day"}},
		{[]string{"kind", "lunar"}, []string{"no Hijri calendar is chosen"}},
		{[]string{"kind", "issue", "delay", "15", "unit", "d"}, []string{"up to 14 days"}},
		{[]string{"kind", "issue", "delay", "-1"}, []string{"up to 14 days"}},
		{[]string{"kind", "issue", "delay", "1", "unit", "y"}, []string{"up to 14 days"}},
		{[]string{"kind", "issue", "delay", "1", "local", "yes"}, []string{"published at one instant for all"}},
		{[]string{"kind", "cron", "cron", ""}, []string{"Write five fields"}},
		{[]string{"kind", "cron", "cron", "0 7 L * *"}, []string{"last day of the month"}},
		{[]string{"kind", "cron", "cron", "0 7 30 2 *"}, []string{"never"}},
		{[]string{"timezone", "Mars/Olympus"}, []string{"Mars/Olympus: not known; write a name of the IANA database", `value="Mars/Olympus"`}},
		{[]string{"times", "7", "timezone", "Local", "name", "-"}, []string{"7 is no time", "small letters"}},
	} {
		got := f.post("/desk/schedules/new", typedAs("save", c.form...), "Cookie", editor)
		if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Nothing was saved yet") || strings.Contains(got.body, "<script>") {
			t.Errorf("%v: %d\n%s", c.form, got.StatusCode, got.body)
		}
		got.tied(t, fmt.Sprint(c.form))
		for _, want := range append(c.says, `class="error small"`) {
			if !strings.Contains(got.body, want) {
				t.Errorf("%v: no %q in\n%s", c.form, want, got.body)
			}
		}
		if len(c.form) > 0 && c.form[0] != "weekday" && !strings.Contains(got.body, `value="friday" checked`) {
			t.Errorf("%v: the days that were chosen are gone", c.form)
		}
	}
	if saved != 0 {
		t.Errorf("%d were saved", saved)
	}
	got := f.post("/desk/schedules/new", typedAs("say", "name", "", "title", ""), "Cookie", editor)
	if got.StatusCode != http.StatusOK || strings.Contains(got.body, `class="error`) || !strings.Contains(got.body, "every Monday and Friday at 18:00") || strings.Count(got.body, "<li><time") != 5 {
		t.Errorf("said: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.post("/desk/schedules/new", typedAs("say", "times", "x"), "Cookie", editor); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "x is no time of day") {
		t.Errorf("said what is wrong: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.post("/desk/schedules/new", typedAs("eat"), "Cookie", editor); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nothing to do: %d", got.StatusCode)
	}
}

// A session that ends in the middle keeps all that was typed, days among it.
func TestDeskWriteSignedOut(t *testing.T) {
	f := newFixture(t, desk)
	f.user("editor@example.org", magazine.Editor)
	got := f.post("/desk/schedules/new", typedAs("save", "title", `"Each" <evening>`))
	if got.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%d", got.StatusCode)
	}
	for _, want := range []string{`name="weekday" value="monday"`, `name="weekday" value="friday"`, `name="title" value="&#34;Each&#34; &lt;evening&gt;"`, `name="times" value="18:00"`, `name="act" value="save"`, `action="/desk/schedules/new"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in\n%s", want, got.body)
		}
	}
}

// The second of two who change or remove a schedule is told what the first did, keeps
// what they typed, and can save it then.
func TestDeskWriteMeanwhile(t *testing.T) {
	var saved []int64
	kept := store.DeskSchedule{Newsletter: "weekly", Name: "evening", Title: "Theirs", Every: "tuesday at 05:00", Timezone: "Africa/Nairobi", Version: 7}
	there := true
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Remove = func(_ context.Context, w store.DeskSchedule, who, seen string) error {
			if saved = append(saved, w.Version); there && w.Version == kept.Version || !there && w.Version == 0 {
				return nil
			}
			return magazine.Errorf(magazine.Conflict, "edited").Said("desk.schedule.edited")
		}
		o.Desk.Save = func(ctx context.Context, w store.DeskSchedule, who, seen string) error {
			return o.Desk.Remove(ctx, w, who, seen)
		}
		o.Desk.Timetable = func(context.Context) (admin.Timetable, error) {
			if !there {
				return admin.Timetable{}, nil
			}
			return admin.Timetable{Timetable: store.Timetable{Schedules: []store.DeskSchedule{kept}}}, nil
		}
	})
	editor := f.user("editor@example.org", magazine.Editor)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutAct(ctx, store.Act{Who: "badr@example.org", What: "change", Newsletter: "weekly", Schedule: "evening", Detail: "from every Friday to every Tuesday"})
	})
	const page = "/desk/schedules/weekly/evening/edit"
	for _, what := range []string{"changed", "removed"} {
		there = what == "changed"
		got := f.post(page, typedAs("save", "version", "6", "title", "Mine"), "Cookie", editor)
		if got.StatusCode != http.StatusConflict {
			t.Fatalf("%s: %d\n%s", what, got.StatusCode, got.body)
		}
		version := fmt.Sprintf(`name="version" value="%d"`, map[bool]int{true: 7}[there])
		for _, want := range []string{"badr@example.org", "from every Friday to every Tuesday", `value="Mine"`, `value="monday" checked`, version, "every Monday and Friday at 18:00"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: no %q in\n%s", what, want, got.body)
			}
		}
		if again := f.post(page, formOn(got.body, "save"), "Cookie", editor); again.StatusCode != http.StatusSeeOther {
			t.Errorf("%s, saved after that: %d\n%s", what, again.StatusCode, again.body)
		}
	}
	there = true
	if got := f.get(page, "Cookie", editor); !strings.Contains(got.body, "4,812 have it") {
		t.Errorf("opened:\n%s", got.body)
	}
	if got := f.post(page, typedAs("say", "version", "7"), "Cookie", editor); !strings.Contains(got.body, "4,812 have it") || strings.Contains(got.body, "… have") {
		t.Errorf("said in words, it is not known any more who has it:\n%s", got.body)
	}
	got := f.post(page, "act=remove&version=6", "Cookie", editor)
	if got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "badr@example.org") || !strings.Contains(got.body, `value="Theirs"`) || !strings.Contains(got.body, "4,812 have it") {
		t.Errorf("removed what was changed: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.post(page, "act=remove&version=7", "Cookie", editor); got.Header.Get("Location") != "/desk/schedules/" {
		t.Errorf("removed: %d", got.StatusCode)
	}
}

// Blackouts stand on the page of schedules, each wrong field is told beside it, and what
// was typed stays.
func TestDeskBlackoutForm(t *testing.T) {
	var did []string
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.AddBlackout = func(_ context.Context, b store.Blackout, who, seen string) error {
			if _, err := schedules.Parse(schedules.Spec{Newsletter: "x", Every: "day at 07:00", Timezone: "UTC", Blackouts: []schedules.BlackoutSpec{{From: b.From, To: b.To, Then: schedules.Then(b.Then)}}}); err != nil {
				problems := schedules.Problems{{Field: "from", Value: b.From, Text: "it is no date", Mend: "write a date such as 2026-12-24"}}
				return &magazine.Error{Code: magazine.Invalid, Text: "wrong", Cause: problems}
			}
			did = append(did, b.Newsletter+"/"+b.Schedule+" "+b.Words()+" "+who)
			return nil
		}
		o.Desk.Timetable = func(context.Context) (admin.Timetable, error) {
			return admin.Timetable{Timetable: store.Timetable{Schedules: []store.DeskSchedule{{Newsletter: "weekly", Name: "old", Title: "Old", Cron: "0 7 * * 5", Timezone: "UTC", Version: 3}}, Blackouts: []store.Blackout{{ID: "b1", Newsletter: "weekly", From: "2024-10-11", Then: "drop", Title: "Mashujaa"}}},
				Unused: []admin.Unused{{Newsletter: "weekly", Schedule: "main", Blackout: "b1", Why: schedules.Problems{{Text: "both say something else"}}}, {Newsletter: "weekly", Schedule: "old", Why: schedules.Problems{{Text: "config.yaml:12 writes it"}}}}}, nil
		}
	})
	editor, viewer := f.user("editor@example.org", magazine.Editor), f.user("viewer@example.org", magazine.Viewer)
	for _, want := range []string{"Mashujaa", "both say something else", "config.yaml:12 writes it", "/desk/schedules/weekly/old/edit", `value="b1"`, "/desk/schedules/new"} {
		if got := f.get("/desk/schedules/", "Cookie", editor).body; !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := f.get("/desk/schedules/weekly/old/edit", "Cookie", editor).body; !strings.Contains(got, "It is not in use, so nothing changes") || !strings.Contains(got, `value="0 7 * * 5"`) {
		t.Errorf("one that is not in use:\n%s", got)
	}
	if got := f.get("/desk/schedules/", "Cookie", viewer).body; !strings.Contains(got, "Mashujaa") || strings.Contains(got, `value="b1"`) || strings.Contains(got, "/desk/schedules/new") || strings.Contains(got, `/edit"`) {
		t.Errorf("a viewer sees\n%s", got)
	}
	post := func(form string) answer { return f.post("/desk/schedules/blackouts", form, "Cookie", editor) }
	if got := post("act=add&of=weekly/main&from=Friday&title=Day+off&then=move"); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Friday: it is no date; write a date such as") || !strings.Contains(got.body, `value="Day off"`) || !strings.Contains(got.body, `value="move" selected`) {
		t.Errorf("a wrong date: %d\n%s", got.StatusCode, got.body)
	} else {
		got.tied(t, "a wrong date")
	}
	if got := post("act=add&from=12-24&then=drop&title=" + strings.Repeat("x", 101)); got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, "at most 100") {
		t.Errorf("a long title: %d", got.StatusCode)
	} else {
		got.tied(t, "a long title")
	}
	if got := post("act=add&of=weekly&from=12-24&to=01-02&then=drop&title=Holidays"); got.Header.Get("Location") != "/desk/schedules/#blackouts" || len(did) != 1 || did[0] != "weekly/ Holidays, 12-24 to 01-02: dropped editor@example.org" {
		t.Errorf("added: %d, %q", got.StatusCode, did)
	}
	if got := post("act=remove&id=b1"); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "taken it away already") {
		t.Errorf("gone: %d\n%s", got.StatusCode, got.body)
	}
	if got := post("act=eat"); got.StatusCode != http.StatusUnprocessableEntity && got.StatusCode != http.StatusBadRequest {
		t.Errorf("nothing to do: %d", got.StatusCode)
	}
}

// Dates without a send, and the removal of a schedule, are shown with the drafts that they
// drop, and what holds, to who has not seen that; sent once more they count, with what was typed.
func TestDeskSaysWhatIsDroppedAtOnce(t *testing.T) {
	once := admin.AtOnce{Drops: []magazine.Edition{{ID: "d", Newsletter: "weekly", Nominal: time.Date(2026, 1, 2, 7, 0, 0, 0, time.UTC), Approved: "salma@example.org"}},
		Holds: []magazine.Edition{{ID: "h", Newsletter: "weekly", Nominal: time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC), Approved: "noor@example.org"}, {Newsletter: "weekly", Nominal: time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC)}}}
	done := 0
	asks := func(seen string) error {
		if seen != once.Mark() {
			return &admin.Unseen{AtOnce: once}
		}
		done++
		return nil
	}
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.AddBlackout = func(_ context.Context, b store.Blackout, who, seen string) error {
			if b.From != "2026-01-02" || b.Title != "Day off" {
				t.Errorf("added: %+v", b)
			}
			return asks(seen)
		}
		o.Desk.Remove = func(_ context.Context, w store.DeskSchedule, who, seen string) error { return asks(seen) }
		o.Desk.Timetable = func(context.Context) (admin.Timetable, error) {
			return admin.Timetable{Timetable: store.Timetable{Schedules: []store.DeskSchedule{{Newsletter: "weekly", Name: "evening", Title: "Evening", Every: "friday at 07:00", Timezone: "UTC", Version: 1}}}}, nil
		}
	})
	editor := f.user("editor@example.org", magazine.Editor)
	for to, form := range map[string]string{"/desk/schedules/blackouts": "act=add&from=2026-01-02&then=drop&title=Day+off", "/desk/schedules/weekly/evening/edit": "act=remove&version=1"} {
		done = 0
		got := f.post(to, form, "Cookie", editor)
		if got.StatusCode != http.StatusConflict || done > 0 {
			t.Errorf("%s: not seen: %d, done %d", to, got.StatusCode, done)
		}
		for _, want := range []string{"which salma@example.org has approved, is dropped", "which noor@example.org has approved, is held", "is held by this", "press once more"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: no %q in\n%s", to, want, got.body)
			}
		}
		act, _, _ := strings.Cut(strings.TrimPrefix(form, "act="), "&")
		seen := formOn(got.body, act)
		if act == "remove" {
			_, after, _ := strings.Cut(got.body, `id="remove"`)
			seen = formOn(strings.Replace(after, "<form", `<form class="write"`, 1), act)
		}
		if got := f.post(to, seen, "Cookie", editor); got.StatusCode != http.StatusSeeOther || done != 1 {
			t.Errorf("%s: seen: %d, done %d\n%s", to, got.StatusCode, done, got.body)
		}
	}
}

func civil(t *testing.T) hijri.Reckoning {
	t.Helper()
	r, err := hijri.NewReckoning(hijri.Civil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What goes out as soon as a form is sent is said on it, and the form tells that it was:
// who did not see it is shown it first.
func TestDeskSaysWhatGoesOutAtOnce(t *testing.T) {
	once := admin.AtOnce{Goes: []schedules.Occurrence{{Newsletter: "weekly", Schedule: "evening", Nominal: schedules.Nominal{Date: "2026-01-02", Slot: "05:00"}, At: time.Date(2026, 1, 2, 5, 0, 0, 0, time.UTC)}}}
	once.Drops = []magazine.Edition{{ID: "d", Newsletter: "weekly", Nominal: time.Date(2026, 1, 2, 7, 0, 0, 0, time.UTC), Approved: "salma@example.org"}, {ID: "e", Newsletter: "weekly", Nominal: time.Date(2026, 1, 3, 7, 0, 0, 0, time.UTC)}}
	saved, lifted := 0, 0
	f := newFixture(t, desk, func(o *Options) {
		judge := o.Desk.Judge
		o.Desk.Judge = func(ctx context.Context, w store.DeskSchedule) (*schedules.Schedule, admin.AtOnce, error) {
			s, _, err := judge(ctx, w)
			return s, once, err
		}
		o.Desk.Save = func(_ context.Context, w store.DeskSchedule, who, seen string) error {
			if seen != once.Mark() {
				return admin.ErrAtOnce
			}
			saved++
			return nil
		}
		o.Desk.Timetable = func(context.Context) (admin.Timetable, error) {
			return admin.Timetable{Timetable: store.Timetable{Schedules: []store.DeskSchedule{{Newsletter: "weekly", Name: "evening", Title: "Evening", Every: "friday at 07:00", Timezone: "UTC", Version: 1}},
				Blackouts: []store.Blackout{{ID: "b", From: "2026-01-02", Then: "move"}, {ID: "c", From: "2026-02-02"}}}}, nil
		}
		o.Desk.Try = func(every, cron, zone string) (*schedules.Schedule, error) {
			return schedules.Parse(schedules.Spec{Newsletter: "try", Every: every, Cron: cron, Timezone: zone})
		}
		o.Desk.Lifting = func(context.Context) (map[string]admin.AtOnce, error) {
			return map[string]admin.AtOnce{"b": once}, nil
		}
		o.Desk.RemoveBlackout = func(_ context.Context, id, who, seen string) error {
			if seen != once.Mark() {
				return admin.ErrAtOnce
			}
			lifted++
			return nil
		}
	})
	editor := f.user("editor@example.org", magazine.Editor)
	const at = "/desk/schedules/weekly/evening/edit"
	for what, page := range map[string]answer{"opened": f.get(at, "Cookie", editor), "said": f.post(at, typedAs("say", "version", "1"), "Cookie", editor), "not seen": f.post(at, typedAs("save", "version", "1"), "Cookie", editor)} {
		for _, want := range []string{"goes out as soon as this is saved, to at most 4,812.", "which salma@example.org has approved, is dropped", "which nobody has approved yet, is dropped"} {
			if !strings.Contains(page.body, want) || saved > 0 {
				t.Errorf("%s: saved %d, no %q\n%s", what, saved, want, page.body)
			}
		}
	}
	page := f.post(at, typedAs("save", "version", "1"), "Cookie", editor)
	if page.StatusCode != http.StatusConflict || !strings.Contains(page.body, "press once more") {
		t.Errorf("%d\n%s", page.StatusCode, page.body)
	}
	if got := f.post(at, formOn(page.body, "save"), "Cookie", editor); got.StatusCode != http.StatusSeeOther || saved != 1 {
		t.Errorf("seen: %d, saved %d\n%s", got.StatusCode, saved, got.body)
	}
	list := f.get("/desk/schedules/", "Cookie", editor).body
	if strings.Count(list, "goes out as soon as it is taken away, to at most 4,812.") != 1 {
		t.Errorf("%s", list)
	}
	if got := f.post("/desk/schedules/blackouts", "act=remove&id=b", "Cookie", editor); got.StatusCode != http.StatusConflict || lifted != 0 {
		t.Errorf("not seen: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.post("/desk/schedules/blackouts", "act=remove&id=b&at-once="+url.QueryEscape(once.Mark()), "Cookie", editor); got.StatusCode != http.StatusSeeOther || lifted != 1 {
		t.Errorf("seen: %d\n%s", got.StatusCode, got.body)
	}
}
