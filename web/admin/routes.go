package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// Route is one thing that can be asked of the desk, and which role one needs for it
// at the least.
type Route struct {
	Method, Path string
	Least        magazine.Role
	serve        func(v *visit) error
	Streams      bool // what it takes is too large to come in before anything is done with it
}

// Routes are all there are. Package web mounts them.
func (d *Desk) Routes() []Route { return d.routes }

func (d *Desk) allRoutes() []Route {
	see, edit, own := magazine.Viewer, magazine.Editor, magazine.Owner
	return []Route{
		{http.MethodGet, "/desk/{$}", see, (*visit).today, false},
		{http.MethodGet, "/desk/live", see, (*visit).live, false},
		{http.MethodGet, "/desk/editions/{$}", see, (*visit).editions, false},
		{http.MethodGet, "/desk/editions/{id}/{$}", see, (*visit).edition, false},
		{http.MethodPost, "/desk/editions/{id}/{$}", edit, (*visit).decide, false},
		{http.MethodPost, "/desk/editions/{id}/articles", edit, (*visit).arrange, false},
		{http.MethodGet, "/desk/editions/{id}/deliveries/{$}", see, (*visit).deliveries, false},
		{http.MethodGet, "/desk/preview/{$}", see, (*visit).preview, false},
		{http.MethodGet, "/desk/preview/mail", see, (*visit).previewMail, false},
		{http.MethodPost, "/desk/preview/{$}", edit, (*visit).sendTest, false},
		{http.MethodGet, "/desk/schedules/{$}", see, (*visit).schedules, false},
		{http.MethodGet, "/desk/schedules/{newsletter}/{schedule}/{$}", see, (*visit).schedule, false},
		{http.MethodPost, "/desk/schedules/{newsletter}/{schedule}/{$}", edit, (*visit).changeSchedule, false},
		{http.MethodGet, "/desk/schedules/new", edit, (*visit).newSchedule, false},
		{http.MethodPost, "/desk/schedules/new", edit, (*visit).writeSchedule, false},
		{http.MethodGet, "/desk/schedules/{newsletter}/{schedule}/edit", edit, (*visit).editSchedule, false},
		{http.MethodPost, "/desk/schedules/{newsletter}/{schedule}/edit", edit, (*visit).writeSchedule, false},
		{http.MethodPost, "/desk/schedules/blackouts", edit, (*visit).changeBlackouts, false},
		{http.MethodGet, "/desk/articles/{$}", see, (*visit).articles, false},
		{http.MethodGet, "/desk/authors/{$}", see, (*visit).authors, false},
		{http.MethodPost, "/desk/authors/{$}", edit, (*visit).changeAuthors, false},
		{http.MethodGet, "/desk/sections/{$}", see, (*visit).sections, false},
		{http.MethodGet, "/desk/issues/{$}", see, (*visit).issues, false},
		{http.MethodGet, "/desk/issues/{volume}/{number}/{$}", see, (*visit).issue, false},
		{http.MethodPost, "/desk/issues/{volume}/{number}/{$}", edit, (*visit).changeIssue, false},
		{http.MethodGet, "/desk/feeds/{$}", see, (*visit).feeds, false},
		{http.MethodGet, "/desk/people/{$}", see, (*visit).people, false},
		{http.MethodGet, "/desk/people/add/{$}", edit, (*visit).addForm, false},
		{http.MethodPost, "/desk/people/add/{$}", edit, (*visit).addPerson, false},
		{http.MethodPost, "/desk/people/export", edit, (*visit).exportPeople, false},
		{http.MethodGet, "/desk/people/import/{$}", see, (*visit).imports, false},
		{http.MethodPost, "/desk/people/import/{$}", edit, (*visit).bringImport, true},
		{http.MethodGet, "/desk/people/import/{id}/{$}", see, (*visit).importPage, false},
		{http.MethodGet, "/desk/people/import/{id}/live", see, (*visit).importLive, false},
		{http.MethodPost, "/desk/people/import/{id}/{$}", edit, (*visit).changeImport, false},
		{http.MethodGet, "/desk/people/{id}/{$}", see, (*visit).person, false},
		{http.MethodPost, "/desk/people/{id}/{$}", edit, (*visit).changePerson, false},
		{http.MethodGet, "/desk/users/{$}", see, (*visit).users, false},
		{http.MethodPost, "/desk/users/{$}", own, (*visit).changeUser, false},
		{http.MethodGet, "/desk/log/{$}", see, (*visit).log, false},
		{http.MethodGet, "/desk/log/audit.csv", own, (*visit).exportLog, false},
	}
}

