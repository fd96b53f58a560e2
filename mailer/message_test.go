package mailer

import (
	"bytes"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"postrider/magazine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func digest() *letter {
	return &letter{Message{
		From:     netmail.Address{Name: "Harbour & Horizon", Address: "letters@harbour.example"},
		ReplyTo:  netmail.Address{Address: "editors@harbour.example"},
		Subject:  "The tide tables are wrong, and four more — أخبار الميناء",
		HTML:     "<!doctype html>\n<p dir=rtl>أخبار الميناء</p>\n.<p>The end = near</p>\n",
		Text:     "أخبار الميناء\n.\n..dots\nThe end = near\n",
		ListID:   "weekly.harbour.example",
		Language: "en",
	}, Recipient{
		MessageID:      "weekly-17.k3v9q@harbour.example",
		To:             netmail.Address{Name: `Dhow, Amina "Mina"`, Address: "amina@lamu.example"},
		Date:           time.Date(2026, 3, 6, 7, 0, 0, 0, time.FixedZone("EAT", 3*3600)),
		UnsubscribeURL: "https://harbour.example/leave/k3v9q?one=click",
	}}
}

// failer is what *testing.T and *rapid.T have in common here.
type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func written(t failer, m *letter) []byte {
	var b bytes.Buffer
	n, err := m.pack().WriteTo(&b)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	if n != int64(b.Len()) {
		t.Fatalf("WriteTo says %d bytes, wrote %d", n, b.Len())
	}
	return b.Bytes()
}

func TestWritesTheGoldenMessage(t *testing.T) {
	got := written(t, digest())
	if again := written(t, digest()); !bytes.Equal(got, again) {
		t.Error("the same message gives other bytes the second time")
	}
	const golden = "testdata/digest.eml"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (rewrite with -update):\n%s", golden, got)
	}
}

func TestHeaders(t *testing.T) {
	parsed := parse(t, written(t, digest()))
	for name, want := range map[string]string{
		"Message-Id":            "<weekly-17.k3v9q@harbour.example>",
		"Date":                  "Fri, 06 Mar 2026 07:00:00 +0300",
		"Mime-Version":          "1.0",
		"Auto-Submitted":        "auto-generated",
		"Precedence":            "bulk",
		"List-Id":               "<weekly.harbour.example>",
		"List-Unsubscribe":      "<https://harbour.example/leave/k3v9q?one=click>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Content-Language":      "en",
		"X-Mailer":              "",
		"User-Agent":            "",
	} {
		if got := parsed.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	m := digest() // a mail to one person alone, such as a confirmation
	m.ListID, m.UnsubscribeURL, m.HTML, m.ReplyTo, m.Language = "", "", "", netmail.Address{}, ""
	parsed = parse(t, written(t, m))
	for _, name := range []string{"Precedence", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Reply-To", "Content-Language"} {
		if got, there := parsed.header[name]; there {
			t.Errorf("%s: %q, want none", name, got)
		}
	}
	if len(parsed.parts) != 1 || parsed.parts[0].kind != "text/plain" || parsed.parts[0].text != crlf(m.Text) {
		t.Errorf("a message without HTML has the parts %+v", parsed.parts)
	}
}

// What goes in comes back from another parser, for names, subjects and bodies
// of any script and any mischief, within the limits of the wire.
func TestComesBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[A-Za-z",.<>@()\[\]:;\\ ]{0,60}`),
			rapid.StringMatching(`[\p{Arabic}\p{Han}\p{Cyrillic}\p{Devanagari} ]{0,40}`),
			rapid.StringMatching(`=\?utf-8\?[qb]\?[a-z0-9=]{0,20}\?=`),
			rapid.StringOfN(rapid.RuneFrom([]rune("xyz")), 60, 2000, -1),
			rapid.StringMatching(`[a-z]{0,9}(\r\n|\n|\r)(Bcc: a@b|\.|[ \t]x|\r\n)`),
		)
		m := digest()
		m.To.Name = words.Draw(t, "to")
		m.From.Name = words.Draw(t, "from")
		m.Subject = words.Draw(t, "subject")
		m.Text = "x" + words.Draw(t, "text")
		m.HTML = "<p>" + words.Draw(t, "html")
		raw := written(t, m)
		wireForm(t, raw)
		p := parse(t, raw)
		decoder := new(mime.WordDecoder)
		subject, err := decoder.DecodeHeader(p.header.Get("Subject"))
		if err != nil || subject != oneLine(m.Subject) {
			t.Errorf("subject %q (%v), want %q", subject, err, oneLine(m.Subject))
		}
		for field, want := range map[string]netmail.Address{"To": m.To, "From": m.From} {
			list, err := p.header.AddressList(field)
			if err != nil || len(list) != 1 {
				t.Fatalf("%s: %v, %v", field, list, err)
			}
			if list[0].Name != wireName(want.Name) || list[0].Address != want.Address {
				t.Errorf("%s: %q, want %q", field, *list[0], want)
			}
		}
		if len(p.header) != 14 {
			t.Errorf("%d headers, want 14: %v", len(p.header), p.header)
		}
		want := []part{{"text/plain", crlf(valid(m.Text))}, {"text/html", crlf(valid(m.HTML))}}
		if !slices.Equal(p.parts, want) {
			t.Errorf("parts %q, want %q", p.parts, want)
		}
	})
}

