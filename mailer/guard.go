package mailer

import (
	"errors"
	"net"
	"time"
)

// mostBytes is what a relay may send in one exchange: far more than any reply
// or certificate chain, far less than what an endless greeting would fill.
const mostBytes = 64 << 10

var errFlood = errors.New("the relay sent more than 64 kB in one answer")

// guardedConn bounds what is read and how long it may take, both anew for each
// exchange: go-mail bounds neither a greeting's length nor, beyond the first
// deadline, its duration.
type guardedConn struct {
	net.Conn
	left  int
	asked time.Time     // when the exchange began
	wait  time.Duration // how long it may take
}

// arm allows one exchange: the next wait of time and mostBytes of answer.
func (c *guardedConn) arm(wait time.Duration) {
	c.left, c.asked, c.wait = mostBytes, time.Now(), wait
	c.SetDeadline(c.asked.Add(wait)) // a closed connection shows at the next read
}

func (c *guardedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errFlood
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
