package articles

import (
	"context"

	"postrider/store"
)

// readAgain has the pass read files a second time at its end.
func (p *pass) readAgain(paths []string) {
	for _, path := range paths {
		if k, ok := p.known[path]; ok {
			k.reader = ""
			p.known[path] = k
		} else if p.only != nil {
			p.unmet = append(p.unmet, path)
		}
	}
}

// leave has the files read anew from which an article has gone to another: one
// that comes back just as it was has the article no more, though nothing about the
// file has changed.
func (s *saving) leave(ctx context.Context) error {
	for path, had := range s.before {
		switch {
		case had.FromFile == "" || had.Source == s.name && (had.FromFile == path || s.rows[had.FromFile] != nil):
		case had.Source == s.name:
			s.forget = append(s.forget, had.FromFile)
		default:
			if err := s.tx.ForgetReader(ctx, had.Source, []string{had.FromFile}); err != nil {
				return err
			}
		}
	}
	return nil
}

// rounds is how often a pass reads anew what it has made look otherwise. One
// round may lead to the next: a data file that is heard at last names the authors
// of articles. What is left after these waits for the next pass.
const rounds = 3

// readForgotten reads once more what this pass has made look otherwise, data
// files first: articles go by what they say.
func (p *pass) readForgotten(ctx context.Context) error {
	p.again = true
	for range rounds {
		if err := p.meetUnmet(ctx); err != nil {
			return err
		}
		if len(p.forgotten()) == 0 {
			return nil
		}
		if err := p.recallNames(ctx); err != nil {
			return err
		}
		if err := p.dataFiles(ctx, ofKind(p.forgotten(), false)); err != nil {
			return err
		}
		if err := p.meetUnmet(ctx); err != nil {
			return err
		}
		if err := p.readChunks(ctx, ofKind(p.forgotten(), true), func(int) {}); err != nil {
			return err
		}
	}
	return nil
}

// forgotten lists the files that were read in this pass or before and have to
// be read anew because of what came after them.
func (p *pass) forgotten() (work []File) {
	for _, f := range p.found {
		if k, ok := p.known[f.Name]; ok && k.reader == "" && k.hash != "" && k.state != store.FileGone {
			work = append(work, f)
		}
	}
	return work
}

// meetUnmet takes the files into a pass over some that are to be read once more
// and that it did not know of.
func (p *pass) meetUnmet(ctx context.Context) error {
	paths := p.unmet
	p.unmet = nil
	return p.meet(ctx, paths)
}
