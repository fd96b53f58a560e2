package articles

import "strings"

// plainYAML reads YAML as most front matter is written, without the parser,
// which would take a good part of the time of reading an article: keys at the
// beginnings of lines, each with a text, a list of texts in brackets, or lines
// with dashes. It is false where there is anything else, and wherever YAML might
// see more in a text than its letters.
func plainYAML(text string, line int) (v value, ok bool) {
	v = value{kind: table, line: line}
	for at := 0; at < len(text); line++ {
		row, next := lineAt(text, at)
		at = next
		if row == "" {
			continue
		}
		key, rest, found := strings.Cut(row, ":")
		if !found || !plainKey(key) {
			return value{}, false
		}
		if len(v.pairs) == 0 {
			v.line = line
		}
		p := pair{key: strings.Clone(key), line: line}
		if rest == "" {
			lines := 0
			if p.value, at, lines = plainDashes(text, at, line+1); lines == 0 {
				return value{}, false
			}
			line += lines
		} else if p.value, ok = plainValue(rest, line); !ok {
			return value{}, false
		}
		v.pairs = append(v.pairs, p)
	}
	return v, len(v.pairs) > 0
}

// lineAt is the line that begins at a place, and where the next one does.
func lineAt(text string, at int) (row string, next int) {
	end := strings.IndexByte(text[at:], '\n')
	if end < 0 {
		return text[at:], len(text)
	}
	return text[at : at+end], at + end + 1
}

// plainDashes reads the lines of a list that begin with the same spaces and a
// dash, and tells how many they are; 0 where there are none or one is not plain.
func plainDashes(text string, at, line int) (v value, next, lines int) {
	v = value{kind: list, line: line}
	dash := ""
	for at < len(text) {
		row, next := lineAt(text, at)
		if dash == "" {
			dash = row[:len(row)-len(strings.TrimLeft(row, " "))] + "-"
		}
		rest, isItem := strings.CutPrefix(row, dash)
		if !isItem {
			break
		}
		item, ok := plainValue(rest, line+lines)
		if !ok || item.kind != scalar {
			return value{}, at, 0
		}
		v.items = append(v.items, item)
		at = next
		lines++
	}
	return v, at, lines
}

// plainValue reads what stands behind a colon or a dash.
func plainValue(text string, line int) (v value, ok bool) {
	text, spaced := strings.CutPrefix(text, " ")
	if !spaced {
		return value{}, false
	}
	if inside, isList := strings.CutPrefix(text, "["); isList {
		inside, ok = strings.CutSuffix(inside, "]")
		return plainList(inside, line, ok)
	}
	if text, ok = plainText(text, ""); ok {
		v = value{kind: scalar, line: line, text: text}
	}
	return v, ok
}

func plainList(inside string, line int, closed bool) (v value, ok bool) {
	v = value{kind: list, line: line}
	for item := range strings.SplitSeq(inside, ",") {
		text, ok := plainText(strings.Trim(item, " "), ":")
		if !ok {
			return value{}, false
		}
		v.items = append(v.items, value{kind: scalar, line: line, text: text})
	}
	return v, closed
}

// plainText is a text without its quotation marks, where it has some; but is
// what it may not have besides.
func plainText(text, but string) (string, bool) {
	if len(text) < 2 {
		return strings.Clone(text), text != "" && isLetter(text[0])
	}
	if mark := text[0]; mark == '"' || mark == '\'' {
		inside := text[1 : len(text)-1]
		return strings.Clone(inside), text[len(text)-1] == mark && strings.Trim(inside, " ") == inside && inside != "" && !strings.ContainsAny(inside, "\"'\\\t[]{},")
	}
	if !isLetter(text[0]) || text[len(text)-1] == ' ' || strings.ContainsAny(text, "\t#\"[]{}"+but) || isNull(text) {
		return "", false
	}
	for i := 0; i < len(text); i++ {
		if text[i] == ':' && (i+1 == len(text) || text[i+1] == ' ') {
			return "", false
		}
	}
	return strings.Clone(text), true
}

func plainKey(key string) bool {
	for i := 0; i < len(key); i++ {
		if c := key[i]; !isLetter(c) && c != '_' && c != '-' {
			return false
		}
	}
	return key != "" && isLetter(key[0]) && !isNull(key)
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func isNull(text string) bool { return text == "null" || text == "Null" || text == "NULL" }
