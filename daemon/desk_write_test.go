package daemon_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/members"
)

// A schedule that an editor makes at the desk of a running daemon is offered to readers
// at once and goes out at its time; one that somebody else changes meanwhile is not
// overwritten.
func TestTheDeskMakesASchedule(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		h.publish("tides")
		base := serve(t, h.Daemon)
		owner := seated(t, h, base, "owner@people.example", "")
		form := url.Values{"act": {"save"}, "newsletter": {"weekly"}, "name": {"afternoon"}, "title": {"Each afternoon"}, "kind": {"weekly"}, "weekday": {"friday"}, "times": {"15:30"}, "timezone": {"Africa/Nairobi"}}
		at, body := owner.send("/desk/schedules/new", form)
		if at != "/desk/schedules/weekly/afternoon/" || !strings.Contains(body, "every Friday at 15:30") || !strings.Contains(body, "owner@people.example") {
			t.Fatalf("making it leads to %s\n%s", at, body)
		}
		if _, body := owner.send("/desk/schedules/new", form); !strings.Contains(body, "another schedule of this newsletter has this name") {
			t.Errorf("made twice:\n%s", body)
		}
		if _, body := visit(t, base).send("/join", nil); !strings.Contains(body, "Each afternoon") {
			t.Errorf("readers cannot choose it:\n%s", body)
		}
		_, err := h.Members.Add(h.ctx, members.Request{Email: "amina@people.example", Frequency: map[string]string{"weekly": "afternoon"}}, true, false)
		h.must(err)
		_, body = owner.send("/desk/schedules/weekly/afternoon/edit", nil)
		if !strings.Contains(body, "1 have it") {
			t.Errorf("the form:\n%s", body)
		}
		h.clock.Add(31 * time.Minute) // 15:31 in Nairobi
		all, err := h.server.Wait(deadline(t), 1)
		h.must(err)
		if all[0].To != "amina@people.example" {
			t.Errorf("it went to %s", all[0].To)
		}
		kept, err := h.Store.Timetable(h.ctx)
		h.must(err)
		w := kept.Schedules[0]
		w.Title = "Fridays at tea"
		h.must(h.SaveSchedule(h.ctx, w, "badr@people.example", ""))
		form["version"], form["times"] = []string{"1"}, []string{"16:00"}
		_, body = owner.send("/desk/schedules/weekly/afternoon/edit", form)
		for _, want := range []string{"badr@people.example", "Fridays at tea", `value="16:00"`, `name="version" value="2"`} {
			if !strings.Contains(body, want) {
				t.Errorf("the second is not told %q:\n%s", want, body)
			}
		}
		if at, _ := owner.send("/desk/schedules/weekly/afternoon/edit", url.Values{"act": {"remove"}, "version": {"2"}}); at != "/desk/schedules/" {
			t.Errorf("removing leads to %s", at)
		}
		if _, body := visit(t, base).send("/join", nil); strings.Contains(body, "at tea") || strings.Contains(body, "Each afternoon") {
			t.Errorf("readers may choose it still:\n%s", body)
		}
	})
}

// A form that was opened before the clocks change and is saved after it means the times
// of day that stand in it.
func TestTheDeskOverAClockChange(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	pages, err := h.Pages()
	h.must(err)
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	berlin, err := time.LoadLocation("Europe/Berlin")
	h.must(err)
	form := url.Values{"act": {"say"}, "newsletter": {"weekly"}, "name": {"night"}, "title": {"At night"}, "kind": {"weekly"}, "weekday": {"sunday"}, "times": {"02:30"}, "timezone": {"Europe/Berlin"}}
	h.clock.Set(time.Date(2025, 3, 29, 12, 0, 0, 0, berlin)) // the day before
	owner := seated(t, h, server.URL, "owner@people.example", "")
	if _, body := owner.send("/desk/schedules/new", form); !strings.Contains(body, `datetime="2025-03-30T01:00:00Z"`) || !strings.Contains(body, `datetime="2025-04-06T00:30:00Z"`) {
		t.Errorf("before: at 02:30, which there is not, and at 02:30 in summer:\n%s", body)
	}
	h.clock.Set(time.Date(2025, 3, 30, 12, 0, 0, 0, berlin))
	form.Set("act", "save")
	at, body := owner.send("/desk/schedules/new", form)
	if at != "/desk/schedules/weekly/night/" || strings.Contains(body, `datetime="2025-03-30T01:00:00Z"`) || !strings.Contains(body, `datetime="2025-04-06T00:30:00Z"`) {
		t.Errorf("after: %s\n%s", at, body)
	}
}

