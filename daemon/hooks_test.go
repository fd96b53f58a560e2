package daemon_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/store"
)

const (
	hookSecret = "a-secret-of-22-letters"
	hookTopic  = "arn:aws:sns:eu-west-1:123456789012:returns"
)

// hooked is a house that takes the calls of providers.
func hooked(t *testing.T, engine string) (h *house, call func(path, body string) int) {
	t.Helper()
	h = build(t, engine)
	file := filepath.Join(filepath.Dir(h.file), "hook-secret")
	write(t, file, hookSecret+"\n")
	keys := []string{"webhooks:", "  - {provider: ses, topic: '" + hookTopic + "'}"}
	for _, provider := range []string{"postmark", "mailgun", "brevo"} {
		keys = append(keys, "  - {provider: "+provider+", secret_file: hook-secret}")
	}
	h.comesBack(keys...)
	h.SetFetches(&certificates)
	pages, err := h.Pages()
	h.must(err)
	return h, func(path, body string) int {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost:8080/hooks/"+path, strings.NewReader(body)))
		return w.Code
	}
}

// Each provider's call finds its person by what that provider tells; replays and
// forgeries change nothing.
func TestHooks(t *testing.T) {
	t.Parallel()
	messageID := func(m smtptest.Message) string { return strings.Trim(header(t, m.Raw, "Message-ID"), "<>") }
	for _, c := range []struct {
		name, path string
		body       func(h *house, m smtptest.Message) string
		want       string
	}{
		{"brevo", "brevo/" + hookSecret, func(h *house, m smtptest.Message) string {
			return fmt.Sprintf(`{"event":"hard_bounce","email":%q,"message-id":"<%s>","ts_event":%d,"reason":"550 5.1.1 User unknown"}`, m.To, messageID(m), h.clock.Now().Unix())
		}, "bounce hard amina suppressed"},
		{"brevo by a Message-ID of its own", "brevo/" + hookSecret, func(h *house, m smtptest.Message) string {
			return fmt.Sprintf(`{"event":"hard_bounce","email":%q,"message-id":"<202410041300.1@smtp-relay.mailin.fr>","ts_event":%d,"reason":"550 5.1.1 User unknown"}`, m.To, h.clock.Now().Unix())
		}, "bounce hard amina suppressed"},
		{"brevo, about another", "brevo/" + hookSecret, func(h *house, m smtptest.Message) string {
			return fmt.Sprintf(`{"event":"hard_bounce","email":"bakari@people.example","message-id":"<%s>","ts_event":%d,"reason":"550 5.1.1 User unknown"}`, messageID(m), h.clock.Now().Unix())
		}, "bounce hard amina ignored"},
		{"brevo, about a stranger", "brevo/" + hookSecret, func(h *house, m smtptest.Message) string {
			return `{"event":"spam","email":"stranger@people.example","message-id":"<x@y.example>"}`
		}, ""},
		{"postmark", "postmark/" + hookSecret, func(h *house, m smtptest.Message) string {
			return fmt.Sprintf(`{"RecordType":"SpamComplaint","ID":7,"Type":"SpamComplaint","Email":"AMINA@people.example","BouncedAt":%q}`, h.clock.Now().Format(time.RFC3339))
		}, "complaint none amina suppressed"},
		{"mailgun", "mailgun", func(h *house, m smtptest.Message) string {
			at := strconv.FormatInt(h.clock.Now().Unix(), 10)
			mac := hmac.New(sha256.New, []byte(hookSecret))
			mac.Write([]byte(at + "token"))
			return fmt.Sprintf(`{"signature":{"timestamp":%q,"token":"token","signature":%q},"event-data":{"event":"failed","severity":"permanent","reason":"bounce","recipient":%q,"delivery-status":{"code":552,"message":"5.2.2 mailbox full"},"envelope":{"sender":%q}}}`,
				at, hex.EncodeToString(mac.Sum(nil)), m.To, m.From)
		}, "bounce soft amina counted"},
		{"ses", "ses", func(h *house, m smtptest.Message) string {
			return amazonSays(t, h, fmt.Sprintf(`{"notificationType":"Complaint","complaint":{"feedbackId":"f","complainedRecipients":[{"emailAddress":%q}],"complaintFeedbackType":"abuse"},"mail":{"source":%q}}`, m.To, m.From))
		}, "complaint none amina suppressed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, call := hooked(t, "sqlite")
			h.join("amina", "bakari")
			m := h.sendNew("tide", "amina")
			h.clock.Add(time.Hour)
			body := c.body(h, m)
			for range 2 {
				if code := call(c.path, body); code != http.StatusOK {
					t.Errorf("the answer is %d", code)
				}
				h.expect("came back", h.returned(), c.want)
			}
			if suppressed := h.suppressed("amina") != ""; suppressed != strings.HasSuffix(c.want, "suppressed") {
				t.Errorf("suppressed: %t", suppressed)
			}
			h.expect("bakari", h.suppressed("bakari")+string(h.state("bakari")), "confirmed")
			if c.want == "" {
				h.expect("refused", h.refused(), "brevo unknown 2")
			}
			if strings.Contains(c.want, "bounce") && !strings.Contains(c.want, "ignored") {
				h.expect("delivery", string(h.delivery("", "amina").State), "failed")
			}
		})
	}
}

