package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxSize bounds the file, in bytes.
const maxSize = 1 << 20

// maxDepth bounds how deep lists and groups nest. Ours need four; the parser
// recurses and sets no bound of its own.
const maxDepth = 20

// A kind says what a node is, in the words of a message.
type kind string

const (
	text  kind = "text"
	plain kind = "a number or a truth value" // written without quotes, and not text to YAML
	null  kind = "nothing"
	list  kind = "a list"
	group kind = "a group of keys"
	other kind = "something refused" // an alias, an anchor or a tag, reported already
)

// A place is where something stands: in the file, or in the environment.
type place struct {
	line, column int
	variable     string
}

// A node is a value of the file with its place.
type node struct {
	kind  kind
	text  string // of a text or plain node
	place        // of text: its first character; of a list, a group or nothing: its key or dash
	items []*node
	keys  []*keyed
}

// A keyed is a key of a group with its value.
type keyed struct {
	name  string
	place // the key's own
	value *node
}

// field returns the value of a group's key, or nil where there is none.
func (n *node) field(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.keys {
		if k.name == name {
			return k.value
		}
	}
	return nil
}

// A reader turns YAML into nodes and collects what YAML allows and we don't.
type reader struct {
	mistakes Mistakes
	aliases  []place
}

// readDocument reads one YAML document strictly: UTF-8, no anchors, aliases,
// merge keys or tags, no key twice. The node is nil where nothing could be read.
func readDocument(data []byte) (*node, Mistakes) {
	r := &reader{}
	if len(data) > maxSize {
		return nil, Mistakes{{Line: 1, Column: 1, Text: "the file is larger than 1 MiB", Mend: "name a configuration; the texts of pages belong in files of their own"}}
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	// The parser counts a carriage return after a comment as a line of its own.
	data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	if at, ok := notUTF8(data); ok {
		r.add(at, "", "a byte here is not UTF-8", "save the file as UTF-8")
		return nil, r.mistakes
	}
	if !r.scan(lexer.Tokenize(string(data))) {
		return nil, r.mistakes
	}
	file, err := parser.ParseBytes(r.unstar(data), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if len(r.mistakes) == 0 { // what was refused is often why it cannot be read
			r.syntax(err)
		}
		return nil, r.mistakes
	}
	root := r.root(file)
	return root, r.mistakes
}

// notUTF8 finds the first byte that is not UTF-8.
func notUTF8(data []byte) (place, bool) {
	at := place{line: 1, column: 1}
	for len(data) > 0 {
		char, size := utf8.DecodeRune(data)
		if char == utf8.RuneError && size == 1 {
			return at, true
		}
		data = data[size:]
		at.column++
		if char == '\n' {
			at.line, at.column = at.line+1, 1
		}
	}
	return place{}, false
}

func (r *reader) add(at place, path, text, mend string) {
	r.mistakes = append(r.mistakes, Mistake{Line: at.line, Column: at.column, Path: path, Text: text, Mend: mend})
}

// placeOf is a token's place; a token without one stands at the file's start.
func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{line: 1, column: 1}
	}
	return place{line: max(t.Position.Line, 1), column: max(t.Position.Column, 1)}
}

// scan refuses tokens that have no business in a configuration. It runs before
// the parser, whose own words for `cron: * * * * *` are "undefined alias name".
// False means that the file nests too deep to be parsed.
func (r *reader) scan(tokens token.Tokens) bool {
	flow, dashes, line := 0, 0, 0
	refused := 0 // the line of the last alias, so that five stars are one mistake
	for _, t := range tokens {
		at := placeOf(t)
		if at.line != line {
			line, dashes = at.line, 0
		}
		switch t.Type {
		case token.AliasType:
			if refused != line {
				r.add(at, "", "a value that begins with * is an alias in YAML, and aliases are refused", "put it in quotes if it is text, such as a cron expression")
			}
			refused = line
			r.aliases = append(r.aliases, at)
		case token.AnchorType:
			r.add(at, "", "a value that begins with & is an anchor in YAML, and anchors are refused", "put it in quotes if it is text, else write the value out in each place")
		case token.MergeKeyType:
			r.add(at, "", "the merge key << is refused", "write the keys out in each place")
		case token.TagType:
			r.add(at, "", "the tag "+quote(t.Value)+" is refused", "remove it, or put the value in quotes if the ! is part of it")
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			dashes++
		}
		if flow > maxDepth || dashes > maxDepth {
			r.add(at, "", fmt.Sprintf("lists and groups are nested more than %d deep", maxDepth), "no key here needs more than four levels")
			return false
		}
	}
	return true
}

