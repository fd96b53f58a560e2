package mailer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"

	"postrider/magazine"
)

// RFC 8301 3.2 asks of those who sign for 2048 bits, and of those who verify for
// no more than 4096.
const (
	smallestRSA = 2048
	largestRSA  = 4096
)

// The kinds of keys that NewKey makes.
const (
	KeyRSA     = "rsa"     // of 2048 bits: verified everywhere, and its record fits everywhere
	KeyEd25519 = "ed25519" // RFC 8463: some fifty times faster, and not verified everywhere
)

// NewKey makes a key that signs mail, and the text of a file for it.
func NewKey(kind string) (key crypto.Signer, file []byte, err error) {
	if kind == KeyEd25519 {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, smallestRSA)
	}
	if err != nil {
		return nil, nil, magazine.Errorf(magazine.Internal, "no key can be made: %w", err)
	}
	data, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, magazine.Errorf(magazine.Internal, "the new key cannot be written: %w", err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: data}), nil
}

// ParseKey reads the text of a file that has a key to sign mail with: RSA or
// Ed25519, as PEM, as postrider, openssl and opendkim-genkey write them. The
// problem names nothing that stands in the file.
func ParseKey(file []byte) (crypto.Signer, *magazine.Problem) {
	block, problem := keyBlock(file)
	if problem != nil {
		return nil, problem
	}
	var key any
	var err error
	if block.Type == "RSA PRIVATE KEY" {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, badKey("its key is damaged, or of a kind that signs no mail")
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < smallestRSA || bits > largestRSA {
			return nil, badKey(fmt.Sprintf("its RSA key has %d bits, and %d to %d are verified everywhere", bits, smallestRSA, largestRSA))
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, badKey("its key is neither RSA nor Ed25519")
}

// keyBlock finds the one private key among what a file has.
func keyBlock(file []byte) (found *pem.Block, _ *magazine.Problem) {
	other := ""
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
			return nil, &magazine.Problem{Text: "its key is locked by a password", Mend: "unlock it with openssl pkey -in FILE -out NEW, and keep NEW as closed as a password"}
		case block.Type != "PRIVATE KEY" && block.Type != "RSA PRIVATE KEY":
			other = block.Type
		case found != nil:
			return nil, &magazine.Problem{Text: "it has several private keys", Mend: "keep one in each file, and name each under mail.dkim"}
		default:
			found = block
		}
	}
	switch {
	case found != nil:
		return found, nil
	case strings.HasSuffix(other, "PUBLIC KEY"):
		return nil, &magazine.Problem{Text: "it has only a public key, which belongs in the DNS", Mend: "name the file with the private key"}
	}
	return nil, badKey("it has no private key in PEM form, which begins with -----BEGIN PRIVATE KEY-----")
}

func badKey(text string) *magazine.Problem {
	return &magazine.Problem{Text: text, Mend: "make one with postrider dkim new SELECTOR"}
}

// Domain is the one that it signs for, in A-labels.
func (s *Signer) Domain() string { return s.domain }

// Record is the TXT record that has the public key: its name, without a dot at
// the end, and its text.
func (s *Signer) Record() (name, text string) {
	kind, data := KeyRSA, []byte(nil)
	switch public := s.key.Public().(type) {
	case *rsa.PublicKey:
		data, _ = x509.MarshalPKIXPublicKey(public) // it fails for kinds of keys only
	case ed25519.PublicKey:
		kind, data = KeyEd25519, public // RFC 8463 4: bare
	}
	return s.selector + "._domainkey." + s.domain, "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(data)
}

// Aligned tells whether a signature of one domain counts for mail from another:
// both belong to the same organisation (RFC 7489 3.1.1).
func Aligned(signs, from string) bool {
	if signs == from {
		return true
	}
	ours, err := publicsuffix.EffectiveTLDPlusOne(signs)
	theirs, err2 := publicsuffix.EffectiveTLDPlusOne(from)
	return err == nil && err2 == nil && ours == theirs
}
