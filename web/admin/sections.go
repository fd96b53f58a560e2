package admin

import (
	"net/http"

	"postrider/magazine"
)

// sectionsView is some of the sections.
type sectionsView struct {
	Query    string
	Sections []byline
	Next     string // query that leads on; empty: there are no more
}

// sections shows what there is, with its feeds and who reads them.
func (v *visit) sections() error {
	q := v.r.URL.Query()
	view := sectionsView{Query: magazine.CleanText(q.Get("q"))}
	found, err := v.Store.SectionsFrom(v.context(), view.Query, magazine.CleanText(q.Get("after")), bylinesShown+1)
	if err != nil {
		return err
	}
	for _, c := range found[:min(len(found), bylinesShown)] {
		view.Sections = append(view.Sections, byline{Name: c.Name, Slug: c.Slug, Path: c.Path(), Articles: c.Articles})
		view.Next = onward(view.Query, c.Slug, len(found) > bylinesShown)
	}
	if err := v.fillFeeds(view.Sections); err != nil {
		return err
	}
	return v.show(http.StatusOK, "sections", v.frame("/desk/articles/", v.words.T("sections.title"), view))
}
