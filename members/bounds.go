package members

import (
	"encoding/hex"
	"net/netip"
	"time"
)

// A bound is how many mails strangers can have sent to one address: those who ask
// from one network (or account, where they are signed in), and all together. So one who asks for an address that is not
// theirs leaves its owner what they need, where they are in another network, and
// no number of networks fills a mailbox.
type bound struct{ anHour, aDay int }

var (
	ofANetwork = bound{3, 6}
	ofAll      = bound{9, 18}
)

// asking is one mail that somebody asked for.
type asking struct {
	at   time.Time
	same bool // from the network, or account, that now asks
}

// tooMany tells that there were as many as may be; asked has those of a day.
func tooMany(asked []asking, now time.Time) bool {
	var from, all bound
	for _, a := range asked {
		all.aDay++
		if a.same {
			from.aDay++
		}
		if !a.at.After(now.Add(-time.Hour)) {
			continue
		}
		all.anHour++
		if a.same {
			from.anHour++
		}
	}
	reached := func(n, most bound) bool { return n.anHour >= most.anHour || n.aDay >= most.aDay }
	return reached(from, ofANetwork) || reached(all, ofAll)
}

// What a provider gives one customer at most, in bits.
const (
	networkBits4 = 24
	networkBits6 = 48
)

// Network is the network that a client is in, which counts as one person where
// much is asked for. All who have no address are in the zero one.
func Network(client netip.Addr) netip.Prefix {
	bits := networkBits6
	if client.Is4() {
		bits = networkBits4
	}
	network, _ := client.Prefix(bits)
	return network
}

// networkHash stands for a client's network where it is not to be read.
func (m *Members) networkHash(client netip.Addr) string {
	return hex.EncodeToString(m.mac("network", Network(client).String())[:16])
}
