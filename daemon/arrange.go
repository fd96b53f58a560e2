package daemon

import (
	"context"
	"fmt"
	"slices"

	"postrider/digests"
	"postrider/magazine"
	"postrider/store"
)

// An Arrangement is a change to an edition's articles before it goes out.
type Arrangement struct {
	How   string // Lead, Up, Down, LeaveOut, PutBack, or AsItWas
	Piece string // the article's slug or id; none for AsItWas
	Seen  *int   // how often it had been arranged when the user saw it; nil: whatever there is
}

// How an edition's articles can be arranged, as forms and commands say it.
const (
	Lead     = "lead"  // it stands first, so it leads the mail and gives its subject
	Up       = "up"    // one place up
	Down     = "down"  // one place down
	LeaveOut = "out"   // the newsletter does not mail it, in this edition or a later one
	PutBack  = "back"  // it does
	AsItWas  = "reset" // the order of the program, and nothing left out
)

// Arrange changes the order of an edition's articles, or leaves one out, before any of
// it goes out. Its messages are made anew, and a draft that was approved is not any
// more; what leaves it as it was does nothing. Conflict: it is contents of an issue, has
// no articles yet, or goes out already, or was arranged by somebody else meanwhile.
// NotFound: it has no such article. Invalid: there is no such change, or nothing would
// be left.
func (d *Daemon) Arrange(ctx context.Context, id, who string, a Arrangement) (*magazine.Edition, error) {
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := store.Act{Who: who, What: "arrange"}
		begun, err := tx.HasRanges(ctx, id)
		if err != nil {
			return act, err
		}
		if begun || !e.MayArrange() {
			return act, notNow(e, "the articles of a digest can be arranged once they are fixed, while it waits or is held and nobody has got it", "desk.not-now.arrange")
		}
		if a.Seen != nil && *a.Seen != e.Arranged {
			return act, magazine.Errorf(magazine.Conflict, "somebody has arranged its articles otherwise meanwhile").Said("desk.not-now.arranged")
		}
		pieces, err := tx.EditionPieces(ctx, id)
		if err != nil {
			return act, err
		}
		pieces = d.inOrder(e, pieces)
		was := slices.Clone(pieces)
		ordered, did, err := arranged(pieces, e.Ordered, a)
		if err != nil {
			return act, err
		}
		if ordered || !e.Ordered { // else it goes back to the order of the program
			if slices.EqualFunc(was, pieces, func(a, b store.Piece) bool { return a.ID == b.ID && a.LeftOut == b.LeftOut }) {
				return store.Act{}, nil // nobody has to look again
			}
		}
		act.Detail = did
		if err := tx.ArrangeEdition(ctx, id, ordered, pieces); err != nil {
			return act, err
		}
		if err := d.unapprove(ctx, tx, e, &act); err != nil {
			return act, err
		}
		if e.State == magazine.EditionHeld { // made when it is released
			return act, nil
		}
		return act, d.jobs.compose(ctx, tx, id)
	})
}

// inOrder puts an edition's articles into the order in which they stand in a mail to
// one who gets all of them.
func (d *Daemon) inOrder(e *magazine.Edition, pieces []store.Piece) []store.Piece {
	if e.Ordered || e.Issue != nil {
		return pieces
	}
	out := map[string]bool{}
	all := make([]magazine.Article, len(pieces))
	for i, p := range pieces {
		all[i], out[p.ID] = p.Article, p.LeftOut
	}
	ranked := make([]store.Piece, len(pieces))
	for i, a := range digests.Ranked(all, d.Publication.Language, d.printedEdition(e, "").Date) {
		ranked[i] = store.Piece{Article: a, LeftOut: out[a.ID]}
	}
	return ranked
}

// Pieces are an edition's articles as they stand in a mail to one who gets all of
// them, with those that are left out.
func (d *Daemon) Pieces(ctx context.Context, e *magazine.Edition) ([]store.Piece, error) {
	pieces, err := d.Store.EditionPieces(ctx, e.ID)
	if err != nil || len(pieces) == 0 {
		return nil, err
	}
	return d.inOrder(e, pieces), nil
}

// arranged changes the list, and tells whether its order counts, and what was done.
func arranged(pieces []store.Piece, ordered bool, a Arrangement) (counts bool, did string, err error) {
	if a.How == AsItWas {
		for i := range pieces {
			pieces[i].LeftOut = false
		}
		return false, "as it was", nil
	}
	at := slices.IndexFunc(pieces, func(p store.Piece) bool { return p.ID == a.Piece || p.Slug == a.Piece })
	if at < 0 {
		return false, "", magazine.Errorf(magazine.NotFound, "the edition has no article %q; postrider editions show lists them", a.Piece).Said("desk.arrange.none")
	}
	title := fmt.Sprintf("%q", pieces[at].Title)
	switch a.How {
	case Lead:
		move(pieces, at, 0)
		return true, title + " leads", nil
	case Up, Down:
		to := beside(pieces, at, a.How == Up)
		move(pieces, at, to)
		return true, fmt.Sprintf("%s %s, to place %d", title, a.How, placeOf(pieces, to)), nil
	case LeaveOut:
		pieces[at].LeftOut = true
		if placeOf(pieces, len(pieces)) == 1 {
			return false, "", magazine.Errorf(magazine.Invalid, "nothing would be left of it; to send nothing, drop the edition").Said("desk.arrange.last")
		}
		return ordered, "without " + title, nil
	case PutBack:
		pieces[at].LeftOut = false
		return ordered, "with " + title + " again", nil
	}
	return false, "", magazine.Errorf(magazine.Invalid, "there is no change %q; there are lead, up, down, out, back and reset", a.How).Said("fault.form.altered")
}

// move moves one to another place.
func move(pieces []store.Piece, from, to int) {
	one := pieces[from]
	if from < to {
		copy(pieces[from:to], pieces[from+1:to+1])
	} else {
		copy(pieces[to+1:from+1], pieces[to:from])
	}
	pieces[to] = one
}

// beside is the place of the next that is not left out, up or down; the same at the
// end.
func beside(pieces []store.Piece, at int, up bool) int {
	step := 1
	if up {
		step = -1
	}
	for i := at + step; i >= 0 && i < len(pieces); i += step {
		if !pieces[i].LeftOut {
			return i
		}
	}
	return at
}

// placeOf is a place as people count it, without those that are left out.
func placeOf(pieces []store.Piece, at int) int {
	n := 1
	for _, p := range pieces[:at] {
		if !p.LeftOut {
			n++
		}
	}
	return n
}
