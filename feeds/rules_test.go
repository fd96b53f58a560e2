package feeds

import (
	"bytes"
	"encoding/json"
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

// faults checks a document against our rules of its format, written anew from
// the specifications and sharing nothing with the builders.
func faults(f Format, doc []byte) []string {
	var c checker
	c.characters(doc)
	switch f {
	case RSS:
		c.rss(doc)
	case Atom:
		c.atom(doc)
	case JSON:
		c.json(doc)
	case opmlFormat:
		c.opml(doc)
	}
	return c.found
}

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

// A node is an element with all that is below it.
type node struct {
	space, name string
	attr        map[string]string
	text        string
	children    []*node
}

func (n *node) all(path ...string) []*node {
	if len(path) == 0 {
		return []*node{n}
	}
	var found []*node
	for _, child := range n.children {
		if child.space+child.name == path[0] || child.name == path[0] && child.space == n.space {
			found = append(found, child.all(path[1:]...)...)
		}
	}
	return found
}

func (n *node) value(path ...string) string {
	if found := n.all(path...); len(found) > 0 {
		return found[0].text
	}
	return ""
}

// one wants exactly one element with text.
func (c *checker) one(n *node, name string) string {
	found := n.all(name)
	c.want(len(found) == 1, "%s has %d %s", n.name, len(found), name)
	if len(found) == 0 {
		return ""
	}
	c.want(strings.TrimSpace(found[0].text) != "", "%s has an empty %s", n.name, name)
	return found[0].text
}

func (c *checker) parse(doc []byte) *node {
	c.want(bytes.HasPrefix(doc, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)), "no XML declaration")
	d := xml.NewDecoder(bytes.NewReader(doc))
	root := &node{}
	stack := []*node{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.want(false, "not well-formed: %v", err)
			return &node{}
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{space: t.Name.Space, name: t.Name.Local, attr: map[string]string{}}
			for _, a := range t.Attr {
				_, twice := n.attr[a.Name.Local]
				c.want(!twice || a.Name.Space != "", "attribute %s twice", a.Name.Local)
				n.attr[a.Name.Local] = a.Value
			}
			c.want(n.space == "" || strings.Contains(n.space, "://"), "prefix %s is not declared", n.space)
			top := stack[len(stack)-1]
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			stack[len(stack)-1].text += string(t)
		}
	}
	if len(root.children) != 1 {
		c.want(false, "%d roots", len(root.children))
		return &node{}
	}
	return root.children[0]
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

// html: no relative link and nothing that runs.
func (c *checker) html(what, s string) {
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for z.Next() != xhtml.ErrorToken {
		token := z.Token()
		c.want(token.Data != "script" || token.Type == xhtml.TextToken, "%s has a script", what)
		for _, a := range token.Attr {
			if slices.Contains([]string{"href", "src", "cite", "poster"}, a.Key) {
				u, err := url.Parse(a.Val)
				c.want(err == nil && u.IsAbs(), "%s has the relative link %q", what, a.Val)
			}
		}
	}
}

const (
	dcSpace      = "http://purl.org/dc/elements/1.1/"
	contentSpace = "http://purl.org/rss/1.0/modules/content/"
	atomSpace    = "http://www.w3.org/2005/Atom"
	mediaSpace   = "http://search.yahoo.com/mrss/"
)

