package templates

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// put together in code: T("month." + n).
var madeUp = []string{"month.", "weekday.", "desk.role.", "desk.state.", "desk.standing.", "desk.write.place.", "desk.column.", "desk.step.", "desk.work.", "desk.stopped.", "desk.do.drop.what.", "desk.do.cancel.what.", "trouble.", "reason."}

func builtInWords(t *testing.T) *Messages {
	t.Helper()
	m, err := (*Files)(nil).Messages()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryLanguageHasEveryMessage(t *testing.T) {
	english := builtInWords(t).words[fallback].messages
	names, _ := fs.Glob(builtIn, messageFolder+"/*"+messageExt)
	if len(names) < 3 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		text, err := builtIn.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		given, err := parseMessages(name, text)
		if err != nil {
			t.Fatal(err)
		}
		w := builtInWords(t).words[languageOfFile(name)]
		for _, id := range slices.Sorted(maps.Keys(english)) {
			if given[id] == nil {
				t.Errorf("%s lacks %s", name, id)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(given)) {
			m := given[id]
			if english[id] == nil {
				t.Errorf("%s:%d: the English file has no %s", name, m.line, id)
				continue
			}
			if missing := w.missingForms(m); missing != nil {
				t.Errorf("%s:%d: %s lacks the forms %v", name, m.line, id, missing)
			}
			if m.counts() {
				for form := range m.forms {
					if form != "other" && !slices.Contains(w.neededForms(), form) {
						t.Errorf("%s:%d: %s has the form %s, which the language does not use", name, m.line, id, form)
					}
				}
			}
			if got, want := m.wants(), english[id].wants(); !maps.Equal(got, want) {
				t.Errorf("%s:%d: %s shows %v, and in English %v", name, m.line, id, keys(got), keys(want))
			}
		}
	}
}

func keys(m map[string]pieceKind) []string { return slices.Sorted(maps.Keys(m)) }

// called is a place in templates or code that prints a message.
type called struct {
	at, id string
	names  []string
	all    bool // that names are all that it gives is known
}

func TestEveryMessageIsUsedAsItIs(t *testing.T) {
	english := builtInWords(t).words[fallback].messages
	uses, texts := append(inTemplates(t), inCode(t)...), literals(t)
	if len(uses) < 10 {
		t.Fatalf("only %d uses were found", len(uses))
	}
	for _, u := range uses {
		m := english[u.id]
		if m == nil {
			t.Errorf("%s: there is no message %q", u.at, u.id)
			continue
		}
		texts[u.id] = true
		if got, want := slices.Compact(slices.Sorted(slices.Values(u.names))), keys(m.wants()); u.all && !slices.Equal(got, want) {
			t.Errorf("%s: %s is given %q and shows %q", u.at, u.id, got, want)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(english)) {
		used := texts[id] || slices.ContainsFunc(madeUp, func(start string) bool { return strings.HasPrefix(id, start) })
		if !used {
			t.Errorf("nothing uses %s", id)
		}
	}
}

// inTemplates finds what the built-in templates print.
func inTemplates(t *testing.T) (all []called) {
	_, names := builtInNames()
	for _, name := range names {
		text, err := builtIn.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		trees, err := treesOf(name, string(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, tree := range trees {
			for _, u := range usesIn(tree.Root) {
				at, _ := tree.ErrorContext(u.node)
				all = append(all, called{at, u.id, u.names, true})
			}
		}
	}
	return all
}

// inCode finds what the program prints: T("name", …), HTML("name", …) and errors
// that are Said("name", …).
func inCode(t *testing.T) (all []called) {
	eachGoFile(t, func(files *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"T", "HTML", "Said"}, selector.Sel.Name) {
				return true
			}
			id, ok := literal(call.Args[0])
			if !ok {
				return true
			}
			u := called{at: fmt.Sprint(files.Position(call.Pos())), id: id, all: !call.Ellipsis.IsValid()}
			for i := 1; i < len(call.Args); i += 2 {
				name, ok := literal(call.Args[i])
				u.names, u.all = append(u.names, name), u.all && ok
			}
			all = append(all, u)
			return true
		})
	})
	return all
}

// literals are all texts in the code: a message may be chosen before it is printed.
func literals(t *testing.T) map[string]bool {
	all := map[string]bool{}
	eachGoFile(t, func(_ *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if text, ok := literal(e); ok {
					all[text] = true
				}
			}
			return true
		})
	})
	return all
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// eachGoFile parses the program's own files, not its tests.
func eachGoFile(t *testing.T, see func(*token.FileSet, *ast.File)) {
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		see(files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
