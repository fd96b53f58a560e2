package templates

import (
	"bytes"
	"fmt"
	texttemplate "text/template"
	"text/template/parse"
)

// Output takes what a template prints, within bounds: one that never ends must
// take neither all memory nor all time, whoever wrote it. What goes beyond is a
// *Mistake in File.
type Output struct {
	bytes.Buffer
	File  string // the template's Origin
	Most  int    // bytes
	Steps int    // the most pieces that it prints, blocks that it begins and turns of its loops, together
	taken int
}

// Write is called for each piece of text and each value that a template prints,
// and by the empty texts that counted puts into what may be repeated.
func (o *Output) Write(p []byte) (int, error) {
	if o.taken++; o.taken > o.Steps {
		return 0, &Mistake{File: o.File, Text: fmt.Sprintf("it takes more than %d steps", o.Steps), Mend: "look for a range over too large a number, or a block that calls itself"}
	}
	if o.Len()+len(p) > o.Most {
		return 0, &Mistake{File: o.File, Text: fmt.Sprintf("it prints more than %d MB", o.Most>>20), Mend: "look for a range that is too long, or text that does not belong there"}
	}
	return o.Buffer.Write(p)
}

// counted is a block that writes a text of no bytes whenever it is begun, and at
// each turn of its loops, so that Output sees those that print nothing.
func counted(t *parse.Tree) *parse.Tree {
	t = t.Copy()
	t.Root.Nodes = append([]parse.Node{&parse.TextNode{NodeType: parse.NodeText}}, t.Root.Nodes...)
	countTurns(t.Root)
	return t
}

func countTurns(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.IfNode:
			countTurns(n.List)
			countTurns(n.ElseList)
		case *parse.WithNode:
			countTurns(n.List)
			countTurns(n.ElseList)
		case *parse.RangeNode:
			countTurns(n.List)
			countTurns(n.ElseList)
			n.List.Nodes = append([]parse.Node{&parse.TextNode{NodeType: parse.NodeText}}, n.List.Nodes...)
		}
	}
}

// maxValue is the most bytes of a text that a template may put together.
const maxValue = 1 << 20

// bounded are the functions of a template, with those that put texts together, or
// make them much longer, kept within bounds: a text that is doubled forty times has
// no place in memory.
func bounded(funcs map[string]any) map[string]any {
	keep := func(text string) (string, error) {
		if len(text) > maxValue {
			return "", fmt.Errorf("it makes a text of more than %d MB", maxValue>>20)
		}
		return text, nil
	}
	all := map[string]any{
		"print":   func(values ...any) (string, error) { return keep(fmt.Sprint(values...)) },
		"printf":  func(form string, values ...any) (string, error) { return keep(fmt.Sprintf(form, values...)) },
		"println": func(values ...any) (string, error) { return keep(fmt.Sprintln(values...)) },
		"js":      func(values ...any) (string, error) { return keep(texttemplate.JSEscaper(values...)) },
	}
	for name, f := range funcs {
		switch f := f.(type) {
		case func(string) string:
			all[name] = func(s string) (string, error) { return keep(f(s)) }
		case func(string, string) string:
			all[name] = func(s, t string) (string, error) { return keep(f(s, t)) }
		default:
			all[name] = f
		}
	}
	return all
}
