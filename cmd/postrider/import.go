package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/members"
)

func (a *app) subscribersImport() *cobra.Command {
	c := &cobra.Command{
		Use: "import FILE.csv", Args: takes("FILE.csv"), Short: "Import subscribers from CSV",
		Long: "Takes a list of people; its columns are found by their headings: email (needed), name or first and last name, timezone, language, author and section " +
			"(slugs to follow, with spaces between), tag (with commas between), frequency, hour, tier, tier_ends, and paused_until. Nobody is mailed. One who left or is suppressed is never revived. " +
			"A column that is not there, and an empty field, change nothing of one who is known. " +
			"Without --newsletter all digests are meant; without --confirmed people stay pending. " +
			"A line that cannot be used is named, and the others are taken. An import that was cut short can be run again.",
		Example: examples("postrider subscribers import people.csv --dry-run", "postrider subscribers import people.csv --newsletter weekly --confirmed"),
	}
	var o members.ImportOptions
	c.Flags().StringArrayVar(&o.Newsletters, "newsletter", nil, "a newsletter's `NAME`; may be repeated")
	c.Flags().BoolVar(&o.Confirmed, "confirmed", false, "these people have agreed; you answer for it")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "change nothing; say what would come of it")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return magazine.Errorf(magazine.NotFound, "the list cannot be read: %w; name a CSV file", err)
		}
		defer f.Close()
		o.Origin = "import of " + filepath.Base(args[0])
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if err := newsletters(d, o.Newsletters); err != nil {
				return err
			}
			done, err := a.importFrom(c, d, f, o)
			if err != nil {
				return err
			}
			for _, p := range done.Problems {
				fmt.Fprintf(a.errs, "%s: %s\n", args[0], magazine.CleanText(p.String()))
			}
			if more := done.Invalid - len(done.Problems); more > 0 {
				fmt.Fprintf(a.errs, "%s: and %d more such lines\n", args[0], more)
			}
			if *asJSON {
				told := struct {
					members.Imported
					Problems []string `json:"problems"`
				}{done, []string{}} // an empty list, not null
				for _, p := range done.Problems {
					told.Problems = append(told.Problems, p.String())
				}
				return a.json(told)
			}
			would := ""
			if o.DryRun {
				would = "Would be: "
			}
			lost := ""
			if done.Demoted > 0 {
				lost = fmt.Sprintf("; of them, %d had a tier and are free now", done.Demoted)
			}
			if done.Told > 0 {
				lost += fmt.Sprintf("; of those who get nothing new, %d have a name, time zone, language or tier by it", done.Told)
			}
			_, err = fmt.Fprintf(a.out, "%s%d added, %d extended, %d known, %d had left, %d suppressed, %d invalid%s\n",
				would, done.Added, done.Extended, done.Known, done.Left, done.Suppressed, done.Invalid, lost)
			return err
		})
	}
	return c
}

func (a *app) subscribersExport() *cobra.Command {
	c := &cobra.Command{
		Use: "export NEWSLETTER", Args: takes("NEWSLETTER"), Short: "Print who gets a newsletter as CSV",
		Long:    "Prints those who get a newsletter, with what they follow, their frequency, their hour, their language, their tier with its end and their pause, as CSV that import takes. Whoever has not confirmed, has left or is suppressed is left out.",
		Example: examples("postrider subscribers export weekly"),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if _, err := d.Newsletter(args[0]); err != nil {
				return err
			}
			return d.Members.Export(c.Context(), args[0], a.out)
		})
	}
	return c
}

// importFrom imports a file, with progress where its lines can be counted first.
func (a *app) importFrom(c *cobra.Command, d *daemon.Daemon, f *os.File, o members.ImportOptions) (members.Imported, error) {
	bar := a.bar("importing")
	total, err := countLines(f)
	if err == nil {
		o.Progress = func(line int, _ members.Imported) error { bar.show(line, total); return nil }
	}
	done, err := d.Members.ImportFile(c.Context(), f, o, filepath.Base(f.Name()), person(), total)
	bar.clear()
	switch {
	case err == nil:
		return done, nil
	case magazine.CodeOf(err) == magazine.Invalid:
		return done, magazine.Errorf(magazine.Invalid, "%s: %w", f.Name(), err)
	}
	return done, err
}

// countLines counts a file's lines and goes back to its beginning. A pipe has
// none that can be counted.
func countLines(f *os.File) (int, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	lines, block := 0, make([]byte, 64<<10)
	for {
		n, err := f.Read(block)
		lines += bytes.Count(block[:n], []byte("\n"))
		if errors.Is(err, io.EOF) {
			_, err = f.Seek(0, io.SeekStart)
			return lines, err
		}
		if err != nil {
			return 0, err
		}
	}
}
