package web

import (
	"cmp"
	"net/http"
	"strings"

	"postrider/magazine"
	"postrider/templates"
)

type article struct {
	Article  *magazine.Article
	Body     string // what of it the reader gets
	Wall     *wall  // why that is not all; nil: it is
	Revised  bool   // changed on a later day than published
	Related  []related
	Citation citation
}

// related is another piece as its line on the page shows it.
type related struct {
	Href     string // empty: it is only named
	Title    string
	Language string
	Authors  []string
	Dates    []string // as printed
}

// citation is a line to copy, in parts, so that each may run in its own direction.
type citation struct {
	Authors []string
	Title   string
	Printed string // where
	Address string
}

// article shows one article: 301 from an earlier slug or another spelling, 302 to its home
// elsewhere, 410 with the reason where it was withdrawn. What is not visible
// yet does not exist.
func (s *site) article(w http.ResponseWriter, r *http.Request) error {
	a, err := bySlug(r, s.Store.Article)
	if err != nil {
		return missing(err, errNoArticle)
	}
	switch {
	case a.State == magazine.Withdrawn:
		words := s.wordsFor(r)
		s.tell(w, r, http.StatusGone, words.T("fault.withdrawn.title"), cmp.Or(asSentence(a.Reason), words.T("fault.withdrawn")))
		return nil
	case a.State != magazine.Published:
		return errNoArticle
	case a.Slug != r.PathValue("slug"):
		redirect(w, s.path(a.Path()), http.StatusMovedPermanently)
		return nil
	case a.HomeURL != "" && !s.here(r, a.HomeURL):
		redirect(w, a.HomeURL, http.StatusFound) // its home may move
		return nil
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	s.picture(p, a.Image)
	view := article{Article: a, Citation: s.cite(p.Words, a)}
	view.Revised = s.Publication.Day(a.Updated) > s.Publication.Day(a.Published)
	if view.Related, err = s.related(r, p.Words, a); err != nil {
		return err
	}
	if err := s.open(w, r, p, &view); err != nil {
		return err
	}
	p.Title, p.Description, p.Canonical = a.Title, a.Summary, s.Publication.Link(a.Path())
	if p.Feeds != nil {
		for _, author := range a.Authors {
			p.Feeds = append(p.Feeds, p.feedOf(author.Name, author.Path()))
		}
	}
	p.Content = view
	return s.show(w, r, http.StatusOK, "article", p)
}

// missing gives a NotFound of the store the words of the page.
func missing(err error, said *magazine.Error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return said
	}
	return err
}

// preview is the picture that other sites show with a link to an article: the
// one made for mails, since no preview reads SVG or WebP reliably.
func preview(image *magazine.Image) *magazine.Image {
	switch {
	case image == nil || image.Src == "":
		return nil
	case image.Mail != nil && image.Mail.Src != "":
		small := *image.Mail
		if small.Alt == "" {
			small.Alt = image.Alt
		}
		return &small
	case image.Type == "image/svg+xml":
		return nil
	}
	return image
}

// cite fills the citation. What the publication's own pattern names is not
// said twice.
func (s *site) cite(page *templates.Words, a *magazine.Article) citation {
	c := citation{Printed: s.Publication.Cite(a), Address: s.Publication.Link(a.Path())}
	pattern := s.Publication.Citation
	if c.Printed == "" {
		c.Printed, pattern = s.Publication.Title+page.T("list.comma")+s.voice(page, a.Language).Date(a.Published), ""
	}
	if !strings.Contains(pattern, "{author}") {
		c.Authors = namesOf(a.Authors)
	}
	if !strings.Contains(pattern, "{title}") {
		c.Title = a.Title
	}
	return c
}

func namesOf(authors []magazine.Author) []string {
	list := make([]string, len(authors))
	for i, a := range authors {
		list[i] = a.Name
	}
	return list
}

func (s *site) related(r *http.Request, page *templates.Words, a *magazine.Article) ([]related, error) {
	var slugs []string
	for _, other := range a.Related {
		if other.Slug != "" {
			slugs = append(slugs, other.Slug)
		}
	}
	ours, err := s.Store.ArticlesBySlug(r.Context(), slugs)
	if err != nil {
		return nil, err
	}
	var list []related
	around := s.voice(page, "") // the list stands outside the article
	for _, other := range a.Related {
		if found, ok := ours[other.Slug]; ok && other.Slug != "" {
			list = append(list, related{
				Href: s.path(found.Path()), Title: found.Title, Language: found.Language,
				Authors: namesOf(found.Authors), Dates: filled(found.Hijri, around.Date(found.Published)),
			})
		} else if other.Title != "" {
			list = append(list, related{
				Href: other.URL, Title: other.Title,
				Authors: other.Authors, Dates: filled(other.Hijri, around.longDay(other.Date)),
			})
		}
	}
	return list, nil
}

// longDay prints 2024-03-11 as 11 March 2024, and anything else as it is.
func (v voice) longDay(day string) string {
	t, err := magazine.ParseDay(day, v.zone)
	if err != nil {
		return day
	}
	return v.Date(t)
}

// filled leaves the empty ones out.
func filled(texts ...string) []string {
	var kept []string
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return kept
}
