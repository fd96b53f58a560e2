package members

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Undone counts what comes, or would come, of undoing an import. Who was new by it is
// taken out, unless something has happened with them since: something was sent to them,
// they changed something or signed in, somebody decided about them, or another list has
// them, too. Of anybody else, what the import changed is put back as it was, as far as it
// stands as the import left it; where something has happened with them, or a later list
// has them, what they get stays.
type Undone struct {
	Out  int `json:"out"`  // new by it, and taken out
	Back int `json:"back"` // known before, and put back
	Stay int `json:"stay"` // left as they are, or in part
	Gone int `json:"gone"` // erased meanwhile
}

// undone is how many people are put back in one transaction.
const undone = 100

// importedPeople are those of some people, by the keys of their addresses, who are with
// us after a list was taken. Also of whom it changed nothing it is told that they are on
// it: what brought them before may be undone, and this is not.
func importedPeople(before, after map[string]*store.Standing) (people []store.ImportedPerson, err error) {
	for key, now := range after {
		became, err := json.Marshal(now)
		if err != nil {
			return nil, err
		}
		p := store.ImportedPerson{Subscriber: now.ID, Became: string(became)}
		if had := before[key]; had != nil {
			was, err := json.Marshal(had)
			if err != nil {
				return nil, err
			}
			p.Was = string(was)
		}
		p.Was, p.Became = toKeep(p.Was, p.Became)
		people = append(people, p)
	}
	slices.SortFunc(people, func(a, b store.ImportedPerson) int { return strings.Compare(a.Subscriber, b.Subscriber) })
	return people, nil
}

// toKeep is what is kept of how somebody stood before and after an import: all of it only
// where it may have to be put back, else its checksum.
func toKeep(was, became string) (string, string) {
	switch {
	case was == "":
		became = sumOf(became)
	case sumOf(was) == sumOf(became):
		was, became = sumOf(was), sumOf(became)
	}
	return was, became
}

// sumOf is the checksum of how somebody stands, by which that can be told from another
// standing. What is one already stays as it is.
func sumOf(standing string) string {
	if !strings.HasPrefix(standing, "{") {
		return standing
	}
	sum := sha256.Sum256([]byte(standing))
	return base64.RawStdEncoding.EncodeToString(sum[:12])
}

// count notes what becomes of somebody.
func (n *Undone) count(u undoing) {
	switch {
	case u.out:
		n.Out++
	case u.stays:
		n.Stay++
	default:
		n.Back++
	}
}

// CountUndo tells what would come of undoing an import now, and changes nothing.
func (m *Members) CountUndo(ctx context.Context, i Import) (n Undone, err error) {
	for above := ""; ; {
		people, err := m.store.ImportedPeople(ctx, i.ID, above, 500)
		if err != nil || len(people) == 0 {
			return n, err
		}
		ids := idsOf(people)
		s, err := sinceImport(ctx, m.store, i, ids)
		if err != nil {
			return n, err
		}
		for _, p := range people {
			if _, err := s.undo(p, &n); err != nil {
				return n, err
			}
		}
		above = ids[len(ids)-1]
	}
}

// sinceImport looks at what has become of some people since an import.
func sinceImport(ctx context.Context, q interface {
	StandingsByID(ctx context.Context, ids []string) (map[string]*store.Standing, error)
	Stirred(ctx context.Context, ids []string, since time.Time) (map[string]bool, error)
	OtherImports(ctx context.Context, than string, ids []string) (map[string][]store.OtherImport, error)
}, i Import, ids []string) (s since, err error) {
	if s.now, err = q.StandingsByID(ctx, ids); err != nil {
		return s, err
	}
	if s.stirred, err = q.Stirred(ctx, ids, time.UnixMicro(i.Plan.Begun)); err != nil {
		return s, err
	}
	s.others, err = q.OtherImports(ctx, i.ID, ids)
	return s, err
}

// undo tells what is to be done of one person, and counts them. Nil: nothing.
func (s since) undo(p store.ImportedPerson, n *Undone) (*undoing, error) {
	switch {
	case p.Was == p.Became:
		return nil, nil
	case s.now[p.Subscriber] == nil:
		n.Gone++
		return nil, nil
	}
	u, err := s.undoingOf(p, *s.now[p.Subscriber])
	if err == nil {
		n.count(u)
	}
	return &u, err
}

