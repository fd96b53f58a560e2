package daemon

import "postrider/mailer"

// SetTransport has mail leave another way than the configuration says.
func (d *Daemon) SetTransport(t mailer.Transport) { d.transport = t }
