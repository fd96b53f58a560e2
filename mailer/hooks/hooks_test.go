package hooks

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/mailer/returns"
)

var now = time.Unix(1728046900, 0)

const (
	secret = "a-secret-of-22-letters"
	topic  = "arn:aws:sns:eu-west-1:123456789012:returns"
	ours   = "abcabcabcabc.defdefdefdef@harbour.example"
	path   = "bounces+dabc-def-mac@harbour.example"
)

// amazon is what stands at SNS's addresses in tests, and who signs there.
type amazon struct {
	key     *rsa.PrivateKey
	pem     []byte
	mu      sync.Mutex
	fetched []string
	fails   bool
}

var theAmazon = sync.OnceValue(func() *amazon {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return &amazon{key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
})

func (a *amazon) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fetched = append(a.fetched, r.URL.String())
	if a.fails {
		return nil, errors.New("no network")
	}
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Body: io.NopCloser(bytes.NewReader(a.pem)), Request: r}, nil
}

const certURL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"

// notify wraps a message as SNS does, signed. mend changes it before that.
func (a *amazon) notify(message string, mend func(n *notice)) []byte {
	n := &notice{Type: "Notification", MessageID: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", TopicArn: topic, Message: message, Timestamp: "2024-10-04T13:00:06.000Z", SignatureVersion: "2", SigningCertURL: certURL}
	if mend != nil {
		mend(n)
	}
	return a.sign(n)
}

func (a *amazon) sign(n *notice) []byte {
	hash, sum := crypto.SHA256, sha256.Sum256([]byte(n.signed()))
	digest := sum[:]
	if n.SignatureVersion == "1" {
		old := sha1.Sum([]byte(n.signed()))
		hash, digest = crypto.SHA1, old[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, hash, digest)
	if err != nil {
		panic(err)
	}
	n.Signature = base64.StdEncoding.EncodeToString(signature)
	body, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	return body
}

var sendgridKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func newHook(t testing.TB, provider string) *Hook {
	t.Helper()
	proof := secret
	if provider == "sendgrid" {
		der, err := x509.MarshalPKIXPublicKey(&sendgridKey().PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		proof = base64.StdEncoding.EncodeToString(der)
	}
	a := *theAmazonFresh()
	h, err := New(Options{Provider: provider, Secret: func() (string, error) { return proof, nil }, Topic: topic, Client: &http.Client{Transport: &a}, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// theAmazonFresh is theAmazon that has not been asked yet.
func theAmazonFresh() *amazon { return &amazon{key: theAmazon().key, pem: theAmazon().pem} }

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// call makes a provider's call of a sample, with the proof that it gives.
func call(t testing.TB, provider string, body []byte) Call {
	t.Helper()
	c := Call{Header: http.Header{}, Body: body}
	switch provider {
	case "ses":
		c.Body = theAmazon().notify(string(body), nil)
	case "mailgun":
		var m mailgunCall
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(m.Signature.Timestamp + m.Signature.Token))
		c.Body = bytes.Replace(body, []byte(`"signature":""`), []byte(`"signature":"`+hex.EncodeToString(mac.Sum(nil))+`"`), 1)
	case "sendgrid":
		at := strconv.FormatInt(now.Unix(), 10)
		sum := sha256.Sum256(append([]byte(at), body...))
		signature, err := ecdsa.SignASN1(rand.Reader, sendgridKey(), sum[:])
		if err != nil {
			t.Fatal(err)
		}
		c.Header.Set(sendgridTimestamp, at)
		c.Header.Set(sendgridSignature, base64.StdEncoding.EncodeToString(signature))
	default:
		c.Secret = secret
	}
	return c
}

func provider(name string) string { return name[:strings.IndexByte(name, '-')] }

func TestSamples(t *testing.T) {
	hard := func(words string) returns.Finding {
		return returns.Finding{Kind: returns.Bounce, Class: returns.Hard, Recipient: "amina@people.example", Status: "5.1.1", Code: 550, Diagnostic: words}
	}
	complained := func(words string) returns.Finding {
		return returns.Finding{Kind: returns.Complaint, Class: returns.None, Recipient: "amina@people.example", Diagnostic: words}
	}
	full := func(status string, code int, words string) returns.Finding {
		return returns.Finding{Kind: returns.Bounce, Class: returns.Soft, Recipient: "amina@people.example", Status: status, Code: code, Diagnostic: words}
	}
	gone := "The email account that you tried to reach does not exist."
	at, later := time.Unix(1728046805, 0).UTC(), time.Unix(1728047405, 0).UTC()
	for name, want := range map[string][]Event{
		"ses-bounce":         {{Finding: hard("550 5.1.1 <amina@people.example>: Recipient address rejected: User unknown"), ReturnPath: path, MessageID: ours, At: at}},
		"ses-full":           {{Finding: full("5.2.2", 552, "552 5.2.2 The mailbox is over quota"), ReturnPath: path, At: at}},
		"ses-complaint":      {{Finding: complained("Feedback-Type: abuse"), ReturnPath: path, At: later}},
		"ses-delivery":       nil,
		"postmark-bounce":    {{Finding: hard("550 5.1.1 " + gone), At: at}},
		"postmark-complaint": {{Finding: complained("The subscriber explicitly marked this message as spam."), At: later}},
		"postmark-away":      {{Finding: autoReply("amina@people.example"), At: at}},
		"mailgun-failed":     {{Finding: hard("5.1.1 " + gone), ReturnPath: path, MessageID: ours, At: at}},
		"mailgun-complained": {{Finding: complained(""), MessageID: ours, At: later}},
		"mailgun-temporary":  nil,
		"sendgrid-events": {
			{Finding: hard("550 5.1.1 " + gone), MessageID: ours, At: at},
			{Finding: returns.Finding{Kind: returns.Bounce, Class: returns.Sender, Recipient: "bakari@people.example", Status: "5.7.1", Code: 550, Diagnostic: "550 5.7.1 Message rejected: listed at zen.spamhaus.org"}, MessageID: "abcabcabcabc.efdefdefdefd@harbour.example", At: at},
			{Finding: returns.Finding{Kind: returns.Complaint, Class: returns.None, Recipient: "chiku@people.example"}, MessageID: "abcabcabcabc.fdefdefdefde@harbour.example", At: at.Add(time.Second)},
			{Finding: returns.Finding{Kind: returns.Bounce, Class: returns.Hard, Recipient: "dalila@people.example", Status: "5.0.0", Diagnostic: "Bounced Address"}, MessageID: "abcabcabcabc.ghighighighi@harbour.example", At: at.Add(2 * time.Second)},
		},
		"brevo-hard": {{Finding: hard("550 5.1.1 User unknown"), MessageID: ours, At: at}},
		"brevo-soft": {{Finding: full("4.2.2", 452, "452 4.2.2 mailbox full"), MessageID: ours, At: at}},
		"brevo-spam": {{Finding: complained(""), MessageID: ours, At: later}},
	} {
		h := newHook(t, provider(name))
		var keys string
		for range 2 { // the same again has the same keys
			got, err := h.Read(context.Background(), call(t, h.Provider, sample(t, name)))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var all string
			for i := range got {
				all += got[i].Key + " "
				got[i].Key = ""
				if len(got) != len(want) || got[i].Finding != want[i].Finding || got[i] != want[i] {
					t.Errorf("%s: %+v\nwant %+v", name, got, want)
					break
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s: %+v\nwant %+v", name, got, want)
			}
			if keys != "" && all != keys || len(want) > 0 && all == "" {
				t.Errorf("%s: keys %q, then %q", name, keys, all)
			}
			keys = all
		}
	}
}

// expectCode checks how a call is refused.
func expectCode(t *testing.T, what string, h *Hook, c Call, want magazine.Code) {
	t.Helper()
	events, err := h.Read(context.Background(), c)
	if err == nil || magazine.CodeOf(err) != want || len(events) > 0 {
		t.Errorf("%s: %v, %v; want %s", what, events, err, want)
	}
}

func TestForgedCalls(t *testing.T) {
	for _, name := range []string{"ses-bounce", "postmark-bounce", "mailgun-failed", "sendgrid-events", "brevo-hard"} {
		h := newHook(t, provider(name))
		good := call(t, h.Provider, sample(t, name))
		expectCode(t, name+" without proof", h, Call{Header: http.Header{}, Body: sample(t, name)}, magazine.Unauthorised)
		wrong := good
		wrong.Secret, wrong.Header = secret+"x", http.Header{sendgridTimestamp: {"1"}, sendgridSignature: good.Header[sendgridSignature]}
		wrong.Body = bytes.Replace(good.Body, []byte(`"signature":"`), []byte(`"signature":"ab`), 1)
		wrong.Body = bytes.Replace(wrong.Body, []byte("amina"), []byte("bakari"), 1)
		expectCode(t, name+" with a wrong proof", h, wrong, magazine.Unauthorised)
		if err := h.Ready(); err != nil {
			t.Errorf("%s is not ready: %v", name, err)
		}
		h.Secret = func() (string, error) { return "", errors.New("no such file") }
		if h.Provider != "ses" {
			if err := h.Ready(); err == nil {
				t.Errorf("%s is ready without a secret", name)
			}
			expectCode(t, name+" without a secret", h, good, magazine.Unavailable)
		}
		h.Secret = func() (string, error) { return "short", nil }
		if h.Provider == "brevo" || h.Provider == "postmark" {
			good.Secret = "short"
			if err := h.Ready(); err == nil {
				t.Errorf("%s is ready with a short secret", name)
			}
			expectCode(t, name+" with a short secret", h, good, magazine.Unavailable)
		}
	}
}

func TestOldMailgunCalls(t *testing.T) {
	h := newHook(t, "mailgun")
	c := call(t, "mailgun", sample(t, "mailgun-failed"))
	for _, by := range []time.Duration{13 * time.Hour, -13 * time.Hour} {
		h.Now = func() time.Time { return now.Add(by) }
		expectCode(t, fmt.Sprint(by), h, c, magazine.Unauthorised)
	}
}

func TestNotJSON(t *testing.T) {
	for _, provider := range []string{"postmark", "brevo", "mailgun", "sendgrid", "ses"} {
		for _, body := range []string{"", "hello", `{"a":`, "[1]", `{"event":7,"Email":[],"signature":7,"Type":8}`} {
			if provider == "mailgun" || provider == "ses" { // what cannot be read cannot be proven
				h := newHook(t, provider)
				if events, err := h.Read(context.Background(), Call{Header: http.Header{}, Body: []byte(body)}); err == nil || len(events) > 0 {
					t.Errorf("%s: %q: %v, %v", provider, body, events, err)
				}
				continue
			}
			expectCode(t, provider+" "+body, newHook(t, provider), call(t, provider, []byte(body)), magazine.Invalid)
		}
	}
}

func TestSNS(t *testing.T) {
	a, message := theAmazon(), string(sample(t, "ses-bounce"))
	subject := "Amazon SES Email Event Notification"
	for name, mend := range map[string]func(n *notice){
		"version 1":      func(n *notice) { n.SignatureVersion = "1" },
		"with a subject": func(n *notice) { n.Subject = &subject },
		"of China":       func(n *notice) { n.SigningCertURL = "https://sns.cn-north-1.amazonaws.com.cn/a.pem" },
	} {
		if events, err := newHook(t, "ses").Read(context.Background(), Call{Body: a.notify(message, mend)}); err != nil || len(events) != 1 {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
	for name, mend := range map[string]func(n *notice){
		"another's topic":     func(n *notice) { n.TopicArn = strings.Replace(topic, "1234", "4321", 1) },
		"no topic":            func(n *notice) { n.TopicArn = "" },
		"over http":           func(n *notice) { n.SigningCertURL = strings.Replace(certURL, "https", "http", 1) },
		"another host":        func(n *notice) { n.SigningCertURL = "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem" },
		"a host before it":    func(n *notice) { n.SigningCertURL = "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem" },
		"a user":              func(n *notice) { n.SigningCertURL = "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem" },
		"another port":        func(n *notice) { n.SigningCertURL = "https://sns.eu-west-1.amazonaws.com:8443/a.pem" },
		"a bucket":            func(n *notice) { n.SigningCertURL = "https://s3.amazonaws.com/evil/a.pem" },
		"a bucket named sns":  func(n *notice) { n.SigningCertURL = "https://sns.s3.amazonaws.com/a.pem" },
		"one in a region":     func(n *notice) { n.SigningCertURL = "https://sns.s3-eu-west-1.amazonaws.com/a.pem" },
		"no certificate":      func(n *notice) { n.SigningCertURL = "https://sns.eu-west-1.amazonaws.com/?Action=x" },
		"an unknown version":  func(n *notice) { n.SignatureVersion = "3" },
		"nothing":             func(n *notice) { n.SigningCertURL = "" },
		"a certificate query": func(n *notice) { n.SigningCertURL = certURL + "?a.pem" },
	} {
		h := newHook(t, "ses")
		expectCode(t, name, h, Call{Body: a.notify(message, mend)}, magazine.Unauthorised)
		if got := h.Client.Transport.(*amazon).fetched; name != "an unknown version" && len(got) > 0 {
			t.Errorf("%s: fetched %q", name, got)
		}
	}
	signed := a.notify(message, nil)
	for name, changed := range map[string][]byte{
		"another message":   bytes.Replace(signed, []byte("amina"), []byte("bakari"), 1),
		"another signature": bytes.Replace(signed, []byte(`"Signature":"`), []byte(`"Signature":"AAAA`), 1),
		"another type":      bytes.Replace(signed, []byte("Notification"), []byte("SubscriptionConfirmation"), 1),
	} {
		expectCode(t, name, newHook(t, "ses"), Call{Body: changed}, magazine.Unauthorised)
	}
	h := newHook(t, "ses")
	h.Now = func() time.Time { return now.Add(2 * time.Hour) }
	expectCode(t, "an old certificate", h, Call{Body: signed}, magazine.Unauthorised)
	h = newHook(t, "ses")
	h.Client.Transport.(*amazon).fails = true
	expectCode(t, "no network", h, Call{Body: signed}, magazine.Unavailable)
}

// A certificate is fetched once, and only our topic's subscription is confirmed,
// at SNS itself.
func TestSNSFetches(t *testing.T) {
	a := theAmazon()
	h := newHook(t, "ses")
	client := h.Client.Transport.(*amazon)
	for range 3 {
		if _, err := h.Read(context.Background(), Call{Body: a.notify(string(sample(t, "ses-bounce")), nil)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(client.fetched) != 1 {
		t.Errorf("fetched %q", client.fetched)
	}
	confirm := func(address string) func(n *notice) {
		return func(n *notice) { n.Type, n.Token, n.SubscribeURL = "SubscriptionConfirmation", "2336412f37", address }
	}
	ours := "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=2336412f37"
	if events, err := h.Read(context.Background(), Call{Body: a.notify("You have chosen to subscribe", confirm(ours))}); err != nil || len(events) > 0 {
		t.Errorf("%v, %v", events, err)
	}
	if n := len(client.fetched); n != 2 || client.fetched[1] != ours {
		t.Errorf("fetched %q", client.fetched)
	}
	expectCode(t, "another's host", h, Call{Body: a.notify("", confirm("https://evil.example/"))}, magazine.Unauthorised)
	expectCode(t, "another's topic", h, Call{Body: a.notify("", func(n *notice) { confirm(ours)(n); n.TopicArn += "2" })}, magazine.Unauthorised)
	if n := len(client.fetched); n != 2 {
		t.Errorf("fetched %q", client.fetched)
	}
	client.fails = true
	expectCode(t, "no network", h, Call{Body: a.notify("", confirm(ours))}, magazine.Unavailable)
}

// What the provider says and what the server says, where they differ.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		provider returns.Class
		words    string
		want     returns.Class
	}{
		{returns.Hard, "", returns.Hard}, {returns.Hard, "smtp; 550 5.7.1 blocked using zen.spamhaus.org", returns.Sender}, {returns.Hard, "552 5.2.2 mailbox full", returns.Soft},
		{returns.Hard, "smtp; 5.0.0 bounced", returns.Hard}, {returns.Soft, "550 5.1.1 no such user", returns.Soft}, {returns.Soft, "554 5.7.1 spam", returns.Sender}, {returns.Soft, "", returns.Soft},
		{returns.Sender, "550 5.1.1 no such user", returns.Sender}, {"", "550 5.1.1 no such user", returns.Hard}, {"", "", returns.Soft}, {"", "550 5.7.1 spam", returns.Sender},
	} {
		if got := bounce("a@b.example", "", c.words, c.provider).Class; got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.provider, c.words, got, c.want)
		}
	}
}

func fuzz(f *testing.F, provider string) {
	files, _ := filepath.Glob("testdata/" + provider + "-*.json")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	h := newHook(f, provider)
	f.Fuzz(func(t *testing.T, body []byte) {
		c := Call{Header: http.Header{}, Body: body, Secret: secret}
		switch provider {
		case "ses":
			c.Body = theAmazon().notify(string(body), nil)
		case "sendgrid":
			c = call(t, provider, body)
		case "mailgun": // as if it were proven
			var m mailgunCall
			if json.Unmarshal(body, &m) == nil {
				m.Data.finding()
			}
		}
		events, err := h.Read(context.Background(), c)
		if err != nil && magazine.CodeOf(err) == magazine.Internal {
			t.Error(err)
		}
		for _, e := range events {
			if e.Key == "" || len(e.Finding.Diagnostic)+len(e.Finding.Recipient) > 1000 {
				t.Errorf("%+v", e)
			}
		}
	})
}

func FuzzSES(f *testing.F)      { fuzz(f, "ses") }
func FuzzPostmark(f *testing.F) { fuzz(f, "postmark") }
func FuzzMailgun(f *testing.F)  { fuzz(f, "mailgun") }
func FuzzSendGrid(f *testing.F) { fuzz(f, "sendgrid") }
func FuzzBrevo(f *testing.F)    { fuzz(f, "brevo") }
