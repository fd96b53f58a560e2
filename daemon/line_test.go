package daemon_test

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// line is the way to a server, which a test can cut.
type line struct {
	to       string // host:port
	listener net.Listener
	gate     sync.RWMutex // locked: what is said gets lost on the way, until it is said again

	mu   sync.Mutex
	down bool
	open map[net.Conn]bool
}

// lineTo lays a line to a database until the test ends.
func lineTo(t *testing.T, address string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{to: hostOf(t, address), listener: listener, open: map[net.Conn]bool{}}
	t.Cleanup(func() { listener.Close(); l.cut() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.join(conn)
		}
	}()
	return l
}

// address is a database's, over the line.
func (l *line) address(database string) string {
	return strings.Replace(database, l.to, l.listener.Addr().String(), 1)
}

// join carries what is said over a new connection, both ways.
func (l *line) join(near net.Conn) {
	far, err := net.Dial("tcp", l.to)
	if err != nil || !l.keep(near, far) {
		near.Close()
		return
	}
	go l.carry(near, far)
	l.carry(far, near)
}

// keep remembers the two ends of a connection, to be cut. False: the line is down.
func (l *line) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range ends {
		if l.down {
			c.Close()
		} else {
			l.open[c] = true
		}
	}
	return !l.down
}

func (l *line) carry(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	words := make([]byte, 32<<10)
	for {
		n, err := from.Read(words)
		l.pass()
		if err != nil {
			return
		}
		if _, err := to.Write(words[:n]); err != nil {
			return
		}
	}
}

// pass waits while what is said gets lost.
func (l *line) pass() {
	l.gate.RLock()
	defer l.gate.RUnlock()
}

// cut ends all connections and refuses new ones.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	for c := range l.open {
		c.Close()
	}
	clear(l.open)
}

// mend has new connections made again.
func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = false
}
