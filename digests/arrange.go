package digests

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
)

// rank puts the articles in the order of their weight in a mail: the lead
// first, then from the newest to the oldest. The lead is the newest, but one
// that is pinned at this instant goes before all others, then one in the mail's
// language, for it gives the subject, and then one with a picture that mails can
// show.
func rank(articles []magazine.Article, language string, at time.Time) []*magazine.Article {
	ranked := make([]*magazine.Article, len(articles))
	for i := range articles {
		ranked[i] = &articles[i]
	}
	newest := func(a, b *magazine.Article) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.ID, b.ID))
	}
	slices.SortFunc(ranked, newest)
	lead := 0
	for i, a := range ranked {
		if leadPoints(a, language, at) > leadPoints(ranked[lead], language, at) {
			lead = i
		}
	}
	first := ranked[lead]
	return slices.Insert(slices.Delete(ranked, lead, lead+1), 0, first)
}

// Ranked is the order in which articles stand in a mail that is in a language, where no
// editor has chosen another.
func Ranked(articles []magazine.Article, language string, at time.Time) []magazine.Article {
	all := make([]magazine.Article, len(articles))
	for i, a := range rank(articles, language, at) {
		all[i] = *a
	}
	return all
}

func leadPoints(a *magazine.Article, language string, at time.Time) int {
	points := 0
	if a.Pinned.After(at) {
		points += 4
	}
	if magazine.BaseLanguage(languageOf(a, language)) == magazine.BaseLanguage(language) {
		points += 2
	}
	if mailPicture(a.Image) != nil {
		points++
	}
	return points
}

// mailPicture is an image in the form that mails show, or nil where it
// has none or its size is not known: without one the text would jump when it
// loads.
func mailPicture(of *magazine.Image) *magazine.Image {
	if of == nil || of.Mail == nil || of.Mail.Width <= 0 || of.Mail.Height <= 0 {
		return nil
	}
	return of.Mail
}

// department is the articles of one section, or of none.
type department struct {
	section  magazine.Section
	articles []*magazine.Article
}

// departments parts articles by section. Sections stand in the order of first,
// which are slugs, and after them by their names, so that a reader finds them in
// the same order every week; articles without one come last. Within a section
// the given order stays.
func departments(articles []*magazine.Article, first []string) []department {
	places := map[string]int{}
	var all []department
	for _, a := range articles {
		i, known := places[a.Section.Slug]
		if !known {
			i = len(all)
			places[a.Section.Slug] = i
			all = append(all, department{section: a.Section})
		}
		all[i].articles = append(all[i].articles, a)
	}
	place := func(d department) int {
		if i := slices.Index(first, d.section.Slug); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortFunc(all, func(a, b department) int {
		if a.section.IsZero() != b.section.IsZero() {
			if a.section.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(place(a)-place(b), cmp.Compare(strings.ToLower(a.section.Name), strings.ToLower(b.section.Name)),
			cmp.Compare(a.section.Slug, b.section.Slug))
	})
	return all
}

// commonIssue tells which issue all the articles are from, as an article
// without anything else, so that it can be cited. Where their printed months
// differ, none is cited.
func commonIssue(articles []*magazine.Article) (magazine.Article, bool) {
	var common magazine.Article
	for i, a := range articles {
		if a.Issue.IsZero() || i > 0 && a.Issue != common.Issue {
			return magazine.Article{}, false
		}
		if i == 0 {
			common = magazine.Article{Issue: a.Issue, HijriMonth: a.HijriMonth, HijriYear: a.HijriYear}
		} else if a.HijriMonth != common.HijriMonth || a.HijriYear != common.HijriYear {
			common.HijriMonth, common.HijriYear = "", ""
		}
	}
	return common, len(articles) > 0
}
