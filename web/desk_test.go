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

// desk opens a desk in a fixture, to whose editions nothing is done.
func desk(o *Options) {
	o.Desk = &admin.Options{Patience: time.Minute, Newsletters: o.Newsletters,
		Preview: func(context.Context, string, string) (admin.Mail, error) {
			return admin.Mail{Subject: "Tides <b>", HTML: "<p>Tides</p><script>x</script>", Text: "Tides"}, nil
		},
		Sources: func(context.Context) ([]admin.Source, error) {
			return []admin.Source{{Folder: "articles", Files: 12, Wrong: []string{"the folder cannot be read"}}}, nil
		},
		Again: func() {},
		Faults: func(context.Context) ([]admin.Faulty, error) {
			return []admin.Faulty{{File: "articles/tide.md", Line: 3, Held: true, Field: "date", Text: "no <date>", Mend: "write one"}, {File: "articles/fog.md", Text: "a tag was closed"}}, nil
		},
		Test: func(context.Context, string, string, magazine.Subscriber) error { return nil },
		Scheduling: admin.Scheduling{
			All: func(context.Context) ([]admin.Schedule, error) {
				s, err := schedules.Parse(schedules.Spec{Newsletter: "weekly", Name: "main", Every: "friday at 07:00", Timezone: "Africa/Nairobi"})
				return []admin.Schedule{{Schedule: s, Title: "Fridays", File: "config.yaml", Line: 12}}, err
			},
			Coming: func(_ context.Context, s *schedules.Schedule, after, until time.Time, n int) (list []schedules.Occurrence, err error) {
				for o := range s.Between(after, until) {
					if len(list) == n {
						break
					}
					list = append(list, o)
				}
				return list, nil
			},
			ByHand: func(_ context.Context, s *schedules.Schedule) (next, back *schedules.Occurrence, err error) {
				o, _ := s.Next(o.Now())
				return &o, &o, nil
			},
			Timetable: func(context.Context) (admin.Timetable, error) { return admin.Timetable{}, nil },
			Judge: func(_ context.Context, w store.DeskSchedule) (*schedules.Schedule, admin.AtOnce, error) {
				s, err := schedules.Parse(schedules.Spec{Newsletter: w.Newsletter, Name: w.Name, Every: w.Every, Cron: w.Cron, Timezone: w.Timezone, Local: w.Local})
				return s, admin.AtOnce{}, err
			},
			Save:        func(context.Context, store.DeskSchedule, string, string) error { return nil },
			Remove:      func(context.Context, store.DeskSchedule, string, string) error { return nil },
			AddBlackout: func(context.Context, store.Blackout, string, string) error { return nil },
			Lifting:     func(context.Context) (map[string]admin.AtOnce, error) { return nil, nil },
			RemoveBlackout: func(context.Context, string, string, string) error {
				return magazine.Errorf(magazine.NotFound, "it is gone").Said("desk.blackout.gone")
			},
			Readers: func(context.Context, string, string) (int, error) { return 4812, nil },
			Try: func(every, cron, zone string) (*schedules.Schedule, error) {
				return schedules.Parse(schedules.Spec{Newsletter: "try", Every: every, Cron: cron, Timezone: zone})
			},
		},
		Outlook:  func(context.Context) ([]admin.Send, error) { return nil, nil },
		Problems: func(context.Context) ([]admin.Problem, error) { return nil, nil },
		Audience: func(newsletter, schedule string) store.Audience {
			return store.Audience{Newsletter: newsletter, Only: schedule}
		},
		Reach: func(context.Context, *magazine.Edition) (int, error) { return 4812, nil },
		Pieces: func(context.Context, *magazine.Edition) ([]store.Piece, error) {
			return []store.Piece{{Article: magazine.Article{ID: "tide-clocks", Slug: "tide-clocks", Title: "Tide Clocks <b>", Language: "en"}}}, nil
		},
		Arrange: func(context.Context, string, string, string, string, int) (*magazine.Edition, error) {
			return nil, magazine.Errorf(magazine.Conflict, "it is sent")
		},
		Decide: func(context.Context, admin.Decision, string, string, string, string) (*magazine.Edition, error) {
			return nil, magazine.Errorf(magazine.Conflict, "it is sent")
		},
	}
}

// user lets somebody in at the desk, and returns their cookie.
func (f *fixture) user(email string, role magazine.Role) string {
	f.Helper()
	if _, err := f.members.SetUser(f.Context(), email, role, "root"); err != nil {
		f.Fatal(err)
	}
	return f.signIn(email)
}

