package articles

import "strings"

// kind says what a value is.
type kind int

const (
	null kind = iota
	scalar
	list
	table
)

// value is a piece of front matter, whatever language it was written in.
// A scalar keeps its text as written: volume 012 stays "012", a date stays a
// date.
type value struct {
	kind  kind
	line  int    // in the file, from 1
	text  string // of a scalar
	items []value
	pairs []pair
}

// pair is an entry of a table.
type pair struct {
	key   string // as written
	line  int
	value value
}

// String is the value on one line, to be shown in a problem.
func (v value) String() string {
	var b strings.Builder
	v.print(&b)
	return b.String()
}

func (v value) print(b *strings.Builder) {
	if b.Len() > maxShown {
		return
	}
	switch v.kind {
	case scalar:
		b.WriteString(v.text)
	case list:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteString(", ")
			}
			item.print(b)
		}
		b.WriteByte(']')
	case table:
		b.WriteByte('{')
		for i, p := range v.pairs {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(p.key + ": ")
			p.value.print(b)
		}
		b.WriteByte('}')
	}
}

// empty tells that nothing was written.
func (v value) empty() bool {
	switch v.kind {
	case scalar:
		return strings.TrimSpace(v.text) == ""
	case list:
		return len(v.items) == 0
	case table:
		return len(v.pairs) == 0
	}
	return true
}

// get finds an entry of a table by the first of the names that is there and
// not empty. Names are compared without case, dashes and underscores, so that
// last_modified_at, lastModifiedAt and last-modified-at are one.
func (v value) get(names ...string) (pair, bool) {
	for _, name := range names {
		for i := len(v.pairs) - 1; i >= 0; i-- { // a key twice: the last
			if sameKey(v.pairs[i].key, name) {
				if v.pairs[i].value.empty() {
					break
				}
				return v.pairs[i], true
			}
		}
	}
	return pair{}, false
}

// sameKey compares a key as written with a name of small letters only.
func sameKey(key, name string) bool {
	at := 0
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c == '-' || c == '_' {
			continue
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if at == len(name) || name[at] != c {
			return false
		}
		at++
	}
	return at == len(name)
}

// warnTwice warns of keys that stand twice in one table.
func (v value) warnTwice(rep *report) {
	if v.kind != table {
		return
	}
	first := make(map[string]int, len(v.pairs))
	for _, p := range v.pairs {
		if line, twice := first[p.key]; twice {
			rep.warn(p.line, p.key, p.value.String(), "the key stands twice, first on line "+itoa(line)+"; the last one counts", "remove one of them")
			continue
		}
		first[p.key] = p.line
	}
}
