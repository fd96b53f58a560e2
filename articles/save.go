package articles

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"postrider/magazine"
	"postrider/store"
)

// saveParsed saves files that were parsed.
func (p *pass) saveParsed(ctx context.Context, files []File, all []parsed) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var shown []string
	for i := range all {
		if all[i].doc != nil {
			shown = append(shown, all[i].doc.Files...)
		}
	}
	if err := p.prepareMedia(ctx, shown); err != nil {
		return err
	}
	for i := range all {
		p.showDoc(&all[i])
	}
	if err := p.saveChunk(ctx, all); err != nil {
		return err
	}
	for _, f := range files {
		delete(p.pending, f.Name)
	}
	return nil
}

// showDoc tells a document what became of what it shows.
func (p *pass) showDoc(one *parsed) {
	if doc := one.doc; doc != nil {
		doc.told = p.show(one, doc.Files)
	}
}

// saveChunk saves some files in one transaction. Where one of them cannot be
// saved, the others are, and it is tried again at the next pass. Where none of
// the first few can, the store is at fault.
func (p *pass) saveChunk(ctx context.Context, all []parsed) error {
	err := p.saveTogether(ctx, all)
	if err == nil || ctx.Err() != nil || magazine.CodeOf(err) == magazine.Unavailable {
		return err
	}
	for _, one := range all {
		one.claim.mute = one.doc == nil
		p.claims[one.file.Name] = one.claim
	}
	failed := map[string]error{}
	for i := range all {
		name := all[i].file.Name
		err := p.saveTogether(ctx, all[i:i+1])
		switch {
		case err == nil:
		case ctx.Err() != nil, magazine.CodeOf(err) == magazine.Unavailable, len(failed) == i && i == 2:
			return err
		default:
			failed[name] = err
		}
		delete(p.pending, name)
	}
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		p.unsaved(name, failed[name])
	}
	return nil
}

func (p *pass) saveTogether(ctx context.Context, all []parsed) error {
	var s *saving
	err := p.store.Write(ctx, func(tx *store.Tx) error { // which may run again
		for i := range all {
			if all[i].spent {
				all[i] = p.parse(all[i].file)
				p.showDoc(&all[i])
			}
			all[i].spent = all[i].doc != nil
		}
		s = newSaving(p, tx, all)
		return s.save(ctx)
	})
	if err == nil {
		s.keep()
	}
	return err
}

// saving is one transaction that saves some files. What it learns is the
// pass's only after the transaction is on disk.
type saving struct {
	*pass
	tx  *store.Tx
	all []parsed

	files  map[string]store.File         // as they are in the store, then as they are saved
	rows   map[string]*store.ArticleRow  // of the articles, by path
	before map[string]store.ArticleRow   // the same as they were; zero where they are new
	fresh  []store.ArticleRow            // those of the articles that are new
	read   []store.File                  // that were read, as they are to be saved
	owners map[string]string             // whose slugs are, by slug; empty: nobody's
	slugs  map[string]string             // given by this transaction, by path
	marks  map[string]outcome            // by path
	forget []string                      // paths of files that are to be read anew
	warned map[string][]magazine.Problem // about identities, by path
	asking sync.Mutex                    // of one document at a time where links lead
	failed error                         // of that
}

func newSaving(p *pass, tx *store.Tx, all []parsed) *saving {
	return &saving{pass: p, tx: tx, all: all, rows: map[string]*store.ArticleRow{}, before: map[string]store.ArticleRow{}, owners: map[string]string{}, slugs: map[string]string{}, marks: map[string]outcome{}, warned: map[string][]magazine.Problem{}}
}

