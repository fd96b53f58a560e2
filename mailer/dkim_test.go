package mailer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"

	"postrider/internal/posttest"
)

// keysOf are made once a test run: RSA keys take long.
var keysOf = map[string]func() crypto.Signer{
	KeyRSA:     sync.OnceValue(func() crypto.Signer { return newKey(KeyRSA) }),
	KeyEd25519: sync.OnceValue(func() crypto.Signer { return newKey(KeyEd25519) }),
}

func newKey(kind string) crypto.Signer {
	key, _, err := NewKey(kind)
	if err != nil {
		panic(err)
	}
	return key
}

// signersFor are signers of a domain with keys of these kinds, and the records
// that they are verified by.
func signersFor(t failer, domain string, kinds ...string) (signers []*Signer, records map[string]string) {
	records = map[string]string{}
	for _, kind := range kinds {
		s, err := NewSigner(domain, "2026a-"+kind, keysOf[kind]())
		if err != nil {
			t.Fatalf("%v", err)
		}
		name, text := s.Record()
		signers, records[name] = append(signers, s), text
	}
	return signers, records
}

var selectorTag = regexp.MustCompile(`(?m)^ s=([^;]*); t=`)

// msgauth has go-msgauth verify a message, with results as of posttest.OpenDKIM.
func msgauth(t failer, message []byte, records map[string]string) map[string]string {
	results := map[string]string{}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if records[name] == "" {
			return nil, fmt.Errorf("there is no record %s", name)
		}
		return []string{records[name]}, nil
	}})
	if err != nil {
		t.Fatalf("go-msgauth: %v", err)
	}
	selectors := selectorTag.FindAllSubmatch(message, -1)
	for i, v := range found { // in the order of the message
		results[string(selectors[i][1])] = "pass"
		if v.Err != nil {
			results[string(selectors[i][1])] = "fail"
		}
	}
	return results
}

// verified checks that both verifiers find so many good signatures in a message.
func verified(t *testing.T, message []byte, records map[string]string, want int) {
	t.Helper()
	for verifier, results := range map[string]map[string]string{"go-msgauth": msgauth(t, message, records), "opendkim": posttest.OpenDKIM(t, message, records)} {
		if len(results) != want {
			t.Errorf("%s finds %d signatures, want %d", verifier, len(results), want)
		}
		for selector, result := range results {
			if result != "pass" {
				t.Errorf("%s says %s of the signature %s of\n%s", verifier, result, selector, message)
			}
		}
	}
}

func TestSigned(t *testing.T) {
	for name, change := range map[string]func(*letter){
		"as it is": func(*letter) {},
		"ASCII": func(l *letter) {
			l.Subject, l.HTML, l.Text, l.To.Name, l.Language = "The tide", "<p>Tide", "Tide\n", "Amina", ""
		},
		"Arabic name":      func(l *letter) { l.To.Name = "أمينة بنت سليم" },
		"long folded name": func(l *letter) { l.To.Name = strings.Repeat("Amina of the Long  Name, ", 8) },
		"long lines":       func(l *letter) { l.Text, l.HTML = strings.Repeat("x", 5000), strings.Repeat("é ", 3000) },
		"spaces":           func(l *letter) { l.Text = "a  b \t c \n\n  d\t\n \n\n\n\n" },
		"text alone":       func(l *letter) { l.HTML, l.Text = "", "a\n\n\n" },
		"empty lines":      func(l *letter) { l.HTML, l.Text = "", "\n\n" },
		"no list":          func(l *letter) { l.ListID, l.UnsubscribeURL = "", "" },
		"no answers":       func(l *letter) { l.ReplyTo = netmail.Address{} },
		"address in UTF-8": func(l *letter) { l.To.Address = "δοκιμή@lamu.example" },
		"domain of a sender in another script": func(l *letter) {
			l.From.Address = "letters@bücher.harbour.example"
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := digest()
			change(l)
			plain := written(t, l)
			var records map[string]string
			l.Signers, records = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
			message := written(t, l)
			verified(t, message, records, 2)
			if isASCII(string(plain)) {
				wireForm(t, message)
			}
			if !bytes.HasSuffix(message, plain) || !bytes.HasPrefix(message, []byte("DKIM-Signature:")) {
				t.Errorf("signing changes more than it puts before:\n%s", message)
			}
			l.Signers, records = signersFor(t, "harbour.example", KeyRSA)
			verified(t, written(t, l), records, 1)
		})
	}
}

// Each person's message has a signature of its own, also where values are empty.
func TestSignedWithValues(t *testing.T) {
	l := digest()
	var records map[string]string
	l.Signers, records = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
	l.Text, l.HTML = "Dear NAME,\n\nMARK\n\nNAMEMARK", "<p>NAME<p>MARK"
	c, err := l.Compile("NAME", "MARK")
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range [][]string{{"", ""}, {"أمينة", ""}, {" a  b ", "\r\n\r\n"}, {strings.Repeat("long ", 100), "."}} {
		var b bytes.Buffer
		if _, err := c.For(l.Recipient, values, values).WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		verified(t, b.Bytes(), records, 2)
	}
}

