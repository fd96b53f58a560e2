package admin

import "net/http"

// Faulty is a file of a source, or the source itself, in which something is wrong.
type Faulty struct {
	File  string // as a person would open it
	Line  int    // 0: none applies
	Held  bool   // nothing of it is published until it is mended; else it was repaired
	Field string
	Text  string
	Mend  string
}

const (
	faultyKnown = problemsKnown
	faultyShown = 300
)

type articlesView struct {
	Held, Repaired []Faulty
	More           bool // there are more than are shown
	Wait           bool // they are being looked for
}

// articles shows which files wait to be mended.
func (v *visit) articles() error {
	all, known := v.faulty.get(v.patient, v.Desk, faultyKnown, v.Faults)
	view := articlesView{Wait: !known}
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
