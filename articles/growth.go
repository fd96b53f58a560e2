package articles

import (
	"strings"

	"golang.org/x/net/html"
)

// formatting are the elements that the parser opens again in every block that
// follows, where they have not been closed (HTML Standard 13.2.4.3).
var formatting = map[string]bool{"a": true, "b": true, "big": true, "code": true, "em": true, "font": true, "i": true, "nobr": true,
	"s": true, "small": true, "strike": true, "strong": true, "tt": true, "u": true}

// barriers are the elements across whose borders the parser may ignore the end
// of a formatting element (HTML Standard 13.2.4.2 and 13.2.6.4.18).
var barriers = map[string]bool{"applet": true, "caption": true, "marquee": true, "math": true, "object": true, "select": true,
	"svg": true, "table": true, "td": true, "template": true, "th": true}

const (
	arkLimit     = 3 // alike formatting elements that the parser opens again ("Noah's Ark clause", 13.2.4.3)
	adoptedUntil = 8 // blocks out of which it takes a formatting element that ends (13.2.6.4.7)
)

// growth estimates, from above, by how much a text grows when it is parsed.
type growth struct {
	bytes, open      int // in all; of formatting elements that the parser may hold open
	barriers, blocks int // seen so far
	unclosed         map[string][]formatted
	alike            map[string]int // by tag
}

type formatted struct {
	tag              string
	barriers, blocks int // seen before it
}

// runsAway tells that a text might grow beyond measure when it is parsed: by at
// most what is open of formatting elements, at each border of a block.
func runsAway(source string) bool {
	g := growth{unclosed: map[string][]formatted{}, alike: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(source))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.TextToken || kind == html.CommentToken || kind == html.DoctypeToken {
			continue
		}
		tag := z.Raw()
		name, _ := z.TagName()
		switch end := kind == html.EndTagToken; {
		case formatting[string(name)] && end:
			g.bytes += g.open // of what stands above it
			g.close(string(name), adoptedUntil)
		case formatting[string(name)]: // a slash at its end does not close it
			if string(name) == "a" { // the parser holds no two open
				g.close("a", g.blocks+1)
			}
			g.begin(string(name), string(tag))
		default:
			g.border(string(name), end)
		}
		if g.bytes > 4*len(source)+1<<20 {
			return true
		}
	}
	return false
}

func (g *growth) border(name string, end bool) {
	g.bytes += g.open
	if barriers[name] {
		g.barriers++
	}
	if !end && !void(name) {
		g.blocks++
	}
}

func (g *growth) begin(name, tag string) {
	g.unclosed[name] = append(g.unclosed[name], formatted{tag, g.barriers, g.blocks})
	if g.alike[tag]++; g.alike[tag] <= arkLimit {
		g.open += len(tag)
	}
}

// close ends the element of a name that was opened last, if it is sure that the
// parser does so, too: there is no barrier between, and fewer than so many blocks.
func (g *growth) close(name string, blocks int) {
	had := g.unclosed[name]
	if len(had) == 0 {
		return
	}
	last := had[len(had)-1]
	if last.barriers != g.barriers || g.blocks-last.blocks >= blocks {
		return
	}
	g.unclosed[name] = had[:len(had)-1]
	if g.alike[last.tag]--; g.alike[last.tag] < arkLimit {
		g.open -= len(last.tag)
	}
}

// dropFormatting drops the formatting elements and keeps their content.
func dropFormatting(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	for z.Next() != html.ErrorToken {
		raw := z.Raw()
		if name, _ := z.TagName(); !formatting[string(name)] {
			b.Write(raw)
		}
	}
	return b.String()
}
