package templates

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
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

// message is one message of one language: a text, or a text for each plural form
// of the number that it is given as {count}.
type message struct {
	forms map[string]phrase // by the names of CLDR; a message that counts nothing has "other" alone
	file  string
	line  int
}

// pluralForms are the names that CLDR has for them.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// phrase is a text in pieces.
type phrase []piece

type piece struct {
	kind pieceKind
	text string // of the text itself, or the name of what stands here
}

type pieceKind int

const (
	plainPiece pieceKind = iota
	valuePiece           // {name}: a value
	openPiece            // {name} of {name}words{/name}: a link to the value begins
	closePiece           // {/name}: it ends
)

var (
	placeholder = regexp.MustCompile(`\{(/?)([a-z][a-z0-9_]*)\}`)
	messageID   = regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$`)
)

// parsePhrase takes a text apart. The error says what is wrong with it, and how
// to mend it.
func parsePhrase(text string) (phrase, *Mistake) {
	var p phrase
	at := 0
	opened := ""
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if at < m[0] {
			p = append(p, piece{plainPiece, text[at:m[0]]})
		}
		at = m[1]
		name, ends := text[m[4]:m[5]], m[2] < m[3]
		switch {
		case ends && opened != name:
			return nil, &Mistake{Text: fmt.Sprintf("{/%s} ends what did not begin", name), Mend: fmt.Sprintf("write {%s} where the link begins, and no other link within it", name)}
		case ends:
			p, opened = append(p, piece{closePiece, name}), ""
		case strings.Contains(text[at:], "{/"+name+"}") && opened == "":
			p, opened = append(p, piece{openPiece, name}), name
		default:
			p = append(p, piece{valuePiece, name})
		}
	}
	if at < len(text) {
		p = append(p, piece{plainPiece, text[at:]})
	}
	for _, one := range p {
		if one.kind == plainPiece && strings.ContainsAny(one.text, "{}") {
			return nil, &Mistake{Text: "a brace here belongs to no {name}", Mend: "write what stands for a value as {name}, of small letters; a message is no template, and braces serve for nothing else"}
		}
	}
	return p, nil
}

// names are those of the values that a message shows.
func (m *message) names() map[string]pieceKind {
	all := map[string]pieceKind{}
	for _, p := range m.forms {
		for _, one := range p {
			if one.kind == valuePiece || one.kind == openPiece {
				all[one.text] = one.kind
			}
		}
	}
	return all
}

// counts tells that a message has plural forms.
func (m *message) counts() bool { return len(m.forms) > 1 }

// wants are the values that a message is given: those that it shows, and its count.
func (m *message) wants() map[string]pieceKind {
	all := m.names()
	if m.counts() {
		all["count"] = valuePiece
	}
	return all
}

// fits refuses a publication's message that asks for what the English one, which
// the program fills in, does not have.
func (m *message) fits(id string, english *message) error {
	known := english.wants()
	if m.counts() && !english.counts() {
		return &Mistake{File: m.file, Line: m.line, Text: fmt.Sprintf("the message %q counts nothing, and so has no plural forms", id), Mend: "write one text"}
	}
	names := m.names()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if have, ok := known[name]; ok && have == names[name] {
			continue
		}
		mend := "here nothing is filled in"
		if len(known) > 0 {
			var list []string
			for _, name := range slices.Sorted(maps.Keys(known)) {
				if list = append(list, "{"+name+"}"); known[name] == openPiece {
					list[len(list)-1] += "words{/" + name + "}"
				}
			}
			mend = "here there is " + strings.Join(list, ", ")
		}
		return &Mistake{File: m.file, Line: m.line, Text: fmt.Sprintf("the message %q has nothing for {%s}", id, name), Mend: mend}
	}
	return nil
}

// parseMessages reads a message file: keys with texts, or with the texts of plural
// forms below them. file is what mistakes call it.
func parseMessages(file string, data []byte) (map[string]*message, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	// The parser counts a carriage return after a comment as a line of its own.
	data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	if !utf8.Valid(data) {
		return nil, &Mistake{File: file, Text: "the file is not UTF-8", Mend: "save it as UTF-8"}
	}
	for _, t := range lexer.Tokenize(string(data)) {
		if m := misplaced(t); m != nil {
			m.File, m.Line = file, max(1, t.Position.Line)
			return nil, m
		}
	}
	parsed, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		m := &Mistake{File: file, Text: "this is not YAML", Mend: "put the words between quotes, and look at the colon and the quotes on the line before"}
		var known yaml.Error
		if errors.As(err, &known) && known.GetToken() != nil {
			m.Line, m.Text = max(1, known.GetToken().Position.Line), m.Text+": "+known.GetMessage()
		}
		return nil, m
	}
	all := map[string]*message{}
	var wrong []error
	for _, doc := range parsed.Docs {
		if doc.Body == nil {
			continue
		}
		pairs, ok := pairsOf(doc.Body)
		if !ok {
			wrong = append(wrong, &Mistake{File: file, Line: max(1, doc.Body.GetToken().Position.Line), Text: "there is no message here", Mend: `write each as in front.current: "The current issue"`})
		}
		for _, pair := range pairs {
			id, m, err := parseMessage(file, pair)
			if err == nil && all[id] != nil {
				err = &Mistake{File: file, Line: m.line, Text: fmt.Sprintf("the message %q is here twice, first on line %d", id, all[id].line), Mend: "keep one of the two"}
			}
			if wrong = append(wrong, err); err == nil {
				all[id] = m
			}
		}
	}
	return all, Join(wrong...)
}

// misplaced refuses what has no business in a file of keys and texts. It runs
// before the parser, which recurses without a bound and whose own words for a text
// that begins with a brace help nobody.
func misplaced(t *token.Token) *Mistake {
	switch t.Type {
	case token.MappingStartType, token.MappingEndType, token.SequenceStartType, token.SequenceEndType, token.CollectEntryType:
		return &Mistake{Text: fmt.Sprintf("%s means something else in YAML where it stands outside of quotes", t.Value), Mend: `put the words between quotes: "{count} articles"`}
	case token.AliasType, token.AnchorType, token.TagType, token.MergeKeyType, token.MappingKeyType, token.SequenceEntryType, token.DocumentHeaderType, token.DocumentEndType, token.DirectiveType:
		return &Mistake{Text: fmt.Sprintf("%s means something else in YAML where it stands outside of quotes", strings.TrimSpace(t.Value)), Mend: "put the words between quotes"}
	}
	return nil
}

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func parseMessage(file string, pair *ast.MappingValueNode) (string, *message, error) {
	id := pair.Key.GetToken().Value
	m := &message{forms: map[string]phrase{}, file: file, line: max(1, pair.Key.GetToken().Position.Line)}
	if !messageID.MatchString(id) {
		return id, nil, &Mistake{File: file, Line: m.line, Text: fmt.Sprintf("%q is no name of a message", id), Mend: "names are small letters in parts with full stops between, such as front.current"}
	}
	texts := map[string]ast.Node{"other": pair.Value}
	if forms, ok := pairsOf(pair.Value); ok {
		delete(texts, "other")
		for _, form := range forms {
			name := form.Key.GetToken().Value
			if line := form.Key.GetToken().Position.Line; !slices.Contains(pluralForms, name) || texts[name] != nil {
				return id, nil, &Mistake{File: file, Line: line, Text: fmt.Sprintf("%q is no plural form of %q, or is here twice", name, id), Mend: "the forms are " + strings.Join(pluralForms, ", ")}
			}
			texts[name] = form.Value
		}
		if texts["other"] == nil {
			return id, nil, &Mistake{File: file, Line: m.line, Text: fmt.Sprintf("the message %q has no form other", id), Mend: "write it: it stands for all numbers that have no form of their own"}
		}
	}
	for form, node := range texts {
		text, ok := textOf(node)
		line := m.line
		if t := node.GetToken(); t != nil && t.Position != nil {
			line = max(line, t.Position.Line)
		}
		if !ok {
			return id, nil, &Mistake{File: file, Line: line, Text: fmt.Sprintf("the message %q has no words", id), Mend: `write them between quotes; where there are to be none, write ""`}
		}
		p, wrong := parsePhrase(text)
		if wrong != nil {
			wrong.File, wrong.Line, wrong.Text = file, line, fmt.Sprintf("the message %q: %s", id, wrong.Text)
			return id, nil, wrong
		}
		m.forms[form] = p
	}
	return id, m, nil
}

// textOf is the words of a value. Lines of a block are one.
func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return strings.ReplaceAll(n.Value, "\n", " "), true
	case *ast.LiteralNode:
		if n.Value != nil {
			return strings.Join(strings.Fields(n.Value.Value), " "), true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}
