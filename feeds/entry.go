package feeds

import (
	"fmt"
	"slices"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// An entry is an article as every format shows it.
type entry struct {
	article *magazine.Article
	issue   *magazine.Issue // nil: none, or not known

	id        address // for Atom
	guid      text    // for RSS and JSON Feed
	link      address
	title     text
	summary   text
	content   markup // empty where the feed has summaries only
	language  text   // empty where it is the publication's, which every channel has
	published instant
	updated   instant // not before published
	authors   []person
	section   text
	citation  string
	tags      []text
	image     *picture
	related   []reference
	cover     cover
}

type person struct {
	name   text
	uri    address // the page of what the person wrote
	avatar address
}

type reference struct {
	link  address // empty where it is only named
	title text
	about text // authors and dates
}

// makeEntries makes the channel's entries. No two have the same identity.
func (b *Builder) makeEntries(ch *Channel, articles []magazine.Article, v store.Version) []entry {
	entries := make([]entry, len(articles))
	ids, guids := map[string]bool{}, map[string]bool{}
	for i := range articles {
		e := b.makeEntry(ch, &articles[i], v)
		for n := 2; ids[e.id.s] || guids[e.guid.s]; n++ {
			e.id = b.tagURI(fmt.Sprintf("article/%s/%d", articles[i].ID, n))
			e.guid = text{e.id.s}
		}
		ids[e.id.s], guids[e.guid.s] = true, true
		entries[i] = e
	}
	return entries
}

func (b *Builder) makeEntry(ch *Channel, a *magazine.Article, v store.Version) entry {
	p := b.Publication
	e := entry{
		article: a, id: b.identity(a), guid: plain(a.GUID), link: webAddress(a.Link(p)),
		title: orUntitled(first(a.Title, a.Subtitle, a.Slug)), section: name(a.Section.Name),
		published: instantOf(a.Published), updated: instantOf(a.Updated), citation: p.Cite(a),
	}
	if e.guid.s == "" {
		e.guid = text{e.id.s}
	}
	if e.link.s == "" {
		e.link = webAddress(p.Link(a.Path()))
	}
	if e.published.isNone() {
		e.published = changed(v)
	}
	if e.updated.t.Before(e.published.t) { // or is none
		e.updated = e.published
	}
	if l := language(a.Language); l != language(p.Language) {
		e.language = l
	}
	if i, ok := ch.Issues[a.Issue]; ok && !a.Issue.IsZero() {
		e.issue = &i
	}
	for _, w := range a.Authors {
		if called := name(w.Name); called.s != "" {
			e.authors = append(e.authors, person{called, webAddress(p.Link(w.Path())), b.imageAddress(w.Image)})
		}
	}
	for _, tag := range a.Tags {
		if t := name(tag); t.s != "" && !slices.Contains(e.tags, t) {
			e.tags = append(e.tags, t)
		}
	}
	e.image = b.picture(a.Image)
	e.related = b.references(ch, a)
	e.cover = b.cover(a, e.issue)
	whole := b.whole(ch.Scope.Kind)
	e.summary = b.summary(a, whole)
	if whole {
		e.content = b.content(&e)
	}
	return e
}

// references are the related articles that have a title.
func (b *Builder) references(ch *Channel, a *magazine.Article) []reference {
	var list []reference
	for _, r := range a.Related {
		link, title := r.URL, r.Title
		if r.Slug != "" {
			link = "" // as long as there is no such page
			if known, ok := ch.Related[r.Slug]; ok {
				link, title = known.Link(b.Publication), first(title, known.Title)
			}
		}
		if t := plain(title); t.s != "" {
			about := joined(" · ", strings.Join(r.Authors, ", "), r.Hijri, r.Date)
			list = append(list, reference{webAddress(link), t, plain(about)})
		}
	}
	return list
}