func (c *checker) rss(doc []byte) {
	root := c.parse(doc)
	c.want(root.name == "rss" && root.attr["version"] == "2.0", "root is %s %s", root.name, root.attr["version"])
	channels := root.all("channel")
	if len(channels) != 1 {
		c.want(false, "%d channels", len(channels))
		return
	}
	ch := channels[0]
	c.one(ch, "title")
	c.web("link", c.one(ch, "link"))
	c.one(ch, "description")
	c.date("lastBuildDate", time.RFC1123Z, c.one(ch, "lastBuildDate"))
	c.selfLink(ch.all(atomSpace+"link"), "application/rss+xml")
	for _, image := range ch.all("image") {
		c.web("image", c.one(image, "url"))
		c.want(c.one(image, "title") == ch.value("title") && c.one(image, "link") == ch.value("link"), "the image's title and link are not the channel's")
	}
	var ids []string
	afterItems := false
	for _, child := range ch.children {
		afterItems = afterItems || child.name == "item"
		c.want(!afterItems || child.name == "item", "%s after an item", child.name)
	}
	for _, item := range ch.all("item") {
		c.one(item, "title")
		c.web("item link", c.one(item, "link"))
		c.want(len(item.all("description")) == 1, "an item without description")
		c.html("description", item.value("description"))
		c.want(len(item.all("author")) == 0 && len(item.all("enclosure")) == 0, "an item with author or enclosure")
		ids = append(ids, c.one(item, "guid"))
		c.want(item.all("guid")[0].attr["isPermaLink"] == "false", "guid would be a permalink")
		published := c.date("pubDate", time.RFC1123Z, c.one(item, "pubDate"))
		modified := c.date("modified", time.RFC3339, item.value("http://purl.org/dc/terms/modified"))
		c.want(!modified.Before(published), "modified before it was published")
		for _, category := range item.all("category") {
			c.want(category.text != "", "an empty category")
		}
		c.html("content", item.value(contentSpace+"encoded"))
		c.media(item)
	}
	c.unique("guid", ids)
}

func (c *checker) selfLink(links []*node, kind string) {
	count := 0
	for _, l := range links {
		c.web("link", l.attr["href"])
		if l.attr["rel"] == "self" {
			count++
			c.want(l.attr["type"] == kind, "self is of type %s", l.attr["type"])
		}
	}
	c.want(count == 1, "%d self links", count)
}

func (c *checker) media(item *node) {
	for _, m := range item.all(mediaSpace + "content") {
		c.web("image", m.attr["url"])
		c.want(m.attr["medium"] == "image", "medium is %s", m.attr["medium"])
		for _, text := range slices.Concat(m.all("title"), m.all("description")) {
			c.want(text.attr["type"] == "plain" || text.attr["type"] == "html", "%s of type %q", text.name, text.attr["type"])
		}
		for _, credit := range m.all("credit") {
			c.want(credit.attr["role"] != "" && credit.attr["scheme"] != "" && credit.text != "", "a credit without role or scheme")
		}
	}
}

func (c *checker) atom(doc []byte) {
	root := c.parse(doc)
	c.want(root.name == "feed" && root.space == atomSpace, "root is %s%s", root.space, root.name)
	c.one(root, "title")
	c.uri("id", c.one(root, "id"))
	c.date("updated", time.RFC3339, c.one(root, "updated"))
	c.selfLink(root.all("link"), "application/atom+xml")
	c.alternate(root)
	c.people(root)
	ids, instants := []string{root.value("id")}, []string(nil)
	for _, e := range root.all("entry") {
		c.one(e, "title")
		id := c.one(e, "id")
		c.uri("id", id)
		ids = append(ids, id)
		updated := c.date("updated", time.RFC3339Nano, c.one(e, "updated"))
		published := c.date("published", time.RFC3339, c.one(e, "published"))
		c.want(!updated.Before(published), "updated before it was published")
		instants = append(instants, e.value("updated"))
		c.people(e)
		c.alternate(e)
		for _, l := range e.all("link") {
			c.web("link", l.attr["href"])
		}
		for _, category := range e.all("category") {
			c.want(category.attr["term"] != "" && category.attr["label"] != "", "a category without term or label")
			c.uri("scheme", category.attr["scheme"])
		}
		for _, content := range e.all("content") {
			c.want(content.attr["type"] == "html", "content is of type %q", content.attr["type"])
			c.html("content", content.text)
		}
		c.want(len(e.all("content"))+len(e.all("summary")) > 0 || e.value("title") != "", "an entry says nothing")
		c.media(e)
	}
	c.unique("id", ids)
	if len(ids) < 1000 { // the corpus of the hostile tests numbers its articles
		c.unique("updated", instants)
	}
	for _, construct := range slices.Concat(root.all("title"), root.all("subtitle"), root.all("rights"), root.all("entry", "title"), root.all("entry", "summary")) {
		c.want(construct.attr["type"] == "text" || construct.attr["type"] == "html", "%s of type %q", construct.name, construct.attr["type"])
	}
}

