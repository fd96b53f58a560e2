// Package feedrules checks feeds against the rules of their formats, written anew
// from the specifications and sharing nothing with what builds feeds.
package feedrules

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
)

// Faults lists what is wrong with a document in a format: rss, atom, json, opml.
func Faults(format string, doc []byte) []string {
	var c checker
	c.characters(doc)
	switch format {
	case "rss":
		c.rss(doc)
	case "atom":
		c.atom(doc)
	case "json":
		c.json(doc)
	case "opml":
		c.opml(doc)
	default:
		c.want(false, "no rules for the format %q", format)
	}
	return c.found
}

// AddressFaults lists what is wrong with a web address as feeds have them.
func AddressFaults(s string) []string {
	var c checker
	c.web("address", s)
	return c.found
}

// Parse reads a document's tree, empty where it is not well-formed.
func Parse(doc []byte) *Node { return (&checker{}).parse(doc) }

type checker struct{ found []string }

func (c *checker) want(ok bool, format string, args ...any) {
	if !ok {
		c.found = append(c.found, fmt.Sprintf(format, args...))
	}
}

// characters: UTF-8, and nothing that XML 1.0 section 2.2 forbids or discourages.
func (c *checker) characters(doc []byte) {
	c.want(utf8.Valid(doc), "not UTF-8")
	for _, r := range string(doc) {
		control := r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f
		c.want(!control && r != 0xFFFD && r&0xFFFE != 0xFFFE && (r < 0xFDD0 || r > 0xFDEF), "forbidden character %U", r)
	}
}

// A Node is an element with all that is below it.
type Node struct {
	Space, Name string
	Attr        map[string]string
	Text        string
	Children    []*Node
}

// All finds the elements at a path below it, each named as it is or with its name
// space before.
func (n *Node) All(path ...string) []*Node {
	if len(path) == 0 {
		return []*Node{n}
	}
	var found []*Node
	for _, child := range n.Children {
		if child.Space+child.Name == path[0] || child.Name == path[0] && child.Space == n.Space {
			found = append(found, child.All(path[1:]...)...)
		}
	}
	return found
}

// Value is the text of the first element at a path below it.
func (n *Node) Value(path ...string) string {
	if found := n.All(path...); len(found) > 0 {
		return found[0].Text
	}
	return ""
}

// one wants exactly one element with text.
func (c *checker) one(n *Node, name string) string {
	found := n.All(name)
	c.want(len(found) == 1, "%s has %d %s", n.Name, len(found), name)
	if len(found) == 0 {
		return ""
	}
	c.want(strings.TrimSpace(found[0].Text) != "", "%s has an empty %s", n.Name, name)
	return found[0].Text
}

func (c *checker) parse(doc []byte) *Node {
	c.want(bytes.HasPrefix(doc, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)), "no XML declaration")
	d := xml.NewDecoder(bytes.NewReader(doc))
	root := &Node{}
	stack := []*Node{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.want(false, "not well-formed: %v", err)
			return &Node{}
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := &Node{Space: t.Name.Space, Name: t.Name.Local, Attr: map[string]string{}}
			for _, a := range t.Attr {
				_, twice := n.Attr[a.Name.Local]
				c.want(!twice || a.Name.Space != "", "attribute %s twice", a.Name.Local)
				n.Attr[a.Name.Local] = a.Value
			}
			c.want(n.Space == "" || strings.Contains(n.Space, "://"), "prefix %s is not declared", n.Space)
			top := stack[len(stack)-1]
			top.Children = append(top.Children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			stack[len(stack)-1].Text += string(t)
		}
	}
	if len(root.Children) != 1 {
		c.want(false, "%d roots", len(root.Children))
		return &Node{}
	}
	return root.Children[0]
}

