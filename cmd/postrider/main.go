// Command postrider publishes a periodical's feeds and mails its digests.
//
//	postrider serve
//
// runs it on the configuration in config.yaml; postrider help lists the rest.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"postrider/config"
	"postrider/daemon"
)

// version is set when the program is built.
var version = "dev"

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	a := &app{out: out, errs: errs}
	root := a.command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSaid):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(errs, "postrider: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(errs, "postrider: %v\n", err)
	return exitFailed
}

// errSaid ends a command with exit code 1 when it has said why itself.
var errSaid = errors.New("already said")

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// app is what the commands share.
type app struct {
	config    string // file
	out, errs io.Writer
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{Use: "postrider", Short: "Publishes a periodical's feeds and mails its digests",
		SilenceErrors: true, SilenceUsage: true, CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true}}
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.PersistentFlags().StringVar(&a.config, "config", "config.yaml", "the configuration `file`")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see: %s --help", err, c.CommandPath())}
	})
	root.AddCommand(a.serve(), a.check(), a.read(), a.articles(), a.feeds(), a.subscribers(), a.schedules(), a.preview(), a.send(), a.publish(), a.deliveries(), a.version())
	for _, c := range append(root.Commands(), root) {
		wrongArgs(c)
	}
	return root
}

// wrongArgs makes a wrong number of arguments, or an unknown command, wrong
// usage in every command below c.
func wrongArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{fmt.Errorf("%w; see: %s --help", err, c.CommandPath())}
		}
		return nil
	}
	if c.HasSubCommands() {
		if c.RunE == nil {
			c.RunE = func(c *cobra.Command, args []string) error { return c.Help() }
		}
		for _, sub := range c.Commands() {
			wrongArgs(sub)
		}
	}
}

// load reads the configuration.
func (a *app) load() (*config.Config, error) {
	return config.Load(a.config, os.Environ(), daemon.CheckConfig)
}

// open builds a daemon on the configuration; the caller closes it.
func (a *app) open(ctx context.Context) (*daemon.Daemon, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	return daemon.Open(ctx, daemon.Options{Config: c, Version: version, Log: a.log(slog.LevelWarn)})
}

// with runs f on a daemon that is closed afterwards.
func (a *app) with(ctx context.Context, f func(d *daemon.Daemon) error) error {
	d, err := a.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(d), d.Close())
}

// log writes text on a terminal and JSON elsewhere.
func (a *app) log(level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if a.onTerminal() {
		return slog.New(slog.NewTextHandler(a.errs, o))
	}
	return slog.New(slog.NewJSONHandler(a.errs, o))
}

func (a *app) onTerminal() bool {
	f, ok := a.errs.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// json prints one document on standard output.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// jsonFlag adds --json to a command.
func jsonFlag(c *cobra.Command) *bool { return c.Flags().Bool("json", false, "print one JSON document") }
