package mailer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	netmail "net/mail"
	"strings"
	"sync"

	"postrider/magazine"
)

// ReturnPaths makes the addresses that mail comes back to, one for each message
// (VERP), and knows them again:
//
//	bounces+d4wq7…-k2mfa…-3xq5v…@harbour.example
//
// Behind the plus stand what the message was (a Posting), whose ids are in its
// address in the open, and 80 bits of HMAC-SHA256 over it: nobody else can make
// one that was never used. All is in small letters, since some servers write a
// whole address so, and an address is read in any case.
type ReturnPaths struct {
	local, domain string
	macs          sync.Pool // of hash.Hash with the secret: to make one takes longer than to use it
}

// MaxReturnLocal is how long the part before the plus may be, in bytes: with it,
// two ids and their proof fill the 64 that a local part has (RFC 5321 4.5.3.1.1).
const MaxReturnLocal = 64 - (1 + 1 + 12 + 1 + 12 + 1 + macLength)

const macLength = 16 // letters: 80 bits

// NewReturnPaths makes the return paths of an address such as
// bounces@harbour.example. Invalid: it leaves no room for what stands behind the
// plus, or is in a script that not every server takes.
func NewReturnPaths(address string, secret []byte) (*ReturnPaths, error) {
	plain, err := wireAddress("the return path", netmail.Address{Address: address})
	if err != nil {
		return nil, err
	}
	local, domain, _ := strings.Cut(strings.ToLower(plain.Address), "@")
	if !within(local, inID, MaxReturnLocal) || !within(domain, inDomain, 120) || strings.Contains(local, "+") {
		return nil, magazine.Errorf(magazine.Invalid, "the return path %q cannot be used: write up to %d letters, digits and dashes before the @, and a domain", clip(address, 100), MaxReturnLocal)
	}
	r := &ReturnPaths{local: local, domain: domain}
	r.macs.New = func() any { return hmac.New(sha256.New, secret) }
	return r, nil
}

// PostingKind is what a message was.
type PostingKind byte

// The kinds of a Posting.
const (
	PostedEdition PostingKind = 'd' // a delivery of an edition
	PostedSignUp  PostingKind = 'c' // the confirmation of a sign-up
	PostedAccount PostingKind = 'a' // about somebody's account, such as a sign-in
)

// A Posting is a message to one person that can come back.
type Posting struct {
	Kind       PostingKind
	Of         string // the id of the edition, of the sign-up, or of what else was mailed about
	Subscriber string
}

// For is the return path of a message.
func (r *ReturnPaths) For(p Posting) string {
	b := make([]byte, 0, 128)
	b = append(append(b, r.local...), '+')
	begin := len(b)
	b = append(append(append(append(b, byte(p.Kind)), p.Of...), '-'), p.Subscriber...)
	mac := r.mac(b[begin:])
	b = append(append(append(append(b, '-'), mac[:]...), '@'), r.domain...)
	return string(b)
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567")

func (r *ReturnPaths) mac(payload []byte) (mac [macLength]byte) {
	h := r.macs.Get().(hash.Hash)
	defer r.macs.Put(h)
	h.Reset()
	h.Write([]byte("return\x00"))
	h.Write(payload)
	var sum [sha256.Size]byte
	lowerBase32.Encode(mac[:], h.Sum(sum[:0])[:macLength*5/8])
	return mac
}

// Ours tells what an address is to us: one of our return paths, with or without
// a plus, or somebody else's.
func (r *ReturnPaths) Ours(address string) bool {
	_, ours := r.tag(address)
	return ours
}

// tag is what stands behind the plus of an address of ours; empty without one.
func (r *ReturnPaths) tag(address string) (tag string, ours bool) {
	if len(address) > longestAddress {
		return "", false
	}
	local, domain, _ := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	if strings.TrimSuffix(domain, ".") != r.domain {
		return "", false
	}
	local, tag, _ = strings.Cut(local, "+")
	return tag, local == r.local
}

// Read tells which message an address is the return path of. It is not ok where
// the address never was one: of somebody else, without a message, or forged.
func (r *ReturnPaths) Read(address string) (p Posting, ok bool) {
	tag, ours := r.tag(address)
	at := strings.LastIndexByte(tag, '-')
	if !ours || at < 1 {
		return p, false
	}
	payload, mac := tag[:at], r.mac([]byte(tag[:at]))
	if !hmac.Equal([]byte(tag[at+1:]), mac[:]) {
		return p, false
	}
	p.Kind = PostingKind(payload[0])
	p.Of, p.Subscriber, ok = strings.Cut(payload[1:], "-")
	return p, ok
}
