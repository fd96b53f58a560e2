package articles

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// dataFiles reads what is new or changed of authors/, issues/ and sections/,
// before the articles that name them.
func (p *pass) dataFiles(ctx context.Context, work []File) error {
	for _, f := range work {
		if f.Kind == ArticleFile {
			continue
		}
		one := p.parseData(f)
		if one.skip {
			continue
		}
		problems, err := p.prepareMedia(ctx, one.files)
		if err != nil {
			return err
		}
		one.problems = append(one.problems, problems...)
		if err := p.store.Write(ctx, func(tx *store.Tx) error { return p.saveData(ctx, tx, &one) }); err != nil {
			return err
		}
		if one.author != nil && one.save {
			p.names[one.author.Name] = one.author.Slug
		}
	}
	return nil
}

// dataFile is a data file that was read.
type dataFile struct {
	parsed
	author  *AuthorData
	issue   *IssueData
	section *SectionData
	files   []string
	save    bool
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
			one.save, one.files = true, one.author.Files
		}
	case IssueFile:
		if one.issue, one.problems = p.reader.ParseIssue(f.Name, data); one.issue != nil {
			one.save, one.files = true, one.issue.Files
		}
	case SectionFile:
		one.section, one.problems = p.reader.ParseSection(f.Name, data)
		one.save = one.section != nil
	}
	return one
}

func (p *pass) saveData(ctx context.Context, tx *store.Tx, one *dataFile) error {
	if _, err := tx.ArticleNumber(ctx); err != nil {
		return err
	}
	resolve := p.resolver(ctx, tx)
	again := one.closed // the transaction runs again
	one.closed = true
	var err error
	switch {
	case one.author != nil:
		if !again {
			one.problems = append(one.problems, one.author.Rewrite(resolve)...)
		}
		if one.author.Image != nil {
			one.author.Image = p.describe(one.author.Image)
		}
		err = tx.PutAuthor(ctx, one.author.Author)
	case one.issue != nil:
		if !again {
			one.problems = append(one.problems, one.issue.Rewrite(resolve)...)
		}
		err = p.saveIssue(ctx, tx, one.issue.Issue)
	case one.section != nil:
		err = tx.PutSection(ctx, one.section.Section)
	}
	if err != nil {
		return err
	}
	k := p.known[one.file.Name]
	k.Source, k.Path, k.Size, k.Modified, k.Hash, k.Reader = p.name, one.file.Name, one.file.Size, one.file.Modified.UnixNano(), one.hash, p.reader.revision()
	if k.State == store.FileHeld {
		p.result.Held--
	}
	k.State, k.Uses, k.Problems = store.FileData, p.uses(one.files), one.problems
	if !one.save {
		p.result.Held++
		k.State = store.FileHeld
		p.log.Warn("a file is held", "file", one.file.Name, "problem", first(one.problems))
	}
	return tx.PutFile(ctx, k)
}

// saveIssue keeps an issue. One that its file doesn't say is open is published.
func (p *pass) saveIssue(ctx context.Context, tx *store.Tx, i magazine.Issue) error {
	if i.Cover != nil {
		i.Cover = p.describe(i.Cover)
	}
	if i.State == "" {
		i.State = magazine.IssuePublished
	}
	_, err := tx.PutIssue(ctx, i)
	return err
}
