// Command postrider publishes a periodical's feeds and mails its digests.
//
//	postrider serve
//
// runs it on the configuration in config.yaml; postrider help lists the rest.
// Results go to standard output, everything else to standard error. The exit
// codes are 0, 1 (failed) and 2 (wrong usage).
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"postrider/config"
	"postrider/daemon"
	"postrider/mailer/doctor"
)

// version is set when the program is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	a := &app{out: out, errs: errs, terminal: isTerminal(errs)}
	root := a.command()
	root.SetArgs(args)
	return a.exit(ctx, root.ExecuteContext(ctx))
}

// isTerminal tells whether a person watches what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// app is what the commands share.
type app struct {
	config    string // file
	out, errs io.Writer
	terminal  bool // errs is one

	dns doctor.DNS // nil: this machine's
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use: "postrider COMMAND", Short: "Publishes a periodical's feeds and mails its digests",
		Example: examples("postrider check", "postrider read", "postrider serve --config /etc/postrider/config.yaml",
			"postrider help subscribers add"),
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.PersistentFlags().StringVar(&a.config, "config", "config.yaml", "the configuration `FILE`")
	root.PersistentFlags().BoolP("help", "h", false, "explain the command")
	root.AddCommand(a.serve(), a.check(), a.read(), a.articles(), a.feeds(), a.subscribers(), a.schedules(), a.editions(), a.preview(), a.send(), a.publish(), a.deliveries(), a.bounces(), a.dkim(), a.doctor(), a.users(), a.audit(), a.version())
	strict(root)
	return root
}

// load reads the configuration.
func (a *app) load() (*config.Config, error) {
	return config.Load(a.config, os.Environ(), daemon.CheckConfig)
}

// with runs f on a daemon that is closed afterwards. What goes wrong in the
// background is logged; to be nil means that f tells it itself.
func (a *app) with(ctx context.Context, log *slog.Logger, f func(d *daemon.Daemon) error) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	d, err := daemon.Open(ctx, daemon.Options{Config: c, Version: version, Log: log})
	if err != nil {
		return err
	}
	return errors.Join(f(d), d.Close())
}

// roomy has a command that ends with its work collect garbage less often than
// serve, which stays: when all that it has allocated comes to some MB, or, where
// much is in use, when as many percent of that have come on top of it. So reading
// 100,000 articles, and writing their feeds, stay below 400 MB. The environment's
// GOGC wins.
func roomy(ctx context.Context, room, percent int) {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(percent)
	used := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // when garbage was collected last
	go func() {
		for ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
			metrics.Read(used)
			live := max(4, int(used[0].Value.Uint64()>>20)) // below 4 MB nothing is collected
			debug.SetGCPercent(max(percent, 100*(room-live)/live))
		}
	}()
}

// log writes text on a terminal and JSON elsewhere.
func (a *app) log(level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if a.terminal {
		return slog.New(slog.NewTextHandler(a.errs, o))
	}
	return slog.New(slog.NewJSONHandler(a.errs, o))
}
