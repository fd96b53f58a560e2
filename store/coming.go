package store

import (
	"encoding/json"
	"slices"
	"strings"

	"postrider/magazine"
)

// An article that was never placed by PutArticle nor seen has no rows in
// article_scopes: a large pass would write each of them twice. Until it appears, its
// own row says in the column coming where it is to stand.

// coming is that column of an article.
func coming(a *magazine.Article) (string, error) {
	var all [][2]string // scopes and what the article calls them
	for _, scope := range a.Scopes() {
		one := [2]string{scope.Key(), nameIn(a, scope)}
		if !slices.Contains(all, one) { // an author may be named twice
			all = append(all, one)
		}
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// comesInto is the condition that an article a is yet to come into the scope whose
// needle an expression is.
func comesInto(needle string) string {
	return "a.coming <> '' AND REPLACE(a.coming, " + needle + ", '') <> a.coming"
}

// needle is what the column says of an article that comes into a scope.
func needle(scope string) string {
	text, err := json.Marshal([]string{scope})
	if err != nil {
		panic(err) // a text is never refused
	}
	return strings.TrimSuffix(string(text), "]") + ","
}

// comingStandings reads the column of some articles, by index.
func comingStandings(all []waits) (found []standing, err error) {
	for _, a := range all {
		if a.coming == "" {
			continue
		}
		var scopes [][2]string
		if err := json.Unmarshal([]byte(a.coming), &scopes); err != nil {
			return nil, err
		}
		for _, s := range scopes {
			found = append(found, standing{article: a.id, scope: s[0], name: s[1], seq: a.seq})
		}
	}
	slices.SortFunc(found, byIndex)
	return found, nil
}
