package returns

import (
	"bytes"
	"io"
	"mime"
	"slices"
	"strings"
)

// What is kept of one message. All that lies beyond is read and dropped.
const (
	mostParts     = 100
	deepest       = 20        // parts in parts
	largestHeader = 64 << 10  // bytes of one part's header
	largestBody   = 512 << 10 // bytes of one part's body, still encoded
	largestKept   = 2 << 20   // bytes of all of it
)

// part is a message or a part of one (RFC 2046).
type part struct {
	header   header
	media    string // text/plain, in lower case
	params   map[string]string
	body     []byte // decoded, of a part without parts; of a multipart, what stands before the first
	parts    []*part
	parent   *part
	returned bool // it is a returned message, or within one
	depth    int
}

// parse takes a message apart. It fails only where r does.
func parse(r io.Reader) (*part, error) {
	in := newLines(r)
	s := newSplitter()
	for begun := false; ; {
		line, ok := in.next()
		if !ok {
			break
		}
		if !begun {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			begun = true
		}
		s.line(line)
	}
	s.close()
	return s.root, in.failed()
}

// splitter puts lines into parts. It keeps no more than the limits above.
type splitter struct {
	root, at *part
	inHeader bool
	open     []opened // the multiparts that the part lies in, outermost first
	raw      []byte   // the part's header or body so far
	kept     int
	count    int
	maybe    string // a line that would be a boundary, had it been declared
}

type opened struct {
	part     *part
	boundary string
	over     bool // its last boundary was seen
}

func newSplitter() *splitter {
	s := &splitter{root: &part{}, inHeader: true, count: 1}
	s.at = s.root
	return s
}

func (s *splitter) line(line []byte) {
	if bytes.HasPrefix(line, []byte("--")) && s.boundary(line) {
		return
	}
	if s.maybe != "" {
		s.adopt(line)
	}
	if !s.inHeader {
		s.maybe = ""
		if s.undivided() && bytes.HasPrefix(line, []byte("--")) {
			s.maybe = string(bytes.TrimRight(line[2:], " \t"))
		}
		s.keep(line, largestBody)
		return
	}
	switch {
	case len(bytes.TrimRight(line, " \t")) == 0:
		s.endHeader()
	case line[0] == ' ' || line[0] == '\t' || fieldName(line) != "":
		s.keep(line, largestHeader)
	case (len(s.raw) == 0 || s.at == s.root) && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
		// a mailbox file's separator
	default: // a header that ends without a blank line, or none at all
		s.endHeader()
		s.line(line)
	}
}

// boundary deals with a line that ends or begins a part of an open multipart.
func (s *splitter) boundary(line []byte) bool {
	mark := string(bytes.TrimRight(line[2:], " \t"))
	for i, o := range slices.Backward(s.open) {
		last := mark == o.boundary+"--"
		if !last && mark != o.boundary {
			continue
		}
		s.close()
		s.open = s.open[:i+1]
		s.open[i].over = last
		s.at, s.inHeader = o.part, !last
		if !last {
			s.begin(o.part)
		}
		return true
	}
	return false
}

// begin opens a part of another. One beyond the limits is read and dropped.
func (s *splitter) begin(in *part) {
	s.at = &part{parent: in, depth: in.depth + 1, returned: in.returned || strings.HasPrefix(in.media, "message/")}
	s.inHeader, s.raw = true, nil
	if s.count++; s.count <= mostParts {
		in.parts = append(in.parts, s.at)
	}
}

// undivided tells whether the part is a multipart whose first part is still to come.
func (s *splitter) undivided() bool {
	return strings.HasPrefix(s.at.media, "multipart/") && len(s.at.parts) == 0
}

// adopt takes a boundary that was declared wrongly, or not at all: a line of
// that form before the first part, with a header under it.
func (s *splitter) adopt(line []byte) {
	mark := s.maybe
	s.maybe = ""
	if name := fieldName(line); len(name) < 8 || !strings.EqualFold(name[:8], "content-") || !s.undivided() || s.at.depth >= deepest {
		return
	}
	if n := len(s.open); n > 0 && s.open[n-1].part == s.at {
		s.open = s.open[:n-1]
	}
	s.open = append(s.open, opened{part: s.at, boundary: mark})
	s.close()
	s.begin(s.at)
}

