// Package admin serves the desk, at which the people of a publication see what
// goes out, decide about it, and prove afterwards who got what.
//
// It stands in the site of package web, which knows who is signed in; what it shows
// and does is what the commands show and do. Each route says which role it needs at
// the least; what is kept of a decision names the user by their address. Every page
// works without scripts. Figures that take long to count are counted when somebody
// looks, once for all who look, and are shown as they were counted last.
package admin

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/templates"
)

// sessionTime is for how long after signing in one may work at the desk: as a
// member one stays signed in for longer.
const sessionTime = 14 * 24 * time.Hour

// policy lets a page of the desk load our own style and script, hear what gets on,
// and show mails in a frame.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Options say what the desk shows and whom it asks.
type Options struct {
	Publication     *magazine.Publication
	Store           *store.Store
	Members         *members.Members
	PasskeyRequired bool             // a session that was begun by mail is not enough
	Templates       *templates.Files // nil: the built-in ones
	Log             *slog.Logger
	Ending          context.Context // done when the server ends; nil: never
	Patience        time.Duration   // for which a page waits for figures that are not known yet; 0: 80 ms
	Newsletters     []magazine.Newsletter

	Scheduling
	Preview  func(ctx context.Context, newsletter, email string) (Mail, error)                                   // what a subscriber would get
	Test     func(ctx context.Context, newsletter, email string, to magazine.Subscriber) error                   // mails it to another
	Sources  func(ctx context.Context) ([]Source, error)                                                         // where articles are read from
	Again    func()                                                                                              // has them read anew
	Faults   func(ctx context.Context) ([]Faulty, error)                                                         // files in which something is wrong
	Outlook  func(ctx context.Context) ([]Send, error)                                                           // what goes out next, by time
	Problems func(ctx context.Context) ([]Problem, error)                                                        // what somebody has to look at
	Audience func(newsletter, schedule string) store.Audience                                                    // whom a schedule's editions go to
	Reach    func(ctx context.Context, e *magazine.Edition) (int, error)                                         // how many people an edition goes to at the most
	Pieces   func(ctx context.Context, e *magazine.Edition) ([]store.Piece, error)                               // its articles in the order of the mail, with what is left out
	Arrange  func(ctx context.Context, edition, who, how, piece string, seen int) (*magazine.Edition, error)     // changes their order, or leaves one out
	Decide   func(ctx context.Context, act Decision, edition, who, text, seen string) (*magazine.Edition, error) // text: why, or the note in place of the one seen
}

// Site is what the desk needs of the site that it stands in.
type Site struct {
	SignedIn func(r *http.Request) (store.Session, magazine.Subscriber, error) // Unauthorised: nobody is
	Words    func(r *http.Request) *templates.Words                            // ours, in the language of who is signed in
	Speak    func(languages ...string) *templates.Words
	Path     func(path string) string // an address for a page of ours
	SignIn   func(next string) string // path of the page on which one signs in to go on to next
	Failure  func(words *templates.Words, err error) (status int, heading, sentence string)
	Style    string // address of the style sheet
	Script   string // of the script
}

// Desk is the handler of its pages.
type Desk struct {
	Options
	site   Site
	pages  sync.Map // of language tags to pages
	routes []Route

	counting chan struct{} // held by whoever counts
	counted  sync.Map      // of ids of editions to *kept[store.Tally]
	reached  sync.Map      // of audiences to *kept[int]
	readers  sync.Map      // of schedules of the desk to *kept[int]
	outlook  kept[[]Send]
	problems kept[[]Problem]
	faulty   kept[[]Faulty]
	read     kept[[]Source]
	standing kept[map[magazine.SubscriberState]int]
	undos    sync.Map // of ids of imports to *kept[members.Undone]

	timetable atomic.Int64 // its version when somebody looked at the first page last
}

// pages are the parsed templates by name.
type pages map[string]*template.Template

var pageNames = []string{"today", "editions", "edition", "deliveries", "people", "person", "add", "imports", "import", "schedules", "schedule", "write", "articles", "authors", "sections", "issues", "issue", "feeds", "preview", "users", "log", "message", "again"}

// New parses the templates in the publication's language. The store is asked by
// requests only.
func New(o Options, site Site) (*Desk, error) {
	d := &Desk{Options: o, site: site, counting: make(chan struct{}, 1), outlook: kept[[]Send]{brief: true}, problems: kept[[]Problem]{quick: true, brief: true}}
	if d.Ending == nil {
		d.Ending = context.Background()
	}
	if d.Patience == 0 {
		d.Patience = patience
	}
	d.routes = d.allRoutes()
	_, err := d.pagesIn(site.Speak())
	return d, err
}

