package admin

import (
	"net/http"

	"postrider/magazine"
	"postrider/store"
)

const pollsShown = 300

// feedsView is which programs read which feeds.
type feedsView struct {
	Query string
	Feeds []feedView
	More  bool // there are more than are shown
}

type feedView struct {
	Feed  string
	Polls []store.Poll
}

// feeds shows which programs have asked for which feeds lately, as they name
// themselves, and for how many they say that they read. These counts are never summed:
// somebody may read by two programs, and anybody can say anything.
func (v *visit) feeds() error {
	view := feedsView{Query: magazine.CleanText(v.r.URL.Query().Get("q"))}
	all, err := v.Store.Polls(v.context(), view.Query, pollsShown+1)
	if err != nil {
		return err
	}
	view.More = len(all) > pollsShown
	for _, p := range all[:min(len(all), pollsShown)] {
		if n := len(view.Feeds); n == 0 || view.Feeds[n-1].Feed != p.Feed {
			view.Feeds = append(view.Feeds, feedView{Feed: p.Feed})
		}
		last := &view.Feeds[len(view.Feeds)-1]
		last.Polls = append(last.Polls, p)
	}
	return v.show(http.StatusOK, "feeds", v.frame("/desk/articles/", v.words.T("desk.feeds"), view))
}
