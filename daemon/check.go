package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postrider/articles"
	"postrider/config"
	"postrider/magazine"
	"postrider/store"
)

// Check finds everything that is wrong with the templates and the sources and
// reports it by file, as a person would open it. It does what Read does, on a copy of what the
// database knows that is thrown away at the end: so it finds what Read would
// find, and changes nothing. progress is told the number of files.
func Check(ctx context.Context, o Options, progress func(done, total int), report func(file string, p magazine.Problem)) error {
	folder, err := os.MkdirTemp("", "postrider-check-*")
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "the sources cannot be checked without a temporary folder: %w; set TMPDIR to a folder that can be written", err)
	}
	defer os.RemoveAll(folder)
	scratch := *o.Config
	scratch.Database, scratch.DatabasePasswordFile = "sqlite:"+filepath.Join(folder, "check.db"), ""
	o.Log = nil
	real := o.Config
	usable, err := checkTemplates(o, report)
	if err != nil {
		return err
	}
	if !usable {
		scratch.Templates = "" // they are told of; the sources are looked at all the same
	}
	o.Config = &scratch
	d, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.learn(ctx, real, func(text, mend string) {
		report(real.File, magazine.Problem{Text: text, Mend: mend, Warning: true})
	}); err != nil {
		report("database", problemOf(err))
	}
	for _, file := range []string{real.Publication.Privacy, real.Publication.Terms} {
		if _, err := legalPage(d.reader, file); err != nil {
			report(file, problemOf(err))
		}
	}
	if err := d.checkSources(ctx, progress, report); err != nil {
		return err
	}
	return d.checkSections(ctx, real, report)
}

// learn copies what a publication's database knows of its sources, and tells
// what in it does not fit the configuration.
func (d *Daemon) learn(ctx context.Context, c *config.Config, tell func(text, mend string)) error {
	address, err := c.DatabaseURL()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{URL: address, Now: d.now, Existing: true})
	if magazine.CodeOf(err) == magazine.NotFound { // before the first start
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	if err := d.misfits(ctx, s, tell); err != nil {
		return err
	}
	if c.Mail.Returns.Mailbox.Address != "" {
		if err := troubleOfMailbox(ctx, s, tell); err != nil {
			return err
		}
	}
	return s.CopyReading(ctx, d.Store)
}

func problemOf(err error) magazine.Problem { return magazine.Problem{Text: err.Error()} }

// checkSources reads the sources and reports the problems of each: its own,
// then those of its files.
func (d *Daemon) checkSources(ctx context.Context, progress func(done, total int), report func(file string, p magazine.Problem)) error {
	for _, s := range d.Sources {
		done, err := s.Read(ctx, articles.PassOptions{Progress: progress})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			report(d.FileName(s.Name(), ""), problemOf(err))
		}
		for _, p := range done.Problems {
			report(p.Source, p.Problem)
		}
		if done.Unripe {
			report(d.FileName(s.Name(), ""), magazine.Problem{Text: "some files are being written and were left out", Mend: "check again when they are complete", Warning: true})
		}
	}
	files, err := d.Store.FileProblems(ctx)
	if err != nil {
		return fmt.Errorf("list the problems: %w", err)
	}
	for _, f := range files {
		for _, p := range f.Problems {
			report(d.FileName(f.Source, f.Path), p)
		}
	}
	return nil
}

// checkSections warns of sections that newsletters put in an order and that no
// article is in.
func (d *Daemon) checkSections(ctx context.Context, c *config.Config, report func(file string, p magazine.Problem)) error {
	sections, err := d.Store.Sections(ctx)
	if err != nil {
		return fmt.Errorf("list the sections: %w", err)
	}
	var slugs []string
	for _, s := range sections {
		slugs = append(slugs, s.Slug)
	}
	for i, n := range c.Newsletters {
		for j, slug := range n.Sections {
			if slices.Contains(slugs, slug) {
				continue
			}
			path := fmt.Sprintf("newsletters[%d].sections[%d]", i, j)
			line, _ := c.Position(path)
			report(c.File, magazine.Problem{Line: line, Field: path, Value: slug, Warning: true, Text: "no article is in a section of this name", Mend: "the sections are " + strings.Join(slugs, ", ")})
		}
	}
	return nil
}
