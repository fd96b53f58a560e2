package posttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports below those that the system gives to whoever asks for any, see
// /proc/sys/net/ipv4/ip_local_port_range: so nobody is given one of them by chance
// before the program listens for which it was chosen, or while that is down.
const (
	firstPort = 12000
	lastPort  = 31999
)

var given struct {
	mu    sync.Mutex
	ports map[int]bool
}

// FreePort finds a loopback port that nobody listens on, and that no other call of this
// process was given.
func FreePort() (int, error) {
	given.mu.Lock()
	defer given.mu.Unlock()
	if given.ports == nil {
		given.ports = map[int]bool{}
	}
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if given.ports[port] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil { // somebody listens on it
			continue
		}
		given.ports[port] = true
		return port, l.Close()
	}
	return 0, errors.New("no free port")
}
