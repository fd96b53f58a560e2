package articles

import (
	"context"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// dataFiles reads files of authors/, issues/ and sections/.
func (p *pass) dataFiles(ctx context.Context, files []File) error {
	for _, f := range files {
		if err := p.dataFile(ctx, f); err != nil {
			return err
		}
	}
	return nil
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
	p.problem("%s could not be saved and is tried again at the next pass: %v", f.Name, err)
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
	switch f.Kind {
	case AuthorFile:
		if one.author, one.problems = p.reader.ParseAuthor(f.Name, data); one.author != nil {
			one.files = one.author.Files
		}
	case IssueFile:
		if one.issue, one.problems = p.reader.ParseIssue(f.Name, data); one.issue != nil {
			one.files = one.issue.Files
		}
	case SectionFile:
		one.section, one.problems = p.reader.ParseSection(f.Name, data)
	}
	return one
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
	state := store.FileData
	problems := slices.Clone(one.problems)
	resolve := s.resolver(ctx, &s.missing)
	switch {
	case one.author != nil:
		problems = append(problems, one.author.Rewrite(resolve)...)
		err = s.saveAuthor(ctx, one.author.Author)
	case one.issue != nil:
		problems = append(problems, one.issue.Rewrite(resolve)...)
		err = s.saveIssue(ctx, one.issue.Issue)
	case one.section != nil:
		s.moved = moved(s.names.sections, one.section.Name, one.section.Slug, magazine.SectionScope)
		err = s.tx.PutSection(ctx, one.section.Section)
	default:
		state = store.FileHeld
		s.marks[path] = held
	}
	if err != nil {
		return err
	}
	if s.forget, err = s.tx.ForgetReaderIn(ctx, s.name, s.moved); err != nil {
		return err
	}
	k := s.files[path]
	k.Source, k.Path, k.Size, k.Modified, k.Hash, k.Reader = s.name, path, one.file.Size, one.file.Modified.UnixNano(), one.hash, s.revision
	if one.hash == "" { // it could not be read, which may end without a trace
		k.Reader = ""
	}
	k.State, k.Uses, k.Problems = state, append(ofMedia(one.files), s.missing...), problems
	return s.putFile(ctx, k)
}

func (s *savingData) saveAuthor(ctx context.Context, w magazine.Author) error {
	if w.Image != nil {
		w.Image = s.describe(w.Image)
	}
	s.moved = moved(s.names.authors, w.Name, w.Slug, magazine.AuthorScope)
	return s.tx.PutAuthor(ctx, w)
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
