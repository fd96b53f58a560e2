package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"postrider/config"
	"postrider/daemon"
	"postrider/magazine"
)

// checked is one problem as check prints it.
type checked struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Field   string `json:"field"`
	Value   string `json:"value"`
	Problem string `json:"problem"`
	Mend    string `json:"mend"`
	Warning bool   `json:"warning"` // it was repaired
}

func (c checked) String() string {
	s := c.File
	if c.Line > 0 {
		s += fmt.Sprintf(":%d", c.Line)
	}
	if c.Column > 0 {
		s += fmt.Sprintf(":%d", c.Column)
	}
	if c.Warning {
		s += ": warning"
	}
	if c.Field != "" {
		s += ": " + c.Field
	}
	s += ": " + c.Problem
	if c.Value != "" {
		s += fmt.Sprintf(" (%q)", c.Value)
	}
	if c.Mend != "" {
		s += "; " + c.Mend
	}
	return s
}

func (a *app) check() *cobra.Command {
	c := &cobra.Command{
		Use: "check", Short: "Look over the configuration and the sources, and list every problem",
		Long: "Reads the configuration and every file of the sources, changes nothing, and lists each problem with its place and its mend. Exit code 1 where there are any that hold something back; warnings tell what was repaired and do not count.",
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		list := []checked{}
		cfg, err := a.load()
		if err != nil {
			if list, err = mistakes(a.config, err); err != nil {
				return err
			}
		} else if list, err = checkSources(cfg); err != nil {
			return err
		}
		bad := 0
		for _, p := range list {
			if !p.Warning {
				bad++
			}
			if !*asJSON {
				fmt.Fprintln(a.out, p)
			}
		}
		if *asJSON {
			if err := a.json(list); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(a.errs, "%d problems, %d warnings\n", bad, len(list)-bad)
		}
		if bad > 0 {
			return errSaid
		}
		return nil
	}
	return c
}

// checkSources lists what is wrong with the sources' files.
func checkSources(cfg *config.Config) ([]checked, error) {
	list := []checked{}
	err := daemon.CheckSources(cfg, func(file string, p magazine.Problem) {
		list = append(list, checked{File: file, Line: p.Line, Field: p.Field, Value: p.Value, Problem: p.Text, Mend: p.Mend, Warning: p.Warning})
	})
	return list, err
}

// mistakes are the configuration's, or the error itself where it is of another kind.
func mistakes(file string, err error) ([]checked, error) {
	var wrong config.Mistakes
	if !errors.As(err, &wrong) {
		return []checked{{File: file, Problem: err.Error()}}, nil
	}
	var list []checked
	for _, m := range wrong {
		where := file
		if m.Variable != "" {
			where = m.Variable
		}
		list = append(list, checked{File: where, Line: m.Line, Column: m.Column, Field: m.Path, Problem: m.Text, Mend: m.Mend})
	}
	return list, nil
}
