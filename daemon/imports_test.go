package daemon_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// A program that is killed while it takes a list goes on with it at its next start:
// nobody is taken or counted twice. So it does where it is killed while it takes it back.
func TestKilledWhileImporting(t *testing.T) {
	bin := builtProgram(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			p := publication(t, bin, engine)
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
	for _, c := range []struct {
		name    string
		width   int64
		scripts bool
	}{{"phone without scripts", 390, false}, {"desk", 1280, true}} {
		t.Run(c.name, func(t *testing.T) {
			ctx := posttest.Browser(t)
			h := buildRunning(t, "sqlite")
			h.join("amina")
			base := serve(t, h.Daemon)
			u, err := h.Members.SetUser(h.ctx, "owner@people.example", "", "root")
			h.must(err)
			token, err := h.Members.UserLink(h.ctx, u, "root")
			h.must(err)
			list := filepath.Join(t.TempDir(), "people.csv")
			h.must(os.WriteFile(list, []byte("Contact;Name;Town\namina@people.example;Amina;Lamu\nnoor@people.example;'=Noor;\nno address;;\n"), 0o600))
			do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				if err := chromedp.Do(ctx, steps...); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if !c.scripts {
					return
				}
				fits, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= innerWidth`))
				if err != nil || !fits {
					t.Errorf("after %q the page stands out sideways (%v)", what, err)
				}
			}
			text := func(at, want string) {
				t.Helper()
				got, err := chromedp.Run(ctx, chromedp.TextContent(at))
				if err != nil || !strings.Contains(got, want) {
					t.Fatalf("%s says %q (%v), want %q", at, got, err, want)
				}
			}
			// shown waits for a page; without scripts one loads it again when it is time.
			shown := func(at string, state store.ImportState) chromedp.Action[chromedp.Void] {
				if c.scripts {
					return chromedp.WaitVisible(at)
				}
				return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
					for end := deadline(t); ; {
						all, err := h.Members.Imports(end, 1)
						if err != nil {
							return err
						}
						if all[0].State == state {
							return chromedp.Do(ctx, chromedp.Navigate(base+"/desk/people/import/"+all[0].ID+"/"), chromedp.WaitVisible(at))
						}
						<-time.After(5 * time.Millisecond)
					}
				})
			}
			scripts := func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !c.scripts})
				return err
			}
			do("come in", chromedp.Func(scripts), chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(base+"/signin/"+token), chromedp.Click(".message button"), chromedp.WaitVisible("nav"))
			do("people", chromedp.Click(`nav a[href="/desk/people/"]`), chromedp.WaitVisible("#q"))
			do("lists", chromedp.Click(`a[href="/desk/people/import/"]`), chromedp.WaitVisible("#list"))
			do("bring it", chromedp.SetUploadFiles("#list", []string{list}), chromedp.Click(`main form button`), chromedp.WaitVisible("#plan"))
			text(`tr:has(select[name="column-0"]) option[selected]`, "address")
			do("look at it", chromedp.Click(`input[name="confirmed"][value="yes"]`), chromedp.Click(`button[value="check"]`), shown("#would", store.ImportChecked))
			text("#would + dl", "Lines that cannot be used")
			do("take it", chromedp.Click(`button[value="import"]`), shown("#undo", store.ImportDone))
			text("main", "Undo it: take out 1, put back 1")
			if p, err := h.Store.SubscriberByEmail(h.ctx, "noor@people.example"); err != nil || p.Name != "=Noor" || p.State != magazine.Confirmed {
				t.Errorf("%+v, %v", p, err)
			}
			do("take it back", chromedp.Click(`#undo ~ details summary`), chromedp.Click(`button[value="undo"]`), shown("p.done", store.ImportUndone))
			if _, err := h.Store.SubscriberByEmail(h.ctx, "noor@people.example"); magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("she is still there: %v", err)
			}
			do("add somebody", chromedp.Navigate(base+"/desk/people/add/"), chromedp.WaitVisible("#email"), chromedp.SendKeys("#email", "badr@people.example"), chromedp.SendKeys("#name", "Badr"), chromedp.Click(`input[name="confirmed"][value="yes"]`), chromedp.Click(`main form button`), chromedp.WaitVisible("#deliveries"))
			text("h1", "badr@people.example")
			do("lists so far", chromedp.Navigate(base+"/desk/people/import/"), chromedp.WaitVisible("#list"))
		})
	}
}
