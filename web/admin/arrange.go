package admin

import (
	"strconv"

	"postrider/magazine"
	"postrider/store"
)

// pieces are an edition's articles, as they stand in a mail to one who gets all.
type pieces struct {
	Pieces     []piece
	Out        []store.Piece // that an editor has left out
	MayArrange bool
}

// piece is one of them. The first leads.
type piece struct {
	store.Piece
	First, Last bool
}

func (v *visit) piecesOf(e *magazine.Edition) (p pieces, err error) {
	all, err := v.Pieces(v.context(), e)
	for _, one := range all {
		if one.LeftOut {
			p.Out = append(p.Out, one)
			continue
		}
		p.Pieces = append(p.Pieces, piece{Piece: one, First: len(p.Pieces) == 0})
	}
	if n := len(p.Pieces); n > 0 {
		p.Pieces[n-1].Last = true
	}
	return p, err
}

// arrange changes the order of an edition's articles, or leaves one out.
func (v *visit) arrange() error {
	id, one := magazine.CleanText(v.r.PathValue("id")), magazine.CleanText(v.r.PostFormValue("piece"))
	was, err := v.Store.EditionHead(v.context(), id)
	if err != nil {
		return noEdition(err)
	}
	is := was
	seen, err := strconv.Atoi(v.r.PostFormValue("seen"))
	if err == nil {
		is, err = v.Arrange(v.context(), id, v.who.Email, v.r.PostFormValue("how"), one, seen)
	} else {
		err = magazine.Errorf(magazine.Invalid, "the form was altered").Said("fault.form.altered")
	}
	if status, sentence, ok := v.notNow(err); ok {
		return v.showEdition(status, sentence, "")
	}
	if err != nil {
		return err
	}
	return v.did("/desk/editions/" + id + "/" + tookBack(was, is) + "#piece-" + one)
}