// Whatever a message says, its signature is good.
func TestSignedWhateverItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune("xy= .,\t\"é\r\n")), 0, 300, -1)
		l := digest()
		l.Subject, l.To.Name, l.Text, l.HTML = words.Draw(t, "subject"), words.Draw(t, "name"), "x"+words.Draw(t, "text"), words.Draw(t, "HTML")
		var records map[string]string
		l.Signers, records = signersFor(t, "harbour.example", KeyEd25519)
		message := written(t, l)
		if got := msgauth(t, message, records)["2026a-ed25519"]; got != "pass" {
			t.Fatalf("%q in\n%s", got, message)
		}
	})
}

// A change to what is signed breaks both signatures: in the body, in each header,
// and by a header that is added or taken away.
func TestChangedAfterSigning(t *testing.T) {
	l := digest()
	var records map[string]string
	l.Signers, records = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
	message := string(written(t, l))
	signature, rest, _ := strings.Cut(message, "Date: ")
	rest = "Date: " + rest
	changed := map[string]string{
		"body":                strings.Replace(message, "The end", "An end", 1),
		"body, longer":        message + "more\r\n",
		"another From":        signature + "From: evil@example.org\r\n" + rest,
		"another From behind": strings.Replace(message, "\r\n\r\n", "\r\nFrom: evil@example.org\r\n\r\n", 1),
		"time":                strings.ReplaceAll(message, "; t=1", "; t=2"),
	}
	for _, name := range []string{"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} {
		line := regexp.MustCompile(`(?m)^` + name + `: (?:[^\n]*\n[ \t])*[^\n]*\n`)
		found := line.FindString(rest)
		if found == "" {
			t.Fatalf("there is no %s", name)
		}
		changed[name] = signature + strings.Replace(rest, found, strings.TrimSuffix(found, "\r\n")+"x\r\n", 1)
		changed["no "+name] = signature + strings.Replace(rest, found, "", 1)
		changed["two of "+name] = signature + name + ": x\r\n" + rest
	}
	for what, text := range changed {
		if text == message {
			t.Fatalf("%s: nothing is changed", what)
		}
		for verifier, results := range map[string]map[string]string{"go-msgauth": msgauth(t, []byte(text), records), "opendkim": posttest.OpenDKIM(t, []byte(text), records)} {
			for selector, result := range results {
				if result == "pass" {
					t.Errorf("%s: %s takes the signature %s for good", what, verifier, selector)
				}
			}
		}
	}
	// What relays may do on the way is no change.
	for what, text := range map[string]string{
		"a trace":        "Received: from somewhere\r\n" + message,
		"folded anew":    strings.Replace(message, "List-Id: <", "List-Id:\r\n\t <", 1),
		"names in large": strings.Replace(message, "\r\nSubject:", "\r\nSUBJECT:", 1),
	} {
		t.Run(what, func(t *testing.T) { verified(t, []byte(text), records, 2) })
	}
}