// wireForm checks what RFC 5321 and RFC 5322 ask of the bytes.
func wireForm(t failer, raw []byte) {
	if bytes.Count(raw, []byte("\r")) != bytes.Count(raw, []byte("\r\n")) ||
		bytes.Count(raw, []byte("\n")) != bytes.Count(raw, []byte("\r\n")) {
		t.Errorf("a bare CR or LF in %q", raw)
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
		if !isASCII(string(line)) {
			t.Errorf("8-bit line %q", line)
		}
	}
}

type part struct{ kind, text string }

type parsedMessage struct {
	header netmail.Header
	parts  []part
}

func parse(t failer, raw []byte) parsedMessage {
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("parse %q: %v", raw, err)
	}
	p := parsedMessage{header: message.Header}
	add := func(contentType, encoding string, body io.Reader) {
		kind, parameters, err := mime.ParseMediaType(contentType)
		if err != nil || parameters["charset"] != "UTF-8" || encoding != "quoted-printable" {
			t.Fatalf("part %q, %q: %v", contentType, encoding, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(body))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		p.parts = append(p.parts, part{kind, string(text)})
	}
	contentType := message.Header.Get("Content-Type")
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("content type %q: %v", contentType, err)
	}
	if kind != "multipart/alternative" {
		add(contentType, message.Header.Get("Content-Transfer-Encoding"), message.Body)
		return p
	}
	for r := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		next, err := r.NextRawPart()
		if err == io.EOF {
			return p
		}
		if err != nil {
			t.Fatalf("parts of %q: %v", raw, err)
		}
		add(next.Header.Get("Content-Type"), next.Header.Get("Content-Transfer-Encoding"), next)
	}
}

// crlf is how the line ends of a text come back: any of them as CR LF.
func crlf(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.ReplaceAll(s, "\n", "\r\n")
}

