package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"postrider/feeds"
	"postrider/store"
)

const (
	bylinesShown = 100 // authors or sections at once
	pollsOfOne   = 3   // of each
)

// byline is an author or a section as lists show them, with who reads its feeds.
type byline struct {
	Name, Slug, Path string
	Articles         int
	Feeds            []feedOf
	Polls            []pollOf // the last ones
	Asked            int      // how many polls there are
}

type feedOf struct{ Name, Path string }

type pollOf struct {
	store.Poll
	Format string
}

// formatNames are as everybody calls them.
var formatNames = map[string]string{feeds.RSS.File: "RSS", feeds.Atom.File: "Atom", feeds.JSON.File: "JSON"}

// fillFeeds finds the feeds of authors or sections, and which programs asked for them
// last. What these say of their readers is never summed.
func (v *visit) fillFeeds(list []byline) error {
	var all []string
	by := map[string]*byline{} // by the address of a feed
	for i := range list {
		for _, format := range feeds.Formats {
			one := feedOf{formatNames[format.File], list[i].Path + format.File}
			list[i].Feeds, by[one.Path] = append(list[i].Feeds, one), &list[i]
			all = append(all, one.Path)
		}
	}
	polls, err := v.Store.PollsOf(v.context(), all)
	slices.SortStableFunc(polls, func(a, b store.Poll) int { return cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()) })
	for _, p := range polls {
		one := by[p.Feed]
		if one.Asked++; len(one.Polls) < pollsOfOne {
			one.Polls = append(one.Polls, pollOf{p, formatNames[p.Feed[strings.LastIndexByte(p.Feed, '/')+1:]]})
		}
	}
	return err
}

// onward is the query that leads on to what is listed after one; empty: there is no more.
func onward(query, last string, more bool) string {
	if !more {
		return ""
	}
	return "?" + url.Values{"q": {query}, "after": {last}}.Encode()
}
