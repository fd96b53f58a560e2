package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/feeds"
)

func (a *app) feeds() *cobra.Command {
	c := &cobra.Command{
		Use: "feeds --out DIR", Short: "Write every feed as a file, at the same paths as served",
		Long: "Writes the RSS, Atom and JSON feeds of the site and of every author, section and issue with their archives, the list of them all, feeds.opml, and feeds-index.json, " +
			"which tells the next export and other programs what is there. Files that have not changed are left alone, so the folder can be copied to a static host by their dates; " +
			"files of feeds that are no more are removed, and no others.",
		Example: examples("postrider feeds --out public", "postrider feeds --out public --format rss,atom --compress all", "postrider feeds --out public --no-archives --json", "postrider feeds --out public --serve-headers nginx"),
	}
	asJSON := jsonFlag(c)
	out := c.Flags().String("out", "", "the folder `DIR` to write to (needed)")
	formats := c.Flags().StringSlice("format", nil, "only these `FORMATS`: rss, atom, json, with commas between")
	compress := c.Flags().String("compress", "none", "write NAME.gz beside each file (gzip), NAME.br too (all), or neither (none)")
	noArchives := c.Flags().Bool("no-archives", false, "leave the archives and the links to them out")
	headers := c.Flags().String("serve-headers", "", "write nothing, and print the configuration with which `SERVER`, nginx or caddy, serves the folder as postrider does")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *headers != "" && !slices.Contains(feeds.StaticServers, *headers) {
			return usagef("--serve-headers is %s, not %q", strings.Join(feeds.StaticServers, " or "), *headers)
		}
		if *out == "" {
			return usagef("feeds needs --out DIR, the folder to write to")
		}
		o := feeds.ExportOptions{NoArchives: *noArchives}
		var err error
		if o.Formats, err = formatsNamed(*formats); err != nil {
			return err
		}
		switch *compress {
		case "none": // the compressors need the room themselves
			roomy(c.Context(), 100, 200)
		case "gzip", "all":
			o.Gzip, o.Brotli = true, *compress == "all"
		default:
			return usagef("--compress is none, gzip or all, not %q", *compress)
		}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if *headers != "" {
				return a.serveHeaders(c, d, *headers, *out)
			}
			return a.export(c, d, *out, o, *asJSON)
		})
	}
	return c
}

func (a *app) export(c *cobra.Command, d *daemon.Daemon, dir string, o feeds.ExportOptions, asJSON bool) error {
	bar := a.bar("writing feeds")
	o.Progress = bar.show
	var err error
	if o.Style, err = d.FeedStyle(); err != nil {
		return err
	}
	done, err := feeds.Export(c.Context(), d.Store, d.Feeds, dir, o)
	bar.clear()
	switch {
	case err != nil:
		return err
	case asJSON:
		return a.json(done)
	}
	fmt.Fprintf(a.out, "%d feeds in %s: %d files written, %d unchanged, %d removed\n", done.Feeds, dir, done.Written, done.Unchanged, done.Removed)
	return nil
}

func (a *app) serveHeaders(c *cobra.Command, d *daemon.Daemon, server, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	text, err := feeds.ServerConfig(c.Context(), d.Store, d.Feeds, server, dir)
	if err == nil {
		fmt.Fprint(a.out, text)
	}
	return err
}

// formatsNamed finds formats of feeds by their names.
func formatsNamed(names []string) (list []feeds.Format, err error) {
	for _, name := range names {
		at := slices.IndexFunc(feeds.Formats, func(f feeds.Format) bool { return f.Name == strings.TrimSpace(name) })
		if at < 0 {
			return nil, usagef("--format is rss, atom, json, or several with commas between, not %q", name)
		}
		if !slices.Contains(list, feeds.Formats[at]) {
			list = append(list, feeds.Formats[at])
		}
	}
	return list, nil
}
