package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"postrider/magazine"
	"postrider/mailer/returns"
)

type bounceLine struct {
	File       string        `json:"file"`
	Kind       returns.Kind  `json:"kind"`
	Class      returns.Class `json:"class"`
	Recipient  string        `json:"recipient"`
	Status     string        `json:"status"`
	Code       int           `json:"code"`
	Diagnostic string        `json:"diagnostic"`
}

func (a *app) bouncesExplain() *cobra.Command {
	c := &cobra.Command{
		Use: "explain FILE...", Short: "Say what is made of messages that came back",
		Long: "Says what each message is (bounce, delay, success, complaint, auto-reply or other), whose doing a bounce is " +
			"(hard: the address, which leads nowhere; soft: the mailbox or its server, for now; sender: the message, or who sends it), " +
			"and the recipient, the codes and the server's words that it tells. A report of several recipients has a line for each. " +
			"A FILE is one message, many of them in mbox form, a folder of messages such as a Maildir, or - for standard input. " +
			"Nothing is changed, and no configuration is read.",
		Example: examples("postrider bounces explain returned.eml", "postrider bounces explain Maildir/new bounces.mbox --json"),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs FILE; see: %s --help", title(c), c.CommandPath())
			}
			return nil
		},
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		e := explainer{c: c, app: a, list: a.list(*asJSON, "There is no message.", "File", "Kind", "Class", "Recipient", "Status", "Code", "Diagnostic")}
		for _, name := range args {
			if err := e.path(name); err != nil {
				return err
			}
		}
		if err := e.list.end(); err != nil {
			return err
		}
		if e.failed {
			return errSaid
		}
		return nil
	}
	return c
}

// explainer prints what is made of messages. A file that cannot be read is told,
// and the others are read all the same.
type explainer struct {
	c      *cobra.Command
	app    *app
	list   *list
	failed bool
}

// path explains what an argument names.
func (e *explainer) path(name string) error {
	if name == "-" {
		return e.messages(name, e.c.InOrStdin())
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name = filepath.Clean(name) + string(filepath.Separator) // also where the folder is a link
	}
	return filepath.WalkDir(name, func(file string, entry fs.DirEntry, err error) error {
		inside := file != name
		switch {
		case err != nil:
			e.unreadable(file, err)
			return nil
		case entry.IsDir() && inside && entry.Name() == "tmp": // a Maildir's, where messages are still being written
			return fs.SkipDir
		case entry.IsDir(), inside && (!entry.Type().IsRegular() || entry.Name()[0] == '.'):
			return nil
		}
		f, err := os.Open(file)
		if err != nil {
			e.unreadable(file, err)
			return nil
		}
		defer f.Close()
		return e.messages(file, f)
	})
}

// messages explains a file's messages. Of several, each has its number behind
// the file's name.
func (e *explainer) messages(file string, r io.Reader) error {
	var stop error
	err := returns.ReadEach(r, func(n int, more bool, report returns.Report) error {
		name := file
		if n > 1 || more {
			name = fmt.Sprintf("%s:%d", file, n)
		}
		stop = errors.Join(e.print(name, report), e.c.Context().Err())
		return stop
	})
	if err != nil && stop == nil {
		e.unreadable(file, err)
	}
	return stop
}

func (e *explainer) print(name string, report returns.Report) error {
	for _, f := range report.Findings {
		code := ""
		if f.Code != 0 {
			code = strconv.Itoa(f.Code)
		}
		line := bounceLine{name, f.Kind, f.Class, f.Recipient, f.Status, f.Code, f.Diagnostic}
		if err := e.list.add(line, name, string(f.Kind), string(f.Class), f.Recipient, f.Status, code, f.Diagnostic); err != nil {
			return err
		}
	}
	return nil
}

func (e *explainer) unreadable(file string, err error) {
	e.failed = true
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	fmt.Fprintf(e.app.errs, "postrider: %s cannot be read: %v; name a message, or a folder of messages, that you may read\n", magazine.CleanText(file), err)
}
