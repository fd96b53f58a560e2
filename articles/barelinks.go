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
	starts, _ := pc.Get(bareKey).(*bareStarts)
	if starts == nil {
		starts = findBareStarts(block.Source())
		pc.Set(bareKey, starts)
	}
	if _, at := block.Position(); !starts.have(at.Start) {
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
	for _, mark := range bareMarks {
		for at := 0; ; at++ {
			i := bytes.Index(source[at:], []byte(mark.text))
			if i < 0 {
				break
			}
			at += i
			all = append(all, span{at - mark.before, at})
		}
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
