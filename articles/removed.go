package articles

import (
	"context"
	"maps"
	"slices"
)

// lookBack finds the sources that the publication had and has no more. What
// they brought stays until a person says that it is to go: a line lost from the
// configuration must not withdraw a part of the magazine, nor may a node that
// is still to learn of a new source. The pass over the last of the sources
// looks, when the others have taken what moved.
func (p *pass) lookBack(ctx context.Context) error {
	if p.only != nil || len(p.beside) == 0 || p.beside[len(p.beside)-1] != p.Source {
		return nil
	}
	sizes, err := p.store.SourceSizes(ctx)
	if err != nil {
		return err
	}
	problems, err := p.store.SourceProblems(ctx)
	if err != nil {
		return err
	}
	for name := range problems {
		sizes[name] += 0 // what was wrong may be over
	}
	for _, s := range p.beside {
		delete(sizes, s.name)
	}
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		q := newPass(&Source{name: name, folder: name, reader: p.reader, store: p.store, log: p.log, beside: p.beside, removed: true}, p.PassOptions)
		q.number = p.number
		if err := q.takeBack(ctx); err != nil {
			return err
		}
		p.others.Add(q.count())
	}
	return nil
}

// takeBack is the pass over a source that is no more.
func (p *pass) takeBack(ctx context.Context) error {
	if err := p.recall(ctx); err != nil {
		return err
	}
	clear(p.outcomes) // of files that nobody has looked at
	if err := p.gone(ctx); err != nil {
		return err
	}
	return p.tell(ctx)
}