// asked is what is asked of a route: an address for its pattern, and a form for
// what changes something.
func asked(route admin.Route) (path, form string) {
	path = strings.NewReplacer("{$}", "", "{id}", "nothing", "{newsletter}", "weekly", "{schedule}", "main", "{volume}", "12", "{number}", "9").Replace(route.Path)
	return path, "act=nothing&role=viewer&email=x"
}

// Of every route of the desk: who is not signed in is led to sign in and back, who
// does not work there is refused, and so is whose role does not reach; what comes
// from another site changes nothing, whoever is signed in.
func TestDeskRoutesByRole(t *testing.T) {
	f := newFixture(t, desk)
	f.user("first@example.org", magazine.Owner) // so that no other is the last
	cookies := map[magazine.Role]string{}
	for _, role := range []magazine.Role{magazine.Viewer, magazine.Editor, magazine.Owner} {
		cookies[role] = f.user(string(role)+"@example.org", role)
	}
	f.member("amina@example.org")
	member := f.signIn("amina@example.org")
	routes := f.site.desk.Routes()
	if len(routes) < 4 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, route := range routes {
		path, form := asked(route)
		ask := func(cookie string, headers ...string) answer {
			t.Helper()
			if cookie != "" {
				headers = append(headers, "Cookie", cookie)
			}
			if route.Method == http.MethodPost {
				return f.post(path, form, headers...)
			}
			return f.get(path, headers...)
		}
		name := route.Method + " " + route.Path
		nobody := ask("")
		if want := "/signin?next=" + url.QueryEscape(path); route.Method == http.MethodGet && (nobody.StatusCode != http.StatusSeeOther || nobody.Header.Get("Location") != want) {
			t.Errorf("%s: nobody gets %d to %q, want %q", name, nobody.StatusCode, nobody.Header.Get("Location"), want)
		}
		if route.Method == http.MethodPost && (nobody.StatusCode != http.StatusUnauthorized || !strings.Contains(nobody.body, `name="act" value="nothing"`) || !strings.Contains(nobody.body, `action="`+path+`"`)) {
			t.Errorf("%s: nobody's form: %d\n%s", name, nobody.StatusCode, nobody.body)
		}
		if got := ask(member); got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "for those who work") {
			t.Errorf("%s: a member gets %d", name, got.StatusCode)
		}
		for role, cookie := range cookies {
			got := ask(cookie)
			if refused := got.StatusCode == http.StatusForbidden; refused == role.May(route.Least) {
				t.Errorf("%s: a %s gets %d\n%s", name, role, got.StatusCode, got.body)
			}
			if got.StatusCode >= 500 {
				t.Errorf("%s: a %s gets %d\n%s\n%s", name, role, got.StatusCode, got.body, f.log.String())
			}
			if h := got.Header; h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s: headers %v", name, h)
			}
		}
		if route.Method == http.MethodPost {
			for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
				if got := ask(cookies[magazine.Owner], from...); got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "another site") {
					t.Errorf("%s from %v: %d", name, from, got.StatusCode)
				}
			}
		}
	}
	if acts, err := f.store.LastActs(t.Context(), f.clock.Now(), 100); err != nil || len(acts) != 4 { // those that let them in
		t.Errorf("%d acts, %v: %+v", len(acts), err, acts)
	}
}

