package web

import (
	"html/template"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/templates"
)

// tryPage renders a page with sample data: once with everything there can be,
// once with as little as there can be.
func (s *site) tryPage(name string, t *template.Template, w *templates.Words) error {
	full, bare := samples(name)
	var wrong []error
	for i, content := range []any{full, bare} {
		p := s.barePage(nil)
		p.Words, p.Content, p.Front = w, content, name == "front"
		if i == 0 {
			issue := sampleIssue
			p.Title, p.Description, p.Canonical, p.NoIndex = "Sample", "A sample.", s.Publication.Link("/sample"), true
			p.Picture, p.Current = sampleArticle.Image, &issue
			p.Sections = []store.SectionCount{{Section: sampleArticle.Section, Articles: 1}}
			p.Feeds, p.HasPrivacy, p.HasTerms, p.HasOwnFeeds, p.SignedIn = []feed{{"Sample", "/"}}, true, true, true, true
		}
		file := s.Templates.Origin("pages/" + name + ".html")
		shown := output(file)
		err := s.Templates.Explain(t.Execute(shown, p), p, content)
		if err == nil && name == "join" && stampedForm(shown.String()) == nil {
			err = &templates.Mistake{File: file, Text: "the form does not tell when it was made, so nobody could join by it", Mend: `write {{template "marks" .}} in the form, where . is .Content`}
		}
		wrong = append(wrong, err)
	}
	return templates.Join(wrong...)
}

var (
	sampleDay     = time.Date(2024, 9, 5, 9, 0, 0, 0, time.UTC)
	sampleAuthor  = magazine.Author{Slug: "salma-oduya", Name: "Salma Oduya", Bio: "<p>Writes.</p>", URL: "https://example.org/", Image: sampleImage}
	sampleImage   = &magazine.Image{Src: "/media/sample/lamp.png", Alt: "A lamp", Caption: "The lamp.", Credit: "S. Oduya", Width: 600, Height: 400}
	sampleArticle = magazine.Article{
		ID: "sample", Slug: "sample", Title: "Sample", Subtitle: "A sample", Language: "ar", Published: sampleDay, Updated: sampleDay, Access: magazine.Members,
		Authors: []magazine.Author{sampleAuthor, {Slug: "layla", Name: "Layla"}}, Section: magazine.Section{Slug: "essays", Name: "Essays", Description: "Long pieces."},
		Issue: sampleIssue.IssueRef, Hijri: "Safar 28, 1446", Summary: "A sample.", Image: sampleImage, Tags: []string{"lamps"}, Words: 900, Teaser: "<p>Sample.</p>",
		Corrections: []magazine.Correction{{Date: sampleDay, Text: "It was green."}},
	}
	bareArticle = magazine.Article{ID: "bare", Slug: "bare", Title: "Bare", Language: "en", Published: sampleDay, Updated: sampleDay, HTML: "<p>Bare.</p>"}
	sampleIssue = magazine.Issue{IssueRef: magazine.IssueRef{Volume: "12", Number: "9"}, State: magazine.IssuePublished, Title: "Reckoning",
		CoverDate: sampleDay, Hijri: "Safar 1446", Cover: sampleImage, Note: "<p>A note.</p>"}
	bareIssue = magazine.Issue{IssueRef: magazine.IssueRef{Volume: "12", Number: "10"}, State: magazine.IssueOpen}
)

