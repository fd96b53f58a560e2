package articles

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
	"postrider/store"
)

// piece is an article as its writer knows it, in whatever file.
type piece struct {
	id, title, body, date string
	draft, broken         bool
	unread                bool   // it was edited while it was broken
	good, shown           bool   // a version of it has been read, and readers see it
	article               string // id in the store, once known
	copied, wasCopied     bool   // another file has or had its text; the text before it was edited
}

func (p piece) text() string {
	more := []string{"draft: " + fmt.Sprint(p.draft)}
	if p.id != "" {
		more = append(more, "id: "+p.id)
	}
	date := p.date
	if p.broken {
		date = "someday"
	}
	return page(p.title, date, p.body+" It is longer than a line that any article may have.", more...)
}

// history is a folder that people work in.
type history struct {
	*desk
	rt      *rapid.T
	files   map[string]*piece
	trash   []*piece
	touched map[*piece]bool // since the last pass
	made    int
	used    map[string]bool // names that a file has or had
	freed   map[string]bool // names of files that were removed since the last pass: what came there would be an edited one
	some    bool            // passes are over the files that have changed
	paths   map[string]bool // of these, since the last pass
	story   []string
	numbers map[string]int64     // by article
	guids   map[string]string    // by article
	dates   map[string]time.Time // of the visible ones, by article
}

// tell notes what was done, for the report of a failure.
func (h *history) tell(format string, args ...any) {
	h.story = append(h.story, fmt.Sprintf(format, args...))
}

func (h *history) fail(format string, args ...any) {
	h.rt.Helper()
	h.rt.Fatalf("%s, after:\n%s", fmt.Sprintf(format, args...), strings.Join(h.story, "\n"))
}

var someNames = []string{"a.md", "b.md", "c.md", "d.md", "2024/a.md", "2024/b.md", "z.html.md", "zz.md"}