// unstar makes text of aliases, which are reported, so that the parser gets
// past them and the rest of the file's mistakes are found as well.
func (r *reader) unstar(data []byte) []byte {
	if len(r.aliases) == 0 {
		return data
	}
	lines := strings.Split(string(data), "\n")
	for _, at := range r.aliases {
		if at.line > len(lines) {
			continue
		}
		chars := []rune(lines[at.line-1])
		if at.column <= len(chars) && chars[at.column-1] == '*' {
			chars[at.column-1] = 'x'
			lines[at.line-1] = string(chars)
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// syntax reports the parser's error.
func (r *reader) syntax(err error) {
	var known yaml.Error
	if errors.As(err, &known) {
		mend := "look at the indentation, the colons and the quotes here and on the line before"
		if strings.Contains(known.GetMessage(), "reserved character") {
			mend = "put the value in quotes"
		}
		r.add(placeOf(known.GetToken()), "", "this is not YAML: "+known.GetMessage(), mend)
		return
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	r.add(place{line: 1, column: 1}, "", "this is not YAML: "+line, "look at the indentation, the colons and the quotes")
}

// root is the only document's group of keys.
func (r *reader) root(file *ast.File) *node {
	root := &node{kind: group, place: place{line: 1, column: 1}}
	found := false
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		at := placeOf(doc.Body.GetToken())
		if found {
			r.add(at, "", "a second YAML document begins here", "keep one, and remove the --- line before this")
			return root
		}
		found = true
		n := r.node(doc.Body, "")
		if n.kind != group {
			if n.kind != other {
				r.add(at, "", "the file holds "+string(n.kind)+" where a group of keys belongs", "write keys such as publication: and articles:")
			}
			return nil
		}
		n.place = root.place
		root = n
	}
	return root
}

// node turns a value into a node.
func (r *reader) node(value ast.Node, path string) *node {
	n := &node{place: placeOf(value.GetToken())}
	switch v := value.(type) {
	case *ast.NullNode:
		n.kind = null
	case *ast.StringNode:
		n.kind, n.text = text, strings.TrimSpace(v.Value)
	case *ast.LiteralNode:
		n.kind = text
		if v.Value != nil {
			n.text = strings.TrimSpace(v.Value.Value)
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = plain, value.GetToken().Value
	case *ast.SequenceNode:
		n.kind = list
		for i, item := range v.Values {
			n.items = append(n.items, r.node(item, fmt.Sprintf("%s[%d]", path, i)))
			if n.items[i].kind == null && i < len(v.Entries) {
				n.items[i].place = placeOf(v.Entries[i].GetToken())
			}
		}
	case *ast.MappingNode:
		n.kind = group
		for _, pair := range v.Values {
			r.pair(n, pair, path)
		}
	case *ast.MappingValueNode:
		n.kind = group
		r.pair(n, v, path)
	default:
		n.kind = other
		r.name(n.place, path)
	}
	if slices.Contains(r.aliases, n.place) {
		n.kind = other
		r.name(n.place, path)
	}
	return n
}

// name gives the path to a mistake that scan found before paths were known.
func (r *reader) name(at place, path string) {
	for i, m := range r.mistakes {
		if m.Line == at.line && m.Column == at.column {
			r.mistakes[i].Path = path
		}
	}
}

// pair adds a key and its value to a group.
func (r *reader) pair(n *node, pair *ast.MappingValueNode, path string) {
	if pair.Key == nil || pair.Value == nil {
		return
	}
	key := ast.Node(pair.Key)
	if explicit, ok := key.(*ast.MappingKeyNode); ok && explicit.Value != nil {
		key = explicit.Value // ? key
	}
	k := &keyed{place: placeOf(key.GetToken())}
	switch key.(type) {
	case *ast.MergeKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.name(k.place, path)
		return
	case *ast.LiteralNode: // lists and groups as keys are errors to the parser
		r.add(k.place, path, "has a key that is not one word", "write keys as in the documentation")
		return
	}
	if slices.Contains(r.aliases, k.place) {
		r.name(k.place, path)
		return
	}
	k.name = key.GetToken().Value
	here := join(path, k.name)
	for _, before := range n.keys {
		if before.name == k.name {
			r.add(k.place, here, fmt.Sprintf("is here twice, first on line %d", before.line), "keep one of the two")
			return
		}
	}
	if len(n.keys) == 0 {
		n.place = k.place // the parser's own is the first colon
	}
	k.value = r.node(pair.Value, here)
	if v := k.value.kind; v == group || v == list || v == null {
		k.value.place = k.place
	}
	n.keys = append(n.keys, k)
}

// simpleKey is a key that a path can show as it is.
var simpleKey = regexp.MustCompile(`^[\pL\pN_-]{1,60}$`)

// join is the path of a key in the group at path.
func join(path, key string) string {
	if !simpleKey.MatchString(key) {
		key = quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
