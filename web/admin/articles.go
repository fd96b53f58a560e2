package admin

import (
	"net/http"

	"postrider/magazine"
	"postrider/store"
)

// Faulty is a file of a source, or the source itself, in which something is wrong.
type Faulty struct {
	File  string // as a person would open it
	Line  int    // 0: none applies
	Held  bool   // nothing of it is published until it is mended; else it was repaired
	Field string
	Text  string
	Mend  string
}

// Source is a folder from which articles are read.
type Source struct {
	Folder string
	Files  int // that are there: articles, data, and what is held
	Wrong  []string
}

// lastShown is how many of the newest articles are shown.
const lastShown = 30

const (
	faultyKnown  = problemsKnown
	sourcesKnown = problemsKnown
	faultyShown  = 300
)

type articlesView struct {
	Held, Repaired []Faulty
	More           bool // there are more than are shown
	Wait           bool // they are being looked for
	Sources        []Source
	SourcesWait    bool               // their files are being counted
	Last           []magazine.Article // that appeared
}

// articles shows what was read from where, and which files wait to be mended.
func (v *visit) articles() (err error) {
	all, known := v.faulty.get(v.patient, v.Desk, faultyKnown, v.Faults)
	view := articlesView{Wait: !known}
	view.Sources, known = v.read.get(v.patient, v.Desk, sourcesKnown, v.Sources)
	view.SourcesWait = !known
	if view.Last, err = v.Store.ArticlesIn(v.context(), magazine.SiteScope(), store.ListOptions{Limit: lastShown}); err != nil {
		return err
	}
	for _, f := range all {
		list := &view.Repaired
		if f.Held {
			list = &view.Held
		}
		if len(*list) == faultyShown {
			view.More = true
			continue
		}
		*list = append(*list, f)
	}
	return v.show(http.StatusOK, "articles", v.frame("/desk/articles/", v.words.T("desk.articles"), view))
}
