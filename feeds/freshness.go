package feeds

import (
	"time"

	"postrider/magazine"
)

// A feed may be kept for a sixtieth of the usual time between two articles:
// news that come by the hour for a minute, a weekly for a quarter of an hour.
const (
	paceArticles = 20 // over which the usual time is reckoned
	paceParts    = 60
	minAge       = time.Minute
	maxAge       = 15 * time.Minute
)

// pace is the usual time between two of the newest articles, at an instant: a
// publication that has gone quiet slows down.
func pace(recent []magazine.Article, at time.Time) time.Duration {
	if len(recent) < paceArticles {
		return maxAge * paceParts
	}
	oldest := at
	for _, a := range recent {
		if a.Published.Before(oldest) {
			oldest = a.Published
		}
	}
	return at.Sub(oldest) / paceArticles
}

// maxAge is how long a feed may be kept without asking, in whole seconds: never
// past the time at which the next scheduled article appears.
func (l *look) maxAge(now time.Time) time.Duration {
	age := min(max(l.pace/paceParts, minAge), maxAge)
	if !l.due.IsZero() {
		age = min(age, max(l.due.Sub(now), 0))
	}
	return age.Truncate(time.Second)
}
