package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

const (
	importsShown = 50
	columnsShown = 60 // of a list, and those beyond that are something
	undoKnown    = 5 * time.Second
)

// importsView is the lists that were brought in.
type importsView struct {
	Imports []members.Import
	Most    int // megabytes of a list
	Now     time.Time
}

func (v *visit) imports() error { return v.showImports(http.StatusOK, "") }

func (v *visit) showImports(status int, wrong string) error {
	list, err := v.Members.Imports(v.context(), importsShown)
	if err != nil {
		return err
	}
	f := v.frame("/desk/people/", v.words.T("desk.import.title"), importsView{list, members.MaxImport >> 20, v.now})
	f.Error = wrong
	return v.show(status, "imports", f)
}

// importView is one list, how it is to be taken, and what came of it.
type importView struct {
	members.Import
	Step    string       // what there is to be seen and decided: plan, work, done, undone, dropped
	Columns []columnView // of the list, while it is there
	More    int          // columns that are not shown
	Kinds   []string
	Letters []letterView
	Heads   []string // of the first rows, as they would be taken
	Rows    []rowView
	Change  int    // people whom it would change
	Fresh   int    // of those, known ones
	Said    string // how far a step is
	Stopped string // why it was taken in part; empty: it was not
	Live    string
	Undo    members.Undone
	Known   bool // what would come of undoing it is
}

type columnView struct {
	At     int
	Name   string // heading
	Values []string
	Kind   string // chosen; empty: nothing
}

type letterView struct {
	Name, Title string
	Chosen      bool
}

type rowView struct {
	Cells []string
	Wrong string
}

func (v *visit) importPage() error { return v.showImport(http.StatusOK, "", nil) }

