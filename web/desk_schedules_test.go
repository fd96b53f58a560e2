package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// Schedules are shown with where they are written, when they go out in a month, and
// by whom what was done; what an editor does to one reaches it in their name.
func TestDeskSchedules(t *testing.T) {
	var did []string
	f := newFixture(t, desk, func(o *Options) {
		s := &o.Desk.Scheduling
		note := func(what string) func(context.Context, *schedules.Schedule, string, string) error {
			return func(_ context.Context, s *schedules.Schedule, who, seen string) error {
				did = append(did, strings.TrimSpace(what+" "+s.Newsletter+"/"+s.Name+" "+who+" "+seen))
				return nil
			}
		}
		s.Skip, s.Unskip, s.Resume = note("skip"), note("unskip"), func(context.Context, *schedules.Schedule, string) error {
			return magazine.Errorf(magazine.Conflict, "weekly/main is not paused")
		}
		s.Run = func(_ context.Context, s *schedules.Schedule, who string, asNext bool, seen string) (string, error) {
			if asNext {
				who += " as next"
			}
			return "made", note("run")(context.Background(), s, who, seen)
		}
		s.Pause = func(_ context.Context, s *schedules.Schedule, who string, until time.Time) error {
			return note("pause until "+until.Format(time.RFC3339))(context.Background(), s, who, "")
		}
	})
	editor, viewer := f.user("editor@example.org", magazine.Owner), f.user("viewer@example.org", magazine.Viewer)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutAct(ctx, store.Act{Who: "salma", What: "skip", Newsletter: "weekly", Schedule: "main", Detail: "2024-10-11 07:00"})
	})
	list := f.get("/desk/schedules/", "Cookie", viewer).body
	for _, want := range []string{"Fridays", "config.yaml:12", "every Friday at 07:00", "October 2024", "?month=2024-11", "07:00 <bdi>The Week by the Water</bdi>", "Monday"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in\n%s", want, list)
		}
	}
	if got := f.get("/desk/schedules/?month=2025-02", "Cookie", viewer).body; !strings.Contains(got, "February 2025") || strings.Count(got, "<p>07:00") != 4 {
		t.Errorf("February has %d sends\n%s", strings.Count(got, "<p>07:00"), got)
	}
	for query, want := range map[string]string{
		"every=first+monday+of+the+month+at+09:00&timezone=UTC": "first Monday",
		"cron=0+7+*+*+5&timezone=Europe/Paris":                  "every Friday at 07:00",
		"every=now+and+then":                                    `class="error"`,
		"every=friday+at+07:00&timezone=Mars/Olympus":           `class="error"`,
		"every=%3Cscript%3E":                                    `class="error"`,
		"month=x&every=" + strings.Repeat("a", 3000):            `class="error"`,
		"month=9999-99":                                         "October 2024",
	} {
		if got := f.get("/desk/schedules/?"+query, "Cookie", viewer); got.StatusCode != http.StatusOK || !strings.Contains(got.body, want) || strings.Contains(got.body, "<script>") {
			t.Errorf("%s: %d without %q\n%s", query, got.StatusCode, want, got.body)
		}
	}
	page := "/desk/schedules/weekly/main/"
	if got := f.get(page, "Cookie", viewer).body; !strings.Contains(got, "2024-10-11 07:00") || !strings.Contains(got, "salma") || strings.Contains(got, `value="skip"`) {
		t.Errorf("a viewer sees\n%s", got)
	}
	if got := f.get("/desk/schedules/weekly/none/", "Cookie", viewer); got.StatusCode != http.StatusNotFound {
		t.Errorf("none: %d", got.StatusCode)
	}
	const next = "weekly/main/2024-10-11/07:00"
	if got := f.get(page, "Cookie", editor).body; strings.Count(got, `name="seen" value="`+next+`"`) != 3 {
		t.Errorf("the forms do not say which send they mean\n%s", got)
	}
	for form, want := range map[string]string{
		"act=skip&seen=" + next: page, "act=unskip&seen=" + next: page, "act=run": "/desk/editions/made/", "act=run-next&seen=" + next: "/desk/editions/made/", "act=pause": page, "act=pause&until=2024-12-24": page,
	} {
		if got := f.post(page, form, "Cookie", editor); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q\n%s", form, got.StatusCode, got.Header.Get("Location"), got.body)
		}
	}
	for form, want := range map[string]string{"act=resume": "not paused", "act=pause&until=" + url.QueryEscape("soon<b>"): "soon&lt;b&gt;", "act=eat": "error", "act=skip": "error", "act=run-next": "error"} {
		if got := f.post(page, form, "Cookie", editor); got.StatusCode < 400 || got.StatusCode >= 500 || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d without %q\n%s", form, got.StatusCode, want, got.body)
		}
	}
	all := strings.Join(did, "\n")
	for _, want := range []string{"skip weekly/main editor@example.org " + next, "run weekly/main editor@example.org as next " + next, "pause until 9999-12-31T23:59:59Z", "pause until 2024-12-24T00:00:00+03:00 weekly/main"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if len(did) != 6 {
		t.Errorf("%d: %s", len(did), all)
	}
}

// A month of the calendar has each day once, also where one has no midnight.
func TestDeskMonthWithoutAMidnight(t *testing.T) {
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, desk, func(o *Options) { o.Publication.Zone = santiago })
	viewer := f.user("owner@example.org", magazine.Owner)
	page := f.get("/desk/schedules/?month=2026-09", "Cookie", viewer).body
	_, month, _ := strings.Cut(page, `class="calendar"`)
	var days []string
	for _, m := range regexp.MustCompile(`<td[^>]*><span class="meta">(\d+)<`).FindAllStringSubmatch(month, -1) {
		days = append(days, m[1])
	}
	if got := strings.Join(days, " "); got != "31 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 1 2 3 4" {
		t.Errorf("the days: %s\n%s", got, page)
	}
}