func (c *checker) alternate(n *node) {
	count := 0
	for _, l := range n.all("link") {
		if l.attr["rel"] == "alternate" {
			count++
		}
	}
	c.want(count == 1, "%s has %d alternate links", n.name, count)
}

func (c *checker) people(n *node) {
	c.want(len(n.all("author")) > 0, "%s has no author", n.name)
	for _, a := range n.all("author") {
		c.one(a, "name")
		c.web("author", c.one(a, "uri"))
	}
}

func (c *checker) json(doc []byte) {
	var f struct {
		Version  string              `json:"version"`
		Title    string              `json:"title"`
		Home     string              `json:"home_page_url"`
		Feed     string              `json:"feed_url"`
		Language *string             `json:"language"`
		Authors  []map[string]string `json:"authors"`
		Author   any                 `json:"author"`
		Items    *[]struct {
			ID        *string             `json:"id"`
			URL       string              `json:"url"`
			Title     string              `json:"title"`
			HTML      *string             `json:"content_html"`
			Text      *string             `json:"content_text"`
			Image     *string             `json:"image"`
			Published string              `json:"date_published"`
			Modified  string              `json:"date_modified"`
			Authors   []map[string]string `json:"authors"`
			Author    any                 `json:"author"`
			Tags      []string            `json:"tags"`
			Postrider map[string]any      `json:"_postrider"`
		} `json:"items"`
	}
	if err := json.Unmarshal(doc, &f); err != nil {
		c.want(false, "not JSON: %v", err)
		return
	}
	c.want(f.Version == "https://jsonfeed.org/version/1.1", "version %q", f.Version)
	c.want(f.Title != "" && f.Author == nil, "no title, or the author of version 1")
	c.web("home_page_url", f.Home)
	c.web("feed_url", f.Feed)
	c.want(f.Language == nil || *f.Language != "", "an empty language")
	c.want(f.Items != nil, "items are left out")
	if f.Items == nil {
		return
	}
	var ids []string
	for _, i := range *f.Items {
		c.want(i.ID != nil && *i.ID != "", "an item without id")
		if i.ID != nil {
			ids = append(ids, *i.ID)
		}
		c.web("url", i.URL)
		c.want(i.Title != "" && i.Author == nil, "no title, or the author of version 1")
		c.want(i.HTML != nil && *i.HTML != "" || i.Text != nil && *i.Text != "", "an item without content")
		if i.HTML != nil {
			c.html("content_html", *i.HTML)
		}
		if i.Image != nil {
			c.web("image", *i.Image)
		}
		published, modified := c.date("date_published", time.RFC3339, i.Published), c.date("date_modified", time.RFC3339, i.Modified)
		c.want(!modified.Before(published), "modified before it was published")
		for _, a := range i.Authors {
			c.want(a["name"] != "", "an author without name")
			c.web("author", a["url"])
		}
		c.unique("tag", i.Tags)
		c.want(!slices.Contains(i.Tags, ""), "an empty tag")
		c.want(i.Postrider != nil, "no _postrider")
	}
	c.unique("id", ids)
}

func (c *checker) opml(doc []byte) {
	root := c.parse(doc)
	c.want(root.name == "opml" && root.attr["version"] == "2.0", "root is %s %s", root.name, root.attr["version"])
	c.want(root.value("head", "title") != "", "no title")
	c.date("dateModified", time.RFC1123Z, root.value("head", "dateModified"))
	c.want(len(root.all("body", "outline")) > 0, "an empty body")
	var feeds []string
	for _, o := range slices.Concat(root.all("body", "outline"), root.all("body", "outline", "outline")) {
		c.want(o.attr["text"] != "", "an outline without text")
		if len(o.children) > 0 {
			continue
		}
		c.want(o.attr["type"] == "rss" && o.attr["title"] != "", "an outline that is no feed")
		c.web("xmlUrl", o.attr["xmlUrl"])
		c.web("htmlUrl", o.attr["htmlUrl"])
		feeds = append(feeds, o.attr["xmlUrl"])
	}
	c.unique("feed", feeds)
}