// pagesIn are the templates with our words in one language, parsed when it is first
// spoken.
func (d *Desk) pagesIn(w *templates.Words) (pages, error) {
	if known, ok := d.pages.Load(w.Language); ok {
		return known.(pages), nil
	}
	parsed := pages{}
	dialect := templates.Dialect{Words: w, Funcs: d.functions(w)}
	var wrong []error
	for _, name := range pageNames {
		t, err := d.Templates.HTML(dialect, "layout", "desk/layout.html", "desk/parts.html", "desk/"+name+".html")
		parsed[name] = t
		wrong = append(wrong, err)
	}
	err := templates.Join(wrong...)
	if err == nil {
		d.pages.Store(w.Language, parsed)
	}
	return parsed, err
}

// visit is a request of somebody who may make it.
type visit struct {
	*Desk
	w     http.ResponseWriter
	r     *http.Request
	words *templates.Words
	who   magazine.Subscriber
	role  magazine.Role
	now   time.Time

	patient context.Context // until it is done, the page waits for figures that are not known yet
}

// frame is what every page shows; Content is the page's own.
type frame struct {
	Words       *templates.Words
	Publication *magazine.Publication
	Who         string        // address of who is signed in; empty: nobody who works here
	Role        magazine.Role // theirs
	Places      []place
	Title       string
	Done        string // what has been done; empty: nothing
	Error       string // why what was asked for was not done; empty: nothing is wrong
	Content     any
}

// May tells whether the user may what a role may.
func (f *frame) May(role string) bool { return f.Role.May(magazine.Role(role)) }

// place is an entry of the navigation.
type place struct {
	Path, Name string
	Here       bool
}

func (v *visit) context() context.Context { return v.r.Context() }

// frame fills the frame of a page in one of the places; at is that place's path.
func (v *visit) frame(at, title string, content any) *frame {
	f := &frame{Words: v.words, Publication: v.Publication, Role: v.role, Title: title, Content: content}
	if v.role == "" {
		return f
	}
	f.Who = v.who.Email
	for _, p := range []place{{Path: "/desk/", Name: v.words.T("desk.today")}, {Path: "/desk/editions/", Name: v.words.T("desk.editions")},
		{Path: "/desk/schedules/", Name: v.words.T("desk.schedules")}, {Path: "/desk/articles/", Name: v.words.T("desk.articles")}, {Path: "/desk/people/", Name: v.words.T("desk.people")}, {Path: "/desk/users/", Name: v.words.T("desk.users")}, {Path: "/desk/log/", Name: v.words.T("desk.log")}} {
		p.Here = p.Path == at
		f.Places = append(f.Places, p)
	}
	return f
}

// show renders a page and answers with it.
func (v *visit) show(status int, name string, f *frame) error {
	parsed, err := v.pagesIn(v.words)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := parsed[name].Execute(&body, f); err != nil {
		return fmt.Errorf("rendering the desk's page %s: %w", name, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		v.w.Write(body.Bytes())
	}
	return nil
}

// decided has counted anew what the first page says of what comes and what is wrong:
// something was decided, or the schedules have changed.
func (d *Desk) decided() {
	d.outlook.anew()
	d.problems.anew()
}

// did leads on to another page of the desk after a form by which something was decided.
// What was refused, or only said or shown, has nothing counted anew.
func (v *visit) did(to string) error {
	v.decided()
	return v.seeOther(to)
}

// seeOther leads on to another page of the desk after a form.
func (v *visit) seeOther(to string) error {
	v.w.Header().Set("Location", v.site.Path(to))
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// wrong tells whether an error is one that stands beside the form that caused it,
// and what it says there.
func (v *visit) wrong(err error) (status int, sentence string, ok bool) {
	switch magazine.CodeOf(err) {
	case magazine.Invalid, magazine.Conflict, magazine.NotFound:
		status, _, sentence = v.site.Failure(v.words, err)
		return status, sentence, err != nil
	}
	return 0, "", false
}

// fail answers what could not be done with a page that says so.
func (v *visit) fail(err error) error {
	status, heading, sentence := v.site.Failure(v.words, err)
	if magazine.CodeOf(err) == magazine.Internal {
		v.Log.Error("a page of the desk failed", "method", v.r.Method, "route", v.r.Pattern, "error", err)
	}
	f := v.frame("", heading, nil)
	f.Error = sentence
	return v.show(status, "message", f)
}
