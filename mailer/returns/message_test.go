package returns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

// repeated is a reader of n times the same text.
func repeated(text string, n int) io.Reader {
	var all []io.Reader
	for range n {
		all = append(all, strings.NewReader(text))
	}
	return io.MultiReader(all...)
}

// TestReadLarge reads 50 MB of attachment before the report that matters, and
// keeps little of it.
func TestReadLarge(t *testing.T) {
	sample := samples(t)["postfix-unknown"]
	before, after, ok := strings.Cut(sample, "--=_report_1\nContent-Type: text/plain")
	if !ok {
		t.Fatal("the sample has changed")
	}
	line := strings.Repeat("QUJD", 19) + "\n"
	for name, filler := range map[string]io.Reader{
		"lines":         repeated(strings.Repeat(line, 1000), 50<<20/len(line)/1000),
		"one line":      repeated(strings.Repeat("QUJD", 1000), 50<<20/4000),
		"blank lines":   repeated(strings.Repeat("\n", 1000), 5<<20/1000),
		"CR":            repeated(strings.Repeat("\r", 1000), 5<<20/1000),
		"boundaries":    repeated("--=_report_1\nContent-Type: text/plain\n\nx\n", 90),
		"header fields": repeated("X-A: b\n", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			message := io.MultiReader(strings.NewReader(before+"--=_report_1\nContent-Type: application/octet-stream\n\n"), filler,
				strings.NewReader("\n--=_report_1\nContent-Type: text/plain"+after))
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			report, err := Read(message)
			runtime.ReadMemStats(&end)
			if err != nil {
				t.Fatal(err)
			}
			if f := report.Findings[0]; f.Class != Hard || f.Recipient != "amina@example.org" {
				t.Errorf("it is %+v", f)
			}
			if took := end.TotalAlloc - start.TotalAlloc; took > 24<<20 {
				t.Errorf("it took %d bytes", took)
			}
		})
	}
}

// nested puts a message into others.
func nested(message string, deep int, wrap func(i int, inner string) string) string {
	for i := range deep {
		message = wrap(i, message)
	}
	return message
}

func TestReadNested(t *testing.T) {
	_, inner, _ := strings.Cut(samples(t)["postfix-unknown"], "MIME-Version: 1.0\n")
	mixed := func(i int, inner string) string {
		return fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n", i, i, inner, i)
	}
	message := func(i int, inner string) string { return "Content-Type: message/rfc822\n\n" + inner }
	const server = "From: MAILER-DAEMON@relay.magazine.example\nSubject: Undelivered Mail\n"
	for _, test := range []struct {
		name string
		text string
		want string
	}{
		{"a few parts deep", server + nested(inner, 5, mixed), "bounce hard amina@example.org 5.1.1 550"},
		{"a hundred parts deep", server + nested(inner, 100, mixed), "bounce hard amina@example.org 5.1.1 550"},
		{"a message deep", "From: bashir@example.net\n" + nested(inner, 1, message), "other none - - 0"},
		{"a hundred messages deep", "From: bashir@example.net\n" + nested(inner, 100, message), "other none - - 0"},
		{"a hundred of both", server + nested(inner, 100, func(i int, inner string) string { return mixed(i, message(i, inner)) }), "bounce soft - - 0"},
	} {
		if got := found(t, test.text); !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestReadFails(t *testing.T) {
	lost := errors.New("the connection is lost")
	if _, err := Read(io.MultiReader(strings.NewReader("From: a@example.org\n\n"), iotest.ErrReader(lost))); !errors.Is(err, lost) {
		t.Errorf("it says %v", err)
	}
	for _, text := range []string{"", "\n", "\x00", "\r", "no header at all", "From: x", ":", "Content-Type: multipart/report\n\n--", "\xff\xfe\xff", "Subject: =?x?q?=?=\n\n"} {
		if got := found(t, text); !slices.Equal(got, []string{"other none - - 0"}) {
			t.Errorf("%q is %q", text, got)
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string][]string{
		"a\nb":         {"a", "b"},
		"a\r\nb\r\n":   {"a", "b"},
		"a\rb\r":       {"a", "b"},
		"a\r\rb":       {"a", "", "b"},
		"a\r\r\nb":     {"a", "b"},
		"a\n\nb":       {"a", "", "b"},
		"a\r\n\r\nb":   {"a", "", "b"},
		"a\x00b\n":     {"ab"},
		"":             nil,
		"\n":           {""},
		"a\r\n\rb\n\n": {"a", "", "b", ""},
	} {
		var got []string
		for in := newLines(iotest.OneByteReader(strings.NewReader(text))); ; {
			line, ok := in.next()
			if !ok {
				break
			}
			got = append(got, string(line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, test := range []struct{ encoding, charset, raw, want string }{
		{"base64", "utf-8", "Ym/DrnRl\n", "boîte"},
		{"base64", "utf-8", "Ym/D rnR\tl!!", "boîte"},
		{"quoted-printable", "iso-8859-1", "bo=EEte=\n s = x=3D =zz=\n", "boîte s = x= =zz"},
		{"8bit", "", "bo\xeete", "boîte"},
		{"7bit", "unknown-8bit", "bo\xc3\xaete", "boîte"},
		{"", "iso-2022-jp", "\x1b$BMxMQ<T\x1b(B", "利用者"},
		{"", "", "\x1b$BMxMQ<T\x1b(B", "利用者"},
		{"", "koi8-r", "\xd1\xdd\xc9\xcb", "ящик"},
		{"", "gb2312", "\xd3\xca\xcf\xe4", "邮箱"},
		{"", "utf-16le", "a\x00b\x00", "ab"},
		{"", "unicode-1-1-utf-7", "plain", "plain"},
		{"x-uuencode", "us-ascii", "plain", "plain"},
	} {
		p := &part{header: header{{"Content-Transfer-Encoding", test.encoding}}, params: map[string]string{"charset": test.charset}}
		if got := strings.TrimSpace(string(decode(p, []byte(test.raw)))); got != test.want {
			t.Errorf("%s %s %q: %q, want %q", test.encoding, test.charset, test.raw, got, test.want)
		}
	}
}

// FuzzRead reads anything: it ends, and what it says can be shown and acted upon.
func FuzzRead(f *testing.F) {
	for _, message := range samples(f) {
		f.Add([]byte(message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		report, err := Read(bytes.NewReader(message))
		if err != nil || len(report.Findings) == 0 || len(report.Findings) > mostFindings {
			t.Fatalf("%d findings, %v", len(report.Findings), err)
		}
		shown := append([]string{report.MessageID}, report.ReturnPaths...)
		for _, f := range report.Findings {
			if !slices.Contains([]Kind{Bounce, Delay, Success, Complaint, AutoReply, Other}, f.Kind) || !slices.Contains([]Class{Hard, Soft, Sender, None}, f.Class) {
				t.Errorf("kind %q, class %q", f.Kind, f.Class)
			}
			if f.Class != None && f.Kind != Bounce {
				t.Errorf("%s is %s", f.Kind, f.Class)
			}
			if len(f.Recipient) > longestAddress || len(f.Diagnostic) > longestDiagnostic || f.Code < 0 || f.Code > 599 {
				t.Errorf("too much: %+v", f)
			}
			shown = append(shown, f.Recipient, f.Status, f.Diagnostic)
		}
		for _, s := range shown {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("%q can not be shown", s)
			}
		}
	})
}
