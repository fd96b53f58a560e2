package config

import (
	"fmt"
	"strings"
	"unicode"
)

// prefix begins the name of every environment variable that overrides a key.
const prefix = "POSTRIDER_"

// A decoder turns nodes into a Config and collects what is wrong. It learns
// which keys there are from those it is asked for, so that no list of keys
// stands beside the code that reads them.
type decoder struct {
	folder    string            // relative paths start here
	env       map[string]string // the variables that begin with prefix
	variables []string          // the names that were asked for
	places    map[string]place  // by path
	mistakes  Mistakes
}

// A section is a group of keys that is being read; where the file lacks it,
// its keys are read all the same, for their defaults and variables.
type section struct {
	*decoder
	path   string
	node   *node // nil where the file lacks it
	listed bool  // in a list, where no variable can reach it
	known  []string
	silent bool // it is there but broken; keys missing from it are no news
}

// group reads the group of keys at key.
func (s *section) group(key string, read func(*section)) {
	s.known = append(s.known, key)
	path := join(s.path, key)
	s.read(s.node.field(key), path, read, s.listed)
}

// each reads the groups of keys that are listed at key; an item that is
// broken is read too, so that an item's index is the one in the file.
func (s *section) each(key string, read func(*section)) {
	for i, item := range s.items(key) {
		s.read(item, fmt.Sprintf("%s[%d]", join(s.path, key), i), read, true)
	}
}

// read reads a group of keys and reports those nobody asked for.
func (d *decoder) read(n *node, path string, read func(*section), listed bool) {
	s := &section{decoder: d, path: path, node: n, listed: listed}
	if n != nil {
		d.places[path] = n.place
		if n.kind != group && !(n.kind == null && !listed) {
			d.wrongKind(n, path, group)
			s.node, s.silent = nil, true
		}
	}
	read(s)
	if s.node == nil {
		return
	}
	for _, k := range s.node.keys {
		d.unknown(k, s)
	}
}

// unknown reports a key that nobody asked for.
func (d *decoder) unknown(k *keyed, s *section) {
	for _, known := range s.known {
		if known == k.name {
			return
		}
	}
	mend := "the keys here are " + strings.Join(s.known, ", ")
	if near := nearest(k.name, s.known); near != "" {
		mend = "did you mean " + near + "?"
	}
	d.add(k.place, join(s.path, k.name), "is not a known key", mend)
}

// items returns the nodes listed at key.
func (s *section) items(key string) []*node {
	s.known = append(s.known, key)
	n := s.node.field(key)
	if n == nil || n.kind == null { // `relays:` with every relay commented out
		return nil
	}
	path := join(s.path, key)
	s.places[path] = n.place
	if n.kind != list {
		s.wrongKind(n, path, list)
		return nil
	}
	return n.items
}

// single returns the single value at key: from the environment, else from the
// file; nil where there is none, or where it is broken, which is reported.
func (s *section) single(key string) *node {
	n := s.lookup(key)
	if n == nil {
		return nil
	}
	return s.check(n, join(s.path, key))
}

// lookup finds the node at key without judging it.
func (s *section) lookup(key string) *node {
	s.known = append(s.known, key)
	path := join(s.path, key)
	n := s.node.field(key)
	if n != nil {
		s.places[path] = n.place
	}
	if s.listed {
		return n
	}
	name := prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
	s.variables = append(s.variables, name)
	value, set := s.env[name]
	if !set {
		return n
	}
	at := place{variable: name}
	s.places[path] = at
	if value = strings.TrimSpace(value); value == "" {
		return nil // back to the default
	}
	return &node{kind: text, text: value, place: at}
}

// check reports what no single value may be.
func (d *decoder) check(n *node, path string) *node {
	switch n.kind {
	case text, plain:
		for _, char := range n.text {
			if unicode.IsControl(char) && char != '\n' && char != '\t' || char == unicode.ReplacementChar {
				d.add(n.place, path, "has a character that cannot be printed", "remove it")
				return nil
			}
		}
		return n
	case null:
		d.add(n.place, path, "has no value", "give it one, in quotes if it begins with #, or remove the line")
	default:
		d.wrongKind(n, path, text)
	}
	return nil
}

