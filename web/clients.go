package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"postrider/members"
)

// client is the address that a request came from. X-Forwarded-For is believed
// only as far as trusted proxies wrote it: from the right, up to and with the
// first address that is no trusted proxy. It is the zero Addr where the peer
// has none, as on a Unix socket.
func (s *site) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(at); i-- {
		hop, err := parseHop(hops[i])
		if err != nil {
			break
		}
		at = hop
	}
	return at
}

func (s *site) trusts(a netip.Addr) bool {
	for _, network := range s.TrustedProxies {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// parseHop reads an address of X-Forwarded-For; some proxies add a port.
func parseHop(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err
}

// Sign-ups of one network, and likewise its sign-ins and the codes that it
// types: ten at once, then one in half a minute. Sign-ins of all networks
// together are bounded besides.
const (
	signInsASecond = 20
	signInsAtOnce  = 200

	signUpBurst = 10
	signUpEvery = 30 * time.Second
	maxNetworks = 8192 // how many networks the limiter remembers
)

// limiter bounds how often the clients of one network may do something.
type limiter struct {
	now func() time.Time

	mu       sync.Mutex
	networks map[netip.Prefix]*rate.Limiter
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, networks: map[netip.Prefix]*rate.Limiter{}}
}

// allow takes one turn of the client's network, or tells that there is none left.
func (l *limiter) allow(client netip.Addr) bool {
	network := members.Network(client)
	l.mu.Lock()
	defer l.mu.Unlock()
	turns, ok := l.networks[network]
	if !ok {
		if len(l.networks) >= maxNetworks {
			l.forget()
		}
		turns = rate.NewLimiter(rate.Every(signUpEvery), signUpBurst)
		l.networks[network] = turns
	}
	return turns.AllowN(l.now(), 1)
}

// forget drops the networks that have all their turns again; where every one
// is busy, as under an attack from thousands of networks, it drops half.
func (l *limiter) forget() {
	now := l.now()
	for network, turns := range l.networks {
		if turns.TokensAt(now) >= signUpBurst {
			delete(l.networks, network)
		}
	}
	for network := range l.networks {
		if len(l.networks) <= maxNetworks/2 {
			return
		}
		delete(l.networks, network)
	}
}
