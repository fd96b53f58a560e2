package feedrules

import (
	"encoding/json"
	"slices"
	"time"
)

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
	c.want(root.Name == "opml" && root.Attr["version"] == "2.0", "root is %s %s", root.Name, root.Attr["version"])
	c.want(root.Value("head", "title") != "", "no title")
	c.date("dateModified", time.RFC1123Z, root.Value("head", "dateModified"))
	c.want(len(root.All("body", "outline")) > 0, "an empty body")
	var feeds []string
	for _, o := range slices.Concat(root.All("body", "outline"), root.All("body", "outline", "outline")) {
		c.want(o.Attr["text"] != "", "an outline without text")
		if len(o.Children) > 0 {
			continue
		}
		c.want(o.Attr["type"] == "rss" && o.Attr["title"] != "", "an outline that is no feed")
		c.web("xmlUrl", o.Attr["xmlUrl"])
		c.web("htmlUrl", o.Attr["htmlUrl"])
		feeds = append(feeds, o.Attr["xmlUrl"])
	}
	c.unique("feed", feeds)
}