func (h *history) one(label string, fits func(name string, p *piece) bool) (string, *piece) {
	var names []string
	for name, p := range h.files {
		if !h.touched[p] && fits(name, p) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0 && len(h.touched) > 0:
		h.pass()
		return h.one(label, fits)
	case len(names) == 0:
		h.rt.Skip("no such file")
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(h.rt, label)
	return name, h.files[name]
}

func any1(string, *piece) bool      { return true }
func sound(_ string, p *piece) bool { return !p.broken }

func (h *history) freeName() string {
	names := slices.DeleteFunc(slices.Clone(someNames), func(n string) bool { return h.files[n] != nil || h.freed[n] })
	if len(names) == 0 {
		h.rt.Skip("the folder is full")
	}
	return rapid.SampledFrom(names).Draw(h.rt, "free name")
}

func (h *history) put(name string, p *piece) {
	h.files[name], h.used[name] = p, true
	h.touched[p], h.paths[name] = true, true
	h.write(name, p.text())
	h.tell("%s: %+v", name, *p)
}

// day is another date for every piece.
func (h *history) day() string {
	return time.Date(2020, 1, h.made, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func (h *history) create(*rapid.T) {
	name := h.freeName()
	h.made++
	p := &piece{title: rapid.SampledFrom([]string{"Tide", "Rope", "Fog"}).Draw(h.rt, "title"), body: "Text " + itoa(h.made) + ".",
		date: h.day(), draft: rapid.IntRange(0, 4).Draw(h.rt, "draft") == 0, broken: !h.used[name] && rapid.IntRange(0, 4).Draw(h.rt, "broken") == 0}
	if rapid.Bool().Draw(h.rt, "has an id") {
		p.id = "id-" + itoa(h.made)
	}
	h.put(name, p)
}

func (h *history) edit(*rapid.T) {
	name, p := h.one("edited", any1)
	h.made++
	p.unread = p.broken
	switch rapid.IntRange(0, 3).Draw(h.rt, "what") {
	case 0:
		p.body, p.copied, p.wasCopied = "Text "+itoa(h.made)+".", false, p.wasCopied || p.copied
	case 1:
		p.title = rapid.SampledFrom([]string{"Tide", "Rope", "Fog", "Ice"}).Draw(h.rt, "title")
	case 2:
		p.draft = !p.draft
	case 3:
		p.title, p.body, p.copied, p.wasCopied = "New "+itoa(h.made), "Text "+itoa(h.made)+".", false, p.wasCopied || p.copied
	}
	h.put(name, p)
}

func (h *history) move(*rapid.T) {
	name, p := h.one("moved", sound)
	to := h.freeName()
	h.desk.rename(name, to)
	h.tell("%s: was %s", to, name)
	delete(h.files, name)
	h.files[to], h.touched[p], h.used[to] = p, true, true
	h.paths[name], h.paths[to] = true, true
}

func (h *history) swap(*rapid.T) {
	one, p := h.one("first", sound)
	two, q := h.one("second", func(name string, q *piece) bool { return name != one && !q.broken })
	if p.body == q.body || p.title == q.title && p.date == q.date {
		h.rt.Skip("nothing tells them apart")
	}
	h.put(one, q)
	h.put(two, p)
}

func (h *history) copyOf(*rapid.T) {
	_, p := h.one("copied", sound)
	h.made++
	q := &piece{title: "Copy " + itoa(h.made), body: p.body, date: h.day(), copied: true}
	p.copied = true
	h.put(h.freeName(), q)
	h.touched[p] = true
}

func (h *history) remove(*rapid.T) {
	name, p := h.one("removed", any1)
	h.desk.remove(name)
	h.tell("%s: removed", name)
	delete(h.files, name)
	h.freed[name], h.paths[name] = true, true
	h.trash = append(h.trash, p)
	h.touched[p] = true
}

func (h *history) restore(*rapid.T) {
	if len(h.trash) == 0 {
		h.rt.Skip("nothing is deleted")
	}
	p := h.trash[len(h.trash)-1]
	if h.touched[p] {
		h.rt.Skip("it was deleted just now")
	}
	name := h.freeName()
	h.trash = h.trash[:len(h.trash)-1]
	p.broken = false
	if p.unread && p.id == "" { // nothing says what it was
		p.good = false
	}
	h.put(name, p)
}

func (h *history) breakIt(*rapid.T) {
	name, p := h.one("broken", sound)
	p.broken = true
	h.put(name, p)
}

func (h *history) mend(*rapid.T) {
	name, p := h.one("mended", func(_ string, p *piece) bool { return p.broken })
	p.broken = false
	h.put(name, p)
}

// goOver goes over the folder, or what of it has changed.
func (h *history) goOver() Pass {
	paths := slices.Sorted(maps.Keys(h.paths))
	clear(h.paths)
	if !h.some || len(paths) == 0 {
		return h.read()
	}
	done, err := h.src.readSome(h.t.Context(), paths)
	h.must(err)
	return done
}

// pass goes over the folder and looks at all that must hold.
func (h *history) pass() {
	h.clock.Add(time.Minute)
	h.tell("pass")
	done := h.goOver()
	if len(done.Problems) > 0 || done.Unripe {
		h.fail("%+v", done)
	}
	files, err := h.store.Files(h.t.Context(), h.src.name)
	h.must(err)
	known := map[string]store.File{}
	for _, k := range files {
		if k.State != store.FileGone {
			known[k.Path] = k
		}
	}
	if got, want := slices.Sorted(maps.Keys(known)), slices.Sorted(maps.Keys(h.files)); !slices.Equal(got, want) {
		h.fail("files %v, want %v", got, want)
	}
	owners := map[string]string{}
	brokenOnes := 0
	for name, p := range h.files {
		h.checkFile(name, p, known[name])
		if p.broken {
			brokenOnes++
		}
		if p.article != "" {
			if other := owners[p.article]; other != "" {
				h.fail("%s and %s are one article", name, other)
			}
			owners[p.article] = name
		}
	}
	h.checkList()
	for _, p := range h.files {
		p.wasCopied = p.wasCopied && p.broken
	}
	clear(h.touched)
	clear(h.freed)
	before, err := h.store.ScopeVersion(h.t.Context(), magazine.SiteScope())
	h.must(err)
	if again := h.read(); countsOf(again) != fmt.Sprintf("0 0 0 %d %d", brokenOnes, len(h.files)-brokenOnes) {
		h.fail("a second pass: %+v", again)
	}
	if after, _ := h.store.ScopeVersion(h.t.Context(), magazine.SiteScope()); after != before {
		h.fail("a second pass changed the site")
	}
}

func (h *history) checkFile(name string, p *piece, k store.File) {
	if p.broken != (k.State == store.FileHeld) {
		h.fail("%s: broken %v, %+v", name, p.broken, k)
	}
	if p.broken {
		if p.good && k.ArticleID != p.article && !p.copied {
			h.fail("%s: the article of a broken file was %s, is %s", name, p.article, k.ArticleID)
		}
		p.article = k.ArticleID
		return
	}
	if p.good && k.ArticleID != p.article && !((p.copied || p.wasCopied) && p.id == "") {
		h.fail("%s (id %q): the article was %s, is %s", name, p.id, p.article, k.ArticleID)
	}
	p.article, p.good, p.shown, p.unread = k.ArticleID, true, !p.draft, false
}

// checkList compares the visible articles with the folder.
func (h *history) checkList() {
	all, err := h.store.ArticlesIn(h.t.Context(), magazine.SiteScope(), store.ListOptions{})
	h.must(err)
	seqs, slugs := map[int64]bool{}, map[string]bool{}
	var got, want []string
	for _, a := range all {
		if a.Seq <= 0 || seqs[a.Seq] || slugs[a.Slug] || a.Updated.Before(a.Published) {
			h.fail("%+v", a)
		}
		seqs[a.Seq], slugs[a.Slug] = true, true
		h.numbers[a.ID] = cmp.Or(h.numbers[a.ID], a.Seq)
		h.guids[a.ID] = cmp.Or(h.guids[a.ID], a.GUID)
		if h.dates[a.ID].IsZero() {
			h.dates[a.ID] = a.Published
		}
		if h.numbers[a.ID] != a.Seq || h.guids[a.ID] != a.GUID || !h.dates[a.ID].Equal(a.Published) {
			h.fail("%s was number %d, %s, %v; now %d, %s, %v", a.Slug, h.numbers[a.ID], h.guids[a.ID], h.dates[a.ID], a.Seq, a.GUID, a.Published)
		}
		got = append(got, a.FromFile)
	}
	for name, p := range h.files {
		if p.article != "" && p.shown {
			want = append(want, name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.fail("visible are %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// few has a property checked seldom: each check is a database with some thirty passes.
func few(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() == checks.DefValue {
		checks.Value.Set("15")
		t.Cleanup(func() { checks.Value.Set(checks.DefValue) })
	}
}

// Whatever people do in a folder, one pass brings the store in line with it.
func TestHistories(t *testing.T) { histories(t, false) }

// So does one pass over the files that have changed.
func TestHistoriesOfSomeFiles(t *testing.T) { histories(t, true) }

func histories(t *testing.T, some bool) {
	few(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{desk: liteDesk(t), rt: rt, some: some, paths: map[string]bool{}, files: map[string]*piece{}, touched: map[*piece]bool{}, used: map[string]bool{}, freed: map[string]bool{}, numbers: map[string]int64{}, guids: map[string]string{}, dates: map[string]time.Time{}}
		h.desk.t = rt
		rt.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) {
				if rapid.IntRange(0, 2).Draw(rt, "go on") == 0 {
					h.pass()
				}
			}, "create": h.create, "edit": h.edit, "move": h.move, "swap": h.swap, "copy": h.copyOf, "remove": h.remove, "restore": h.restore,
			"break": h.breakIt, "mend": h.mend,
		})
		h.pass()
	})
}
