package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

func TestWhatComesNext(t *testing.T) {
	var next Coming
	f := newFixture(t, func(o *Options) {
		o.Coming = func(_ context.Context, share *magazine.Subscription) (Coming, error) {
			if share.Newsletter != "weekly" || share.Subscriber.Email != "amina@example.org" {
				t.Errorf("asked about %+v", share)
			}
			return next, nil
		}
		o.Preview = func(_ context.Context, newsletter, email string) (string, error) {
			switch {
			case !next.Counted:
				return "", magazine.Errorf(magazine.Conflict, "%s would get nothing", email)
			case next.Articles == 0:
				return "", nil
			}
			return "<!DOCTYPE html><p>To " + email, nil
		}
	})
	p := f.member("amina@example.org")
	base := "/preferences/" + f.members.PreferencesToken(p)
	friday := time.Date(2024, 10, 11, 4, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		next  Coming
		zone  string
		pause time.Duration
		want  string // in the page
		shown string // in the preview
	}{
		{Coming{friday, 4, true}, "", 0, "Your next digest: Friday 07:00 (EAT), 4 articles so far.", "To amina"},
		{Coming{friday, 1, true}, "America/New_York", 0, "Your next digest: Friday 00:00 (New York), 1 article so far.", "To amina"},
		{Coming{friday.AddDate(0, 1, 0), 0, true}, "Asia/Tehran", 0, "Your next digest: 11 November 2024, 07:30 (Tehran), nothing for you yet.", "Nothing for you yet"},
		{Coming{}, "Asia/Tehran", 0, "", "Nothing for you yet"},
		{Coming{At: friday.AddDate(0, 2, 0)}, "Asia/Tehran", 40 * 24 * time.Hour, "Paused until 13 November 2024.", "Nothing for you yet"},
	} {
		next = c.next
		if c.zone != "" {
			if err := f.members.SetZone(f.Context(), p.ID, c.zone); err != nil {
				t.Fatal(err)
			}
		}
		if c.pause > 0 {
			if err := f.members.Pause(f.Context(), p.Email, "weekly", f.clock.Now().Add(c.pause), false); err != nil {
				t.Fatal(err)
			}
		}
		if page := f.get(base); !strings.Contains(page.body, c.want) || strings.Contains(page.body, "Your next") != (c.next != Coming{}) {
			t.Errorf("%+v: no %q in\n%s", c.next, c.want, page.body)
		}
		res := f.get(base + "/preview/weekly")
		if res.StatusCode != http.StatusOK || !strings.Contains(res.body, c.shown) || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%+v: the preview: %d\n%s", c.next, res.StatusCode, res.body)
		}
		if policy := res.Header.Get("Content-Security-Policy"); strings.Contains(res.body, "To amina") && policy != mailPolicy {
			t.Errorf("policy %q", policy)
		}
	}
	if res := f.get(base + "/preview/never"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no such newsletter: %d", res.StatusCode)
	}
	if res := f.get("/preferences/x/preview/weekly"); res.StatusCode != http.StatusNotFound || !strings.Contains(res.body, `action="/signin"`) {
		t.Errorf("a bad link: %d", res.StatusCode)
	}
	next = Coming{friday, 4, true}
	if res := f.get("/preferences/preview/weekly", "Cookie", f.signIn(p.Email)); !strings.Contains(res.body, "To amina") {
		t.Errorf("signed in: %d\n%s", res.StatusCode, res.body)
	}
}