func TestRefusesAndNames(t *testing.T) {
	address := func(a string) func(*letter) { return func(m *letter) { m.To.Address = a } }
	for _, c := range []struct {
		name   string
		change func(*letter)
		names  string // stands in the error
	}{
		{"no address", address(""), `"" in To`},
		{"no at", address("amina"), `"amina" in To`},
		{"no local part", address("@lamu.example"), `"@lamu.example" in To`},
		{"no domain", address("amina@"), `"amina@" in To`},
		{"line break", address("a@b.example\r\nBcc: x@y.example"), `Bcc: x@y.example" in To`},
		{"line break in the local part", address("a\r\nRCPT TO:<x>@b.example"), `@b.example" in To`},
		{"space in the domain", address("a@b .example"), "in To"},
		{"bad label", address("a@\u00fc..example"), "in To"},
		{"long", address(strings.Repeat("a", 250) + "@b.example"), "254 bytes"},
		{"bytes", address("a\xff@b.example"), "in To"},
		{"from", func(m *letter) { m.From.Address = "letters" }, `"letters" in From`},
		{"reply-to", func(m *letter) { m.ReplyTo.Address = "editors" }, `"editors" in Reply-To`},
		{"no message id", func(m *letter) { m.MessageID = "" }, "Message-ID"},
		{"message id in brackets", func(m *letter) { m.MessageID = "<a@b>" }, "<a@b>"},
		{"message id over lines", func(m *letter) { m.MessageID = "a@b\r\nBcc: x" }, "Message-ID"},
		{"no date", func(m *letter) { m.Date = time.Time{} }, "date"},
		{"no text", func(m *letter) { m.Text = "" }, "text part"},
		{"list id", func(m *letter) { m.ListID = "weekly letters" }, "weekly letters"},
		{"list id over lines", func(m *letter) { m.ListID = "weekly\r\nBcc: x" }, "list id"},
		{"language", func(m *letter) { m.Language = "en\r\nBcc: x" }, "language"},
		{"mailto link", func(m *letter) { m.UnsubscribeURL = "mailto:x@y.example" }, "mailto:x@y.example"},
		{"link with a space", func(m *letter) { m.UnsubscribeURL = "https://x.example/a b" }, "unsubscribe link"},
		{"link over lines", func(m *letter) { m.UnsubscribeURL = "https://x.example/\r\nBcc: x" }, "unsubscribe link"},
		{"link with brackets", func(m *letter) { m.UnsubscribeURL = "https://x.example/>,<mailto:a@b>" }, "unsubscribe link"},
		{"long link", func(m *letter) { m.UnsubscribeURL = "https://x.example/" + strings.Repeat("a", 990) }, "unsubscribe link"},
	} {
		m := digest()
		c.change(m)
		var b bytes.Buffer
		_, err := m.pack().WriteTo(&b)
		if err == nil || magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), strings.ReplaceAll(c.names, "\r\n", `\r\n`)) {
			t.Errorf("%s: error %v, want an invalid one that names %q", c.name, err, c.names)
		}
		if b.Len() != 0 {
			t.Errorf("%s: %d bytes were written", c.name, b.Len())
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"Amina":                           "Amina",
		" Amina\r\n\tDhow ":               "Amina Dhow",
		`Dhow, "Mina" (A.) <x> \ ; é`:     `Dhow, "Mina" (A.) <x> ＼ ; é`,
		`back\slash`:                      `back\slash`,
		"bad \xff byte":                   "bad \uFFFD byte",
		strings.Repeat("\u0645", 150):     strings.Repeat("\u0645", 100),
		"a\x00b\u2028c\u0085d":            "a b c d",
		"=?utf-8?q?=41?= encoded already": "=?utf-8?q?=41?= encoded already",
	} {
		m := digest()
		m.To.Name = in
		list, err := parse(t, written(t, m)).header.AddressList("To")
		if err != nil || len(list) != 1 || list[0].Name != want {
			t.Errorf("the name %q comes back as %v (%v), want %q", in, list, err, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		in, wire, path string
		utf8           bool
	}{
		{"amina@lamu.example", "amina@lamu.example", "<amina@lamu.example>", false},
		{"Amina.O'Dhow+x=y@Lamu.EXAMPLE", "Amina.O'Dhow+x=y@Lamu.EXAMPLE", "<Amina.O'Dhow+x=y@Lamu.EXAMPLE>", false},
		{"amina@b\u00fccher.example", "amina@xn--bcher-kva.example", "<amina@xn--bcher-kva.example>", false},
		{"amina@\u0645\u062b\u0627\u0644.example", "amina@xn--mgbh0fb.example", "<amina@xn--mgbh0fb.example>", false},
		{"\u0623\u0645\u064a\u0646\u0629@\u0645\u062b\u0627\u0644.example", "\u0623\u0645\u064a\u0646\u0629@\u0645\u062b\u0627\u0644.example",
			"<\u0623\u0645\u064a\u0646\u0629@\u0645\u062b\u0627\u0644.example>", true},
		{"am ina@lamu.example", "am ina@lamu.example", `<"am ina"@lamu.example>`, false},
		{`am"i\na@lamu.example`, `am"i\na@lamu.example`, `<"am\"i\\na"@lamu.example>`, false},
		{"a@b.example> <x@c.example", "a@b.example> <x@c.example", `<"a@b.example> <x"@c.example>`, false},
		{"a@b@c.example", "a@b@c.example", `<"a@b"@c.example>`, false},
		{`"am ina"@lamu.example`, "am ina@lamu.example", `<"am ina"@lamu.example>`, false},
		{`"amina"@lamu.example`, "amina@lamu.example", "<amina@lamu.example>", false},
		{"\"a@b\"@b\u00fccher.example", "a@b@xn--bcher-kva.example", `<"a@b"@xn--bcher-kva.example>`, false},
		{"amina@localhost", "amina@localhost", "<amina@localhost>", false},
		{"amina@under_score.example", "amina@under_score.example", "<amina@under_score.example>", false},
	} {
		got, err := wireAddress("To", netmail.Address{Address: c.in})
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if got.Address != c.wire || path(got) != c.path || needsUTF8(got) != c.utf8 {
			t.Errorf("%q becomes %q, %s, utf8 %t; want %q, %s, %t", c.in, got.Address, path(got), needsUTF8(got), c.wire, c.path, c.utf8)
		}
	}
}

// No address, however made, breaks a command line or a header.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"a@b.example", "a@b>\r\nDATA", "\"a b\"@c", "a@[127.0.0.1]", "a@b\u00fc.example", "a\x00@b", "@", "a@b@c", "a@b.example,c@d.example"} {
		f.Add("Amina", s)
	}
	f.Fuzz(func(t *testing.T, name, address string) {
		a, err := wireAddress("To", netmail.Address{Name: name, Address: address})
		if err != nil {
			if magazine.CodeOf(err) != magazine.Invalid {
				t.Errorf("%q: %v", address, err)
			}
			return
		}
		p := path(a)
		if strings.ContainsAny(p, "\r\n\x00") || !utf8.ValidString(p) || !strings.HasPrefix(p, "<") || !strings.HasSuffix(p, ">") {
			t.Errorf("%q gives the path %q", address, p)
		}
		m := digest()
		m.To = netmail.Address{Name: name, Address: address}
		parsed := parse(t, written(t, m))
		list, err := parsed.header.AddressList("To")
		if err != nil || len(list) != 1 || list[0].Address != a.Address {
			t.Errorf("%q comes back as %v (%v)", address, list, err)
		}
	})
}
