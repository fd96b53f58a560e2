package digests

import (
	"time"

	"postrider/magazine"
)

// What templates are tried out with, before an edition needs them.

var sampleEdition = Edition{ID: "a trial at start", Date: time.Date(2024, 9, 6, 9, 0, 0, 0, time.UTC), Note: "A note.\n\nMore at https://example.org/."}

// sampleArticles are an article with everything that there can be, one with as
// little as can be, one for members and one of the other direction.
func sampleArticles() []magazine.Article {
	day := sampleEdition.Date.AddDate(0, 0, -1)
	issue := magazine.IssueRef{Volume: "12", Number: "9"}
	essays := magazine.Section{Slug: "essays", Name: "Essays"}
	authors := []magazine.Author{{Slug: "amina", Name: "Amina"}, {Slug: "joren", Name: "Joren"}}
	return []magazine.Article{
		{ID: "a", Slug: "a", Title: "A", Summary: "S.", Hijri: "Safar 28, 1446", Authors: authors, Section: essays, Issue: issue, Published: day, Pinned: day.AddDate(1, 0, 0),
			Image: &magazine.Image{Src: "/a.png", Alt: "A", Caption: "A.", Credit: "A", Mail: &magazine.Image{Src: "/a.png", Width: 1, Height: 1}}},
		{ID: "b", Slug: "b", Title: "B", Issue: issue, Published: day},
		{ID: "c", Slug: "c", Title: "C", Section: essays, Issue: issue, Published: day, Access: magazine.Members, Authors: authors[:1]},
		{ID: "d", Slug: "d", Title: "د", Language: "ar", Section: magazine.Section{Slug: "letters", Name: "Letters"}, Issue: issue, Published: day},
	}
}

// samplePages are pages with everything that templates may meet, and one with
// as little as there can be.
func (r *Renderer) samplePages() []page {
	all := rank(sampleArticles(), r.publication.Language, sampleEdition.Date)
	full := r.page(sampleEdition, all, extent{len(all), 0})
	full.Intro, full.Outro = full.Note, full.Note
	named := r.page(sampleEdition, all, extent{1, 2})
	bare := r.page(Edition{ID: sampleEdition.ID, Date: sampleEdition.Date}, all[1:2], extent{1, 0})
	bare.Intro, bare.Outro = nil, nil
	about := sampleEdition
	about.Correction = true
	about.Issue = &magazine.Issue{IssueRef: all[0].Issue, Title: "T", Note: "<p>A note.</p>", Cover: all[0].Image}
	return []page{full, named, bare, r.page(about, all, extent{2, 1})}
}