var uriCharacters = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})+$`)

func (c *checker) uri(what, s string) {
	c.want(uriCharacters.MatchString(s) && strings.Count(s, "#") <= 1, "%s is no absolute URI: %q", what, s)
}

func (c *checker) web(what, s string) {
	c.uri(what, s)
	u, err := url.Parse(s)
	c.want(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "%s is no web address: %q", what, s)
}

func (c *checker) date(what, layout, s string) time.Time {
	t, err := time.Parse(layout, s)
	c.want(err == nil, "%s is no date: %q", what, s)
	return t
}

func (c *checker) unique(what string, ids []string) {
	sorted := slices.Sorted(slices.Values(ids))
	c.want(len(slices.Compact(sorted)) == len(ids), "%s twice among %q", what, ids)
}

var (
	running = []string{"script", "style", "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "textarea", "select", "base", "link", "meta", "svg", "math"}
	schemes = []string{"http", "https", "mailto", "tel"}
)

// html: no relative link, and nothing that runs or asks for something.
func (c *checker) html(what, s string) {
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for z.Next() != xhtml.ErrorToken {
		token := z.Token()
		if token.Type == xhtml.TextToken {
			continue
		}
		c.want(!slices.Contains(running, token.Data), "%s has a %s", what, token.Data)
		for _, a := range token.Attr {
			c.want(!strings.HasPrefix(a.Key, "on") && a.Key != "style", "%s has the attribute %s", what, a.Key)
			if slices.Contains([]string{"href", "src", "cite", "poster"}, a.Key) {
				u, err := url.Parse(a.Val)
				c.want(err == nil && u.IsAbs(), "%s has the relative link %q", what, a.Val)
				c.want(err != nil || u.Scheme == "" || slices.Contains(schemes, u.Scheme), "%s has a link to %q", what, a.Val)
			}
		}
	}
}

// AtomSpace is the name space of Atom, whose elements other formats use.
const AtomSpace = "http://www.w3.org/2005/Atom"

const (
	contentSpace = "http://purl.org/rss/1.0/modules/content/"
	mediaSpace   = "http://search.yahoo.com/mrss/"
)

func (c *checker) rss(doc []byte) {
	root := c.parse(doc)
	c.want(root.Name == "rss" && root.Attr["version"] == "2.0", "root is %s %s", root.Name, root.Attr["version"])
	channels := root.All("channel")
	if len(channels) != 1 {
		c.want(false, "%d channels", len(channels))
		return
	}
	ch := channels[0]
	c.one(ch, "title")
	c.web("link", c.one(ch, "link"))
	c.one(ch, "description")
	c.date("lastBuildDate", time.RFC1123Z, c.one(ch, "lastBuildDate"))
	c.selfLink(ch.All(AtomSpace+"link"), "application/rss+xml")
	for _, image := range ch.All("image") {
		c.web("image", c.one(image, "url"))
		c.want(c.one(image, "title") == ch.Value("title") && c.one(image, "link") == ch.Value("link"), "the image's title and link are not the channel's")
	}
	var ids []string
	for _, text := range slices.Concat(ch.All("title"), ch.All("description"), ch.All("copyright"), ch.All("item", "title"), ch.All("item", "category")) {
		c.want(!endTag.MatchString(text.Text), "%s %q looks like HTML", text.Name, text.Text)
	}
	afterItems := false
	for _, child := range ch.Children {
		afterItems = afterItems || child.Name == "item"
		c.want(!afterItems || child.Name == "item", "%s after an item", child.Name)
	}
	for _, item := range ch.All("item") {
		c.one(item, "title")
		c.web("item link", c.one(item, "link"))
		c.want(len(item.All("description")) == 1, "an item without description")
		c.html("description", item.Value("description"))
		c.want(len(item.All("author")) == 0 && len(item.All("enclosure")) == 0, "an item with author or enclosure")
		ids = append(ids, c.one(item, "guid"))
		c.want(item.All("guid")[0].Attr["isPermaLink"] == "false", "guid would be a permalink")
		published := c.date("pubDate", time.RFC1123Z, c.one(item, "pubDate"))
		modified := c.date("modified", time.RFC3339, item.Value("http://purl.org/dc/terms/modified"))
		c.want(!modified.Before(published), "modified before it was published")
		for _, category := range item.All("category") {
			c.want(category.Text != "", "an empty category")
		}
		c.html("content", item.Value(contentSpace+"encoded"))
		c.media(item)
	}
	c.unique("guid", ids)
}

func (c *checker) selfLink(links []*Node, kind string) {
	count := 0
	for _, l := range links {
		c.web("link", l.Attr["href"])
		if l.Attr["rel"] == "self" {
			count++
			c.want(l.Attr["type"] == kind, "self is of type %s", l.Attr["type"])
		}
	}
	c.want(count == 1, "%d self links", count)
}

func (c *checker) media(item *Node) {
	for _, m := range item.All(mediaSpace + "content") {
		c.web("image", m.Attr["url"])
		c.want(m.Attr["medium"] == "image", "medium is %s", m.Attr["medium"])
		for _, text := range slices.Concat(m.All("title"), m.All("description")) {
			c.want(text.Attr["type"] == "plain" || text.Attr["type"] == "html", "%s of type %q", text.Name, text.Attr["type"])
		}
		for _, credit := range m.All("credit") {
			c.want(credit.Attr["role"] != "" && credit.Attr["scheme"] != "" && credit.Text != "", "a credit without role or scheme")
		}
	}
}

func (c *checker) atom(doc []byte) {
	root := c.parse(doc)
	c.want(root.Name == "feed" && root.Space == AtomSpace, "root is %s%s", root.Space, root.Name)
	c.one(root, "title")
	c.uri("id", c.one(root, "id"))
	c.date("updated", time.RFC3339, c.one(root, "updated"))
	c.selfLink(root.All("link"), "application/atom+xml")
	c.alternate(root)
	c.people(root)
	ids, instants := []string{root.Value("id")}, []string(nil)
	for _, e := range root.All("entry") {
		c.one(e, "title")
		id := c.one(e, "id")
		c.uri("id", id)
		ids = append(ids, id)
		updated := c.date("updated", time.RFC3339Nano, c.one(e, "updated"))
		published := c.date("published", time.RFC3339, c.one(e, "published"))
		c.want(!updated.Before(published), "updated before it was published")
		instants = append(instants, e.Value("updated"))
		c.people(e)
		c.alternate(e)
		for _, l := range e.All("link") {
			c.web("link", l.Attr["href"])
		}
		for _, category := range e.All("category") {
			c.want(category.Attr["term"] != "" && category.Attr["label"] != "", "a category without term or label")
			c.want(!looksHTML.MatchString(category.Attr["label"]), "a category's label %q looks like HTML", category.Attr["label"])
			c.uri("scheme", category.Attr["scheme"])
		}
		for _, content := range e.All("content") {
			c.want(content.Attr["type"] == "html", "content is of type %q", content.Attr["type"])
			c.html("content", content.Text)
		}
		c.want(len(e.All("content"))+len(e.All("summary")) > 0 || e.Value("title") != "", "an entry says nothing")
		c.media(e)
	}
	c.unique("id", ids)
	if len(ids) < 1000 { // the corpus of the hostile tests numbers its articles
		c.unique("updated", instants)
	}
	for _, construct := range slices.Concat(root.All("title"), root.All("subtitle"), root.All("rights"), root.All("entry", "title"), root.All("entry", "summary")) {
		c.want(construct.Attr["type"] == "text" || construct.Attr["type"] == "html", "%s of type %q", construct.Name, construct.Attr["type"])
	}
}

func (c *checker) alternate(n *Node) {
	count := 0
	for _, l := range n.All("link") {
		if l.Attr["rel"] == "alternate" {
			count++
		}
	}
	c.want(count == 1, "%s has %d alternate links", n.Name, count)
}

// endTag finds what makes readers take plain text of RSS for HTML.
var endTag = regexp.MustCompile(`</[\pL\pN_]+\s*>`)

// looksHTML finds what makes readers that guess take a name for HTML.
var looksHTML = regexp.MustCompile(`</[\pL\pN_]+\s*>|&#?[\pL\pN_]+;`)

func (c *checker) people(n *Node) {
	c.want(len(n.All("author")) > 0, "%s has no author", n.Name)
	for _, a := range n.All("author") {
		called := c.one(a, "name")
		c.want(!looksHTML.MatchString(called), "an author's name %q looks like HTML", called)
		c.web("author", c.one(a, "uri"))
	}
}
