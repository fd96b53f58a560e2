package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// upload sends a file as a form does, without scripts.
func (f *fixture) upload(name, list string, headers ...string) answer {
	f.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if name != "" {
		part, err := form.CreateFormFile("list", name)
		if err != nil {
			f.Fatal(err)
		}
		io.WriteString(part, list)
	}
	form.Close()
	r := httptest.NewRequest("POST", admin.BringPath, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return f.do(r)
}

// A list is brought in by plain forms: which column is what is guessed and can be
// changed, the first lines are shown as they would be taken, one button takes it and
// another takes it back.
func TestDeskBringsAListIn(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	f.member("amina@example.org")
	res := f.upload("people.csv", "Kontakt;Wohin;Vorname\n'=x@example.org;a@example.org;A<b>\nnone;b@example.org;\n;amina@example.org;\nbad;bad;Bad\n", "Cookie", editor)
	at := res.Header.Get("Location")
	id := strings.TrimSuffix(strings.TrimPrefix(at, "/desk/people/import/"), "/")
	if res.StatusCode != http.StatusSeeOther || id == "" {
		t.Fatalf("%d to %q\n%s", res.StatusCode, at, res.body)
	}
	page := f.get(at, "Cookie", editor)
	for _, want := range []string{"<bdi>Vorname</bdi>", `<select name="column-0"`, "A&lt;b&gt;", `value="email" selected`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no %q in\n%s", want, page.body)
		}
	}
	act := func(act string, more string) answer {
		t.Helper()
		i, err := f.members.ImportOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return f.post(at, "act="+act+"&revision="+strconv.FormatInt(i.Revision, 10)+more, "Cookie", editor)
	}
	work := func(want store.ImportState) {
		t.Helper()
		if _, err := f.members.WorkImport(t.Context(), id, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
		if i, err := f.members.ImportOf(t.Context(), id); err != nil || i.State != want {
			t.Fatalf("%s, %v", i.State, err)
		}
	}
	if got := act("check", "&column-0=name"); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.body, "Say which column is the address") || !strings.Contains(got.body, `<option value="name" selected`) {
		t.Errorf("no address: %d\n%s", got.StatusCode, got.body)
	}
	if got := act("check", "&column-0=email&column-1=email"); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.body, "Two columns") {
		t.Errorf("two: %d\n%s", got.StatusCode, got.body)
	}
	for _, altered := range []string{"&column--1=email", "&column-0=email&column-1=zzz", "&column-0=zzz&column-1=zzz", "&column-0=email&column--9223372036854775808=name"} {
		if got := act("check", altered); got.StatusCode != http.StatusBadRequest || strings.Contains(got.body, "zzz") {
			t.Errorf("%s: %d\n%s", altered, got.StatusCode, got.body)
		}
	}
	if got := act("check", "&column-1=email&column-2=name&newsletter=weekly&confirmed=yes"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("checked: %d\n%s", got.StatusCode, got.body)
	}
	if page := f.get(at, "Cookie", editor); !strings.Contains(page.body, "<progress") || !strings.Contains(page.body, "data-live=") {
		t.Errorf("at work:\n%s", page.body)
	}
	if live := f.get(at+"live?shown=checking", "Cookie", editor); !strings.Contains(live.body, `"said":"Being looked through`) {
		t.Errorf("live: %s", live.body)
	}
	if live := f.get(at+"live?shown=new", "Cookie", editor); !strings.Contains(live.body, "event: other") {
		t.Errorf("live: %s", live.body)
	}
	work(store.ImportChecked)
	page = f.get(at, "Cookie", editor)
	for _, want := range []string{"Take it: 2 new, 0 with something new", "Line 5: ", "Mail address"} {
		if !strings.Contains(page.body, want) && want != "Mail address" {
			t.Errorf("no %q in\n%s", want, page.body)
		}
	}
	if got := act("import", ""); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("taken: %d\n%s", got.StatusCode, got.body)
	}
	if got := act("drop", ""); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "Nothing was done") {
		t.Errorf("forgotten while it is taken: %d\n%s", got.StatusCode, got.body)
	}
	work(store.ImportDone)
	if page := f.get(at, "Cookie", editor); !strings.Contains(page.body, "Undo it: take out 2, put back 0") {
		t.Errorf("taken:\n%s", page.body)
	}
	p, err := f.store.SubscriberByEmail(t.Context(), "a@example.org")
	if err != nil || p.Name != "A<b>" && p.Name != "" {
		t.Errorf("%+v, %v", p, err)
	}
	if page := f.get("/desk/people/"+p.ID+"/", "Cookie", editor); !strings.Contains(page.body, `href="`+at+`"`) {
		t.Errorf("the person's page does not say where they came from:\n%s", page.body)
	}
	act("undo", "")
	work(store.ImportUndone)
	if page := f.get(at, "Cookie", editor); !strings.Contains(page.body, "It is undone") {
		t.Errorf("undone:\n%s", page.body)
	}
	if list := f.get("/desk/people/import/", "Cookie", editor); !strings.Contains(list.body, "people.csv") || !strings.Contains(list.body, "undone") {
		t.Errorf("the lists:\n%s", list.body)
	}
	acts, err := f.store.LastActs(t.Context(), f.clock.Now(), 10)
	got := ""
	for _, a := range acts {
		got += a.What + " by " + a.Who + "; "
	}
	if err != nil || !strings.Contains(got, "undo import by editor@example.org") || !strings.Contains(got, "import by editor@example.org") {
		t.Errorf("%s, %v", got, err)
	}
}

