package daemon

import (
	"context"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"postrider/articles"
	"postrider/feeds"
	"postrider/magazine"
	"postrider/store"
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

// Listings lists the sources that something is wrong with, as held, and then
// every article and held file, by file. Files are named as FileName does.
func (d *Daemon) Listings(ctx context.Context) ([]store.ArticleListing, error) {
	troubled, err := d.Store.SourceProblems(ctx)
	if err != nil {
		return nil, err
	}
	all, err := d.Store.ArticleListings(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].File = d.FileName(all[i].Source, all[i].File)
	}
	var sources []store.ArticleListing
	for _, name := range slices.Sorted(maps.Keys(troubled)) {
		sources = append(sources, store.ArticleListing{Source: name, File: d.FileName(name, ""), State: magazine.Held, Problems: troubled[name]})
	}
	return append(sources, all...), nil
}

// FileName is the path of a source's file as a person would open it: below the
// folder that the configuration names, or below the source's name where it
// names it no more. An empty file is the source itself.
func (d *Daemon) FileName(source, file string) string {
	for _, s := range d.config.Articles {
		if sourceName(s.Folder) == source {
			source = s.Folder
		}
	}
	return filepath.Join(source, filepath.FromSlash(file))
}

// FeedStyle is the style sheet of feeds that are opened in a browser.
func (d *Daemon) FeedStyle() ([]byte, error) {
	return d.templates.ReadFile(path.Base(feeds.StylePath))
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
