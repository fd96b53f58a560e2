package returns

import (
	"bytes"
	"io"
	"mime"
	"strings"
)

// header is the fields of a header, or of a report, in their order (RFC 5322 2.2).
type header []field

type field struct{ name, value string } // the value unfolded, still encoded

const (
	mostFields   = 4000 // a report of many recipients is one list of fields
	longestField = 8 << 10
)

// parseHeader reads fields, and skips what isn't one.
func parseHeader(raw []byte) (h header) {
	for line := range bytes.Lines(raw) {
		line = bytes.TrimRight(line, "\r\n")
		switch name := fieldName(line); {
		case len(line) == 0:
		case line[0] == ' ' || line[0] == '\t':
			if n := len(h); n > 0 && len(h[n-1].value)+len(line) < longestField {
				h[n-1].value = strings.TrimSpace(h[n-1].value + " " + fromCharset("", bytes.TrimSpace(line)))
			}
		case name != "" && len(h) < mostFields:
			value := line[bytes.IndexByte(line, ':')+1:]
			h = append(h, field{name, fromCharset("", bytes.TrimSpace(value[:min(len(value), longestField)]))})
		}
	}
	return h
}

// fieldName is the name of the field that a line begins, or "".
func fieldName(line []byte) string {
	name, _, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return ""
	}
	name = bytes.TrimRight(name, " \t")
	if len(name) == 0 || len(name) > 80 {
		return ""
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return string(name)
}

// get is the first value of a name, or "".
func (h header) get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// has tells whether there is such a field, even an empty one.
func (h header) has(name string) bool { return h.all(name) != nil }

func (h header) all(name string) (values []string) {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return values
}

// encoded decodes the words of a header (RFC 2047).
var encoded = mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(io.LimitReader(r, longestField))
	return strings.NewReader(fromCharset(charset, b)), err
}}

// text is the first value of a name, decoded (RFC 2047).
func (h header) text(name string) string {
	raw := h.get(name)
	if s, err := encoded.DecodeHeader(raw); err == nil {
		raw = s
	}
	return strings.ToValidUTF8(raw, "\uFFFD")
}

// address is the first address in a field, or "".
func (h header) address(name string) string {
	if all := addressesIn(h.get(name)); len(all) > 0 {
		return all[0]
	}
	return ""
}

// anAddress matches an address in running text; the part before the @ may be
// quoted, and both may be of any script (RFC 6531).
const (
	anAddress = `(?:"(?:[^"\\\s\p{Cc}]|\\[^\s\p{Cc}])+"|[^\s\p{Cc}<>()\[\],;:"@\\]+)@(?:(?:` + inDomain + `[.-]*)*` + inDomain + `|\[[0-9A-Fa-f.:]+\])`
	inDomain  = `[^\x00-/:-@\[-^\x60{-\x{A0}«»\x{2000}-\x{206F}\x{3000}-\x{303F}]` // a letter or digit of any script, or _
)

var address = pattern(anAddress)

const longestAddress = 320 // bytes

// addressesIn finds the addresses in a text.
func addressesIn(s string) (list []string) {
	for _, a := range address().FindAllString(s, 50) {
		a = strings.TrimLeft(a, "'`*=")
		if len(a) <= longestAddress && !strings.HasPrefix(a, "@") {
			list = append(list, a)
		}
	}
	return list
}