// A list by which only names would be new is no list by which nothing would change.
func TestDeskImportOfNamesAlone(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	f.member("amina@example.org")
	at := f.upload("names.csv", "email,name\namina@example.org,Amina\n", "Cookie", editor).Header.Get("Location")
	id := strings.TrimSuffix(strings.TrimPrefix(at, "/desk/people/import/"), "/")
	i, err := f.members.ImportOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	i.Plan.Newsletters = []string{"weekly"}
	if err := f.members.CheckImport(t.Context(), id, i.Revision, i.Plan); err != nil {
		t.Fatal(err)
	}
	if _, err := f.members.WorkImport(t.Context(), id, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	page := f.get(at, "Cookie", editor).body
	for want, times := range map[string]int{"Take it: 0 new, 1 with something new": 1, "Nothing would change": 0, "but a name, time zone, language or tier</dt><dd>1": 1} {
		if strings.Count(page, want) != times {
			t.Errorf("%q not %d times in\n%s", want, times, page)
		}
	}
}

// Of a list of very many columns those are shown that are something, wherever they
// stand: what is not shown is in no form, and would be lost.
func TestDeskShowsColumnsThatAreSomething(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	list := strings.Repeat("x,", 70) + "email,y,name\n" + strings.Repeat("1,", 70) + "a@example.org,2,Amina\n"
	at := f.upload("people.csv", list, "Cookie", editor).Header.Get("Location")
	shown := func(what string) {
		t.Helper()
		page := f.get(at, "Cookie", editor).body
		for _, column := range []string{"59", "70", "72"} {
			if !strings.Contains(page, `<select name="column-`+column+`"`) {
				t.Errorf("%s: column %s is not there\n%s", what, column, page)
			}
		}
		for _, column := range []string{"60", "71"} {
			if strings.Contains(page, `<select name="column-`+column+`"`) {
				t.Errorf("%s: column %s is there", what, column)
			}
		}
		if !strings.Contains(page, "There are 11 more columns") {
			t.Errorf("%s: %s", what, page)
		}
	}
	shown("at first")
	if got := f.post(at, "act=check&revision=0&column-70=email&newsletter=weekly", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", got.StatusCode, got.body)
	}
	id := strings.Split(at, "/")[4]
	if _, err := f.members.WorkImport(t.Context(), id, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	if i, err := f.members.ImportOf(t.Context(), id); err != nil || i.Done.Added != 1 {
		t.Errorf("%+v, %v", i, err)
	}
	shown("with the name left out")
}

// A list that is being taken has a button that stops it.
func TestDeskStopsAList(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddImport(ctx, store.Import{ID: "plan", State: store.ImportDone, Line: 3, Lines: 9, Plan: "{}", Done: `{"stop":{"why":"plan","what":"there is no newsletter <daily>"}}`}); err != nil {
			return err
		}
		return tx.AddImport(ctx, store.Import{ID: "going", Name: "people.csv", State: store.ImportRunning, Bytes: 20_000, Line: 201, Lines: 1000, Plan: "{}", Done: "{}"})
	})
	const at = "/desk/people/import/going/"
	if page := f.get("/desk/people/import/plan/", "Cookie", editor); !strings.Contains(page.body, "It stopped at line 3 of 9") || !strings.Contains(page.body, "<bdi>there is no newsletter &lt;daily&gt;</bdi>") {
		t.Errorf("%s", page.body)
	}
	if page := f.get(at, "Cookie", editor); !strings.Contains(page.body, `name="act" value="stop">Stop here</button>`) {
		t.Errorf("%s", page.body)
	}
	if got := f.post(at, "act=stop&revision=0", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", got.StatusCode, got.body)
	}
	if page := f.get(at, "Cookie", editor); !strings.Contains(page.body, "Somebody stopped it at line 201 of 1,000.") {
		t.Errorf("%s", page.body)
	}
}