// samples are what a page shows, with everything and with as little as can be.
func samples(page string) (full, bare any) {
	issue, open := sampleIssue, bareIssue
	both := []magazine.Article{sampleArticle, bareArticle}
	switch page {
	case "front":
		return front{Issue: &issue, Sections: []sectionGroup{{sampleArticle.Section, both}, {Articles: both}}, New: both, Quick: &quick{magazine.Newsletter{Name: "weekly", Title: "Weekly"}, marks{sampleMade, quickFormName}}, Before: 7, Earlier: []magazine.Issue{issue, open}}, front{}
	case "article":
		cited := citation{Authors: []string{"Salma Oduya", "Layla"}, Title: "Sample", Printed: "Vol. 12", Address: "https://example.org/"}
		named := []related{{Href: "/articles/bare/", Title: "Bare", Language: "en", Authors: []string{"Layla"}, Dates: []string{"Safar 28, 1446", "5 September 2024"}}, {Title: "Only named"}}
		return article{&sampleArticle, sampleArticle.Teaser, &wall{"patron", true, true, true, "/sign-in"}, true, named, cited}, article{Article: &bareArticle, Body: bareArticle.HTML}
	case "authors":
		return authorList{[]store.AuthorCount{{Author: sampleAuthor, Articles: 1}, {Author: magazine.Author{Slug: "layla", Name: "Layla"}, Articles: 2}}, turn{1, 3}}, authorList{}
	case "author":
		return author{&sampleAuthor, []issueGroup{{Ref: issue.IssueRef, Issue: &issue, Articles: both}, {Articles: both}, {Ref: open.IssueRef}}, 7}, author{Author: &magazine.Author{Slug: "layla", Name: "Layla"}}
	case "section":
		return section{&sampleArticle.Section, both, 7}, section{Section: &magazine.Section{Slug: "essays", Name: "Essays"}}
	case "issues":
		return issueList{[]magazine.Issue{issue, open}, turn{1, 3}}, issueList{}
	case "issue":
		return issueView(&issue, both, &open), issueView(&open, nil, nil)
	case "feeds":
		return feedList{Groups: []feedGroup{{"", []listedFeed{publicFeed("Sample", "/", true)}}, {"Authors", []listedFeed{publicFeed("Salma Oduya", "/authors/salma-oduya/", false)}}}, turn: turn{1, 3}}, feedList{}
	case "ownfeeds":
		return ownFeeds{[]feedGroup{{"", []listedFeed{{"Everything", "/", "/own/sample/", false}}}, {"Sections", []listedFeed{{"Essays", "/sections/essays/", "/own/sample/sections/essays/", false}}}}, turn{1, 3}}, ownFeeds{}
	case "join":
		boxes := []choice{{"newsletter", "weekly", "Weekly", "Each week.", true}, {"newsletter", "daily", "Daily", "", false}}
		return joinView{marks{sampleMade, joinFormName}, "By mail", joinErrors{"Wrong.", "Wrong.", "Wrong.", "Wrong.", "Wrong."}, "amina@example.org", "Amina", "Africa/Nairobi", boxes, []often{{"How often", boxes}},
			[]hours{{"hour-weekly", "At what hour", boxes}}, boxes, boxes, true}, joinView{marks: marks{sampleMade, joinFormName}, Heading: "By mail", Newsletters: boxes[:1]}
	case "signin":
		return signInView{"Sign in", "Old.", "Wrong.", "amina@example.org", "/articles/sample/", "{}"}, signInView{Heading: "Sign in"}
	case "code":
		return codeView{"Wrong."}, codeView{}
	case "account":
		return accountView{"amina@example.org", "Wrong.", []sessionView{{"a", "Firefox on Linux", sampleDay, sampleDay, true}, {ID: "b", Begun: sampleDay, Seen: sampleDay}},
			[]passkeyView{{"k", "Phone", sampleDay, sampleDay}, {ID: "l", Begun: sampleDay}}, "{}", []moveView{{"m", "new@example.org", sampleDay}}}, accountView{Email: "amina@example.org"}
	case "preferences":
		boxes := []choice{{"author", "salma-oduya", "Salma Oduya", "", true}, {"tag", "lamps", "Tag: lamps", "By the way.", false}}
		letter := letterView{"weekly", "Weekly", "Each week.", true, true, true, "Wrong.", &comingView{"Your next digest: Friday 07:00 (Nairobi), 4 articles so far.", "Paused until 1 December 2026.", true}, boxes, boxes, boxes, boxes, boxes, "lamp", boxes, "2026-12-01", "2026-11-01", true}
		return preferencesView{"/preferences", "amina@example.org", true, true, []letterView{letter, {Name: "daily", Title: "Daily", On: true, Coming: &comingView{}}, {Name: "never", Title: "Never"}}, zoneView{"Africa/Nairobi", "UTC", "Wrong.", true}, languageView{boxes, "Wrong.", true}},
			preferencesView{Base: "/preferences", Email: "amina@example.org"}
	case "leave":
		boxes := []choice{{"days", "30", "For a month", "", true}, {"days", "0", "Until I say so", "", false}}
		return leaveView{Title: "Weekly", Email: "amina@example.org", Done: "Done.", Error: "Wrong.", Often: boxes, Pauses: boxes}, leaveView{Title: "Weekly", Gone: true, Left: true, Thanks: true}
	case "message":
		return message{"Sample", []string{"One.", "Two."}, "Yes", "By the way."}, message{Heading: "Sample"}
	case "text":
		return textView{"Privacy", "<p>Sample.</p>"}, textView{HTML: "<h1>Privacy</h1>"}
	}
	return nil, nil
}

func issueView(i *magazine.Issue, articles []magazine.Article, other *magazine.Issue) issue {
	v := issue{Issue: i, Articles: articles, Previous: other, Next: other}
	if articles != nil {
		v.Citation, v.Address = "Vol. 12", "https://example.org/"
	}
	return v
}
