package articles

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// slug gives the article its slug: the one it has while its file asks for
// nothing new, else the wanted one, with a number where that is another's. A
// new title changes the slug only while no reader has seen the article.
func (s *saving) slug(ctx context.Context, one *parsed, row *store.ArticleRow) error {
	d, wanted := one.doc, one.doc.Slug
	if wanted == "" { // a title without letters
		wanted = "article"
	}
	stays := row.Slug != "" && (row.WantedSlug == wanted || row.Seq > 0 && !d.SlugGiven)
	row.WantedSlug = wanted
	owner, err := s.owner(ctx, wanted)
	if err != nil {
		return err
	}
	if !stays {
		if row.Slug, err = s.freeSlug(ctx, wanted, row.ID); err != nil {
			return err
		}
	}
	d.Slug = row.Slug
	s.slugs[one.file.Name], s.owners[row.Slug] = row.Slug, row.ID
	if owner != "" && owner != row.ID && row.Slug != wanted && (!stays || strings.HasPrefix(row.Slug, wanted+"-")) {
		s.warn(one, "slug", wanted, "another article has this slug; "+row.Slug+" is used and kept", "give one of the two another slug")
	}
	return nil
}

// freeSlug is the slug where it is nobody's or the article's own, else the slug
// with the lowest number that is.
func (s *saving) freeSlug(ctx context.Context, wanted, id string) (string, error) {
	for n := 1; ; n++ {
		slug := wanted
		if n > 1 {
			n = max(n, s.next[wanted])
			slug += "-" + strconv.Itoa(n)
		}
		owner, err := s.owner(ctx, slug)
		if err != nil {
			return "", err
		}
		if owner == "" || owner == id {
			return slug, nil
		}
		if n > 1 { // slugs are never given back
			s.next[wanted] = n + 1
		}
	}
}

// owner tells whose slug it is or was; empty: nobody's.
func (s *saving) owner(ctx context.Context, slug string) (string, error) {
	if id, known := s.owners[slug]; known {
		return id, nil
	}
	id, err := s.tx.SlugOwner(ctx, slug)
	if err == nil {
		s.owners[slug] = id
	}
	return id, err
}

// aliases keeps the addresses that articles had in an older system, where they
// are free. Every article of the transaction has its own slug by then.
func (s *saving) aliases(ctx context.Context) error {
	for _, one := range s.all {
		if one.doc == nil {
			continue
		}
		for _, slug := range one.doc.OldSlugs {
			if err := s.tx.TakeSlug(ctx, slug, s.rows[one.file.Name].ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewritten is what came of a document's Rewrite.
type rewritten struct {
	open    []magazine.Problem // links that lead nowhere
	missing []string           // files and addresses that the document awaits
	failed  *magazine.Problem
}

// rewrite closes the documents, whose slugs are known by now, on all cores: while
// one prints them, the parsers are soon ahead as far as they go, and stand still.
func (s *saving) rewrite(ctx context.Context) ([]rewritten, error) {
	all := make([]rewritten, len(s.all))
	parallel(ctx, len(s.all), func(i int) {
		if doc, r := s.all[i].doc, &all[i]; doc != nil {
			r.failed = s.sound(s.all[i].file.Name, func() { r.open = doc.Rewrite(s.resolver(ctx, &r.missing)) })
		}
	})
	return all, errors.Join(ctx.Err(), s.failed)
}

// resolver says where a path below the source is published. What is missing of
// articles is noted: the file that names them is read again when they come.
func (s *saving) resolver(ctx context.Context, missing *[]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if m, ok := s.media[name]; ok && m.Image != nil {
			return m.Image.Src, true
		}
		s.asking.Lock()
		defer s.asking.Unlock()
		slug := ""
		switch kindOfLink(name) {
		case toArticle:
			slug = s.slugAt(ctx, name)
		case toPage:
			slug = s.slugNow(ctx, lastSlug(name))
		default:
			return "", false
		}
		if slug == "" {
			if !slices.Contains(*missing, name) {
				*missing = append(*missing, name)
			}
			return "", false
		}
		return (&magazine.Article{Slug: slug}).Path(), true
	}
}

// linkTo says what a link within the source leads to.
type linkTo int

const (
	toFile    linkTo = iota // that is shown or given as it is
	toArticle               // by its file
	toPage                  // by an address that ends in its slug
)

func kindOfLink(name string) linkTo {
	switch {
	case KindOf(name, 0) == ArticleFile:
		return toArticle
	case path.Ext(name) == "":
		return toPage
	}
	return toFile
}

func lastSlug(name string) string { return unescape(path.Base(name)) }

// slugAt is the slug of the article in a file, empty where there is none yet.
func (s *saving) slugAt(ctx context.Context, name string) string {
	for _, given := range []map[string]string{s.slugs, s.pass.slugs} {
		if slug, ok := given[name]; ok {
			return slug
		}
	}
	article := s.known[name].article
	if k, ok := s.files[name]; ok {
		article = holds(k)
	} else if _, ok := s.known[name]; !ok && s.only != nil {
		files, err := s.tx.FilesAt(ctx, s.pass.name, []string{name})
		s.failed = errors.Join(s.failed, err)
		article = holds(files[name])
	}
	if article == "" {
		return ""
	}
	slug, err := s.tx.SlugOf(ctx, article)
	s.failed = errors.Join(s.failed, err)
	return slug
}

// slugNow is the slug that the article has now which has or had a slug.
func (s *saving) slugNow(ctx context.Context, slug string) string {
	if s.given[slug] {
		return slug
	}
	id, err := s.owner(ctx, slug)
	s.failed = errors.Join(s.failed, err)
	if id == "" {
		return ""
	}
	for _, row := range s.rows { // which may have another slug from now on
		if row.ID == id {
			return row.Slug
		}
	}
	now, err := s.tx.SlugOf(ctx, id)
	s.failed = errors.Join(s.failed, err)
	return now
}

// awaited are the articles that a file names, by their files or the slugs in
// their addresses: when one of them comes, the file is read again.
func awaited(k store.File) (names []string) {
	if k.State == store.FileGone {
		return nil
	}
	for _, name := range k.Uses {
		switch kindOfLink(name) {
		case toArticle:
			names = append(names, name)
		case toPage:
			names = append(names, lastSlug(name))
		}
	}
	return names
}

// await keeps what the transaction's files await.
func (s *saving) await(ctx context.Context) error {
	awaits := make(map[string][]string, len(s.files))
	for path, k := range s.files {
		awaits[path] = awaited(k)
	}
	return s.tx.PutAwaits(ctx, s.name, awaits)
}

// wake has the files read again that wait for one of the transaction's articles.
func (s *saving) wake(ctx context.Context) error {
	var names []string
	for name, slug := range s.slugs {
		names = append(names, name, slug)
	}
	slices.Sort(names)
	waiting, err := s.tx.Awaiting(ctx, s.name, slices.Compact(names))
	if err != nil {
		return err
	}
	for _, path := range waiting {
		if _, now := s.slugs[path]; !now {
			s.forget = append(s.forget, path)
		}
	}
	return s.tx.ForgetReader(ctx, s.name, s.forget)
}
