package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"postrider/magazine"
)

// A Check compares what needs more than one key, or other packages, and
// returns mistakes with their Path, Text and Mend; Load adds the places. It
// runs also where there are other mistakes: what could not be read then has
// its default or is empty, and mistakes about it are dropped.
type Check func(*Config) []Mistake

// Load reads the configuration file strictly and applies the variables of env
// ("NAME=value", as of os.Environ) that begin with POSTRIDER_. Its error is a
// magazine.Error: NotFound where there is no file, else Invalid; where the
// file could be read, the cause is Mistakes, all of them.
func Load(file string, env []string, checks ...Check) (*Config, error) {
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	c, mistakes := parse(data, file, env, checks)
	if len(mistakes) == 0 {
		return c, nil
	}
	count := "1 mistake"
	if len(mistakes) > 1 {
		count = fmt.Sprintf("%d mistakes", len(mistakes))
	}
	return nil, &magazine.Error{
		Code:  magazine.Invalid,
		Text:  fmt.Sprintf("%s: %s in the configuration\n  %s", file, count, strings.ReplaceAll(mistakes.Error(), "\n", "\n  ")),
		Cause: mistakes,
	}
}

// smallest is a configuration that works, for those who have none.
const smallest = `
  publication:
    title: Harbour & Horizon
    url: http://localhost:8080
  articles:
    - folder: articles
`

// read reads the file, up to one byte more than it may have.
func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &magazine.Error{Code: magazine.NotFound, Cause: err,
			Text: fmt.Sprintf("there is no configuration at %s; name another with --config FILE, or write one there with at least:%s", file, smallest)}
	}
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the configuration cannot be opened: %w; give the user that runs postrider the right to read it", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the configuration cannot be read: %w; name a file with --config FILE", err)
	}
	return data, nil
}

// parse reads a configuration from the bytes of file. The Config is nil where
// the bytes are no YAML.
func parse(data []byte, file string, env []string, checks []Check) (*Config, Mistakes) {
	root, mistakes := readDocument(data)
	if root == nil {
		return nil, mistakes
	}
	d := &decoder{folder: filepath.Dir(file), env: ours(env), places: map[string]place{}, mistakes: mistakes}
	c := &Config{File: file, places: d.places}
	d.read(root, "", c.decode, false)
	d.strays()

	var found Mistakes
	for _, check := range append([]Check{correctionsAgree, tiersAgree, articlesComeFrom, relaysAgree, domainsAgree, newslettersAgree, schedulesAgree, hoursHaveSchedules, draftsArrive, mailCanLeave, signaturesAgree, returnsAgree, databaseAgrees, deskCanBeEntered, redirectsAgree}, checks...) {
		for _, m := range check(c) {
			if !d.mistakes.covers(m.Path) {
				found = append(found, m)
			}
		}
	}
	mistakes = append(d.mistakes, found...)
	for i, m := range mistakes {
		if m.Line == 0 && m.Variable == "" {
			p := c.locate(m.Path)
			mistakes[i].Line, mistakes[i].Column, mistakes[i].Variable = p.line, p.column, p.variable
		}
	}
	mistakes.sort()
	return c, mistakes
}

// ours picks the variables that begin with POSTRIDER_; of two with one name the last wins.
func ours(env []string) map[string]string {
	all := map[string]string{}
	for _, pair := range env {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, prefix) {
			all[name] = value
		}
	}
	return all
}
