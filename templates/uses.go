package templates

import (
	"fmt"
	"slices"
	"strings"
	"text/template/parse"
)

// use is a place in a template that prints a message.
type use struct {
	id    string
	names []string // of the values that it gives
	node  parse.Node
}

// usesIn finds the messages that a part of a template prints: {{t "name" …}}, and
// {{.Words.T "name" …}} of words that it was given. Names that are put together
// when it is executed are not found.
func usesIn(node parse.Node) (all []use) {
	walk(node, func(n parse.Node) {
		c, ok := n.(*parse.CommandNode)
		if !ok || len(c.Args) < 2 || !printsMessage(c.Args[0]) {
			return
		}
		id, ok := c.Args[1].(*parse.StringNode)
		if !ok {
			return
		}
		one := use{id: id.Text, node: c}
		for i := 2; i < len(c.Args); i += 2 {
			if name, ok := c.Args[i].(*parse.StringNode); ok {
				one.names = append(one.names, name.Text)
			}
		}
		all = append(all, one)
	})
	return all
}

func printsMessage(called parse.Node) bool {
	var last []string
	switch n := called.(type) {
	case *parse.IdentifierNode:
		return n.Ident == "t"
	case *parse.FieldNode:
		last = n.Ident
	case *parse.VariableNode:
		last = n.Ident
	case *parse.ChainNode:
		last = n.Field
	}
	return len(last) > 0 && (last[len(last)-1] == "T" || last[len(last)-1] == "HTML")
}

// walk calls see for a node and all within it.
func walk(node parse.Node, see func(parse.Node)) {
	each := func(list *parse.ListNode) {
		if list != nil {
			for _, n := range list.Nodes {
				walk(n, see)
			}
		}
	}
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, see)
		each(b.List)
		each(b.ElseList)
	}
	see(node)
	switch n := node.(type) {
	case *parse.ListNode:
		each(n)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.ActionNode:
		walk(n.Pipe, see)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, see)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walk(c, see)
		}
	case *parse.CommandNode:
		for _, a := range n.Args {
			walk(a, see)
		}
	case *parse.ChainNode:
		walk(n.Node, see)
	}
}

// misused says which messages the trees of a publication's file ask for that there
// are not, and which values they do not give.
func misused(w *Words, trees map[string]*parse.Tree) error {
	var wrong []error
	for _, tree := range trees {
		for _, u := range usesIn(tree.Root) {
			m := &Mistake{}
			location, _ := tree.ErrorContext(u.node)
			m.File, m.Line, _ = place("template: " + location + ": ")
			known := w.messages[u.id]
			if known == nil {
				m.Text, m.Mend = fmt.Sprintf("there is no message %q", u.id), nearMessage(u.id, w.messages)
				wrong = append(wrong, m)
				continue
			}
			var missing []string
			for name := range known.wants() {
				if !slices.Contains(u.names, name) {
					missing = append(missing, fmt.Sprintf("%q", name))
				}
			}
			if slices.Sort(missing); len(missing) > 0 {
				m.Text = fmt.Sprintf("the message %q is not given %s", u.id, strings.Join(missing, ", "))
				m.Mend = fmt.Sprintf(`write {{t %q %s …}}, each name with its value behind it`, u.id, missing[0])
				wrong = append(wrong, m)
			}
		}
	}
	return Join(wrong...)
}
