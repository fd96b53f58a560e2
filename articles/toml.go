package articles

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// parseTOML reads a TOML document. The decoder tells no lines but those of
// errors; keys are looked for in the text.
func parseTOML(text string, line int, rep *report) (value, bool) {
	var m map[string]any
	meta, err := toml.Decode(text, &m)
	if err != nil {
		at, why := line, err.Error()
		var wrong toml.ParseError
		if errors.As(err, &wrong) {
			at, why = line+max(wrong.Position.Line, 1)-1, wrong.Message
		}
		rep.hold(at, "", lineOf(text, at-line), "the TOML is wrong: "+why, "mend the line")
		return value{}, false
	}
	t := tomlReader{keys: meta.Keys(), lines: keyLines(text, line)}
	return t.table(m, nil, line), true
}

// tomlReader converts what the decoder made, in the order of the document.
type tomlReader struct {
	keys  []toml.Key
	lines map[string]int // of the first key with that last name
}

func (t *tomlReader) table(m map[string]any, above toml.Key, line int) value {
	v := value{kind: table, line: line}
	seen := map[string]bool{}
	add := func(name string) {
		item, ok := m[name]
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		at := line
		if found, ok := t.lines[name]; ok && len(above) == 0 {
			at = found
		}
		v.pairs = append(v.pairs, pair{name, at, t.value(item, append(above[:len(above):len(above)], name), at)})
	}
	for _, k := range t.keys {
		if len(k) == len(above)+1 && strings.Join(k[:len(above)], "\x00") == strings.Join(above, "\x00") {
			add(k[len(k)-1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) { // in arrays, whose keys are not all listed
		add(name)
	}
	return v
}

func (t *tomlReader) value(item any, key toml.Key, line int) value {
	v := value{kind: scalar, line: line}
	switch x := item.(type) {
	case map[string]any:
		return t.table(x, key, line)
	case []map[string]any:
		v.kind = list
		for _, m := range x {
			v.items = append(v.items, t.table(m, key, line))
		}
	case []any:
		v.kind = list
		for _, i := range x {
			v.items = append(v.items, t.value(i, key, line))
		}
	case string:
		v.text = x
	case int64:
		v.text = strconv.FormatInt(x, 10)
	case float64:
		v.text = strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		v.text = strconv.FormatBool(x)
	case time.Time:
		v.text = tomlTime(x)
	default:
		v.kind = null
	}
	return v
}

// tomlTime writes a date back as it stood. The decoder marks local dates and
// times by the names of their zones.
func tomlTime(t time.Time) string {
	switch t.Location().String() {
	case "date-local":
		return t.Format(time.DateOnly)
	case "datetime-local":
		return t.Format("2006-01-02T15:04:05")
	case "time-local":
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.RFC3339)
}

// keyLines finds the line of each name that stands at the left of an equals
// sign or between brackets.
func keyLines(text string, line int) map[string]int {
	at := map[string]int{}
	for row := range strings.Lines(text) {
		name, _, assigned := strings.Cut(row, "=")
		if !assigned {
			name = strings.Trim(strings.TrimSpace(row), "[]")
		}
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if _, seen := at[name]; name != "" && !seen {
			at[name] = line
		}
		line++
	}
	return at
}

// lineOf is the nth line of text, from 0, without the space around it.
func lineOf(text string, n int) string {
	for row := range strings.Lines(text) {
		if n == 0 {
			return strings.TrimSpace(row)
		}
		n--
	}
	return ""
}
