package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

const issuesShown = 100

type issuesView struct {
	Issues []magazine.Issue
	Next   string // query that leads on; empty: there are no more
}

func (v *visit) issues() error {
	after, err := v.issueNamed()
	if err != nil {
		return err
	}
	all, err := v.Store.IssuesAfter(v.context(), after, issuesShown+1)
	if err != nil {
		return err
	}
	view := issuesView{Issues: all[:min(len(all), issuesShown)]}
	for i := range view.Issues {
		view.Issues[i].CoverDate = view.Issues[i].CoverDate.In(zoneOf(v.Publication))
	}
	if len(all) > issuesShown {
		last := all[issuesShown-1]
		view.Next = "?" + url.Values{"volume": {last.Volume}, "number": {last.Number}}.Encode()
	}
	return v.show(http.StatusOK, "issues", v.frame("/desk/articles/", v.words.T("issues.title"), view))
}

// issueNamed is the issue that the query names; nil: none, or one that is gone.
func (v *visit) issueNamed() (*magazine.Issue, error) {
	q := v.r.URL.Query()
	i, err := v.Store.Issue(v.context(), magazine.IssueRef{Volume: magazine.CleanText(q.Get("volume")), Number: magazine.CleanText(q.Get("number"))})
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil, nil
	}
	return i, err
}

// issueView is an issue with its contents, and what its publication would send.
type issueView struct {
	magazine.Issue
	Articles  []magazine.Article
	InFile    bool   // its file says in which order they are
	Seen      string // the mark of its contents
	Sends     []issueSend
	MayChange bool
}

// issueSend is a schedule that goes by issues.
type issueSend struct {
	Newsletter, Schedule string
	People               int
	Known                bool
}

func (v *visit) issue() error { return v.showIssue(http.StatusOK, "") }

func (v *visit) issueAsked() magazine.IssueRef {
	return magazine.IssueRef{Volume: magazine.CleanText(v.r.PathValue("volume")), Number: magazine.CleanText(v.r.PathValue("number"))}
}

func (v *visit) showIssue(status int, wrong string) error {
	i, err := v.Store.Issue(v.context(), v.issueAsked())
	if err != nil {
		return noIssue(err)
	}
	view := issueView{Issue: *i, InFile: len(i.Contents) > 0 && !i.Ordered, MayChange: v.role.May(magazine.Editor)}
	if view.Articles, err = v.Store.IssueContents(v.context(), i.IssueRef); err != nil {
		return err
	}
	view.Seen = store.ContentsMark(view.Articles)
	if i.State == magazine.IssueOpen {
		if err := v.fillSends(&view); err != nil {
			return err
		}
	}
	f := v.frame("/desk/articles/", v.words.T("issue.reference", "volume", i.Volume, "number", i.Number), view)
	f.Error = wrong
	return v.show(status, "issue", f)
}

func noIssue(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return magazine.Errorf(magazine.NotFound, "there is no such issue").Said("fault.no-issue")
	}
	return err
}

// fillSends fills in which newsletters go out when an issue is published.
func (v *visit) fillSends(view *issueView) error {
	all, err := v.All(v.context())
	for _, s := range all {
		if s.ByIssue() {
			one := issueSend{Newsletter: s.Newsletter, Schedule: s.Name}
			one.People, one.Known = v.reach(&magazine.Edition{Newsletter: s.Newsletter, Schedule: s.Name})
			view.Sends = append(view.Sends, one)
		}
	}
	return err
}

// changeIssue publishes an issue, or orders its contents.
func (v *visit) changeIssue() error {
	ref, seen := v.issueAsked(), v.r.PostFormValue("seen")
	all, err := v.Store.IssueContents(v.context(), ref)
	if err != nil {
		return noIssue(err)
	}
	act := store.Act{Who: v.who.Email, What: v.r.PostFormValue("act"), Detail: ref.String()}
	var do func(tx *store.Tx) error
	switch act.What {
	case "publish":
		do = func(tx *store.Tx) error {
			now, err := tx.PublishIssue(v.context(), ref)
			if err == nil && !now {
				err = magazine.Errorf(magazine.Conflict, "it was published already").Said("desk.issue.already")
			}
			return err
		}
	case "order":
		if store.ContentsMark(all) != seen { // the numbers are of other places
			return v.showIssue(http.StatusConflict, v.words.T("desk.issue.meanwhile"))
		}
		slugs := v.orderInForm(all)
		act.Detail += ": " + strings.Join(slugs, " ")
		do = func(tx *store.Tx) error { return tx.OrderIssue(v.context(), ref, slugs) }
	default:
		return v.showIssue(http.StatusBadRequest, v.words.T("fault.form.altered"))
	}
	err = v.Store.Write(v.context(), func(tx *store.Tx) error {
		if err := tx.SeenIssue(v.context(), ref, seen); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		return tx.PutAct(v.context(), act)
	})
	if status, sentence, ok := v.wrong(err); ok {
		return v.showIssue(status, sentence)
	}
	if err != nil {
		return err
	}
	return v.did("/desk/issues/" + url.PathEscape(ref.Volume) + "/" + url.PathEscape(ref.Number) + "/")
}

// orderInForm are the slugs of articles by the numbers that a form gives to their places
// of before. One that has none keeps its place.
func (v *visit) orderInForm(all []magazine.Article) []string {
	places, slugs := map[string]float64{}, make([]string, len(all))
	for at, a := range all {
		slugs[at], places[a.Slug] = a.Slug, float64(at+1)
		if n, err := strconv.ParseFloat(strings.TrimSpace(v.r.PostFormValue("place-"+strconv.Itoa(at))), 64); err == nil && n == n {
			places[a.Slug] = n
		}
	}
	slices.SortStableFunc(slugs, func(a, b string) int {
		switch {
		case places[a] < places[b]:
			return -1
		case places[a] > places[b]:
			return 1
		}
		return 0
	})
	return slugs
}
