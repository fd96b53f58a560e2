package articles

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseYAML reads a YAML table.
func parseYAML(text string, line int, rep *report) (value, bool) {
	if v, ok := plainYAML(text, line); ok {
		return v, true
	}
	return fullYAML(text, line, rep)
}

// fullYAML reads any YAML table. It converts the syntax tree itself instead of
// decoding it: so lines and texts stay as written, a repeated key is no error,
// and aliases can be refused, on whose growth the decoder sets no limit.
func fullYAML(text string, line int, rep *report) (v value, ok bool) {
	defer func() {
		if p := recover(); p != nil { // a bug of the parser must not stop the other files
			rep.hold(line, "", "", fmt.Sprintf("the YAML cannot be read (%v)", p), "write it more simply")
			v, ok = value{}, false
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, why := line, err.Error()
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			why = syntax.Message
			if t := syntax.Token; t != nil && t.Position != nil {
				at = line + t.Position.Line - 1
			}
		}
		rep.hold(at, "", lineOf(text, at-line), "the YAML is wrong: "+why, `mend the line; put a value with a colon, a quotation mark or a bracket between "quotation marks"`)
		return value{}, false
	}
	y := yamlTree{line: line - 1}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		v, err := y.value(doc.Body)
		if err != nil {
			rep.hold(y.at, "", lineOf(text, y.at-line), err.Error(), "write the value out")
			return value{}, false
		}
		if v.kind != table {
			rep.hold(v.line, "", v.String(), "the YAML is no list of keys and values", "write it as key: value")
			return value{}, false
		}
		return v, true
	}
	return value{kind: table, line: line}, true
}

// yamlTree converts nodes; line is the file's line before the YAML's first.
type yamlTree struct {
	line int
	at   int // of the node that was refused
}

var errAlias = errors.New("YAML aliases (*name) and merges (<<) are refused, because what they grow to has no limit")

func (y *yamlTree) value(n ast.Node) (value, error) {
	if n == nil {
		return value{}, nil
	}
	v := value{line: y.lineOf(n)}
	var err error
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		v.kind, v.text = scalar, n.Value
	case *ast.LiteralNode:
		v.kind, v.text = scalar, n.Value.Value
	case *ast.TagNode:
		return y.value(n.Value)
	case *ast.AnchorNode:
		return y.value(n.Value)
	case *ast.AliasNode, *ast.MergeKeyNode:
		y.at = v.line
		return value{}, errAlias
	case *ast.SequenceNode:
		v.kind = list
		for _, item := range n.Values {
			i, err := y.value(item)
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, i)
		}
	case *ast.MappingNode:
		v.kind = table
		v.pairs, err = y.pairs(n.Values)
	case *ast.MappingValueNode:
		v.kind = table
		v.pairs, err = y.pairs([]*ast.MappingValueNode{n})
	default: // numbers, booleans
		v.kind, v.text = scalar, n.GetToken().Value
	}
	return v, err
}

func (y *yamlTree) pairs(nodes []*ast.MappingValueNode) ([]pair, error) {
	pairs := make([]pair, 0, len(nodes))
	for _, n := range nodes {
		key, err := y.key(n.Key)
		if err != nil {
			return nil, err
		}
		p := pair{key: key, line: y.lineOf(n.Key)}
		if p.value, err = y.value(n.Value); err != nil {
			return nil, err
		}
		p.value.line = max(p.value.line, p.line)
		pairs = append(pairs, p)
	}
	return pairs, nil
}

func (y *yamlTree) key(n ast.MapKeyNode) (string, error) {
	if k, complex := n.(*ast.MappingKeyNode); complex { // ? key
		v, err := y.value(k.Value)
		return v.text, err
	}
	v, err := y.value(n)
	return v.text, err
}

func (y *yamlTree) lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return y.line + t.Position.Line
	}
	return y.line + 1
}