// A role that is taken away is gone at once, and a session too old or begun
// otherwise than is wanted leads to signing in once more, not round in circles.
func TestDeskSessions(t *testing.T) {
	f := newFixture(t, desk)
	owner := f.user("amina@example.org", magazine.Owner)
	editor := f.user("badr@example.org", magazine.Editor)
	if got := f.get("/desk/users/", "Cookie", editor); got.StatusCode != http.StatusOK || strings.Contains(got.body, "Take the role away") {
		t.Errorf("an editor sees %d\n%s", got.StatusCode, got.body)
	}
	post := func(cookie, form string) answer { return f.post("/desk/users/", form, "Cookie", cookie) }
	if got := post(owner, "act=remove&email=badr%40example.org"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("removing: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/desk/users/", "Cookie", editor); got.StatusCode != http.StatusForbidden {
		t.Errorf("who was removed gets %d", got.StatusCode)
	}
	for form, want := range map[string]string{
		"act=remove&email=amina%40example.org":          "only owner",
		"email=amina%40example.org&role=viewer":         "only owner",
		"email=nowhere&role=viewer":                     `value="nowhere"`,
		"email=noor%40example.org&role=king":            "no such role",
		"act=remove&email=nobody%40example.org":         "Nobody of that address",
		"email=&role=":                                  "no such role",
		"email=%3Cscript%3E%40x.org&role=viewer":        "error",
		"email=noor%40example.org&role=":                "no such role",
		"act=remove&email=%00%ff":                       "Nobody of that address",
		"act=remove&email=" + strings.Repeat("x", 3000): "Nobody of that address",
	} {
		if got := post(owner, form); got.StatusCode < 400 || got.StatusCode >= 500 || !strings.Contains(got.body, want) || strings.Contains(got.body, "<script>") {
			t.Errorf("%s: %d, no %q in\n%s", form, got.StatusCode, want, got.body)
		}
	}
	if got := post(owner, "email=noor%40example.org&role=editor"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("letting in: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/desk/log/", "Cookie", owner); !strings.Contains(got.body, "<bdi>noor@example.org</bdi></a></td><td><bdi>nothing to editor</bdi>") || !strings.Contains(got.body, "<bdi>badr@example.org</bdi></a></td><td><bdi>editor to nothing</bdi>") {
		t.Errorf("the log:\n%s", got.body)
	}
	if got := f.get("/desk/log/audit.csv", "Cookie", owner); !strings.Contains(got.body, "amina@example.org,user,,,,") || got.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the export:\n%s", got.body)
	}

	f.clock.Add(15 * 24 * time.Hour)
	if got := f.get("/account", "Cookie", owner); got.StatusCode != http.StatusOK {
		t.Fatalf("as a member they are signed out: %d", got.StatusCode)
	}
	got := f.get("/desk/users/", "Cookie", owner)
	if got.StatusCode != http.StatusSeeOther {
		t.Fatalf("after a fortnight: %d", got.StatusCode)
	}
	if got = f.get(got.Header.Get("Location"), "Cookie", owner); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "sign in once more") || !strings.Contains(got.body, `name="next" value="/desk/users/"`) {
		t.Errorf("signing in once more: %d\n%s", got.StatusCode, got.body)
	}
	_, id := f.askSignIn("amina@example.org", "/desk/users/")
	res := f.post("/signin/"+f.members.SignInToken(id), "", "Cookie", owner)
	if to := res.Header.Get("Location"); to != "/desk/users/" {
		t.Fatalf("signing in leads to %q", to)
	}
	if got := f.get("/desk/users/", "Cookie", cookieOf(t, res)); got.StatusCode != http.StatusOK {
		t.Errorf("signed in once more: %d", got.StatusCode)
	}
}

// Where passkeys are wanted a mailed link opens no desk: who has none is told how
// to come to one.
func TestDeskWantsPasskeys(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) { o.Desk.PasskeyRequired = true })
	cookie := f.user("amina@example.org", magazine.Owner)
	if got := f.get("/desk/users/", "Cookie", cookie); got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "Add one under your account") || strings.Contains(got.body, "amina") {
		t.Errorf("without a passkey: %d\n%s", got.StatusCode, got.body)
	}
	u, err := f.store.SubscriberByEmail(t.Context(), "amina@example.org")
	if err != nil {
		t.Fatal(err)
	}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PutPasskey(ctx, store.Passkey{ID: "k", Subscriber: u.ID, Doc: "{}"})
		return err
	})
	got := f.get("/desk/users/", "Cookie", cookie)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/signin?next=%2Fdesk%2Fusers%2F" {
		t.Errorf("with one: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if got := f.post("/account/passkeys", "remove=k", "Cookie", cookie); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "one of your passkeys") {
		t.Errorf("removing the passkey: %d", got.StatusCode)
	}
	if keys, err := f.store.Passkeys(t.Context(), u.ID); err != nil || len(keys) != 1 {
		t.Errorf("%d passkeys, %v", len(keys), err)
	}
	if got := f.post("/desk/users/", "email=badr%40example.org&role=owner", "Cookie", cookie); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a form: %d", got.StatusCode)
	}
	if role, err := f.store.Role(t.Context(), "badr"); err != nil || role != "" {
		t.Errorf("%q, %v", role, err)
	}
}

// Who has to sign in again gets there also where the publication is below a path.
func TestDeskSignInBelowAPath(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) { o.Publication.URL = "https://harbour.example/mag" })
	if got := f.post("/mag/desk/users/", "role=viewer&email=x"); got.StatusCode != http.StatusUnauthorized || !strings.Contains(got.body, `href="/mag/signin?next=`) || !strings.Contains(got.body, `action="/mag/desk/users/"`) {
		t.Errorf("%d\n%s", got.StatusCode, got.body)
	}
}
