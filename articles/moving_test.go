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