var (
	errNoUser    = magazine.Errorf(magazine.Unauthorised, "This is for those who work at the publication. Ask an owner to let you in.").Said("desk.not-yours")
	errRole      = magazine.Errorf(magazine.Unauthorised, "Your role does not let you do this. Ask an owner.").Said("desk.not-your-role")
	errNoPasskey = magazine.Errorf(magazine.Unauthorised, "Here one signs in by a passkey.").Said("desk.passkey")
)

// Serve answers a request for a route: for who is signed in, may enter and may do
// it.
func (d *Desk) Serve(route Route, w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Referrer-Policy", "same-origin")
	session, person, err := d.site.SignedIn(r)
	v := &visit{Desk: d, w: w, r: r, words: d.site.Words(r), who: person, now: d.Store.Now()}
	if err == nil {
		v.role, err = d.Members.Role(r.Context(), person.ID)
	}
	switch {
	case magazine.CodeOf(err) == magazine.Unauthorised && err != nil, err == nil && v.role != "" && !d.Admits(session):
		v.role = ""
		return v.signIn(session, person)
	case err != nil:
		return v.fail(err)
	case v.role == "":
		return v.fail(errNoUser)
	case !v.role.May(route.Least):
		return v.fail(errRole)
	}
	patient, done := context.WithTimeout(r.Context(), d.Patience)
	defer done()
	v.patient = patient
	if err = route.serve(v); err != nil {
		return v.fail(err)
	}
	return nil
}

// Admits tells whether a session is new enough for the desk, and was begun as is
// wanted there. Who is signed in as a member has else to sign in once more.
func (d *Desk) Admits(s store.Session) bool {
	return d.Store.Now().Sub(s.Created) < sessionTime && (!d.PasskeyRequired || s.Way == "passkey")
}

// MayChangePasskeys keeps the passkeys of who works here from whoever reads their
// mail, where a mailed link is not enough for the desk: only the first of them is
// added after signing in by one, and not even that where an address was taken back,
// as from a thief. Conflict: they have to sign in by a passkey, or by the link of
// Members.UserLink.
func (d *Desk) MayChangePasskeys(ctx context.Context, s store.Session, person magazine.Subscriber) error {
	if !d.PasskeyRequired || s.Way == "passkey" {
		return nil
	}
	role, err := d.Members.Role(ctx, person.ID)
	if err != nil || role == "" {
		return err
	}
	keys, err := d.Members.Passkeys(ctx, person.ID)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return d.mayAddFirst(ctx, s)
	}
	return magazine.Errorf(magazine.Conflict, "Sign in by one of your passkeys to change them.").Said("desk.passkey.change")
}

// signIn has somebody sign in, and then come back. What they have typed into a form
// stands on the page until then.
func (v *visit) signIn(session store.Session, person magazine.Subscriber) error {
	at := v.r.URL.Path
	if person.ID != "" && v.PasskeyRequired && session.Way != "passkey" {
		keys, err := v.Members.Passkeys(v.context(), person.ID)
		if err != nil {
			return v.fail(err)
		}
		if len(keys) == 0 {
			return v.noPasskey()
		}
	}
	if v.r.Method != http.MethodPost || strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/") { // a file cannot be kept on a page
		return v.seeOther(v.site.SignIn(at))
	}
	if err := v.r.ParseForm(); err != nil {
		return v.fail(magazine.Errorf(magazine.Invalid, "the form cannot be read").Said("fault.form.unread"))
	}
	f := v.frame("", v.words.T("desk.again.title"), again{v.r.URL.RequestURI(), v.site.Path(v.site.SignIn("/desk/")), typed(v.r.PostForm)})
	return v.show(http.StatusUnauthorized, "again", f)
}

// noPasskey tells one who has none how to come to one.
func (v *visit) noPasskey() error {
	status, heading, sentence := v.site.Failure(v.words, errNoPasskey)
	f := v.frame("", heading, v.words.T("desk.passkey.add"))
	f.Error = sentence
	return v.show(status, "message", f)
}

// again is a form that came after its session had ended.
type again struct {
	Action string
	SignIn string
	Fields []field
}

type field struct{ Name, Value string }

// typed is what a form brought, in an order that stays.
func typed(form url.Values) (all []field) {
	for name, values := range form {
		for _, value := range values {
			all = append(all, field{name, value})
		}
	}
	slices.SortStableFunc(all, func(a, b field) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return all
}
