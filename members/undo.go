package members

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Undone counts what comes, or would come, of undoing an import. Who was new by it is
// taken out, unless something has happened with them since: something was sent to them,
// they changed something or signed in, somebody decided about them, or another list has
// them, too. Of anybody else,
// what the import changed is put back as it was, as far as it stands as the import left
// it; where something has happened with them, or a later list has them, what they get
// stays.
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
// it: what brought them before may be undone, and this is not. How somebody stood is told
// in full only where it may have to be put back.
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
		if p.Was == "" {
			p.Became = sumOf(p.Became)
		} else if p.Was == p.Became {
			p.Was, p.Became = sumOf(p.Was), sumOf(p.Became)
		}
		people = append(people, p)
	}
	slices.SortFunc(people, func(a, b store.ImportedPerson) int { return strings.Compare(a.Subscriber, b.Subscriber) })
	return people, nil
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

// undoing is what is to be done of one person whom an import changed.
type undoing struct {
	out     bool           // they are taken out
	was     store.Standing // else how they are to stand
	dropped []string       // newsletters that they have by the import alone
	unasked []string       // sign-ups, likewise
	shares  []store.StandingShare
	stays   bool   // something is left as it is
	heir    string // an import by which they are new once this one is undone; empty: none
}

// since is what has become of some people since an import.
type since struct {
	now     map[string]*store.Standing // nobody: they are gone
	stirred map[string]bool            // something has happened with them
	others  map[string][]store.OtherImport
}

// listed tells that another import has a person, which nobody has wanted undone.
func (s since) listed(person string) bool {
	return slices.ContainsFunc(s.others[person], func(o store.OtherImport) bool { return o.Stands })
}

// listedSince is listed but for those imports that had a person before one that changed
// them: what that changed, they had not given.
func (s since) listedSince(p store.ImportedPerson) bool {
	before := sumOf(p.Was)
	for _, o := range slices.Backward(s.others[p.Subscriber]) {
		if sumOf(o.Became) == before {
			before = sumOf(o.Was)
		} else if o.Stands {
			return true
		}
	}
	return false
}

// heir is the import by which a person is new once the one that left them so is undone:
// that which found them so, be it that it is about to be undone itself; empty: none.
func (s since) heir(person, became string) string {
	at := slices.IndexFunc(s.others[person], func(o store.OtherImport) bool { return sumOf(o.Was) == sumOf(became) })
	if at < 0 {
		return ""
	}
	return s.others[person][at].ID
}

// undoingOf tells it of one whom an import changed.
func (s since) undoingOf(p store.ImportedPerson) (u undoing, err error) {
	var was, became store.Standing
	now, stirred := s.now[p.Subscriber], s.stirred[p.Subscriber]
	if p.Was == "" {
		text, err := json.Marshal(now)
		u.out = !stirred && !s.listed(p.Subscriber) && sumOf(string(text)) == sumOf(p.Became)
		u.was, u.stays = *now, !u.out
		if u.stays && !stirred {
			u.heir = s.heir(p.Subscriber, p.Became)
		}
		return u, err
	}
	if err = errors.Join(json.Unmarshal([]byte(p.Was), &was), json.Unmarshal([]byte(p.Became), &became)); err != nil {
		return u, err
	}
	u.was = *now
	put(&u, &u.was.Name, was.Name, became.Name)
	put(&u, &u.was.Timezone, was.Timezone, became.Timezone)
	put(&u, &u.was.Language, was.Language, became.Language)
	if was.Tier != became.Tier || was.Ends != became.Ends {
		if now.Tier == became.Tier && now.Ends == became.Ends {
			u.was.Tier, u.was.Ends = was.Tier, was.Ends
		} else {
			u.stays = true
		}
	}
	if stirred || s.listedSince(p) {
		u.stays = u.stays || was.State != became.State || !slices.EqualFunc(was.Shares, became.Shares, sameShare)
		return u, nil
	}
	put(&u, &u.was.State, was.State, became.State)
	u.putShares(was.Shares, became.Shares, now.Shares)
	for _, id := range became.SignUps {
		if !slices.Contains(was.SignUps, id) {
			u.unasked = append(u.unasked, id)
		}
	}
	return u, nil
}

// put puts back what the import changed and what stands as it left it.
func put[T comparable](u *undoing, now *T, was, became T) {
	switch {
	case was == became:
	case *now == became:
		*now = was
	default:
		u.stays = true
	}
}

// putShares does so of what a person gets.
func (u *undoing) putShares(was, became, now []store.StandingShare) {
	of := func(list []store.StandingShare, name string) *store.StandingShare {
		at := slices.IndexFunc(list, func(s store.StandingShare) bool { return s.Newsletter == name })
		if at < 0 {
			return nil
		}
		return &list[at]
	}
	for _, after := range became {
		before, present := of(was, after.Newsletter), of(now, after.Newsletter)
		switch {
		case before != nil && sameShare(*before, after):
		case present == nil || !sameShare(*present, after):
			u.stays = true
		case before == nil:
			u.dropped = append(u.dropped, after.Newsletter)
		default:
			u.shares = append(u.shares, *before)
		}
	}
}

func sameShare(a, b store.StandingShare) bool {
	follows := slices.Equal(a.Follows, b.Follows)
	a.Follows, b.Follows = nil, nil
	return follows && a.Newsletter == b.Newsletter && a.Left == b.Left && a.Frequency == b.Frequency && a.Hour == b.Hour && a.Until == b.Until && a.Fresh == b.Fresh
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
	u, err := s.undoingOf(p)
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
			err = putBack(ctx, tx, *u)
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

// putBack does what is to be done of one person who stays.
func putBack(ctx context.Context, tx *store.Tx, u undoing) error {
	if err := tx.Redescribe(ctx, &u.was); err != nil {
		return err
	}
	if u.heir != "" {
		if err := tx.InheritImported(ctx, u.heir, u.was.ID); err != nil {
			return err
		}
	}
	for _, newsletter := range u.dropped {
		if err := tx.DropShare(ctx, newsletter, u.was.ID); err != nil {
			return err
		}
	}
	for _, id := range u.unasked {
		if err := tx.DropSignUp(ctx, id); err != nil {
			return err
		}
	}
	for _, s := range u.shares {
		if err := putShare(ctx, tx, u.was.ID, s); err != nil {
			return err
		}
	}
	return nil
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
