package articles

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// bareLinks asks the parser of bare links, which looks closely at every word,
// only where such a link may begin.
type bareLinks struct{ parser.InlineParser }

var bareKey = parser.NewContextKey()

func (b bareLinks) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	starts, known := pc.Get(bareKey).(*bareStarts)
	if _, at := block.Position(); known && !starts.have(at.Start) {
		return nil
	}
	return b.InlineParser.Parse(parent, block, pc)
}

// bareStarts are the places in a text where bare links may begin.
type bareStarts struct {
	spans []span // in order, none within another's
	next  int    // the first that does not end before the place that was asked for last
}

// span is a part of a text, with its end.
type span struct{ from, to int }

// bareMarks are what bare links have, and the most bytes that a link has before
// it, with the mark before the link: the scheme, and the name of a mail address
// (RFC 5321 section 4.5.3.1.1).
var bareMarks = []struct {
	text   string
	before int
}{{"://", 1 + len("https")}, {"www.", 1}, {"@", 1 + 64}}

func findBareStarts(source []byte) *bareStarts {
	var all []span
	targets, linked := linkTargets(source), true
	for _, mark := range bareMarks {
		next := targets
		for at := 0; ; at++ {
			i := bytes.Index(source[at:], []byte(mark.text))
			if i < 0 {
				break
			}
			at += i
			for len(next) > 0 && next[0].to <= at {
				next = next[1:]
			}
			linked = linked && len(next) > 0 && at >= next[0].from
			all = append(all, span{at - mark.before, at})
		}
	}
	if linked { // or one that is bare may take the beginning of another
		return &bareStarts{}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var s bareStarts
	for _, one := range all {
		if last := len(s.spans) - 1; last >= 0 && one.from <= s.spans[last].to {
			s.spans[last].to = max(s.spans[last].to, one.to)
			continue
		}
		s.spans = append(s.spans, one)
	}
	return &s
}

// linkTargets are the targets of links and pictures, [text](target), where all
// that look like those surely are, unless they stand in code or HTML: goldmark
// looks for bare links in none of these. Of a text in which one may be something
// else, and so take the beginning of the next, there are none.
func linkTargets(source []byte) (targets []span) {
	if bytes.Count(source, []byte("["))+bytes.Count(source, []byte("]"))+bytes.Count(source, []byte("!")) > maxBrackets {
		return nil
	}
	for at := 0; ; {
		i := bytes.Index(source[at:], []byte("]("))
		if i < 0 {
			return targets
		}
		end := at + i
		from := end + len("](")
		at = from
		for at < len(source) && inTarget[source[at]] {
			at++
		}
		if at == len(source) || source[at] != ')' || !linkText(source[:end]) {
			return nil
		}
		targets = append(targets, span{from, at})
	}
}

// inTarget are the bytes that the targets of most links have, and that mean
// nothing else there.
var inTarget = func() (in [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#@$&'*+,;=%") {
		in[c] = true
	}
	return in
}()

// linkText tells that a text ends in what surely is a link's own text, up to its
// closing bracket: no note and no name of a link that is defined elsewhere, not in
// two cells of a table, and with no code or HTML that begins or ends in it.
func linkText(before []byte) bool {
	i := bytes.LastIndexAny(before, "[]\n\r\\`<>|")
	return i >= 0 && before[i] == '[' && (i == 0 || before[i-1] != '\\' && before[i-1] != ']') && !bytes.HasPrefix(before[i:], []byte("[^"))
}

// have tells whether a place is among the starts. Places are asked for from the
// beginning of a text to its end, but for a few steps back.
func (s *bareStarts) have(at int) bool {
	for s.next > 0 && s.spans[s.next-1].to >= at {
		s.next--
	}
	for s.next < len(s.spans) && s.spans[s.next].to < at {
		s.next++
	}
	return s.next < len(s.spans) && s.spans[s.next].from <= at
}
