package templates

import (
	"errors"
	htmltemplate "html/template"
	"maps"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"github.com/rivo/uniseg"
)

// Dialect is what a trade's templates are written in.
type Dialect struct {
	// Words are the messages that templates get by {{t "name"}}; nil: there are none.
	Words *Words
	Funcs map[string]any
	// Prepare changes a template's text before it is parsed; nil: nothing.
	Prepare func(text string) string
}

// block is a piece of a template by the name that others call it.
type block struct {
	tree *parse.Tree
	own  bool // it is the publication's
}

// HTML parses files into the template that entry names, which is one of them or
// a block. Each file is known in it by its name, and so are the blocks that it
// defines. Mistakes: all of the files that do not parse, or what makes HTML in
// which nobody can tell what is to be escaped.
func (f *Files) HTML(d Dialect, entry string, names ...string) (*htmltemplate.Template, error) {
	if d.Words != nil {
		d.Funcs = with(d.Funcs, map[string]any{"t": d.Words.HTML, "bdi": bdi})
	}
	blocks, err := f.blocks(d, names)
	if err != nil {
		return nil, err
	}
	set, err := escaped(d, blocks, entry)
	if err != nil {
		return nil, f.unescapable(err, d, blocks, entry, names)
	}
	return set.Lookup(entry), nil
}

// Text is HTML for templates of plain text, which are filled.
func (f *Files) Text(d Dialect, entry string, names ...string) (*texttemplate.Template, error) {
	d.Funcs = with(d.Funcs, map[string]any{"fill": fill, "fillAfter": func(label, text string) string { return FillAfter(label, text, uniseg.StringWidth) }})
	if d.Words != nil {
		d.Funcs = with(d.Funcs, map[string]any{"t": d.Words.text})
	}
	blocks, err := f.blocks(d, names)
	if err != nil {
		return nil, err
	}
	set := texttemplate.New("").Funcs(bounded(d.Funcs))
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		if _, err := set.AddParseTree(name, counted(blocks[name].tree)); err != nil {
			return nil, err
		}
	}
	return set.Lookup(entry), nil
}

// with is the functions, and of ours those that they have no other in the place of.
func with(funcs, ours map[string]any) map[string]any {
	all := maps.Clone(ours)
	maps.Copy(all, funcs)
	return all
}

// bdi keeps a name in a message apart from the direction of what stands around it.
func bdi(name string) htmltemplate.HTML {
	return htmltemplate.HTML("<bdi>" + htmltemplate.HTMLEscapeString(name) + "</bdi>")
}

// blocks parses the files, the publication's over the built-in.
func (f *Files) blocks(d Dialect, names []string) (map[string]block, error) {
	all := map[string]block{}
	var wrong []error
	for _, name := range names {
		text, err := builtIn.ReadFile(name)
		if err != nil {
			return nil, err
		}
		given, err := parseFile(d, name, name, string(text))
		if err != nil {
			return nil, err
		}
		for called, tree := range given {
			all[called] = block{tree: tree}
		}
		own, err := f.readOwn(name)
		if own == nil {
			wrong = append(wrong, err)
			continue
		}
		over, err := parseFile(d, name, f.title(name), string(own))
		wrong = append(wrong, explainParse(err, d.Funcs))
		if main := over[name]; main != nil && given[name] == nil {
			wrong = append(wrong, unshown(main, given))
		}
		if d.Words != nil {
			wrong = append(wrong, misused(d.Words, over))
		}
		for called, tree := range over {
			all[called] = block{tree: tree, own: true}
		}
	}
	return all, Join(wrong...)
}

// parseFile parses a text and returns the trees of what it prints, under name,
// and of what it defines. title stands in errors.
func parseFile(d Dialect, name, title, text string) (map[string]*parse.Tree, error) {
	text = strings.TrimPrefix(text, "\ufeff") // of editors on Windows; it prints nothing
	if d.Prepare != nil {
		text = d.Prepare(text)
	}
	set, err := texttemplate.New(title).Funcs(d.Funcs).Parse(text)
	if err != nil {
		return nil, err
	}
	trees := map[string]*parse.Tree{}
	for _, t := range set.Templates() {
		switch {
		case t.Tree == nil:
		case t.Name() != title:
			trees[t.Name()] = t.Tree
		case !parse.IsEmptyTree(t.Root):
			trees[name] = t.Tree
		}
	}
	return trees, nil
}

// escaped makes a set and has it escaped, which HTML is when it is first
// executed, so that what cannot be is known now.
func escaped(d Dialect, blocks map[string]block, entry string) (*htmltemplate.Template, error) {
	set := htmltemplate.New("").Funcs(bounded(d.Funcs))
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		if _, err := set.AddParseTree(name, counted(blocks[name].tree)); err != nil {
			return nil, err
		}
	}
	var wrong *htmltemplate.Error
	if err := set.ExecuteTemplate(&Output{Most: maxValue, Steps: 10_000}, entry, nil); errors.As(err, &wrong) {
		return nil, wrong
	}
	return set, nil // without data nothing is printed; that is no mistake
}

// unescapable finds out whose an error of the escaper is, which often knows
// neither file nor line: one block of the publication after the other, alone
// over what is built in, shows it.
func (f *Files) unescapable(err error, d Dialect, blocks map[string]block, entry string, names []string) error {
	var wrong []error
	for _, called := range slices.Sorted(maps.Keys(blocks)) {
		if !blocks[called].own {
			continue
		}
		alone, err := (*Files)(nil).blocks(d, names)
		if err != nil {
			return err
		}
		alone[called] = blocks[called]
		if _, err := escaped(d, alone, entry); err != nil {
			wrong = append(wrong, explainEscape(err, blocks[called].tree))
		}
	}
	if len(wrong) == 0 { // they do not fit together
		return explainEscape(err, blocks[entry].tree)
	}
	return Join(wrong...)
}
