package main

import (
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) serve() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the daemon: read, publish feeds and pages, send on schedule",
		Long: "Runs until it is interrupted. A message that is on its way is then finished and recorded; what is left goes on at the next start.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp", cfg.Server.Listen)
			if err != nil {
				return magazine.Errorf(magazine.Unavailable, "cannot listen on server.listen %s: %w; stop what listens there, or choose another address", cfg.Server.Listen, err)
			}
			defer l.Close()
			d, err := daemon.Open(c.Context(), daemon.Options{Config: cfg, Version: version, Log: a.log(slog.LevelInfo)})
			if err != nil {
				return err
			}
			defer d.Close()
			return d.Serve(c.Context(), l)
		},
	}
}
