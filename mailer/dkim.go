package mailer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
)

// A Signer signs messages for a domain with one key: DKIM (RFC 6376), with
// Ed25519 as in RFC 8463. It may be used by several goroutines.
//
// It is written here, since go-msgauth's dates every signature by the machine's
// clock, and goes through the text byte by byte and once more for each key, in a
// goroutine of its own: with Ed25519 that takes several times as long as the
// signature.
type Signer struct {
	domain, selector string
	algorithm        string // as in the tag a=
	key              crypto.Signer
	hashed           crypto.Hash // as what the key signs a digest
}

// NewSigner makes a signer of a key that ParseKey or NewKey gave. The domain is in
// A-labels; domain and selector name the record that has the public key.
func NewSigner(domain, selector string, key crypto.Signer) (*Signer, error) {
	s := &Signer{domain: domain, selector: selector, key: key}
	switch key.Public().(type) {
	case *rsa.PublicKey:
		s.algorithm, s.hashed = "rsa-sha256", crypto.SHA256
	case ed25519.PublicKey:
		s.algorithm = "ed25519-sha256" // RFC 8463 3: the digest is signed as if it were the message
	default:
		return nil, magazine.Errorf(magazine.Internal, "a key of type %T cannot sign mail", key)
	}
	return s, nil
}

// signed are the headers that a signature covers, where a message has them. Each
// is named once more than it is there, so that nobody can add another that mail
// programs would show instead (RFC 6376 8.15). Both of List-Unsubscribe must be
// among them (RFC 8058 4).
var signed = []string{
	"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	"Content-Language", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// sign makes the headers DKIM-Signature of a message, one of each signer, to be
// put before it. The text of a message must be as it goes over the wire. Headers
// end with the empty line.
func sign(signers []*Signer, at time.Time, headers, body [][]byte) ([]byte, error) {
	digest := sha256.Sum256(relaxedBody(body))
	names, fields := covered(bytes.Join(headers, nil))
	common := " t=" + strconv.FormatInt(at.Unix(), 10) + ";\r\n h=" + foldedNames(names) + ";\r\n bh=" + base64.StdEncoding.EncodeToString(digest[:]) + ";\r\n b="
	var out []byte
	for _, s := range signers {
		start := len(out)
		out = fmt.Appendf(out, "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n d=%s;\r\n s=%s;", s.algorithm, s.domain, s.selector)
		out = append(out, common...)
		signature, err := s.signature(fields, out[start:])
		if err != nil {
			return nil, err
		}
		for len(signature) > base64Line {
			out = append(append(out, signature[:base64Line]...), "\r\n "...)
			signature = signature[base64Line:]
		}
		out = append(append(out, signature...), "\r\n"...)
	}
	return out, nil
}

const base64Line = 72 // characters of a signature in a line

// signature signs the headers, in their canonical form, with the one that is to
// have the signature (RFC 6376 3.7), and returns it in base64.
func (s *Signer) signature(fields, unsigned []byte) (string, error) {
	digest := sha256.Sum256(bytes.TrimSuffix(appendRelaxed(bytes.Clone(fields), unsigned), []byte("\r\n")))
	signature, err := s.key.Sign(rand.Reader, digest[:], s.hashed)
	if err != nil {
		return "", magazine.Errorf(magazine.Internal, "the message cannot be signed with the key of the selector %s: %w", s.selector, err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// covered finds the headers that are signed: their names, for the tag h=, and
// their canonical form, in that order. Of two with one name the last is signed
// first (RFC 6376 5.4.2).
func covered(headers []byte) (names []string, fields []byte) {
	all := headerFields(headers)
	for _, name := range signed {
		found := false
		for i := len(all) - 1; i >= 0; i-- {
			if got, _, _ := bytes.Cut(all[i], []byte(":")); strings.EqualFold(name, string(got)) {
				names, fields, found = append(names, name), appendRelaxed(fields, all[i]), true
			}
		}
		if found {
			names = append(names, name)
		}
	}
	return names, fields
}

// headerFields takes headers apart; each keeps the lines that it is folded in.
func headerFields(headers []byte) (all [][]byte) {
	start := 0
	for at := 0; at < len(headers); {
		at += bytes.IndexByte(headers[at:], '\n') + 1
		if at == len(headers) || headers[at] != ' ' && headers[at] != '\t' {
			all = append(all, headers[start:at])
			start = at
		}
	}
	return all
}

// foldedNames lists names for the tag h=, with breaks before those that would go
// beyond a line.
func foldedNames(names []string) string {
	var b strings.Builder
	width := len(" h=")
	for i, name := range names {
		if i > 0 {
			b.WriteByte(':')
			width++
		}
		if width+len(name)+1 > longestLine {
			b.WriteString("\r\n ")
			width = 1
		}
		b.WriteString(name)
		width += len(name)
	}
	return b.String()
}

// appendRelaxed appends a header in its canonical form (RFC 6376 3.4.2): its name
// in small letters, its value on one line with single spaces.
func appendRelaxed(out, field []byte) []byte {
	name, value, _ := bytes.Cut(field, []byte(":"))
	out = append(append(out, bytes.ToLower(name)...), ':')
	for i, word := range bytes.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }) {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, word...)
	}
	return append(out, "\r\n"...)
}

// relaxedBody is a text in its canonical form (RFC 6376 3.4.4): runs of spaces
// are one, none stands at the end of a line, and no empty line at the end of all.
// Its lines end with CRLF, the last one too.
func relaxedBody(pieces [][]byte) []byte {
	size := 0
	for _, piece := range pieces {
		size += len(piece)
	}
	out, n := make([]byte, size), 0
	space := false
	for _, piece := range pieces {
		for _, c := range piece {
			if c == ' ' || c == '\t' {
				space = true
				continue
			}
			if space && c != '\r' {
				out[n] = ' '
				n++
			}
			space = false
			out[n] = c
			n++
		}
	}
	out = out[:n]
	for bytes.HasSuffix(out, []byte("\r\n\r\n")) {
		out = out[:len(out)-2]
	}
	if string(out) == "\r\n" {
		return nil
	}
	return out
}