func idsOf(people []store.ImportedPerson) []string {
	ids := make([]string, len(people))
	for at, p := range people {
		ids[at] = p.Subscriber
	}
	return ids
}

// undo undoes the import, some people at a time. Who is done with is forgotten, so that
// one that was cut short goes on with the others.
func (w *importWork) undo(ctx context.Context) error {
	for {
		if w.ending() {
			return errEnding
		}
		now := w.now
		err := w.store.Write(ctx, func(tx *store.Tx) (err error) {
			now = w.now
			return w.undoSome(ctx, tx, &now)
		})
		if err != nil {
			return err
		}
		if w.now = now; now.State == store.ImportUndone {
			return nil
		}
	}
}

// undoSome undoes it of the next people, and says in now what has come of it.
func (w *importWork) undoSome(ctx context.Context, tx *store.Tx, now *Import) error {
	if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
		return err
	}
	people, err := tx.ImportedPeople(ctx, w.now.ID, "", undone)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		now.State = store.ImportUndone
		return w.stepImport(ctx, tx, w.now, *now)
	}
	ids := idsOf(people)
	known := map[string]magazine.Subscriber{}
	for _, id := range ids { // nobody changes them meanwhile
		if known[id], err = tx.Subscriber(ctx, id); err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return err
		}
	}
	s, err := sinceImport(ctx, tx, w.now, ids)
	if err != nil {
		return err
	}
	for _, p := range people {
		u, err := s.undo(p, &now.Undo)
		switch {
		case err != nil || u == nil:
		case u.out:
			err = w.takeOut(ctx, tx, known[p.Subscriber])
		default:
			err = s.putBack(ctx, tx, p, u.was)
		}
		if err != nil {
			return err
		}
	}
	if err := tx.ForgetImported(ctx, w.now.ID, ids); err != nil {
		return err
	}
	now.Line += int64(len(people))
	return w.stepImport(ctx, tx, w.now, *now)
}

// takeOut erases a person whom an import brought, as if they had asked for it, but
// that a list may bring them again: they have not said that they want to be forgotten.
func (m *Members) takeOut(ctx context.Context, tx *store.Tx, p magazine.Subscriber) error {
	if _, err := m.drop(ctx, tx, p); err != nil {
		return err
	}
	return m.forget(ctx, tx, p.ID, tx.Now.Add(sweepAfter))
}

// putBack has one person stand as they are to, who stays.
func (s since) putBack(ctx context.Context, tx *store.Tx, p store.ImportedPerson, was store.Standing) error {
	if err := tx.Redescribe(ctx, &was); err != nil {
		return err
	}
	now := s.now[p.Subscriber]
	for _, share := range now.Shares {
		before := shareOf(was.Shares, share.Newsletter)
		var err error
		switch {
		case before == nil:
			err = tx.DropShare(ctx, share.Newsletter, was.ID)
		case !sameShare(*before, share):
			err = putShare(ctx, tx, was.ID, *before)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range now.SignUps {
		if slices.Contains(was.SignUps, id) {
			continue
		}
		if err := tx.DropSignUp(ctx, id); err != nil {
			return err
		}
	}
	others, err := s.without(p)
	for _, o := range others {
		if err == nil {
			err = tx.RetellImported(ctx, o, was.ID)
		}
	}
	return err
}

// putShare puts a share back as it was.
func putShare(ctx context.Context, tx *store.Tx, id string, s store.StandingShare) error {
	if _, err := tx.SetFrequency(ctx, s.Newsletter, id, s.Frequency); err != nil {
		return err
	}
	if _, err := tx.SetHour(ctx, s.Newsletter, id, s.Hour); err != nil {
		return err
	}
	var until time.Time
	if s.Until > 0 {
		until = time.UnixMicro(s.Until)
	}
	if _, err := tx.Pause(ctx, s.Newsletter, id, until, s.Fresh); err != nil {
		return err
	}
	follows := make([]magazine.Follow, len(s.Follows))
	for at, f := range s.Follows {
		kind, slug, _ := strings.Cut(f, "/")
		follows[at] = magazine.Follow{Kind: magazine.FollowKind(kind), Slug: slug}
	}
	return tx.SetFollows(ctx, s.Newsletter, id, follows)
}
