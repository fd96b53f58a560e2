package templates

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// Strays are the publication's files and blocks that nothing uses: most often
// their names are misspelt. Each is a warning.
func (f *Files) Strays() Mistakes {
	if f == nil || f.own == nil {
		return nil
	}
	known, templates := builtInNames()
	defined, called := map[string]map[string]bool{}, map[string]bool{} // the former by file
	for _, name := range templates {
		defined[name] = map[string]bool{}
		if text, err := builtIn.ReadFile(name); err == nil {
			look(name, string(text), func(block string, _ int) { defined[name][block], called[block] = true, true }, called)
		}
	}
	type found struct {
		name, block string
		at          Mistake
	}
	var owned []found
	var all Mistakes
	err := fs.WalkDir(f.own, ".", func(name string, d fs.DirEntry, err error) error {
		switch hidden := strings.HasPrefix(path.Base(name), ".") && name != "."; {
		case err != nil:
			all = append(all, &Mistake{File: f.title(name), Text: "it cannot be read: " + reason(err), Mend: "give the user that runs postrider the right to read it"})
			return fs.SkipDir
		case hidden && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), hidden, path.Ext(name) == ".md": // notes of its own
		case path.Dir(name) == messageFolder && path.Ext(name) == messageExt: // Messages looks at it
		case !slices.Contains(known, name):
			all = append(all, &Mistake{File: f.title(name), Text: "no template has this name, so the file is not used", Mend: "the names are " + strings.Join(beside(name, known), ", "), Warning: true})
		case slices.Contains(templates, name):
			if text, err := fs.ReadFile(f.own, name); err == nil {
				look(name, string(text), func(block string, line int) {
					owned = append(owned, found{name, block, Mistake{File: f.title(name), Line: line}})
				}, called)
			}
		}
		return nil
	})
	if err != nil {
		all = append(all, &Mistake{File: f.folder, Text: "it cannot be read: " + reason(err)})
	}
	for _, own := range owned {
		if m := own.at; !called[own.block] {
			m.Text, m.Warning = fmt.Sprintf("nothing uses the block %q", own.block), true
			m.Mend = "those of the built-in file are " + strings.Join(slices.Sorted(maps.Keys(defined[own.name])), ", ")
			all = append(all, &m)
		}
	}
	_, _ = f.Messages() // what is wrong with them has been told where they are used
	return append(all, f.lacking...)
}

// beside are the names in the folder of one, or all where there is no such
// folder.
func beside(name string, known []string) []string {
	var near []string
	for _, one := range known {
		if path.Dir(one) == path.Dir(name) {
			near = append(near, one)
		}
	}
	if near == nil {
		return known
	}
	return near
}

// builtInNames lists the built-in files, and those of them that are templates
// with blocks.
func builtInNames() (all, templates []string) {
	_ = fs.WalkDir(builtIn, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
			if dir := path.Dir(name); dir != "." && dir != messageFolder {
				templates = append(templates, name)
			}
		}
		return err
	})
	return all, templates
}

// look tells which blocks a text defines, and notes which it calls. What does
// not parse is told elsewhere.
func look(name, text string, defines func(block string, line int), called map[string]bool) {
	trees, err := treesOf(name, text)
	if err != nil {
		return
	}
	for block, tree := range trees {
		if block != name {
			line := 1 + strings.Count(text[:max(0, strings.Index(text, `"`+block+`"`))], "\n")
			defines(block, line)
		}
		calls(tree.Root, called)
	}
}

// treesOf parses a text, whatever functions it calls.
func treesOf(name, text string) (map[string]*parse.Tree, error) {
	trees := map[string]*parse.Tree{}
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	_, err := t.Parse(text, "", "", trees)
	return trees, err
}

// calls notes the blocks that a part of a template calls.
func calls(node parse.Node, called map[string]bool) {
	walk(node, func(n parse.Node) {
		if t, ok := n.(*parse.TemplateNode); ok {
			called[t.Name] = true
		}
	})
}
