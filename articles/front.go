package articles

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"postrider/magazine"
)

// Limits on front matter. The YAML parser takes more than linear time for deep
// nesting and for many keys, and nobody writes that much about one article.
const (
	maxFront      = 64 << 10 // bytes
	maxFrontLines = 2000
	maxFrontDepth = 64
)

// front is front matter before it is parsed.
type front struct {
	fence string // "---", "+++", "{", or "" where there is none
	text  string // between the fences; JSON with its braces
	line  int    // where text begins in the file
}

// fenceNames are the fences that open front matter, by its language as front
// has it. Eleventy names the language.
var fenceNames = map[string]string{"---": "---", "+++": "+++", "---yaml": "---", "---yml": "---", "---toml": "+++", "---json": "{"}

// splitFront cuts a file's text into front matter and body; bodyLine is where
// the body begins. A fence that is never closed holds the file: what follows
// it could be either.
func splitFront(text string, rep *report) (f front, body string, bodyLine int) {
	rest := strings.TrimLeft(text, " \t\n")
	blank := lines(text[:len(text)-len(rest)])
	first, after, _ := strings.Cut(rest, "\n")
	fence := strings.TrimRight(first, " \t")
	switch kind, named := fenceNames[fence]; {
	case named:
		line := blank + 2
		closes := strings.TrimRight(fence, "abcdefghijklmnopqrstuvwxyz")
		for at := 0; at < len(after); {
			end := strings.IndexByte(after[at:], '\n')
			next := at + end + 1
			if end < 0 {
				end, next = len(after)-at, len(after)
			}
			closing := strings.TrimRight(after[at:at+end], " \t")
			if closing == closes || fence == "---" && closing == "..." {
				f = front{kind, after[:at], line}
				return f, after[next:], line + lines(after[:next])
			}
			at = next
		}
		rep.hold(blank+1, "", fence, "the front matter is never closed", "end it with a line of "+closes)
		return front{}, "", 0
	case strings.HasPrefix(fence, "---") && isSlug(fence[3:]):
		rep.hold(blank+1, "", fence, "front matter of this kind is not read", "write it in YAML, between two lines of ---")
		return front{}, "", 0
	case opensJSON(rest):
		return splitJSON(rest, blank+1, rep)
	}
	return front{}, text, 1
}

// opensJSON tells a JSON object from other text that begins with a brace, such
// as a template's {{ or {%.
func opensJSON(text string) bool {
	if !strings.HasPrefix(text, "{") {
		return false
	}
	inside := strings.TrimLeft(text[1:], " \t\n")
	return strings.HasPrefix(inside, `"`) || strings.HasPrefix(inside, "}")
}

// splitJSON finds the end of the JSON object at the head of a file.
func splitJSON(text string, line int, rep *report) (front, string, int) {
	d := json.NewDecoder(strings.NewReader(text))
	var object json.RawMessage
	if err := d.Decode(&object); err != nil {
		at := d.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset
		}
		rep.hold(line+lines(text[:min(int(at), len(text))]), "", shorten(text, 40), "the front matter is no JSON: "+err.Error(), "mend the JSON object at the file's head")
		return front{}, "", 0
	}
	end := int(d.InputOffset())
	return front{"{", text[:end], line}, text[end:], line + lines(text[:end])
}

// parse reads the front matter into a table. Errors have been reported when it
// says false.
func (f front) parse(rep *report) (value, bool) {
	if len(f.text) > maxFront || lines(f.text) > maxFrontLines {
		rep.hold(f.line, "", "", "the front matter is longer than "+itoa(maxFront>>10)+" KiB or "+itoa(maxFrontLines)+" lines", "shorten it")
		return value{}, false
	}
	if at := firstInvalid(f.text); at >= 0 {
		from := strings.LastIndexByte(f.text[:at], '\n') + 1
		line, _, _ := strings.Cut(f.text[from:], "\n")
		rep.hold(f.line+lines(f.text[:at]), "", line, "the front matter has bytes that are no UTF-8", "save the file as UTF-8")
		return value{}, false
	}
	if line := tooDeep(f.text); line >= 0 {
		rep.hold(f.line+line, "", "", "the front matter is nested more than "+itoa(maxFrontDepth)+" levels deep", "write it flat")
		return value{}, false
	}
	text := repair(f.text, f.line, rep)
	var v value
	var ok bool
	switch f.fence {
	case "---":
		v, ok = parseYAML(text, f.line, rep)
	case "+++":
		v, ok = parseTOML(text, f.line, rep)
	case "{":
		v, ok = parseJSON(text, f.line, rep)
	default:
		return value{kind: table}, true
	}
	if ok {
		v.warnTwice(rep)
	}
	return v, ok
}

// tooDeep is the line, from 0, at which brackets or dashes nest too deep, or -1.
func tooDeep(text string) int {
	depth, line := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			line++
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > maxFrontDepth {
			return line
		}
	}
	for _, mark := range []string{"- ", "? ", ": "} {
		if at := strings.Index(text, strings.Repeat(mark, maxFrontDepth)); at >= 0 {
			return lines(text[:at])
		}
	}
	return -1
}

// parseJSON reads a JSON object, keeping the order, the repeated keys and the
// lines, which a map would lose.
func parseJSON(text string, line int, rep *report) (value, bool) {
	j := jsonReader{Decoder: json.NewDecoder(strings.NewReader(text)), text: text, line: line}
	j.UseNumber()
	v, err := j.value()
	if err != nil {
		rep.hold(j.at(), "", "", "the front matter is no JSON: "+err.Error(), "mend the JSON object at the file's head")
		return value{}, false
	}
	return v, true
}

type jsonReader struct {
	*json.Decoder
	text   string
	line   int // of what is counted
	passed int // bytes of text whose line ends are counted in line
}

// at is the line of the token just read.
func (j *jsonReader) at() int {
	to := int(j.InputOffset())
	j.line += lines(j.text[j.passed:to])
	j.passed = to
	return j.line
}

func (j *jsonReader) value() (value, error) {
	token, err := j.Token()
	if err != nil {
		return value{}, err
	}
	v := value{line: j.at()}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			v.kind = table
			return j.entries(v)
		}
		v.kind = list
		for j.More() {
			item, err := j.value()
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, item)
		}
		_, err := j.Token()
		return v, err
	case string:
		v.kind, v.text = scalar, t
	case json.Number:
		v.kind, v.text = scalar, t.String()
	case bool:
		v.kind, v.text = scalar, strconv.FormatBool(t)
	}
	return v, nil
}

func (j *jsonReader) entries(v value) (value, error) {
	for j.More() {
		token, err := j.Token()
		if err != nil {
			return value{}, err
		}
		key, isText := token.(string)
		if !isText {
			return value{}, io.ErrUnexpectedEOF
		}
		p := pair{key: magazine.CleanText(key), line: j.at()}
		if p.value, err = j.value(); err != nil {
			return value{}, err
		}
		v.pairs = append(v.pairs, p)
	}
	_, err := j.Token()
	return v, err
}

func itoa(n int) string { return strconv.Itoa(n) }
