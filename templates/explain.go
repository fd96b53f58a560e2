package templates

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
)

const seeDocs = "docs/templates.md lists what there is"

// at takes the file and the line from the head of what Go's templates say.
var at = regexp.MustCompile(`(?s)^(?:html/)?template: ?(.*?):(\d+)(?::\d+)?: (.*)$`)

// place parts "template: mail/digest.html:12:5: words".
func place(text string) (file string, line int, words string) {
	m := at.FindStringSubmatch(text)
	if m == nil {
		return "", 0, text
	}
	line, _ = strconv.Atoi(m[2])
	return m[1], line, m[3]
}

var notDefined = regexp.MustCompile(`^function "(.*)" not defined$`)

// explainParse says why a file does not parse; nil for nil.
func explainParse(err error, funcs map[string]any) error {
	if err == nil {
		return nil
	}
	m := &Mistake{}
	m.File, m.Line, m.Text = place(err.Error())
	switch unknown := notDefined.FindStringSubmatch(m.Text); {
	case unknown != nil:
		m.Text = fmt.Sprintf("there is no function %q", unknown[1])
		m.Mend = "beside Go's own there are " + strings.Join(slices.Sorted(maps.Keys(funcs)), ", ")
		if len(funcs) == 0 {
			m.Mend = "here are only Go's own: https://pkg.go.dev/text/template"
		}
	case strings.Contains(m.Text, "unexpected EOF"), strings.Contains(m.Text, "unexpected {{end}}"), strings.Contains(m.Text, "unexpected {{else}}"):
		m.Mend = "each {{if}}, {{with}}, {{range}} and {{define}} has one {{end}}"
	case strings.Contains(m.Text, "unclosed action"), strings.Contains(m.Text, "unclosed comment"):
		m.Mend = "close what is between {{ and }} on its line"
	case strings.Contains(m.Text, "undefined variable"):
		m.Mend = "set it before, as in {{$name := .Title}}; $ alone is what the block was given"
	default:
		m.Mend = "write it as Go's templates are: https://pkg.go.dev/text/template"
	}
	return m
}

// unshown says that a file prints what nobody sees, for its place in the page is
// that of its blocks.
func unshown(main *parse.Tree, given map[string]*parse.Tree) error {
	m := &Mistake{Text: "what stands outside of {{define}} is never shown"}
	for _, n := range main.Root.Nodes {
		if !parse.IsEmptyTree(n) {
			location, _ := main.ErrorContext(n)
			m.File, m.Line, _ = place("template: " + location + ": ")
			break
		}
	}
	m.Mend = "put it into a block: " + strings.Join(slices.Sorted(maps.Keys(given)), ", ")
	return m
}

// explainEscape says what of a block makes HTML that cannot be escaped.
func explainEscape(err error, culprit *parse.Tree) error {
	m := &Mistake{Text: err.Error(), Mend: "look at the tags and the quotes before it: each that is opened must be closed, in each branch alike"}
	var e *htmltemplate.Error
	if errors.As(err, &e) {
		m.Text = e.Description
		switch e.ErrorCode {
		case htmltemplate.ErrNoSuchTemplate:
			m.Text, m.Mend = strings.Replace(e.Description, "no such template", "there is no block", 1), "define it, or correct its name; "+seeDocs
		case htmltemplate.ErrEndContext:
			m.Text = "a tag, a quote or a comment is not closed at the end"
		}
		if e.Node != nil {
			location, _ := culprit.ErrorContext(e.Node)
			if file, line, _ := place("template: " + location + ": "); line > 0 {
				m.File, m.Line = file, line
				return m
			}
		}
	}
	m.File = culprit.ParseName
	m.Text = "the HTML around it comes out broken: " + m.Text
	if len(culprit.Root.Nodes) > 0 {
		location, _ := culprit.ErrorContext(culprit.Root.Nodes[0])
		_, m.Line, _ = place("template: " + location + ": ")
	}
	return m
}

var (
	executing = regexp.MustCompile(`(?s)^executing "(.*?)" at <(.*?)>: (.*)$`)
	noField   = regexp.MustCompile(`^can't evaluate field (\S+) in type (.+)$`)
	nilField  = regexp.MustCompile(`^nil pointer evaluating \S+\.(\S+)$`)
	noBlock   = regexp.MustCompile(`^template "(.*)" not defined$`)
)

// Explain says why a template could not be executed, data being what it was
// given. An error that is of no template of the publication's is returned as it
// is.
func (f *Files) Explain(err error, data ...any) error {
	var failed texttemplate.ExecError
	if f == nil || f.own == nil || !errors.As(err, &failed) {
		return err
	}
	m := &Mistake{}
	m.File, m.Line, m.Text = place(failed.Err.Error())
	part := executing.FindStringSubmatch(m.Text)
	if part == nil {
		return m
	}
	m.Text, m.Mend = part[3], "look at {{"+part[2]+"}}; "+seeDocs
	if found := noField.FindStringSubmatch(m.Text); found != nil {
		m.Text = "there is no field " + found[1] + " here"
		if fields := fieldsOf(found[2], data); len(fields) > 0 {
			m.Mend = "the fields here are " + strings.Join(fields, ", ")
		}
	} else if found := nilField.FindStringSubmatch(m.Text); found != nil {
		m.Text = "there may be nothing that has a field " + found[1]
		m.Mend = "put it between {{with}} and {{end}}, so that it is left out where there is nothing"
	} else if found := noBlock.FindStringSubmatch(m.Text); found != nil {
		m.Text, m.Mend = fmt.Sprintf("there is no block %q", found[1]), "define it, or correct its name; "+seeDocs
	}
	if _, err := builtIn.Open(m.File); err == nil { // a block of ours, of which theirs make a wrong use
		m.Text = fmt.Sprintf("a template gives the built-in block %q what it cannot use: %s", part[1], m.Text)
		m.Mend = fmt.Sprintf("look for {{template %q …}} in the files of this folder; %s", part[1], seeDocs)
		m.File, m.Line = f.folder, 0
	}
	return m
}

// fieldsOf lists what templates may ask of the type of a name, which is that of
// something in data.
func fieldsOf(name string, data []any) []string {
	seen := map[reflect.Type]bool{}
	var find func(t reflect.Type) reflect.Type
	find = func(t reflect.Type) reflect.Type {
		if t == nil || seen[t] {
			return nil
		}
		seen[t] = true
		if t.String() == name {
			return t
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			return find(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if f := t.Field(i); f.IsExported() {
					if found := find(f.Type); found != nil {
						return found
					}
				}
			}
		}
		return nil
	}
	var t reflect.Type
	for _, one := range data {
		if name == "interface {}" { // what was given last is what stands in the rest
			t = reflect.TypeOf(one)
		} else if t == nil {
			t = find(reflect.TypeOf(one))
		}
	}
	if t == nil {
		return nil
	}
	var names []string
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() {
				names = append(names, f.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