// wrongKind reports a node that is not of the kind that belongs there.
func (d *decoder) wrongKind(n *node, path string, want kind) {
	if n.kind == other {
		return
	}
	switch want {
	case list:
		d.add(n.place, path, fmt.Sprintf("is %s where a list belongs", n.kind), "write each item on a line of its own that begins with a dash")
	case group:
		d.add(n.place, path, fmt.Sprintf("is %s where a group of keys belongs", n.kind), "write each key on a line of its own below it, indented")
	default:
		d.add(n.place, path, fmt.Sprintf("is %s where a single value belongs", n.kind), "write the value after the colon")
	}
}

func (d *decoder) add(at place, path, text, mend string) {
	d.mistakes = append(d.mistakes, Mistake{Line: at.line, Column: at.column, Variable: at.variable, Path: path, Text: text, Mend: mend})
}

// A wrong says what is wrong with a value and how to mend it.
type wrong struct{ text, mend string }

// optional reads the value at key; without one, or with a wrong one, which is
// reported, it is the fallback.
func optional[T any](s *section, key string, fallback T, parse func(string) (T, *wrong)) T {
	n := s.single(key)
	if n == nil {
		return fallback
	}
	return value(s.decoder, n, join(s.path, key), fallback, parse)
}

// needed reads the value at key and reports where there is none; the example
// shows what to write.
func needed[T any](s *section, key, example string, parse func(string) (T, *wrong)) T {
	var none T
	n := s.lookup(key)
	path := join(s.path, key)
	if n == nil {
		if !s.silent {
			s.mistakes = append(s.mistakes, Mistake{Path: path, Text: "is needed", Mend: "write, for example, " + key + ": " + example})
		}
		return none
	}
	if n = s.check(n, path); n == nil {
		return none
	}
	return value(s.decoder, n, path, none, parse)
}

// values reads a list of single values.
func values[T any](s *section, key string, parse func(string) (T, *wrong)) []T {
	var all []T
	for i, item := range s.items(key) {
		path := fmt.Sprintf("%s[%d]", join(s.path, key), i)
		s.places[path] = item.place
		var v T
		if n := s.check(item, path); n != nil {
			v = value(s.decoder, n, path, v, parse)
		}
		all = append(all, v)
	}
	return all
}

// value parses a node.
func value[T any](d *decoder, n *node, path string, fallback T, parse func(string) (T, *wrong)) T {
	if n.text == "" {
		d.add(n.place, path, "is empty", "give it a value, or remove the line")
		return fallback
	}
	v, w := parse(n.text)
	if w != nil {
		d.add(n.place, path, w.text, w.mend)
		return fallback
	}
	_, number := any(v).(int)
	_, fraction := any(v).(float64)
	_, truth := any(v).(bool)
	if n.kind == plain && !number && !fraction && !truth {
		d.add(n.place, path, n.text+" is not text to YAML", "put it in quotes")
		return fallback
	}
	return v
}

// words reads free text, which may be empty: `tagline: ""` means none.
func words(s *section, key, fallback string, parse func(string) (string, *wrong)) string {
	n := s.single(key)
	if n == nil {
		return fallback
	}
	if n.text == "" {
		return ""
	}
	return value(s.decoder, n, join(s.path, key), fallback, parse)
}

// strays reports variables that begin like ours and override nothing.
func (d *decoder) strays() {
	for name := range d.env {
		known := false
		for _, v := range d.variables {
			known = known || v == name
		}
		if known {
			continue
		}
		mend := "remove it; the names stand in docs/configuration.md"
		if near := nearest(name, d.variables); near != "" {
			mend = "did you mean " + near + "?"
		}
		d.mistakes = append(d.mistakes, Mistake{Variable: name, Text: "no key has this variable", Mend: mend})
	}
}
