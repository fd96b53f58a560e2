package web

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"postrider/internal/posttest"
)

func postStart() time.Time { return posttest.Start }

func TestClient(t *testing.T) {
	s := &site{Options: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"nobody in between", "203.0.113.9:1", nil, "203.0.113.9"},
		{"a stranger's header is not believed", "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		{"one proxy", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"what the client wrote itself is left of it", "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies, two headers", "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1", "10.2.2.2"}, "198.51.100.1"},
		{"a port", "10.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6 in brackets with a port", "[fd00::1]:1", []string{"[2001:db8::5]:4711"}, "2001:db8::5"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8::5"}, "2001:db8::5"},
		{"IPv4 written as IPv6", "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"nonsense", "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"a proxy that adds nothing", "10.0.0.1:1", nil, "10.0.0.1"},
		{"only proxies", "10.0.0.1:1", []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := s.client(r).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	if got := s.client(&http.Request{RemoteAddr: "@"}); got.IsValid() {
		t.Errorf("a peer without an address: got %s", got)
	}
}

func FuzzParseHop(f *testing.F) {
	for _, seed := range []string{"198.51.100.1", " 198.51.100.1:80", "[2001:db8::1]:80", "2001:db8::1", "fe80::1%eth0", "unknown", "", "::ffff:1.2.3.4", "[", "1.2.3.4:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseHop(text)
		if err == nil && (!a.IsValid() || a.Is4In6() || a.Zone() != "") {
			t.Errorf("%q gives %v", text, a)
		}
	})
}

func TestLimiterIsBounded(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	l := newLimiter(clock.Now)
	busy := netip.MustParseAddr("203.0.113.1")
	for range signUpBurst {
		l.allow(busy)
	}
	for i := range 3 * maxNetworks {
		l.allow(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}))
		if len(l.networks) > maxNetworks {
			t.Fatalf("%d networks are remembered", len(l.networks))
		}
	}
	clock.Add(time.Hour)
	l.forget()
	if len(l.networks) != 0 {
		t.Errorf("after an hour of peace %d networks are remembered", len(l.networks))
	}
	if !l.allow(netip.Addr{}) {
		t.Error("a client without an address gets no turn")
	}
}