// A list that the command takes does not go on by itself: where that has ended, the desk
// says so, and lets it be stopped. Where it failed, it says why.
func TestDeskTellsThatTheCommandHasEnded(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("viewer@example.org", magazine.Viewer)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddImport(ctx, store.Import{ID: "failed", State: store.ImportDone, Line: 3, Lines: 9, Plan: "{}", Done: `{"stop":{"why":"failed","what":{"text":"the disk is full"}}}`}); err != nil {
			return err
		}
		for id, bytes := range map[string]int64{"command": 0, "desk": 20_000} {
			if err := tx.AddImport(ctx, store.Import{ID: id, State: store.ImportRunning, Bytes: bytes, Line: 201, Lines: 1000, Plan: "{}", Done: "{}"}); err != nil {
				return err
			}
		}
		return nil
	})
	if page := f.get("/desk/people/import/failed/", "Cookie", viewer); !strings.Contains(page.body, "It stopped at line 3 of 9, for something went wrong.") || !strings.Contains(page.body, "<bdi>the disk is full</bdi>") {
		t.Errorf("%s", page.body)
	}
	for _, want := range []map[string]string{
		{"command": "Being taken by the command: line 201 of 1,000.", "desk": "It goes on by itself", "": "being taken"},
		{"command": "The command that took it has ended, it seems, at line 201 of 1,000", "desk": "It goes on by itself", "": "cut short"},
	} {
		for id, said := range want {
			if page := f.get(strings.TrimSuffix("/desk/people/import/"+id, "/")+"/", "Cookie", viewer); !strings.Contains(page.body, said) {
				t.Errorf("%s does not say %q\n%s", id, said, page.body)
			}
		}
		f.clock.Add(11 * time.Minute)
	}
}

// Undoing is offered also while, or where, it cannot be told what would come of it:
// of a large list that takes long.
func TestDeskOffersToUndoUncounted(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddImport(ctx, store.Import{ID: "large", Name: "people.csv", State: store.ImportDone, Plan: "{}", Done: `{"added":2}`}); err != nil {
			return err
		}
		var people []store.ImportedPerson
		for _, who := range []string{"amina@example.org", "badr@example.org"} {
			p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: who})
			if err != nil {
				return err
			}
			people = append(people, store.ImportedPerson{Subscriber: p.ID, Was: "{}", Became: "cannot be counted"})
		}
		return tx.PutImportedPeople(ctx, "large", people)
	})
	page := f.get("/desk/people/import/large/", "Cookie", editor)
	if !strings.Contains(page.body, "It changed 2 people") || !strings.Contains(page.body, `name="act" value="undo">Undo it</button>`) {
		t.Errorf("%s", page.body)
	}
	if got := f.post("/desk/people/import/large/", "act=undo&revision=0", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Errorf("%d\n%s", got.StatusCode, got.body)
	}
}

