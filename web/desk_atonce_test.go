package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// Dates without a send, and the removal of a schedule, are shown with the drafts that they
// drop, and what holds, to who has not seen that; sent once more they count, with what was typed.
func TestDeskSaysWhatIsDroppedAtOnce(t *testing.T) {
	once := admin.AtOnce{Drops: []magazine.Edition{{ID: "d", Newsletter: "weekly", Nominal: time.Date(2026, 1, 2, 7, 0, 0, 0, time.UTC), Approved: "salma@example.org"}},
		Lost:  []magazine.Edition{{ID: "w", Newsletter: "weekly", Nominal: time.Date(2026, 1, 2, 7, 0, 0, 0, time.UTC)}},
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
			return admin.Timetable{Timetable: store.Timetable{Schedules: []store.DeskSchedule{{Newsletter: "weekly", Name: "evening", Title: "Evening", Every: "friday at 07:00", Timezone: "UTC", Version: 2}}}}, nil
		}
	})
	editor := f.user("editor@example.org", magazine.Editor)
	for to, form := range map[string]string{"/desk/schedules/blackouts": "act=add&from=2026-01-02&then=drop&title=Day+off", "/desk/schedules/weekly/evening/edit": "act=remove&version=1"} {
		done = 0
		got := f.post(to, form, "Cookie", editor)
		if got.StatusCode != http.StatusConflict || done > 0 {
			t.Errorf("%s: not seen: %d, done %d", to, got.StatusCode, done)
		}
		for _, want := range []string{"which salma@example.org has approved, is dropped", " that waits for its time, ", "which noor@example.org has approved, is held", "is held by this", "press once more"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: no %q in\n%s", to, want, got.body)
			}
		}
		act, _, _ := strings.Cut(strings.TrimPrefix(form, "act="), "&")
		seen := formOn(got.body, act)
		if act == "remove" {
			_, after, _ := strings.Cut(got.body, `id="remove"`)
			seen = formOn(strings.Replace(after, "<form", `<form class="write"`, 1), act)
			if !strings.Contains(seen, "version=1") { // not that which somebody has made of it since
				t.Errorf("the form is about another version: %s", seen)
			}
		}
		if got := f.post(to, seen, "Cookie", editor); got.StatusCode != http.StatusSeeOther || done != 1 {
			t.Errorf("%s: seen: %d, done %d\n%s", to, got.StatusCode, done, got.body)
		}
	}
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
