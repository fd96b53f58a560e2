package daemon

import (
	"context"
	"time"

	"postrider/digests"
	"postrider/magazine"
	"postrider/store"
	"postrider/web"
)

// What comes to one person next, as their page of preferences tells it.

const (
	newestKnown = 500         // so many of the newest articles are counted
	newsKnown   = time.Minute // an article may become too old for a digest meanwhile
)

// news are the newest articles by newsletter, as of one version of the site.
type news struct {
	version  int64
	at       time.Time
	choosers map[string]*digests.Chooser
}

// latestNews reads them anew only where the site has changed since, or a minute
// has passed: people who look at their preferences share them.
func (d *Daemon) latestNews(ctx context.Context) (*news, error) {
	version, err := d.Store.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return nil, err
	}
	now := d.Store.Now()
	if known := d.news.Load(); known != nil && known.version == version.Number && now.Sub(known.at).Abs() < newsKnown {
		return known, nil
	}
	articles, last, err := d.Store.NewestArticles(ctx, newestKnown)
	if err != nil {
		return nil, err
	}
	fresh := &news{version.Number, now, map[string]*digests.Chooser{}}
	for _, n := range d.Newsletters() {
		fresh.choosers[n.Name] = digests.NewChooser(digests.Candidates(articles, last, now, n.MaxAge), d.leavesOut(&n))
	}
	d.news.Store(fresh)
	return fresh, nil
}

// comingTo tells when a newsletter comes to a person next, on their clocks, and
// how much there is for them so far. It is approximate where an edition of it is
// under way. Its time is zero where nothing says when.
func (d *Daemon) comingTo(ctx context.Context, share *magazine.Subscription) (c web.Coming, err error) {
	letter, err := d.Newsletter(share.Newsletter)
	if err != nil {
		return c, err
	}
	if share.PausedUntil.Equal(magazine.Indefinitely) {
		return c, nil
	}
	from := laterOf(share.PausedUntil, d.Store.Now())
	if c.At, err = d.nextTo(ctx, letter, share, from); err != nil || c.At.IsZero() || letter.Contents || !share.PausedUntil.IsZero() {
		return c, err
	}
	latest, err := d.latestNews(ctx)
	if err != nil {
		return c, err
	}
	c.Articles, c.Counted = len(latest.choosers[letter.Name].Select(share)), true
	return c, nil
}

// nextTo is when a newsletter comes to a person next, from an instant on; zero:
// nothing says when.
func (d *Daemon) nextTo(ctx context.Context, letter *magazine.Newsletter, share *magazine.Subscription, from time.Time) (time.Time, error) {
	if d.localOf(letter, share) != nil {
		return d.theirTime(ctx, letter, share, from)
	}
	f := letter.Frequency(share.Frequency)
	if f == nil {
		return time.Time{}, nil
	}
	s := d.schedule(letter.Name + "/" + f.Name)
	if s == nil || s.ByIssue() {
		return time.Time{}, nil
	}
	coming, err := d.Coming(ctx, s, from, store.Forever, soonest)
	for _, o := range coming {
		if o.Reason == "" {
			return o.At, nil
		}
	}
	return time.Time{}, err
}

// previewTo is the next mail of a newsletter to a person, as HTML; empty: there
// is nothing for them yet.
func (d *Daemon) previewTo(ctx context.Context, newsletter, email string) (string, error) {
	shown, err := d.Preview(ctx, newsletter, email, time.Time{})
	if err != nil {
		return "", err
	}
	return shown.HTML, nil
}