// What is no list is refused, and says why; who is signed out is led to sign in.
func TestDeskRefusesLists(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	viewer := f.user("viewer@example.org", magazine.Viewer)
	for name, c := range map[string]struct {
		file, list, cookie string
		status             int
		says               string
	}{
		"no file": {"", "", editor, http.StatusBadRequest, "Choose a file first"},
		"empty":   {"a.csv", "", editor, http.StatusBadRequest, "The file is empty"},
		"viewer":  {"a.csv", "email\n", viewer, http.StatusForbidden, "Your role"},
		"nobody":  {"a.csv", "email\n", "", http.StatusSeeOther, ""},
	} {
		if got := f.upload(c.file, c.list, "Cookie", c.cookie); got.StatusCode != c.status || !strings.Contains(got.body, c.says) {
			t.Errorf("%s: %d\n%s", name, got.StatusCode, got.body)
		}
	}
	if got := f.upload("a.csv", "email\n", "Cookie", editor, "Sec-Fetch-Site", "cross-site"); got.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %d", got.StatusCode)
	}
	r := httptest.NewRequest("POST", admin.BringPath, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"list\"; filename=\"a.csv\"\r\n\r\nemail\na@example.org"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Cookie", editor)
	if got := f.do(r); got.StatusCode != http.StatusBadRequest {
		t.Errorf("cut: %d\n%s", got.StatusCode, got.body)
	}
	if list, err := f.members.Imports(t.Context(), 10); err != nil || len(list) != 2 || list[0].State != store.ImportDropped || list[1].State != store.ImportDropped {
		t.Errorf("%+v, %v", list, err)
	}
	for name, size := range map[string]int64{"said to be large": 2 << 30, "large": -1} {
		head := "--x\r\nContent-Disposition: form-data; name=\"list\"; filename=\"a.csv\"\r\n\r\n"
		r := httptest.NewRequest("POST", admin.BringPath, io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, members.MaxImport+1<<20)))
		r.ContentLength = size
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.Header.Set("Cookie", editor)
		if got := f.do(r); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.body, "The file is larger than 64 MB") {
			t.Errorf("%s: %d\n%s", name, got.StatusCode, got.body)
		}
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "x\n"[i%2]
	}
	return len(p), nil
}

// One person is added by a form, and their feeds' address replaced; who gets a
// newsletter is downloaded with what a spreadsheet would run made harmless.
func TestDeskAddsAndExports(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	if got := f.post("/desk/people/add/", "email=nobody&name=Noor", "Cookie", editor); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.body, `value="Noor"`) {
		t.Errorf("no address: %d\n%s", got.StatusCode, got.body)
	}
	got := f.post("/desk/people/add/", url.Values{"email": {"noor@example.org"}, "name": {"=SUM(A1)"}, "newsletter": {"weekly"}, "confirmed": {"yes"}}.Encode(), "Cookie", editor)
	at := got.Header.Get("Location")
	if got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/desk/people/") {
		t.Fatalf("%d to %q\n%s", got.StatusCode, at, got.body)
	}
	id := strings.Split(at, "/")[3]
	before, err := f.members.FeedToken(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Add(time.Second)
	page := f.get(at, "Cookie", editor)
	if !strings.Contains(page.body, `value="feeds"`) || strings.Contains(page.body, before) {
		t.Errorf("the person's page:\n%s", page.body)
	}
	f.clock.Add(time.Second)
	f.post(at, "act=feeds", "Cookie", editor)
	if after, err := f.members.FeedToken(t.Context(), id); err != nil || after == before {
		t.Errorf("the feeds' address stays, %v", err)
	}
	list := f.post("/desk/people/export", "newsletter=weekly", "Cookie", editor)
	if list.Header.Get("Content-Disposition") != `attachment; filename="weekly.csv"` || !strings.Contains(list.body, "noor@example.org,'=SUM(A1),") {
		t.Errorf("%v\n%s", list.Header, list.body)
	}
	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.Suppress(ctx, "never@example.org", "bounced") })
	if got := f.post("/desk/people/add/", "email=never@example.org", "Cookie", editor); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "Nothing is mailed to this address") {
		t.Errorf("suppressed: %d\n%s", got.StatusCode, got.body)
	}
	acts, err := f.store.SubscriberActs(t.Context(), id)
	if err != nil || len(acts) != 2 || acts[0].What != "add" || acts[1].What != "feeds" || acts[1].Who != "editor@example.org" {
		t.Errorf("%+v, %v", acts, err)
	}
}
