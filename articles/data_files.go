package articles

import (
	"context"
	"errors"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// dataFiles reads files of authors/, issues/ and sections/. What is read after
// them goes by what they say.
func (p *pass) dataFiles(ctx context.Context, files []File) error {
	if len(files) == 0 {
		return nil
	}
	for _, f := range files {
		if err := p.dataFile(ctx, f); err != nil {
			return err
		}
	}
	return p.recallNames(ctx)
}

// dataFile reads and saves one file. Where it cannot be saved, it is tried
// again at the next pass.
func (p *pass) dataFile(ctx context.Context, f File) error {
	one := p.parseData(f)
	if err := p.prepareMedia(ctx, one.files); err != nil {
		return err
	}
	if p.showData(&one); one.skip {
		return nil
	}
	var s *savingData
	err := p.store.Write(ctx, func(tx *store.Tx) error { // which may run again
		if s != nil {
			one = p.parseData(f)
			p.showData(&one)
		}
		s = &savingData{saving: newSaving(p, tx, nil), one: &one}
		return s.save(ctx)
	})
	switch {
	case err == nil:
		s.keep()
		return nil
	case ctx.Err() != nil || magazine.CodeOf(err) == magazine.Unavailable:
		return err
	}
	p.unsaved(f.Name, err)
	return nil
}

// dataFile is a data file that was read. It is to be held where none of author,
// issue and section is set.
type dataFile struct {
	parsed
	author  *AuthorData
	issue   *IssueData
	section *SectionData
	files   []string
}

func (p *pass) parseData(f File) dataFile {
	one := dataFile{parsed: parsed{file: f}}
	data, err := ReadFile(p.root, f.Name)
	if err != nil {
		one.skip = magazine.CodeOf(err) == magazine.NotFound
		one.problems = []magazine.Problem{{Text: err.Error()}}
		return one
	}
	one.hash = hashOf(data)
	if failed := p.sound(f.Name, func() { one.parse(p.reader, data) }); failed != nil {
		return dataFile{parsed: parsed{file: f, hash: one.hash, problems: []magazine.Problem{*failed}}}
	}
	return one
}

func (one *dataFile) parse(r *Reader, data []byte) {
	name := one.file.Name
	switch one.file.Kind {
	case AuthorFile:
		if one.author, one.problems = r.ParseAuthor(name, data); one.author != nil {
			one.files = one.author.Files
		}
	case IssueFile:
		if one.issue, one.problems = r.ParseIssue(name, data); one.issue != nil {
			one.files = one.issue.Files
		}
	case SectionFile:
		one.section, one.problems = r.ParseSection(name, data)
	}
}

// showData tells a data file what became of what it shows.
func (p *pass) showData(one *dataFile) {
	told := p.show(&one.parsed, one.files)
	switch {
	case one.author != nil:
		one.author.told = told
	case one.issue != nil:
		one.issue.told = told
	}
}

// savingData is the transaction that saves a data file.
type savingData struct {
	*saving
	one     *dataFile
	missing []string         // articles that it names
	moved   []magazine.Scope // in which names have another slug now
}

func (s *savingData) save(ctx context.Context) (err error) {
	if _, err := s.tx.ArticleNumber(ctx); err != nil {
		return err
	}
	one, path := s.one, s.one.file.Name
	if s.files, err = s.tx.FilesAt(ctx, s.name, []string{path}); err != nil {
		return err
	}
	state, about, had := store.FileData, one.about(), s.files[path]
	twin, err := s.twin(ctx, about)
	if err != nil {
		return err
	}
	problems := slices.Clone(one.problems)
	resolve := s.resolver(ctx, &s.missing)
	switch {
	case about == "": // it is held, and what it said stays
		state, about = store.FileHeld, had.About
		s.marks[path] = held
	case twin != "":
		state = store.FileHeld
		s.marks[path] = held
		problems = append(problems, magazine.Problem{Value: about, Text: "the file " + twin + " tells of the same", Mend: "write both into one file, or give one of them another slug or number"})
	case one.author != nil:
		problems = append(problems, one.author.Rewrite(resolve)...)
		var taken []magazine.Problem
		taken, err = s.saveAuthor(ctx, one.author)
		problems = append(problems, taken...)
	case one.issue != nil:
		problems = append(problems, one.issue.Rewrite(resolve)...)
		err = s.saveIssue(ctx, one.issue.Issue)
	case one.section != nil:
		s.moved = moved(s.names.sections, one.section.Name, one.section.Slug, magazine.SectionScope)
		err = s.tx.PutSection(ctx, one.section.Section)
	}
	if err := errors.Join(err, s.failed); err != nil {
		return err
	}
	again, err := s.tx.ForgetReaderIn(ctx, s.name, s.moved)
	if err != nil {
		return err
	}
	s.forget = append(s.forget, again...)
	k := had
	k.Source, k.Path, k.Size, k.Modified, k.Hash, k.Reader = s.name, path, one.file.Size, one.file.Modified.UnixNano(), one.hash, s.revision
	if one.hash == "" { // it could not be read, which may end without a trace
		k.Reader = ""
	}
	k.State, k.About, k.Uses, k.Problems = state, about, append(ofMedia(one.files), s.missing...), problems
	if err := s.tx.PutAwaits(ctx, s.name, map[string][]string{path: awaited(k)}); err != nil {
		return err
	}
	overruled := twin != "" && had.State == store.FileData // an alias came after it
	s.files[path] = k
	if err := s.tx.PutFiles(ctx, k); err != nil || had.About == about && !overruled || had.State == store.FileGone {
		return err
	}
	again, err = s.unsay(ctx, s.tx, had)
	s.forget = append(s.forget, again...)
	return err
}

// about is the key of the scope that the file tells of; empty where it is to be
// held.
func (one *dataFile) about() string {
	switch {
	case one.author != nil:
		return magazine.AuthorScope(one.author.Slug).Key()
	case one.issue != nil:
		return magazine.IssueScope(one.issue.IssueRef).Key()
	case one.section != nil:
		return magazine.SectionScope(one.section.Slug).Key()
	}
	return ""
}

// twin is another file that tells of the same and came first, or of an author
// who has this one's slug among the aliases.
func (s *savingData) twin(ctx context.Context, about string) (string, error) {
	if about == "" {
		return "", nil
	}
	tell, err := s.tx.FilesAbout(ctx, about)
	if err != nil {
		return "", err
	}
	if s.one.author != nil {
		slug, err := s.tx.AuthorSlug(ctx, s.one.author.Slug)
		if err != nil {
			return "", err
		}
		also, err := s.tx.FilesAbout(ctx, magazine.AuthorScope(slug).Key())
		if err != nil {
			return "", err
		}
		tell = append(tell, also...) // once more the same where it is no alias
	}
	for _, k := range tell {
		switch {
		case k.State != store.FileData:
		case k.Source == s.name && (k.Path == s.one.file.Name || !s.there(k.Path)):
		case k.Source != s.name && !s.besideHas(k.Source, k.Path):
		default:
			return k.Path, nil
		}
	}
	return "", nil
}

// unsay takes back what a data file said that tells of something else by now or
// is gone, unless another file says it. It lists the files that are to be read
// anew.
func (p *pass) unsay(ctx context.Context, tx *store.Tx, k store.File) ([]string, error) {
	if k.About == "" {
		return nil, nil
	}
	tell, err := tx.FilesAbout(ctx, k.About)
	if err != nil || slices.ContainsFunc(tell, func(other store.File) bool { return other.State == store.FileData }) {
		return nil, err
	}
	return tx.Unsay(ctx, p.name, k.About)
}

// saveAuthor keeps an author with their aliases, and warns of those that are
// another author's.
func (s *savingData) saveAuthor(ctx context.Context, a *AuthorData) (taken []magazine.Problem, err error) {
	w := a.Author
	if w.Image != nil {
		w.Image = s.describe(w.Image)
	}
	s.moved = moved(s.names.authors, w.Name, w.Slug, magazine.AuthorScope)
	if err := s.tx.PutAuthor(ctx, w); err != nil {
		return nil, err
	}
	c, err := s.tx.PutAliases(ctx, s.name, w.Slug, a.Aliases)
	if err != nil {
		return nil, err
	}
	if len(c.Moved) > 0 { // what stood under one that is none any more stands under the author's own
		s.moved = append(s.moved, magazine.AuthorScope(w.Slug))
	}
	for _, slug := range c.Moved {
		s.moved = append(s.moved, magazine.AuthorScope(slug))
	}
	s.forget = append(s.forget, c.Again...)
	for _, slug := range c.Taken {
		taken = append(taken, magazine.Problem{Field: "aliases", Value: slug, Text: "another author has this alias; it was left out", Mend: "leave it to one of the two", Warning: true})
	}
	return taken, nil
}

// saveIssue keeps an issue. One that its file doesn't say is open is published.
func (s *savingData) saveIssue(ctx context.Context, i magazine.Issue) error {
	if i.Cover != nil {
		i.Cover = s.describe(i.Cover)
	}
	if i.State == "" {
		i.State = magazine.IssuePublished
	}
	_, err := s.tx.PutIssue(ctx, i)
	return err
}

// keep makes known to the pass what the transaction has written.
func (s *savingData) keep() {
	p, path := s.pass, s.one.file.Name
	if p.outcomes[path] == held {
		delete(p.outcomes, path)
	}
	s.saving.keep()
	switch {
	case s.one.author != nil:
		p.names.authors[s.one.author.Name] = s.one.author.Slug
	case s.one.section != nil:
		p.names.sections[s.one.section.Name] = s.one.section.Slug
	}
}