// keep adds a line to the part, as far as the limits go.
func (s *splitter) keep(line []byte, most int) {
	if s.at.returned && !s.inHeader || s.count > mostParts {
		return // what we sent ourselves
	}
	if len(s.raw)+len(line)+1 > most || s.kept+len(line)+1 > largestKept {
		return
	}
	s.kept += len(line) + 1
	s.raw = append(append(s.raw, line...), '\n')
}

func (s *splitter) endHeader() {
	p := s.at
	p.header = parseHeader(s.raw)
	s.raw, s.inHeader = nil, false
	p.media, p.params = contentType(p.header.get("Content-Type"))
	if p.media == "" {
		p.media = "text/plain"
		if p.parent != nil && p.parent.media == "multipart/digest" {
			p.media = "message/rfc822"
		}
	}
	encoded := strings.ToLower(strings.TrimSpace(p.header.get("Content-Transfer-Encoding")))
	switch {
	case p.depth >= deepest || p.returned:
	case strings.HasPrefix(p.media, "multipart/"):
		if b := strings.TrimRight(p.params["boundary"], " \t"); b != "" {
			s.open = append(s.open, opened{part: p, boundary: b})
		}
	case isMessage(p.media) && encoded != "base64" && encoded != "quoted-printable":
		s.begin(p)
	}
}

// close ends the part that lines go to.
func (s *splitter) close() {
	if s.inHeader {
		s.endHeader()
	}
	p := s.at
	switch {
	case len(s.open) > 0 && s.open[len(s.open)-1].over:
		// what stands after the last part
	case (isMessage(p.media) || isHeaders(p.media)) && !p.returned:
		p.parts = append(p.parts, &part{header: parseHeader(decode(p, s.raw)), parent: p, returned: true, depth: p.depth + 1})
	default:
		p.body = append(p.body, decode(p, s.raw)...)
	}
	s.raw = nil
}

// isMessage tells whether a type holds a whole message (RFC 2046 5.2, RFC 6532).
func isMessage(media string) bool {
	return media == "message/rfc822" || media == "message/global" || media == "message/news"
}

// isOriginal finds the returned message, or its headers alone.
func isOriginal(p *part) bool {
	return p.parent != nil && (isMessage(p.parent.media) || isHeaders(p.parent.media))
}

func isHeaders(media string) bool {
	return media == "text/rfc822-headers" || media == "message/rfc822-headers" || media == "message/global-headers" || media == "text/rfc822-header"
}

// isStatus tells whether a part is a report of deliveries (RFC 3464, RFC 6533).
func (p *part) isStatus() bool {
	return p.media == "message/delivery-status" || p.media == "message/global-delivery-status"
}

// isReport tells whether a part is fields for machines: a report of deliveries,
// of a complaint (RFC 5965), or a receipt (RFC 8098).
func (p *part) isReport() bool {
	return p.isStatus() || p.media == "message/feedback-report" || p.media == "message/disposition-notification"
}

// find is the first part that fits, from outside in, in their order. What lies
// within a returned message is not ours to read, but for its header.
func (p *part) find(fits func(*part) bool) *part {
	if all := p.findAll(fits); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (p *part) findAll(fits func(*part) bool) (all []*part) {
	if fits(p) {
		all = append(all, p)
	}
	if p.returned {
		return all
	}
	for _, sub := range p.parts {
		all = append(all, sub.findAll(fits)...)
	}
	return all
}

var looseParameter = pattern(`(?i)\b(boundary|charset|report-type)\s*=\s*(?:"([^"]*)"|([^\s;"]+))`)

// contentType reads a Content-Type, as much of it as there is.
func contentType(value string) (media string, params map[string]string) {
	media, params, err := mime.ParseMediaType(value)
	if err == nil {
		return media, params
	}
	media, _, _ = strings.Cut(strings.ToLower(value), ";")
	media, _, _ = strings.Cut(strings.TrimSpace(media), " ")
	if !strings.Contains(media, "/") {
		media = ""
	}
	params = map[string]string{}
	for _, m := range looseParameter().FindAllStringSubmatch(value, -1) {
		params[strings.ToLower(m[1])] = m[2] + m[3]
	}
	return media, params
}
