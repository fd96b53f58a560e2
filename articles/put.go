package articles

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// put saves the article, where anything about it is different, and marks what
// became of the file. Those that are new are saved together when all are there.
func (s *saving) put(ctx context.Context, one *parsed, row *store.ArticleRow) error {
	d, had := one.doc, s.before[one.file.Name]
	a := d.Article
	a.ID, a.GUID, a.Seq, a.Slug, a.FirstSeen, a.FromFile = row.ID, row.GUID, row.Seq, row.Slug, row.FirstSeen, one.file.Name
	if a.FirstSeen.IsZero() {
		a.FirstSeen = s.tx.Now
	}
	if a.Image != nil && a.Image.Src != "" {
		a.Image = s.describe(a.Image)
	}
	a.State = stateOf(d, s.tx.Now)
	was := had.Article
	edited := one.edited && differs(&was, &a, content)
	a.Updated = updated(&was, &a, d.Updated, edited, s.tx.Now)
	row.Article, row.Source, row.GivenID, row.BodyHash, row.Pass = a, s.name, one.claim.id, one.claim.body, s.number
	seen := differs(&was, &a, shown) || standing(was.State) != standing(a.State)
	switch {
	case was.FirstSeen.IsZero():
		s.marks[one.file.Name] = brought
		s.fresh = append(s.fresh, *row)
		return nil
	case a.State == magazine.Withdrawn && was.State != magazine.Withdrawn:
		s.marks[one.file.Name] = withdrawn
	case seen:
		s.marks[one.file.Name] = changed
	default:
		s.marks[one.file.Name] = unchanged
		if was.FromFile == a.FromFile && had.Source == row.Source && had.GivenID == row.GivenID && had.BodyHash == row.BodyHash && had.WantedSlug == row.WantedSlug {
			return nil
		}
	}
	return s.tx.PutArticle(ctx, *row)
}

// standing is a state as far as a file decides it: whether a scheduled article
// is published already is a matter of time.
func standing(state magazine.ArticleState) magazine.ArticleState {
	if state == magazine.Published {
		return magazine.Scheduled
	}
	return state
}

// stateOf is where the article is to stand. Scheduled means that it appears
// when its time comes, which may be now.
func stateOf(d *Document, now time.Time) magazine.ArticleState {
	switch {
	case d.Withdrawn || !d.Expires.IsZero() && !d.Expires.After(now):
		return magazine.Withdrawn
	case d.Draft:
		return magazine.Draft
	}
	return magazine.Scheduled
}

// updated is when the content changed last: as the file says, else when a
// reader could first see the change. It never goes back, and what the file says
// of the future is not believed. A correction moves it.
func updated(was, a *magazine.Article, given time.Time, edited bool, now time.Time) time.Time {
	at := given
	if at.After(now) {
		at = time.Time{}
	}
	for _, c := range a.Corrections {
		if c.Date.After(at) && !c.Date.After(now) {
			at = c.Date
		}
	}
	if was.Seq > 0 && at.Before(was.Updated) {
		at = was.Updated
		if edited {
			at = now
		}
	}
	if at.Before(a.Published) {
		at = a.Published
	}
	return at
}

// differs compares two versions of an article by some of what they say.
func differs(a, b *magazine.Article, of func(magazine.Article) []byte) bool {
	return a.HTML != b.HTML || a.Teaser != b.Teaser || !bytes.Equal(of(*a), of(*b))
}

// content is what an article says, apart from where and how long it is to be
// found, or leads digests.
func content(a magazine.Article) []byte {
	a.Updated, a.Expires, a.Pinned, a.Reason, a.Slug, a.GUID, a.Words = time.Time{}, time.Time{}, time.Time{}, "", "", "", 0
	return shown(a)
}

// shown is all of an article that readers may see besides its text.
func shown(a magazine.Article) []byte {
	a.Published, a.Updated, a.Expires, a.Pinned = a.Published.UTC(), a.Updated.UTC(), a.Expires.UTC(), a.Pinned.UTC()
	b, err := json.Marshal(a)
	if err != nil {
		panic("articles: an article does not marshal: " + err.Error())
	}
	return b
}
