package digests

import (
	"fmt"
	"strings"
	"time"

	"postrider/magazine"
)

// A Verdict says whether an article is in a person's digest, and why.
type Verdict struct {
	Article *magazine.Article
	In      bool
	Why     string
}

// Explain judges articles for a person as Candidates and a Chooser do, and says why
// each is in or out.
func Explain(articles []magazine.Article, sub *magazine.Subscription, cutoff int64, cutoffAt time.Time, maxAge time.Duration, mayRead func(magazine.Tier, magazine.Access) bool) []Verdict {
	verdicts := make([]Verdict, len(articles))
	for i := range articles {
		v := &verdicts[i]
		v.Article = &articles[i]
		if v.Why = barred(v.Article, cutoff, cutoffAt, maxAge); v.Why != "" {
			continue
		}
		if mayRead != nil && !mayRead(sub.Subscriber.Tier, v.Article.Access) {
			v.Why = "it is for " + string(v.Article.Access)
			continue
		}
		v.In = sub.Wants(v.Article)
		v.Why = wanted(v.Article, sub)
	}
	return verdicts
}

// barred says why an article is in nobody's digest.
func barred(a *magazine.Article, cutoff int64, at time.Time, maxAge time.Duration) string {
	switch {
	case a.State != magazine.Published || a.Seq <= 0:
		return "it is " + string(a.State)
	case a.Seq > cutoff:
		return "it appeared after the content was fixed"
	case !a.Expires.IsZero() && !a.Expires.After(at):
		return "it has expired"
	case maxAge > 0 && a.Published.Before(at.Add(-maxAge)):
		return fmt.Sprintf("it is older than %d days", int(maxAge.Hours())/24)
	}
	return ""
}

// wanted says why a person's own choice has an article in, or out.
func wanted(a *magazine.Article, sub *magazine.Subscription) string {
	served := func(number int64) string {
		return fmt.Sprintf("number %d, and they are served up to %d", a.Seq, number)
	}
	if len(sub.Follows) == 0 {
		if sub.Wants(a) {
			return "new: " + served(sub.Served)
		}
		return "they have had it, or joined later: " + served(sub.Served)
	}
	follows := sub.Following(a)
	if len(follows) == 0 {
		return "they follow nothing of it"
	}
	var names []string
	for _, f := range follows {
		name := string(f.Kind) + " " + f.Slug
		if a.Seq > f.Served {
			return "new by " + name + ", which they follow: " + served(f.Served)
		}
		names = append(names, name)
	}
	return "they have had it, or followed " + strings.Join(names, ", ") + " later: " + served(follows[0].Served)
}
