package hooks

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // of version 1 of SNS's signatures, which is its default
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"postrider/magazine"
)

// notice is a message of SNS.
type notice struct {
	Type             string
	MessageID        string `json:"MessageId"`
	Token            string
	TopicArn         string
	Subject          *string
	Message          string
	SubscribeURL     string
	Timestamp        string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
}

// notice reads a message of SNS and proves that it is of our topic. Amazon signs
// for everybody: without the topic, anybody's own would be believed.
func (h *Hook) notice(ctx context.Context, body []byte) (*notice, error) {
	var n notice
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, unreadable(err)
	}
	if h.Topic == "" || n.TopicArn != h.Topic {
		return nil, errProof
	}
	signature, err := base64.StdEncoding.DecodeString(n.Signature)
	if err != nil {
		return nil, errProof
	}
	key, err := h.signer(ctx, n.SigningCertURL)
	if err != nil {
		return nil, err
	}
	text := []byte(n.signed())
	switch n.SignatureVersion {
	case "1":
		sum := sha1.Sum(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	default:
		err = errProof
	}
	if err != nil {
		return nil, errProof
	}
	return &n, nil
}

// signed is the text that the signature is of.
func (n *notice) signed() string {
	var b strings.Builder
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", n.Message)
	add("MessageId", n.MessageID)
	if n.Type == "Notification" {
		if n.Subject != nil {
			add("Subject", *n.Subject)
		}
		add("Timestamp", n.Timestamp)
	} else {
		add("SubscribeURL", n.SubscribeURL)
		add("Timestamp", n.Timestamp)
		add("Token", n.Token)
	}
	add("TopicArn", n.TopicArn)
	add("Type", n.Type)
	return b.String()
}

// snsHost is SNS in a region, such as eu-west-1. Not any word may stand for that:
// whoever has the bucket called sns writes what is at sns.s3.amazonaws.com and at
// sns.s3-eu-west-1.amazonaws.com.
var snsHost = regexp.MustCompile(`^sns\.[a-z]+(-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(\.cn)?$`)

// ofSNS tells whether an address is one of SNS itself.
func ofSNS(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || u.Fragment != "" || !snsHost.MatchString(u.Host) {
		return nil, false
	}
	return u, true
}

// certificate is one of SNS's.
type certificate struct {
	key       *rsa.PublicKey
	notBefore time.Time
	notAfter  time.Time
}

const (
	mostCertificates   = 20
	largestCertificate = 64 << 10
)

// signer finds the key that SNS signs with, and fetches it where it is new.
func (h *Hook) signer(ctx context.Context, address string) (*rsa.PublicKey, error) {
	u, ok := ofSNS(address)
	if !ok || !strings.HasSuffix(u.Path, ".pem") || u.RawQuery != "" {
		return nil, errProof
	}
	h.mu.Lock()
	kept := h.certificates[address]
	h.mu.Unlock()
	if kept == nil {
		text, err := h.fetch(ctx, address)
		if err != nil {
			return nil, magazine.Errorf(magazine.Unavailable, "the certificate of SNS cannot be had: %w", err)
		}
		if kept, err = parseCertificate(text); err != nil {
			return nil, magazine.Errorf(magazine.Unavailable, "the certificate of SNS cannot be used: %w", err)
		}
		h.mu.Lock()
		if len(h.certificates) >= mostCertificates {
			clear(h.certificates)
		}
		h.certificates[address] = kept
		h.mu.Unlock()
	}
	if now := h.Now(); now.Before(kept.notBefore) || now.After(kept.notAfter) {
		return nil, errProof
	}
	return kept.key, nil
}

func parseCertificate(text []byte) (*certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is not in PEM form")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("it has no RSA key")
	}
	return &certificate{key, c.NotBefore, c.NotAfter}, nil
}

// fetch gets what stands at an address of SNS.
func (h *Hook) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := *h.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, largestCertificate))
}

// subscribe confirms that our topic is to call us.
func (h *Hook) subscribe(ctx context.Context, n *notice) error {
	if _, ok := ofSNS(n.SubscribeURL); !ok {
		return errProof
	}
	if _, err := h.fetch(ctx, n.SubscribeURL); err != nil {
		return magazine.Errorf(magazine.Unavailable, "the subscription to the topic cannot be confirmed: %w", err)
	}
	return nil
}
