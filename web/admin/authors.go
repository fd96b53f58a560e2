package admin

import (
	"net/http"
	"net/url"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// authorsView is who writes, which spellings were merged, and two that may be.
type authorsView struct {
	Query   string
	Authors []byline
	Next    string // query that leads on; empty: there are no more
	Merges  []store.Merge

	One, Into  string // as typed
	Merge      *mergeView
	MayChange  bool
	NotBecause string
}

// mergeView is what a merge would do.
type mergeView struct {
	From, Into store.AuthorCount
	Followers  int
}

func (v *visit) authors() error { return v.showAuthors(http.StatusOK, "") }

func (v *visit) showAuthors(status int, wrong string) error {
	typed := func(name string) string { return magazine.CleanText(v.r.FormValue(name)) } // also in a form that was refused
	view := authorsView{Query: typed("q"), One: typed("one"), Into: typed("into"), MayChange: v.role.May(magazine.Editor)}
	found, err := v.Store.AuthorsFrom(v.context(), view.Query, typed("after"), bylinesShown+1)
	if err != nil {
		return err
	}
	for _, w := range found[:min(len(found), bylinesShown)] {
		view.Authors = append(view.Authors, byline{Name: w.Name, Slug: w.Slug, Path: w.Path(), Articles: w.Articles})
		view.Next = onward(view.Query, w.Slug, len(found) > bylinesShown)
	}
	if err := v.fillFeeds(view.Authors); err != nil {
		return err
	}
	if view.Merges, err = v.Store.Merges(v.context()); err != nil {
		return err
	}
	if wrong == "" && view.One+view.Into != "" {
		if view.Merge, wrong, err = v.wouldMerge(view.Merges, view.One, view.Into); err != nil {
			return err
		}
	}
	f := v.frame("/desk/articles/", v.words.T("desk.authors"), view)
	f.Error = wrong
	return v.show(status, "authors", f)
}

// wouldMerge tells what it would do to merge one author into another, each named by
// slug or name, or why it cannot be.
func (v *visit) wouldMerge(merges []store.Merge, one, into string) (*mergeView, string, error) {
	m := &mergeView{}
	for _, side := range []struct {
		found *store.AuthorCount
		typed string
	}{{&m.From, one}, {&m.Into, into}} {
		found, wrong, err := v.authorCalled(side.typed)
		if err != nil || wrong != "" {
			return nil, wrong, err
		}
		*side.found = found
	}
	if m.From.Slug == m.Into.Slug {
		return nil, v.words.T("desk.merge.same"), nil
	}
	if file, err := v.Store.AuthorHasFile(v.context(), m.From.Slug); err != nil {
		return nil, "", err
	} else if file {
		return nil, v.words.T("desk.merge.file", "name", m.From.Slug), nil
	}
	if slices.ContainsFunc(merges, func(had store.Merge) bool { return had.Author == m.From.Slug }) {
		return nil, v.words.T("desk.merge.chain", "name", m.From.Slug), nil
	}
	var err error
	m.Followers, err = v.Store.Followers(v.context(), m.From.Slug)
	return m, "", err
}

// authorCalled is the author who has a slug, or else is the only one to have a name; or
// why there is none.
func (v *visit) authorCalled(typed string) (found store.AuthorCount, wrong string, err error) {
	all, err := v.Store.AuthorsCalled(v.context(), typed)
	if err != nil {
		return found, "", err
	}
	var slugs []string
	for _, w := range all {
		if w.Slug == typed {
			return w, "", nil
		}
		slugs = append(slugs, w.Slug)
	}
	switch len(slugs) {
	case 0:
		return found, v.words.T("desk.merge.none", "name", typed), nil
	case 1:
		return all[0], "", nil
	}
	return found, v.words.T("desk.merge.several", "name", typed, "slugs", v.words.List(slugs, "or")), nil
}

// changeAuthors merges two authors, or parts them again.
func (v *visit) changeAuthors() error {
	one, into := magazine.CleanText(v.r.PostFormValue("one")), magazine.CleanText(v.r.PostFormValue("into"))
	err := v.Store.Write(v.context(), func(tx *store.Tx) error {
		switch v.r.PostFormValue("act") {
		case "merge":
			if err := tx.MergeAuthors(v.context(), one, into, v.who.Email); err != nil {
				return err
			}
			return tx.PutAct(v.context(), store.Act{Who: v.who.Email, What: "merge", Detail: one + " into " + into})
		case "part":
			if err := tx.PartAuthors(v.context(), one); err != nil {
				return err
			}
			return tx.PutAct(v.context(), store.Act{Who: v.who.Email, What: "part", Detail: one})
		}
		return magazine.Errorf(magazine.Invalid, "nothing to do").Said("fault.form.altered")
	})
	if status, sentence, ok := v.wrong(err); ok {
		return v.showAuthors(status, sentence)
	}
	if err != nil {
		return err
	}
	v.Again()
	return v.did("/desk/authors/?" + url.Values{"q": {into}}.Encode())
}