// save writes the files down: first which article each is, and so its slug;
// then, with all slugs known, its links.
func (s *saving) save(ctx context.Context) error {
	if _, err := s.tx.ArticleNumber(ctx); err != nil { // one pass after the other, over all nodes
		return err
	}
	paths := make([]string, len(s.all))
	for i, one := range s.all {
		paths[i] = one.file.Name
	}
	var err error
	if s.files, err = s.tx.FilesAt(ctx, s.name, paths); err != nil {
		return err
	}
	for i := range s.all {
		s.overtaken(&s.all[i])
	}
	had := map[string]string{} // paths by the articles that files had
	for path, k := range s.files {
		if id := holds(k); id != "" {
			had[id] = path
		}
	}
	if err := s.identify(ctx); err != nil {
		return err
	}
	closed, err := s.rewrite(ctx)
	if err != nil {
		return err
	}
	for i := range s.all {
		if err := s.saveOne(ctx, &s.all[i], &closed[i]); err != nil {
			return fmt.Errorf("%s: %w", s.all[i].file.Name, err)
		}
	}
	if err := s.tx.AddArticles(ctx, s.fresh); err != nil {
		return err
	}
	if err := s.tx.PutFiles(ctx, s.read...); err != nil {
		return err
	}
	for _, k := range s.files {
		delete(had, k.ArticleID)
	}
	if err := s.tx.Displace(ctx, s.number, slices.Sorted(maps.Keys(had))); err != nil {
		return err
	}
	if err := s.leave(ctx); err != nil {
		return err
	}
	if err := s.aliases(ctx); err != nil {
		return err
	}
	if err := s.await(ctx); err != nil {
		return err
	}
	return s.wake(ctx)
}

// overtaken leaves out a file that another pass has read meanwhile. What is
// read a second time is saved all the same: this pass knows why.
func (s *saving) overtaken(one *parsed) {
	k, had := s.files[one.file.Name], s.known[one.file.Name]
	if s.again || k.State == had.state && k.Hash == had.hash && k.Modified == had.modified && k.Reader == had.reader {
		return
	}
	if !one.same && (k.State == store.FileGone || k.Reader != s.revision || k.Hash != one.hash && k.Modified <= one.file.Modified.UnixNano()) {
		return
	}
	one.doc, one.same, one.skip = nil, false, true
	switch k.State {
	case store.FileArticle:
		s.marks[one.file.Name] = unchanged
	case store.FileHeld:
		s.marks[one.file.Name] = held
	}
}

func (s *saving) saveOne(ctx context.Context, one *parsed, r *rewritten) error {
	path := one.file.Name
	k := s.files[path]
	switch {
	case one.skip:
		return nil
	case one.same:
		s.marks[path] = unchanged
		if k.State == store.FileHeld {
			s.marks[path] = held
		}
		k.Size, k.Modified = one.file.Size, one.file.Modified.UnixNano()
		s.putFile(k)
		return nil
	}
	k.Source, k.Path, k.Size, k.Modified, k.Hash, k.Reader = s.name, path, one.file.Size, one.file.Modified.UnixNano(), one.hash, s.revision
	if one.hash == "" { // it could not be read, which may end without a trace
		k.Reader = ""
	}
	if one.doc == nil {
		s.hold(k, one.problems)
		return nil
	}
	if r.failed != nil {
		s.hold(k, []magazine.Problem{*r.failed})
		return nil
	}
	row := s.rows[path]
	k.Problems = slices.Concat(one.problems, s.warned[path], r.open)
	if err := s.put(ctx, one, row); err != nil {
		return err
	}
	k.State, k.ArticleID, k.Title, k.Uses = store.FileArticle, row.ID, row.Title, append(ofMedia(one.doc.Files), r.missing...)
	s.putFile(k)
	return nil
}

// hold keeps a file from being an article, and what it was before.
func (s *saving) hold(k store.File, problems []magazine.Problem) {
	if s.files[k.Path].State == store.FileGone { // what was here went with its file
		k.ArticleID = ""
	}
	k.State, k.Problems, k.Title, k.Uses = store.FileHeld, problems, "", nil
	s.marks[k.Path] = held
	s.putFile(k)
}

func (s *saving) putFile(k store.File) {
	s.files[k.Path] = k
	s.read = append(s.read, k)
}

// keep makes known to the pass what the transaction has written.
func (s *saving) keep() {
	p := s.pass
	for path, k := range s.files {
		had := p.known[path]
		p.learn(k)
		if id := holds(k); id != "" {
			p.holders[id] = path
		}
		if k.State == store.FileHeld && (had.state != store.FileHeld || had.hash != k.Hash) {
			p.log.Warn("a file is held", "file", path, "problem", first(k.Problems))
		}
	}
	for path, slug := range s.slugs {
		p.slugs[path], p.given[slug] = slug, true
	}
	for path, o := range s.marks {
		p.mark(path, o)
	}
	p.readAgain(s.forget)
}

func first(problems []magazine.Problem) string {
	for _, p := range problems {
		if !p.Warning {
			return p.String()
		}
	}
	return ""
}
