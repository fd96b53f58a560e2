package daemon

import (
	"context"
	"io"
	"net"
	"os"

	"postrider/config"
	"postrider/magazine"
	"postrider/mailer"
)

// listenForReturns listens for mail that comes back; nil where nothing is
// configured.
func (d *Daemon) listenForReturns() (net.Listener, error) {
	address := d.config.Mail.Returns.Listen
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, magazine.Errorf(magazine.Unavailable, "cannot listen on mail.returns.listen %s: %w; stop what listens there, or choose another address", address, err)
	}
	return l, nil
}

// closeListener closes one that perhaps was never served.
func closeListener(l net.Listener) {
	if l != nil {
		l.Close()
	}
}

// serveReturns takes mail that comes back until ctx is done.
func (d *Daemon) serveReturns(ctx context.Context, l net.Listener) error {
	protocol := d.config.Mail.Returns.Protocol
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "localhost"
	}
	s := &mailer.Listener{Paths: d.paths, LMTP: protocol == config.ProtocolLMTP, Hostname: name, Log: d.log,
		Take: func(ctx context.Context, to []string, message io.Reader) error {
			return d.takeReturned(ctx, protocol, to, message)
		},
		Refused: func() { d.refused.add(protocol, refusedForged) }}
	d.log.Info("taking mail that comes back", "protocol", protocol, "address", l.Addr().String())
	return s.Serve(ctx, l, stopTime)
}