// Of a call with several events, one of which has to come again, the others have
// their effect.
func TestHookOfSeveralEvents(t *testing.T) {
	t.Parallel()
	h, call := hooked(t, "sqlite")
	h.join("amina", "bakari")
	a := h.sendNew("tide", "amina")
	b := h.last("bakari")
	h.write(func(tx *store.Tx) error { // what became of amina's is not written down yet
		for _, q := range []string{"DELETE FROM deliveries WHERE email = '" + a.To + "'", "UPDATE editions SET state = 'sending'"} {
			if _, err := tx.ExecContext(h.ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	event := func(m smtptest.Message) string {
		return fmt.Sprintf(`{"event":"hard_bounce","email":%q,"message-id":%q,"ts_event":%d,"reason":"550 5.1.1 User unknown"}`, m.To, header(t, m.Raw, "Message-ID"), h.clock.Now().Unix())
	}
	if code := call("brevo/"+hookSecret, "["+event(a)+","+event(b)+"]"); code != http.StatusServiceUnavailable {
		t.Errorf("the answer is %d", code)
	}
	h.expect("came back", h.returned(), "bounce hard bakari suppressed")
}

func TestForgedHooks(t *testing.T) {
	t.Parallel()
	h, call := hooked(t, "sqlite")
	h.join("amina")
	m := h.sendNew("tide", "amina")
	bounce := fmt.Sprintf(`{"event":"hard_bounce","email":%q,"reason":"550 5.1.1 User unknown"}`, m.To)
	for path, want := range map[string]int{
		"brevo": 403, "brevo/": 405, "brevo/wrong": 403, "brevo/" + hookSecret + "x": 403, "sendgrid": 404, "nobody/" + hookSecret: 404, "mailgun": 403, "ses": 403, "postmark/" + strings.ToUpper(hookSecret): 403,
	} {
		if code := call(path, bounce); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	if code := call("brevo/"+hookSecret, "no JSON"); code != 400 {
		t.Errorf("no JSON: %d", code)
	}
	h.expect("came back", h.returned()+h.suppressed("amina"), "")
	if got := h.refused(); !strings.Contains(got, "brevo proof 3") || !strings.Contains(got, "ses proof 1") {
		t.Errorf("refused: %s", got)
	}
}

// amazonSays signs what SES says as SNS does, and serves the certificate.
func amazonSays(t *testing.T, h *house, message string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	h.must(err)
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: h.clock.Now().Add(-time.Hour), NotAfter: h.clock.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	h.must(err)
	certificates.set(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	text := "Message\n" + message + "\nMessageId\nm\nTimestamp\n2024-10-04T13:00:06.000Z\nTopicArn\n" + hookTopic + "\nType\nNotification\n"
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	h.must(err)
	body, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "m", "TopicArn": hookTopic, "Message": message, "Timestamp": "2024-10-04T13:00:06.000Z", "SignatureVersion": "2",
		"Signature": base64.StdEncoding.EncodeToString(signature), "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"})
	h.must(err)
	return string(body)
}

// certificates is what stands at SNS's address in tests.
var certificates served

type served struct{ text []byte }

func (s *served) set(text []byte) { s.text = text }

func (s *served) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Body: io.NopCloser(bytes.NewReader(s.text)), Request: r}, nil
}
