package templates

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// spoken are the packages whose sentences readers and members see.
var spoken = []string{"web", "members"}

// names are no words of ours, or stand in samples.
var names = map[string]bool{"Samsung Internet": true, "On Fridays": true}

var aSentence = regexp.MustCompile(`^\p{Lu}[\pL’']* .*\p{Ll}`)

// Every sentence that the pages and mails say is a message: none stands in code,
// but as the text of an error that is Said, which a log tells.
func TestCodeHasNoSentences(t *testing.T) {
	found := 0
	eachGoFile(t, func(files *token.FileSet, file *ast.File) {
		name := filepath.ToSlash(files.Position(file.Pos()).Filename)
		if !slices.ContainsFunc(spoken, func(p string) bool { return strings.HasPrefix(name, "../"+p+"/") }) || strings.HasSuffix(name, "/sample.go") {
			return
		}
		said := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if call, ok := n.X.(*ast.CallExpr); ok && n.Sel.Name == "Said" && len(call.Args) > 1 {
					said[call.Args[1]] = true
					found++
				}
			case *ast.BasicLit:
				if text, ok := literal(n); ok && !said[n] && !names[text] && aSentence.MatchString(text) {
					t.Errorf("%s: %q is English; make it a message", files.Position(n.Pos()), text)
				}
			}
			return true
		})
	})
	if found < 10 {
		t.Fatalf("only %d errors are Said", found)
	}
}

// Every error that web makes while it answers a request is Said: a page tells it.
func TestPagesSayWhatIsWrongInEveryLanguage(t *testing.T) {
	found := 0
	eachGoFile(t, func(files *token.FileSet, file *ast.File) {
		if !strings.HasPrefix(filepath.ToSlash(files.Position(file.Pos()).Filename), "../web/") {
			return
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && answers(f) {
				found++
				for _, call := range unsaid(f) {
					t.Errorf("%s: this error is told in English alone; name its message by Said", files.Position(call.Pos()))
				}
			}
		}
	})
	if found < 50 {
		t.Fatalf("only %d functions answer requests", found)
	}
}

// answers tells that a function is given a request.
func answers(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(field *ast.Field) bool {
		p, ok := field.Type.(*ast.StarExpr)
		if !ok {
			return false
		}
		of, ok := p.X.(*ast.SelectorExpr)
		return ok && of.Sel.Name == "Request"
	})
}

// unsaid are the errors of a function that name no message, but for those that are
// our fault, of which nobody is told more.
func unsaid(f *ast.FuncDecl) (all []*ast.CallExpr) {
	said := map[ast.Node]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			said[n.X] = said[n.X] || n.Sel.Name == "Said"
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "Errorf" && !said[n] {
				code, ok := n.Args[0].(*ast.SelectorExpr)
				if ok && code.Sel.Name != "Internal" {
					all = append(all, n)
				}
			}
		}
		return true
	})
	return all
}
