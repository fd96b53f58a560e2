package store

import (
	"cmp"
	"context"
	"slices"

	"postrider/magazine"
)

// TagCount is a tag with how many of the newest articles have it.
type TagCount struct {
	Key      string // magazine.TagKey of it
	Name     string // as the newest of them spells it
	Articles int
}

// Tags lists the tags of the newest thousand visible articles, those that most of
// them have first.
func (s *Store) Tags(ctx context.Context) ([]TagCount, error) {
	newest, err := s.ArticlesIn(ctx, magazine.SiteScope(), ListOptions{Limit: tagged})
	if err != nil {
		return nil, err
	}
	var all []TagCount
	places := map[string]int{}
	for _, a := range newest {
		had := map[string]bool{}
		for _, tag := range a.Tags {
			key := magazine.TagKey(tag)
			if key == "" || had[key] {
				continue
			}
			had[key] = true
			at, known := places[key]
			if !known {
				at = len(all)
				places[key] = at
				all = append(all, TagCount{Key: key, Name: magazine.CleanText(tag)})
			}
			all[at].Articles++
		}
	}
	slices.SortStableFunc(all, func(a, b TagCount) int { return cmp.Compare(b.Articles, a.Articles) })
	return all, nil
}
