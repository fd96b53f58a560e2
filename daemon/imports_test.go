package daemon_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// A program that is killed while it takes a list goes on with it at its next start:
// nobody is taken or counted twice. So it does where it is killed while it takes it back.
func TestKilledWhileImporting(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := publication(t, engine)
			d := open(t, p.file)
			defer d.Close()
			const people = 10_000
			var list strings.Builder
			list.WriteString("email\n")
			for i := range people {
				fmt.Fprintf(&list, "p%d@people.example\n", i)
			}
			ctx := t.Context()
			id, err := d.Members.BringImport(ctx, "people.csv", "owner@people.example", strings.NewReader(list.String()))
			if err != nil {
				t.Fatal(err)
			}
			run := p.start("serve")
			// until waits until an import is as is wanted: another process works on it, and
			// nothing here tells when.
			until := func(want func(i members.Import) bool) members.Import {
				t.Helper()
				for end := deadline(t); ; {
					i, err := d.Members.ImportOf(end, id)
					if err != nil {
						t.Fatalf("%v\n%s", err, &run.errs)
					}
					if want(i) {
						return i
					}
					select {
					case <-time.After(5 * time.Millisecond):
					case <-run.done:
						t.Fatalf("it ended:\n%s", &run.errs)
					}
				}
			}
			is := func(state store.ImportState) func(i members.Import) bool {
				return func(i members.Import) bool { return i.State == state }
			}
			beyond := func(line int64) func(i members.Import) bool {
				return func(i members.Import) bool { return i.Line >= line }
			}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			i, err := d.Members.ImportOf(ctx, id)
			must(err)
			must(d.Members.CheckImport(ctx, id, i.Revision, members.ImportPlan{Columns: i.Plan.Columns, Confirmed: true}))
			i = until(is(store.ImportChecked))
			must(d.Members.RunImport(ctx, id, i.Revision, "owner@people.example"))
			for _, line := range []int64{1, 4000} {
				if i = until(beyond(line)); i.State != store.ImportRunning {
					t.Fatalf("it was too fast: %s", i.State)
				}
				run.kill()
				run = p.start("serve")
			}
			i = until(is(store.ImportDone))
			if i.Done.Added != people || i.Done.Known > 0 {
				t.Errorf("%+v", i.Done)
			}
			must(d.Members.UndoImport(ctx, id, i.Revision, "owner@people.example"))
			if i = until(beyond(1000)); i.State != store.ImportUndoing {
				t.Fatalf("it was too fast: %s", i.State)
			}
			run.kill()
			run = p.start("serve")
			if i = until(is(store.ImportUndone)); i.Undo != (members.Undone{Out: people}) {
				t.Errorf("%+v", i.Undo)
			}
			n := 0
			must(d.Store.EachSubscriber(ctx, func(store.SubscriberListing) error { n++; return nil }))
			if n != 0 {
				t.Errorf("%d people stay", n)
			}
		})
	}
}

// An editor brings a list in at a running daemon, on a phone without scripts and at a
// desk with them, adds one person, and takes the list back.
func TestBrowserPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	for _, on := range []posttest.Screen{posttest.BarePhone, posttest.Desktop} {
		t.Run(on.Name, func(t *testing.T) {
			h := buildRunning(t, "sqlite")
			h.join("amina")
			j, base := h.comesIn(on, "nav")
			list := filepath.Join(t.TempDir(), "people.csv")
			h.must(os.WriteFile(list, []byte("Contact;Name;Town\namina@people.example;Amina;Lamu\nnoor@people.example;'=Noor;\nno address;;\n"), 0o600))
			// shown waits for a page; without scripts one loads it again when it is time.
			shown := func(at string, state store.ImportState) posttest.Step {
				if on.Scripts {
					return posttest.WaitVisible(at)
				}
				return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
					for end := deadline(t); ; {
						all, err := h.Members.Imports(end, 1)
						if err != nil {
							return err
						}
						if all[0].State == state {
							page := base + "/desk/people/import/" + all[0].ID + "/"
							err := chromedp.Do(ctx, chromedp.Navigate(page))
							for ; err != nil && strings.Contains(err.Error(), "ERR_ABORTED"); err = chromedp.Do(ctx, chromedp.Navigate(page)) {
								<-time.After(50 * time.Millisecond) // what the form leads to is still coming
							}
							if err != nil {
								return err
							}
							return chromedp.Do(ctx, posttest.WaitVisible(at))
						}
						<-time.After(5 * time.Millisecond)
					}
				})
			}
			j.Do("people", posttest.Click(`nav a[href="/desk/people/"]`), posttest.WaitVisible("#q"))
			j.Do("lists", posttest.Click(`a[href="/desk/people/import/"]`), posttest.WaitVisible("#list"))
			j.Do("bring it", posttest.SetUploadFiles("#list", []string{list}), posttest.Click(`main form button`), posttest.WaitVisible("#plan"))
			j.Reads(`tr:has(select[name="column-0"]) option[selected]`, "address")
			j.Do("look at it", posttest.Click(`input[name="confirmed"][value="yes"]`), posttest.Click(`button[value="check"]`), shown("#would", store.ImportChecked))
			j.Reads("#would + dl", "Lines that cannot be used")
			j.Do("take it", posttest.Click(`button[value="import"]`), shown("#undo", store.ImportDone))
			j.Counted()
			j.Reads("main", "Undo it: take out 1, put back 1")
			if p, err := h.Store.SubscriberByEmail(h.ctx, "noor@people.example"); err != nil || p.Name != "=Noor" || p.State != magazine.Confirmed {
				t.Errorf("%+v, %v", p, err)
			}
			j.Do("take it back", posttest.Click(`#undo ~ details summary`), posttest.Click(`button[value="undo"]`), shown("p.done", store.ImportUndone))
			if _, err := h.Store.SubscriberByEmail(h.ctx, "noor@people.example"); magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("she is still there: %v", err)
			}
			j.Do("add somebody", chromedp.Navigate(base+"/desk/people/add/"), posttest.WaitVisible("#email"), posttest.SendKeys("#email", "badr@people.example"), posttest.SendKeys("#name", "Badr"), posttest.Click(`input[name="confirmed"][value="yes"]`), posttest.Click(`main form button`), posttest.WaitVisible("#deliveries"))
			j.Reads("h1", "badr@people.example")
			j.Do("lists so far", chromedp.Navigate(base+"/desk/people/import/"), posttest.WaitVisible("#list"))
		})
	}
}
