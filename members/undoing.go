package members

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"postrider/store"
)

// undoing is what is to be done of one person whom an import changed.
type undoing struct {
	out   bool           // they are taken out
	was   store.Standing // else how they are to stand
	stays bool           // something is left as it is
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

// later are the imports that have a person, but for those that had them before one that
// changed them: what that changed, they had not given. Oldest first.
func (s since) later(p store.ImportedPerson) []store.OtherImport {
	later, before := slices.Clone(s.others[p.Subscriber]), sumOf(p.Was)
	for at := len(later) - 1; at >= 0; at-- {
		if o := later[at]; sumOf(o.Became) == before {
			before, later = sumOf(o.Was), slices.Delete(later, at, at+1)
		}
	}
	return later
}

// undoingOf tells it of one whom an import changed, if they stand so.
func (s since) undoingOf(p store.ImportedPerson, now store.Standing) (u undoing, err error) {
	var was, became store.Standing
	u.was = now
	stirred := s.stirred[p.Subscriber]
	if p.Was == "" {
		text, err := json.Marshal(now)
		u.out = !stirred && !s.listed(p.Subscriber) && sumOf(string(text)) == sumOf(p.Became)
		u.stays = !u.out
		return u, err
	}
	if err = errors.Join(json.Unmarshal([]byte(p.Was), &was), json.Unmarshal([]byte(p.Became), &became)); err != nil {
		return u, err
	}
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
	if stirred || slices.ContainsFunc(s.later(p), func(o store.OtherImport) bool { return o.Stands }) {
		u.stays = u.stays || was.State != became.State || !slices.EqualFunc(was.Shares, became.Shares, sameShare)
		return u, nil
	}
	put(&u, &u.was.State, was.State, became.State)
	u.putShares(was.Shares, became.Shares)
	u.was.SignUps = slices.DeleteFunc(slices.Clone(now.SignUps), func(id string) bool {
		return slices.Contains(became.SignUps, id) && !slices.Contains(was.SignUps, id)
	})
	return u, nil
}

// without tells which other imports of a person, one of whom is undone, are to be told
// otherwise, as if that had never been: whom it had left so, the next one found as this one
// had; and what it gave, nobody had later. What stays of it, they have by the next one;
// but where something has happened with them, it is theirs.
func (s since) without(p store.ImportedPerson) (changed []store.OtherImport, err error) {
	later, back := s.later(p), map[string]string{}
	texts := []string{p.Became}
	for _, o := range later {
		texts = append(texts, o.Was, o.Became)
	}
	for _, text := range texts {
		if text == sumOf(text) || text == "" {
			continue
		}
		var stood store.Standing
		if err := json.Unmarshal([]byte(text), &stood); err != nil {
			return nil, err
		}
		u, err := s.undoingOf(p, stood)
		if err != nil {
			return nil, err
		}
		stands, err := json.Marshal(u.was)
		if err != nil {
			return nil, err
		}
		back[sumOf(text)] = string(stands)
	}
	next := !s.stirred[p.Subscriber]
	for _, o := range later {
		was, became := cmp.Or(back[sumOf(o.Was)], o.Was), cmp.Or(back[sumOf(o.Became)], o.Became)
		if next && sumOf(o.Was) == sumOf(p.Became) {
			was, next = p.Was, false
		}
		if was, became = toKeep(was, became); was != o.Was || became != o.Became {
			o.Was, o.Became = was, became
			changed = append(changed, o)
		}
	}
	return changed, nil
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
func (u *undoing) putShares(was, became []store.StandingShare) {
	u.was.Shares = slices.Clone(u.was.Shares)
	for _, after := range became {
		before, now := shareOf(was, after.Newsletter), shareOf(u.was.Shares, after.Newsletter)
		switch {
		case before != nil && sameShare(*before, after):
		case now == nil || !sameShare(*now, after):
			u.stays = true
		case before == nil:
			u.was.Shares = slices.DeleteFunc(u.was.Shares, func(s store.StandingShare) bool { return s.Newsletter == after.Newsletter })
		default:
			*now = *before
		}
	}
}

func shareOf(list []store.StandingShare, newsletter string) *store.StandingShare {
	at := slices.IndexFunc(list, func(s store.StandingShare) bool { return s.Newsletter == newsletter })
	if at < 0 {
		return nil
	}
	return &list[at]
}

func sameShare(a, b store.StandingShare) bool {
	follows := slices.Equal(a.Follows, b.Follows)
	a.Follows, b.Follows = nil, nil
	return follows && a.Newsletter == b.Newsletter && a.Left == b.Left && a.Frequency == b.Frequency && a.Hour == b.Hour && a.Until == b.Until && a.Fresh == b.Fresh
}
