package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"postrider/magazine"
)

// jsonFlag adds --json to a command.
func jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print one JSON document")
}

// json prints one document on standard output.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// pageRows is after how many rows the columns are drawn up anew.
const pageRows = 1000

// list prints things one after the other, so that a million of them need
// little memory: as one JSON list, or as a table for people.
type list struct {
	app  *app
	json bool
	none string // said to people where there is nothing

	out   *bufio.Writer
	table *tabwriter.Writer
	head  []string
	rows  int
}

func (a *app) list(asJSON bool, none string, headings ...string) *list {
	l := &list{app: a, json: asJSON, none: none, head: headings, out: bufio.NewWriter(a.out)}
	l.table = tabwriter.NewWriter(l.out, 0, 0, 2, ' ', 0)
	return l
}

// add prints one thing: as v in JSON, as cells in the table.
func (l *list) add(v any, cells ...string) error {
	l.rows++
	if l.json {
		return l.addJSON(v)
	}
	if l.rows == 1 {
		fmt.Fprintln(l.table, strings.Join(l.head, "\t"))
	}
	for i, cell := range cells {
		cells[i] = magazine.CleanText(cell) // a control character could drive the terminal
	}
	if _, err := fmt.Fprintln(l.table, strings.Join(cells, "\t")); err != nil {
		return err
	}
	if l.rows%pageRows == 0 {
		return l.table.Flush()
	}
	return nil
}

func (l *list) addJSON(v any) error {
	before := ",\n  "
	if l.rows == 1 {
		before = "[\n  "
	}
	l.out.WriteString(before)
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetIndent("  ", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := l.out.WriteString(strings.TrimSpace(b.String()))
	return err
}

// end finishes the list. Without it, a short one is not printed at all.
func (l *list) end() error {
	switch {
	case l.json && l.rows == 0:
		l.out.WriteString("[]\n")
	case l.json:
		l.out.WriteString("\n]\n")
	case l.rows == 0:
		fmt.Fprintln(l.app.errs, l.none)
	default:
		if err := l.table.Flush(); err != nil {
			return err
		}
	}
	return l.out.Flush()
}
