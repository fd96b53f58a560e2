package articles

import "testing"

// A file that is moved while a pass goes over the folder may be read under both
// names, or under the old one alone. It keeps its article.
func TestMovedUnderAPass(t *testing.T) {
	for what, c := range map[string]struct {
		was, met, then string   // its names before the pass, when the pass meets it, and after that
		read           []string // the names under which it is read
		edited         bool
	}{
		"once, both":           {"old.md", "old.md", "new.md", []string{"old.md", "new.md"}, true},
		"twice, both":          {"old.md", "between.md", "new.md", []string{"between.md", "new.md"}, false},
		"twice, the new first": {"old.md", "z-between.md", "new.md", []string{"new.md", "z-between.md"}, false},
		"twice, the one alone": {"old.md", "between.md", "new.md", []string{"between.md"}, false},
	} {
		t.Run(what, func(t *testing.T) {
			d := liteDesk(t)
			d.write(c.was, page("Tide", "2024-05-01", "A text of more than ten words which nobody else has written anywhere."))
			d.wants("1 0 0 0 0")
			was := d.article("tide")
			if c.met != c.was {
				d.rename(c.was, c.met)
			}
			if c.edited {
				d.write(c.met, page("Tide", "2024-05-01", "Another text of more than ten words which nobody else has written anywhere."))
			}
			p := newPass(d.src, PassOptions{})
			if _, err := p.look(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer p.root.Close()
			old := p.parse(p.found[0])
			d.rename(c.met, c.then)
			moved := old.file
			moved.Name = c.then
			p.found = append(p.found, moved)
			var all []parsed
			for _, name := range c.read {
				if name == c.met {
					all = append(all, old)
				} else {
					all = append(all, p.parse(moved))
				}
			}
			d.must(p.saveChunk(t.Context(), all))
			d.must(p.end(t.Context()))
			d.read()
			if got := d.listed(); got != "tide" {
				t.Errorf("%q", got)
			}
			if now := d.article("tide"); now.ID != was.ID || now.FromFile != c.then {
				t.Errorf("%s in %s, was %s", now.ID, now.FromFile, was.ID)
			}
		})
	}
}

// Of two articles with one text, which other texts have replaced in their files,
// a new file with that text is the one that it names, or the older one. Several
// times over, as ids are drawn by lot.
func TestOneOfTwoWithOneText(t *testing.T) {
	const text = "A text of more than ten words which two articles have in common."
	for what, c := range map[string]struct{ title, date, is string }{
		"the first's name and date":  {"Alpha", "2024-05-01", "alpha"},
		"the second's name and date": {"Beta", "2024-05-02", "beta"},
		"another name":               {"Gamma", "2024-05-03", "alpha"},
	} {
		t.Run(what, func(t *testing.T) {
			for range 8 {
				d := liteDesk(t)
				d.write("a.md", page("Beta", "2024-05-02", text))
				d.write("b.md", page("Alpha", "2024-05-01", text))
				d.wants("2 0 0 0 0")
				was := d.article(c.is)
				d.write("a.md", page("Delta", "2024-05-04", "Neither its name nor its text is one that has been there."))
				d.write("b.md", page("Eta", "2024-05-05", "This one has another name and another text than before, too."))
				d.write("c.md", page(c.title, c.date, text))
				d.read()
				if got := d.line("c.md").Slug; got != c.is {
					t.Fatalf("c.md is %s", got)
				}
				d.same(was, c.is)
			}
		})
	}
}

// Files that give one id are told of the first of the others.
func TestTwinsInOrder(t *testing.T) {
	d := liteDesk(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		d.write(name+".md", page(name, "2024-05-01", name+" "+passage, "id: one"))
	}
	d.wants("5 0 0 0 0")
	d.warned("a.md", "the file b.md has the same id")
	for _, name := range []string{"b", "c", "d", "e"} {
		d.warned(name+".md", "the file a.md has the same id")
	}
}