// The signature covers what it must, says when it was made by the message's own
// date, and stays within the lines of mail.
func TestSignatureHeader(t *testing.T) {
	l := digest()
	l.Signers, _ = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
	message := written(t, l)
	head, _, _ := strings.Cut(string(message), "\r\nDate:")
	for line := range strings.SplitSeq(head, "\r\n") {
		if len(line) > longestLine {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	signatures := m.Header["Dkim-Signature"]
	if len(signatures) != 2 {
		t.Fatalf("%d signatures", len(signatures))
	}
	for i, text := range signatures {
		tags := map[string]string{}
		for tag := range strings.SplitSeq(strings.NewReplacer(" ", "", "\t", "").Replace(text), ";") {
			name, value, _ := strings.Cut(tag, "=")
			tags[name] = value
		}
		delete(tags, "b")
		delete(tags, "bh")
		covers := ":" + strings.ToLower(tags["h"]) + ":"
		for _, name := range []string{"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"} {
			if strings.Count(covers, ":"+name+":"+name+":") != 1 {
				t.Errorf("h= does not name %s once more than it is there: %s", name, covers)
			}
		}
		delete(tags, "h")
		kind := []string{KeyRSA, KeyEd25519}[i]
		want := map[string]string{"v": "1", "a": kind + "-sha256", "c": "relaxed/relaxed", "d": "harbour.example", "s": "2026a-" + kind, "t": fmt.Sprint(l.Date.Unix())}
		if fmt.Sprint(tags) != fmt.Sprint(want) {
			t.Errorf("tags %v, want %v", tags, want)
		}
	}
}

// TestExampleOfRFC8463 signs the message of RFC 8463 A as it stands there.
func TestExampleOfRFC8463(t *testing.T) {
	seed, _ := base64.StdEncoding.DecodeString("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
	s, err := NewSigner("football.example.com", "brisbane", ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	name, record := s.Record()
	if name != "brisbane._domainkey.football.example.com" || record != "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" {
		t.Errorf("%s %s", name, record)
	}
	from, to, subject, date, id := "From: Joe SixPack <joe@football.example.com>\r\n", "To: Suzie Q <suzie@shopping.example.net>\r\n",
		"Subject: Is dinner ready?\r\n", "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n", "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
	body := []byte("Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n")
	const signature = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n" +
		" d=football.example.com; i=@football.example.com;\r\n" +
		" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" +
		" subject : date : message-id : from : subject : date;\r\n" +
		" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
	if got := base64.StdEncoding.EncodeToString(sum(relaxedBody([][]byte{body}))); got != "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" {
		t.Errorf("the body's hash is %s", got)
	}
	var fields []byte
	for _, field := range []string{from, to, subject, date, id} {
		fields = appendRelaxed(fields, []byte(field))
	}
	got, err := s.signature(fields, []byte(signature))
	if err != nil || got != "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==" {
		t.Errorf("the signature is %s, %v", got, err)
	}
}

func sum(b []byte) []byte {
	h := crypto.SHA256.New()
	h.Write(b)
	return h.Sum(nil)
}

// countingKey is a key that says how often it was used.
type countingKey struct {
	crypto.Signer
	used int
	err  error
}

func (k *countingKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.used++
	if k.err != nil {
		return nil, k.err
	}
	return k.Signer.Sign(r, digest, o)
}

// What cannot be sent is not signed, and what cannot be signed is not sent.
func TestRefusedIsNotSigned(t *testing.T) {
	key := &countingKey{Signer: keysOf[KeyEd25519]()}
	s, err := NewSigner("harbour.example", "a", key)
	if err != nil {
		t.Fatal(err)
	}
	l := digest()
	l.Signers = []*Signer{s}
	for _, spoil := range []func(r *Recipient){
		func(r *Recipient) { r.To.Address = "nobody" }, func(r *Recipient) { r.Date = time.Time{} }, func(r *Recipient) { r.UnsubscribeURL = "gopher://x" },
	} {
		r := l.Recipient
		spoil(&r)
		if p := l.For(r); p.refused == nil || key.used != 0 {
			t.Errorf("refused %v, signed %d times", p.refused, key.used)
		}
	}
	key.err = io.ErrUnexpectedEOF
	p := l.pack()
	if _, err := p.WriteTo(io.Discard); err == nil || p.refused.Blame != BlameMessage || !strings.Contains(p.refused.Reason, "selector a") {
		t.Errorf("%+v, %v", p.refused, err)
	}
}

// The files of an outbox carry the signature, too.
func TestSignedInTheOutbox(t *testing.T) {
	folder := t.TempDir()
	l := digest()
	var records map[string]string
	l.Signers, records = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
	mustBeSent(t, send(t.Context(), opened(t, &Outbox{Folder: folder, Now: time.Now}), l))
	text, err := os.ReadFile(filepath.Join(folder, fileName(l.MessageID)))
	if err != nil {
		t.Fatal(err)
	}
	verified(t, text, records, 2)
}

// What comes through a real relay, pipelined and beside others on one
// conversation, is verified where it arrives.
func TestSignedThroughPostfix(t *testing.T) {
	s := posttest.RealMailServer(t)
	c := opened(t, newRelays(t, Relay{Name: "main", Address: s.Addr, TLS: TLSStart, TLSConfig: s.TLSConfig()}))
	var parcels []*Parcel
	var records map[string]string
	for n, name := range []string{"Amina", "أمينة بنت سليم", strings.Repeat("Amina of the Long  Name, ", 8)} {
		l := numbered(n)
		l.To.Name, l.Text = name, "a  b \t c \n.\n..\nFrom the harbour\n"+strings.Repeat("long ", 500)
		l.Signers, records = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
		parcels = append(parcels, l.pack())
	}
	for i, p := range parcels {
		var next *Parcel
		if i+1 < len(parcels) {
			next = parcels[i+1]
		}
		mustBeSent(t, c.Send(t.Context(), p, next))
	}
	for _, m := range s.Messages(t, len(parcels)) {
		if !bytes.HasPrefix(m.Raw, []byte("Received:")) {
			t.Errorf("it came by another way:\n%s", m.Raw)
		}
		verified(t, m.Raw, records, 2)
	}
}

// BenchmarkSigned makes the signed messages of 18 kB of a group's people. Its
// figure is the share that the bare signature has of a core's time.
func BenchmarkSigned(b *testing.B) {
	for _, kind := range []string{KeyRSA, KeyEd25519} {
		b.Run(kind, func(b *testing.B) {
			l := digest()
			l.Signers, _ = signersFor(b, "harbour.example", kind)
			l.Text, l.HTML = "Dear NAME,\n"+strings.Repeat("The tide tables are wrong again.\n", 130), "<p>Dear NAME,\n"+strings.Repeat("<p>The tide tables  are wrong again.\n", 350)
			c, err := l.Compile("NAME")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				c.For(l.Recipient, []string{"Amina"}, []string{"Amina"})
			}
			whole := b.Elapsed()
			start, s := time.Now(), l.Signers[0]
			for range b.N {
				s.key.Sign(nil, make([]byte, 32), s.hashed)
			}
			b.ReportMetric(float64(time.Since(start))/float64(whole), "of-signature")
		})
	}
}
