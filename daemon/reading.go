package daemon

import (
	"context"
	"os"
	"path/filepath"

	"postrider/articles"
	"postrider/config"
	"postrider/hijri"
	"postrider/magazine"
)

// Read goes over every source once and makes visible what is due. progress is
// told the number of files.
func (d *Daemon) Read(ctx context.Context, withdraw bool, progress func(done, total int)) (articles.Pass, error) {
	var all articles.Pass
	for _, s := range d.Sources {
		done, err := s.Read(ctx, articles.PassOptions{Withdraw: withdraw, Progress: progress})
		all.Add(done)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// CheckSources reads every file of the sources without a database and reports
// what is wrong with each, by file. It changes nothing.
func CheckSources(c *config.Config, report func(file string, p magazine.Problem)) error {
	calendar, err := hijri.ParseCalendar(c.Publication.Hijri)
	if err != nil {
		return err
	}
	reader := articles.New(articles.Options{Publication: publication(c), Calendar: calendar})
	for _, s := range c.Articles {
		err := reader.Check(s.Folder, func(name string, p magazine.Problem) { report(filepath.Join(s.Folder, filepath.FromSlash(name)), p) })
		if err != nil {
			report(s.Folder, magazine.Problem{Text: err.Error()})
		}
	}
	for _, file := range []string{c.Publication.Privacy, c.Publication.Terms} {
		if _, err := legalPage(reader, file); err != nil {
			report(file, magazine.Problem{Text: err.Error()})
		}
	}
	return nil
}

// legalPage is a page from a Markdown file of the publication's, as sanitised
// HTML; empty where the configuration names none.
func legalPage(reader *articles.Reader, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", magazine.Errorf(magazine.Invalid, "the page %s cannot be read: %w; mend publication.privacy or publication.terms", file, err)
	}
	return reader.Page(string(text)), nil
}
