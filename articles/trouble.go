package articles

import (
	"context"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// problem notes what is wrong with the source itself. The value is what it is
// about, such as a file's name, and may be empty. One that is met again is said once.
func (p *pass) problem(value, text, mend string) {
	one := magazine.Problem{Value: shorten(value, maxShown), Text: text, Mend: mend}
	if !slices.Contains(p.problems, one) {
		p.problems = append(p.problems, one)
	}
}

// unsaved notes a file that the store did not take.
func (p *pass) unsaved(name string, err error) {
	p.problem(name, "the file could not be saved: "+err.Error(), "it is tried again at the next pass")
}

// tell keeps what is wrong with the source itself where the list of articles
// shows it, and logs what the last pass did not say.
func (p *pass) tell(ctx context.Context) error {
	all, err := p.store.SourceProblems(ctx)
	if err != nil {
		return err
	}
	said := all[p.name]
	for _, problem := range p.problems {
		if !slices.Contains(said, problem) {
			p.log.Error("the source has a problem", "folder", p.folder, "problem", problem.String())
		}
	}
	if slices.Equal(said, p.problems) {
		return nil
	}
	return p.store.Write(ctx, func(tx *store.Tx) error { return tx.PutSourceProblems(ctx, p.name, p.problems) })
}
