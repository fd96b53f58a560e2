package main

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) serve() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the daemon: read, publish feeds and pages, send on schedule",
		Long: "Runs in the foreground until it is interrupted. A message that is on its way is then finished and recorded; " +
			"what is left goes on at the next start.",
		Example: examples("postrider serve", "postrider serve --config /etc/postrider/config.yaml"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			d, err := daemon.Open(c.Context(), daemon.Options{Config: cfg, Version: version, Log: a.log(slog.LevelInfo)})
			if err != nil {
				return err
			}
			return errors.Join(serveOn(c.Context(), d, cfg.Server.Listen), d.Close())
		},
	}
}

func serveOn(ctx context.Context, d *daemon.Daemon, address string) error {
	// Serve takes the lock again. Here it makes that the reason why a second
	// daemon refuses, and not the address that is in use.
	unlock, err := d.Store.Lock(ctx)
	if err != nil {
		return err
	}
	unlock()
	l, err := net.Listen("tcp", address)
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot listen on server.listen %s: %w; stop what listens there, or choose another address", address, err)
	}
	defer l.Close()
	return d.Serve(ctx, l)
}
