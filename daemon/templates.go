package daemon

import (
	"context"
	"errors"
	"os"
	"slices"

	"postrider/config"
	"postrider/digests"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/templates"
)

// ownTemplates are the built-in templates, with the publication's over them.
func ownTemplates(c *config.Config) *templates.Files {
	if c.Templates == "" {
		return nil
	}
	return templates.Over(os.DirFS(c.Templates), c.Templates)
}

// speak has the feeds say our own words, and the publication cite articles in its
// language: with its digits and, where none is configured, in its form.
func (d *Daemon) speak() (err error) {
	if d.Feeds.Messages, err = d.templates.Messages(); err != nil {
		return unusable(err)
	}
	words := d.Feeds.Messages.In(d.Publication.Language)
	d.Publication.Figures = words.Figures
	if d.Publication.Citation == config.DefaultCitation {
		d.Publication.Citation = words.Pattern("issue.citation")
	}
	return nil
}

// nameLetters makes the newsletters of the configuration, and their schedules.
func (d *Daemon) nameLetters() (err error) {
	if d.configured, err = ParseSchedules(d.config); err != nil {
		return err
	}
	for _, n := range d.config.Newsletters {
		letter := magazine.Newsletter{Name: n.Name, Title: n.Title, Description: n.Description, Contents: n.Kind == config.KindContents, MaxAge: n.MaxAge, Minimum: n.Minimum,
			LeaveOut: n.MembersOnly == config.MembersLeaveOut, Latest: n.OnJoin == config.JoinLatest, OwnHour: n.OwnHour}
		d.newsletters = append(d.newsletters, letter)
	}
	d.timetable.Store(d.makeTimetable(store.Timetable{}))
	return nil
}

// mailTemplates makes the renderers of the newsletters and tries out every
// template of a mail.
func (d *Daemon) mailTemplates() error {
	if len(d.newsletters) == 0 {
		return nil
	}
	d.renderers = map[string]renderer{}
	wrong := []error{members.CheckTemplates(d.templates, d.Publication)}
	for i, n := range d.config.Newsletters {
		r, err := newRenderer(digests.Options{Publication: d.Publication, Newsletter: d.newsletters[i], Templates: d.templates,
			PrivacyURL: d.legal(d.config.Publication.Privacy, "/privacy/"), TermsURL: d.legal(d.config.Publication.Terms, "/terms/"),
			Preferences: true, MaximumArticles: n.Maximum, Sections: n.Sections, Intro: n.Intro, Outro: n.Outro})
		d.renderers[n.Name] = r
		wrong = append(wrong, err)
	}
	return unusable(templates.Join(wrong...))
}

// newRenderer makes the renderer of a newsletter and tries out its templates in every
// language. Tests, which open a thousand daemons, do so once for all that are alike.
var newRenderer = func(o digests.Options) (renderer, error) {
	r, err := digests.New(o)
	if err == nil {
		err = r.Try()
	}
	return r, err
}

// unusable gives an error of templates its code and its heading.
func unusable(err error) error {
	var all templates.Mistakes
	if err == nil || !errors.As(err, &all) {
		return err
	}
	return magazine.Errorf(magazine.Invalid, "the publication's own templates cannot be used:\n  %w", all)
}

// checkTemplates tries out every template, of pages and of mails, and reports
// all that is wrong with the publication's own. It tells whether they can be
// used.
func checkTemplates(o Options, report func(file string, p magazine.Problem)) (usable bool, err error) {
	d := &Daemon{config: o.Config, Publication: publication(o.Config), templates: ownTemplates(o.Config), now: o.Now, log: o.Log}
	if err := d.nameLetters(); err != nil {
		return false, err
	}
	_, pages := d.site(context.Background(), nil, nil, "", "")
	wrong, err := templates.Collect(d.mailTemplates(), pages)
	for _, m := range slices.Concat(wrong, d.templates.Strays(), digests.StrayMarks(d.templates)) {
		report(m.File, magazine.Problem{Line: m.Line, Text: m.Text, Mend: m.Mend, Warning: m.Warning})
	}
	if words, err := d.templates.Messages(); err == nil && !words.Speaks(d.Publication.Language) {
		report(o.Config.File, magazine.Problem{Field: "publication.language", Value: d.Publication.Language, Text: "our own words are English, as there are none in this language",
			Mend: "translate messages/en.yaml to messages/" + d.Publication.Language + ".yaml in the folder of templates, as docs/languages.md tells", Warning: true})
	}
	return len(wrong) == 0, err
}

// templateMistakes finds a folder of templates that is not there.
func templateMistakes(c *config.Config) []config.Mistake {
	if c.Templates == "" {
		return nil
	}
	if info, err := os.Stat(c.Templates); err == nil && info.IsDir() {
		return nil
	}
	return []config.Mistake{{Path: "templates", Text: "there is no folder " + c.Templates, Mend: "make it, even if it stays empty, or remove the line"}}
}
