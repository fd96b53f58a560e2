package articles

// outcome is what a pass made of a file, or found it to be.
type outcome int

const (
	unchanged outcome = iota + 1
	changed
	brought // an article that was not there before
	withdrawn
	held
)

// mark sets what became of a file. A second reading in the same pass only says
// what the first has not.
func (p *pass) mark(path string, o outcome) {
	if had := p.outcomes[path]; p.again && had != 0 && had != unchanged {
		return
	}
	p.outcomes[path] = o
}

// count adds up what became of the files.
func (p *pass) count() Pass {
	done := Pass{Unripe: p.unripe, Withdrawn: p.orphans}
	for _, problem := range p.problems {
		done.Problems = append(done.Problems, SourceProblem{p.folder, problem})
	}
	done.Add(p.others)
	for _, o := range p.outcomes {
		switch o {
		case unchanged:
			done.Unchanged++
		case changed:
			done.Changed++
		case brought:
			done.New++
		case withdrawn:
			done.Withdrawn++
		case held:
			done.Held++
		}
	}
	return done
}