// showImport shows an import; plan is one that was not taken, as it was typed.
func (v *visit) showImport(status int, wrong string, plan *members.ImportPlan) error {
	i, err := v.Members.ImportOf(v.context(), magazine.CleanText(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	if plan != nil {
		i.Plan = *plan
	}
	view := importView{Import: i, Kinds: members.ColumnKinds, Step: "work", Change: i.Done.Changes(), Fresh: i.Done.Changes() - i.Done.Added, Undo: i.Undo}
	switch i.State {
	case store.ImportNew, store.ImportChecked:
		view.Step = "plan"
		err = v.fillPlan(&view)
	case store.ImportDone:
		view.Step = "done"
		if i.Stop.Why != "" {
			view.Stopped = v.words.T("desk.stopped."+string(i.Stop.Why), "n", v.words.Number(int(i.Line)), "of", v.words.Number(int(max(i.Lines, i.Line))))
		}
		v.fillUndo(&view)
	case store.ImportUndone, store.ImportDropped:
		view.Step = string(i.State)
	default:
		view.Said = v.importSaid(i)
		view.Live = "/desk/people/import/" + i.ID + "/live?" + url.Values{"shown": {string(i.State)}}.Encode()
	}
	if err != nil {
		return err
	}
	f := v.frame("/desk/people/", v.words.T("desk.import.of", "name", i.Name), view)
	f.Error = wrong
	return v.show(status, "import", f)
}

// fillPlan fills in what there is to be decided about a list.
func (v *visit) fillPlan(view *importView) error {
	sketch, err := v.Members.SketchImport(v.context(), view.ID)
	if err != nil {
		return err
	}
	kinds := map[int]string{}
	for kind, at := range view.Plan.Columns.At {
		kinds[at] = kind
	}
	count := len(sketch.Headings)
	for _, row := range sketch.Rows {
		count = max(count, len(row))
	}
	guessed := slices.Collect(maps.Values(sketch.Columns.At))
	for at := range count {
		if at >= columnsShown && kinds[at] == "" && !slices.Contains(guessed, at) {
			continue
		}
		c := columnView{At: at, Kind: kinds[at]}
		if at < len(sketch.Headings) {
			c.Name = magazine.CleanText(sketch.Headings[at])
		}
		for _, row := range sketch.Rows {
			if at < len(row) && len(c.Values) < 2 && strings.TrimSpace(row[at]) != "" {
				c.Values = append(c.Values, magazine.CleanText(row[at]))
			}
		}
		view.Columns = append(view.Columns, c)
	}
	view.More = count - len(view.Columns)
	for _, n := range v.Newsletters {
		view.Letters = append(view.Letters, letterView{n.Name, v.titleOf(n.Name), len(view.Plan.Newsletters) == 0 || slices.Contains(view.Plan.Newsletters, n.Name)})
	}
	return v.fillRows(view, sketch.Rows)
}

// fillRows fills in the first rows, as they would be taken.
func (v *visit) fillRows(view *importView, rows [][]string) error {
	if _, ok := view.Plan.Columns.At["email"]; !ok {
		return nil
	}
	tried, err := v.Members.Try(v.context(), view.Plan, rows)
	if err != nil {
		return err
	}
	view.Heads = []string{"email"}
	for _, kind := range view.Kinds[1:] {
		if _, ok := view.Plan.Columns.At[kind]; ok {
			view.Heads = append(view.Heads, kind)
		}
	}
	for n, t := range tried {
		row := rowView{}
		for _, kind := range view.Heads {
			row.Cells = append(row.Cells, magazine.CleanText(view.Plan.Columns.Field(kind, rows[n])))
		}
		if len(t.Wrong) > 0 {
			row.Wrong = problem(v.words, members.LineProblem{Wrong: t.Wrong})
		}
		view.Rows = append(view.Rows, row)
	}
	return nil
}

// fillUndo fills in what would come of undoing an import, where that is known.
func (v *visit) fillUndo(view *importView) {
	found, _ := v.undos.LoadOrStore(view.ID, &kept[members.Undone]{})
	i := view.Import
	view.Undo, view.Known = found.(*kept[members.Undone]).get(v.patient, v.Desk, undoKnown, func(ctx context.Context) (members.Undone, error) {
		return v.Members.CountUndo(ctx, i)
	})
}

// importSaid is how far a step of an import is, in words.
func (v *visit) importSaid(i members.Import) string {
	n, of := v.words.Number(int(i.Line)), v.words.Number(int(max(i.Lines, i.Line)))
	step := string(i.State)
	switch {
	case i.Ended(v.Store.Now()):
		step = "ended"
	case i.State == store.ImportRunning && i.ByCommand():
		step = "command"
	}
	return v.words.T("desk.work."+step, "n", n, "of", of)
}

// importLive tells how far a step of an import is, for as long as somebody looks.
func (v *visit) importLive() error { return v.stream(v.tellImport) }

func (v *visit) tellImport() error {
	i, err := v.Members.ImportOf(v.context(), magazine.CleanText(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	if string(i.State) != v.r.URL.Query().Get("shown") {
		_, err := fmt.Fprint(v.w, "event: other\ndata: {}\n\n")
		return err
	}
	return v.tellProgress(i.ID, int(max(i.Lines, i.Line)), int(i.Line), v.importSaid(i))
}

// changeImport does what somebody decides about an import.
func (v *visit) changeImport() (err error) {
	id := magazine.CleanText(v.r.PathValue("id"))
	seen, err := strconv.ParseInt(v.r.PostFormValue("revision"), 10, 64)
	if err != nil {
		seen = -1
	}
	var plan *members.ImportPlan
	switch v.r.PostFormValue("act") {
	case "check":
		var typed members.ImportPlan
		if typed, err = v.planInForm(id); err == nil {
			err = v.Members.CheckImport(v.context(), id, seen, typed)
		}
		plan = &typed
	case "import":
		err = v.Members.RunImport(v.context(), id, seen, v.who.Email)
	case "drop":
		err = v.Members.DropImport(v.context(), id, seen)
	case "stop":
		err = v.Members.StopImport(v.context(), id, seen, v.who.Email)
	case "undo":
		err = v.Members.UndoImport(v.context(), id, seen, v.who.Email)
	default:
		err = magazine.Errorf(magazine.Invalid, "nothing to do").Said("fault.form.altered")
	}
	if status, sentence, ok := v.wrong(err); ok {
		if magazine.CodeOf(err) != magazine.Invalid {
			plan = nil
		}
		return v.showImport(status, sentence, plan)
	}
	if err != nil {
		return err
	}
	return v.did("/desk/people/import/" + id + "/")
}

// planInForm is how a list is to be taken, as a form says.
func (v *visit) planInForm(id string) (plan members.ImportPlan, err error) {
	i, err := v.Members.ImportOf(v.context(), id)
	if err != nil {
		return plan, err
	}
	plan.Columns, plan.Confirmed, plan.Newsletters = i.Plan.Columns, v.r.PostFormValue("confirmed") == "yes", v.r.PostForm["newsletter"]
	plan.Columns.At, plan.Columns.Headless = map[string]int{}, v.r.PostFormValue("headless") == "yes"
	for name, values := range v.r.PostForm {
		at, err := strconv.Atoi(strings.TrimPrefix(name, "column-"))
		if err != nil || !strings.HasPrefix(name, "column-") || values[0] == "" {
			continue
		}
		if at < 0 || !slices.Contains(members.ColumnKinds, values[0]) { // no form of ours says so
			return i.Plan, magazine.Errorf(magazine.Invalid, "there is no column %d, or nothing called that", at).Said("fault.form.altered")
		}
		if _, twice := plan.Columns.At[values[0]]; twice {
			return plan, magazine.Errorf(magazine.Invalid, "two columns are the same").Said("desk.import.twice", "what", v.words.T("desk.column."+values[0]))
		}
		plan.Columns.At[values[0]] = at
	}
	return plan, nil
}

// tellProgress tells how far something is that is shown under an id.
func (v *visit) tellProgress(id string, of, done int, said string) error {
	event, err := json.Marshal(struct {
		ID   string `json:"id"`
		Of   int    `json:"of"`
		Done int    `json:"done"`
		Said string `json:"said"`
	}{id, max(of, 1), done, said})
	if err == nil {
		_, err = fmt.Fprintf(v.w, "event: edition\ndata: %s\n\n", event)
	}
	return err
}