// The form tells what people have decided about the sends to come. How many would be left
// without the schedule is counted once for a time, and not while somebody types.
func TestTheDeskFormOfASchedule(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.Step(h.ctx)
	w := h.saved(desked("evening", "friday at 18:00"))
	s, err := h.Schedule("weekly/evening")
	h.must(err)
	_, _, err = h.Skip(h.ctx, s, "badr", "")
	h.must(err)
	pages, err := h.Pages()
	h.must(err)
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	owner := seated(t, h, server.URL, "owner@people.example", "")
	join := func(name string) {
		_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
		h.must(err)
	}
	join("noor")
	form := url.Values{"act": {"say"}, "version": {strconv.FormatInt(w.Version, 10)}, "title": {w.Title}, "kind": {"weekly"}, "weekday": {"friday"}, "times": {"18:00"}, "timezone": {"Africa/Nairobi"}}
	owner.send("/desk/schedules/weekly/evening/edit", nil) // which counts them
	_, body := owner.send("/desk/schedules/weekly/evening/edit", form)
	if !strings.Contains(body, "1 have it") || !strings.Contains(body, "badr") {
		t.Errorf("while one types:\n%s", body)
	}
	_, body = owner.send("/desk/schedules/weekly/evening/edit", nil)
	if !strings.Contains(body, "1 have it") || !strings.Contains(body, "badr") {
		t.Errorf("opened:\n%s", body)
	}
	join("maria")
	if _, body = owner.send("/desk/schedules/weekly/evening/edit", nil); !strings.Contains(body, "1 have it") {
		t.Errorf("counted anew at once:\n%s", body)
	}
}

// TestBrowserDeskSchedule makes a schedule, changes it while somebody else does, and
// removes it, and leaves dates out: at the width of a phone with scripts and without,
// and of a desk.
func TestBrowserDeskSchedule(t *testing.T) {
	t.Parallel()
	for _, on := range posttest.Screens {
		t.Run(on.Name, func(t *testing.T) {
			h := buildRunning(t, "sqlite")
			j, base := h.comesIn(on, "#week")
			said := func(what string, wait posttest.Step, typed ...posttest.Step) { // by itself where there are scripts, else by the button
				t.Helper()
				if !on.Scripts {
					typed = append(typed, posttest.Click(`.write button[value="say"]`))
				}
				j.Do(what, append(typed, wait)...)
			}
			at := func(field, value string) posttest.Step { // at once: what is said in between is another thing
				if !on.Scripts {
					return posttest.SetValue(field, value)
				}
				return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
					_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(f => { f.value = "`+value+`"; return f.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector('`+field+`'))`))
					return err
				})
			}
			j.Do("open the form", chromedp.Navigate(base+"/desk/schedules/"), posttest.Click(`a[href="/desk/schedules/new"]`), posttest.WaitVisible("#name"))
			j.Reads("#says", "every Friday at 07:00")
			said("choose days of the month", posttest.WaitVisible(`.error`), posttest.Click(`[name="kind"][value="monthly"]`), posttest.WaitVisible(`[name="days"]`), posttest.SendKeys(`[name="days"]`, "32"))
			j.Reads(".write .error", "32 is no day of the month")
			said("put it right", posttest.WaitNotPresent(`.error`), at(`[name="days"]`, "1, 15"))
			j.Reads("#says strong", "on the 1st and 15th of the month at 07:00")
			j.Do("forget the title", posttest.SendKeys("#name", "fortnight"), posttest.Click(`.write button[value="save"]`), posttest.WaitVisible(`[name="title"][aria-invalid]`))
			j.Do("make it", posttest.SendKeys("#title", "Twice a month"), posttest.Click(`.write button[value="save"]`), posttest.WaitVisible("#coming"))
			j.Reads("main", "on the 1st and 15th of the month at 07:00")
			j.Do("open it", posttest.Click(`a[href$="/edit"]`), posttest.WaitVisible("#title"))

			kept, err := h.Store.Timetable(h.ctx)
			h.must(err)
			w := kept.Schedules[0]
			w.Every = "last day of the month at 18:00"
			h.must(h.SaveSchedule(h.ctx, w, "badr@people.example", ""))
			j.Do("change it after somebody else", posttest.SetValue("#title", "Now and then"), posttest.Click(`.write button[value="save"]`), posttest.WaitVisible("#meanwhile"))
			j.Reads(".notice", "badr@people.example")
			j.Do("keep what was typed", posttest.Click(`.write button[value="save"]`), posttest.WaitVisible("#coming"))
			j.Reads("h1", "Now and then")
			j.Reads("main", "on the 1st and 15th of the month at 07:00")

			j.Do("leave dates out", chromedp.Navigate(base+"/desk/schedules/"), posttest.SendKeys("#b-from", "2024-10-32"), posttest.Click(`button[value="add"]`), posttest.WaitVisible(`#b-from[aria-invalid]`),
				posttest.SetValue("#b-from", "2024-10-15"), posttest.SendKeys("#b-title", "Mashujaa"), posttest.Click(`button[value="add"]`), posttest.WaitVisible(`button[value="remove"]`))
			j.Reads(".calendar .rest", "Mashujaa")
			j.Reads("tr.out", "Mashujaa")
			j.Do("send again on them", posttest.Click(`button[value="remove"]`), posttest.WaitNotPresent(`button[value="remove"]`))
			j.Do("remove it", posttest.Click(`td a[href$="/edit"]`), posttest.WaitVisible(`button[value="remove"]`))
			j.Reads("#remove ~ form", "they get it as “Main” from then on")
			j.Do("remove it", posttest.Click(`button[value="remove"]`), posttest.WaitVisible(".calendar"))
			acts, err := h.Store.LastActs(h.ctx, h.clock.Now(), 6)
			h.must(err)
			var did []string
			for _, a := range acts {
				did = append(did, a.What)
			}
			if got := strings.Join(did, " "); got != "remove lift blackout change change make" {
				t.Errorf("the log: %s", got)
			}
		})
	}
}
