package mailer

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"
	"pgregory.net/rapid"
)

// reference is the message that go-mail builds for one person, by its own means.
func reference(t failer, m Message, r Recipient, marks, htmlValues, textValues []string) []byte {
	fill := func(s string, values []string) string {
		var pairs []string
		for i, mark := range marks {
			pairs = append(pairs, mark, values[i])
		}
		return strings.NewReplacer(pairs...).Replace(s)
	}
	m.HTML, m.Text = fill(m.HTML, htmlValues), fill(m.Text, textValues)
	msg, err := m.build()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	to, err := wireAddress("To", r.To)
	if err != nil {
		t.Fatalf("address: %v", err)
	}
	if err := msg.To(to.String()); err != nil {
		t.Fatalf("go-mail: %v", err)
	}
	msg.SetMessageIDWithValue(r.MessageID)
	msg.SetDateWithValue(r.Date)
	msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+r.UnsubscribeURL+">")
	msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		t.Fatalf("go-mail: %v", err)
	}
	return b.Bytes()
}

// The compiled message says to other parsers what go-mail's own says, whatever
// stands in any field and wherever the marks are.
func TestCompiledIsWhatGoMailBuilds(t *testing.T) {
	marks := []string{"\uFDD0email\uFDD1", "\uFDD0name\uFDD1", "\uFDD0unsubscribe\uFDD1"}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.OneOf(
			rapid.StringMatching(`[A-Za-z",.<>@()\[\]:;\\= ]{0,60}`),
			rapid.StringMatching(`[\p{Arabic}\p{Han}\p{Cyrillic}\p{Devanagari} ]{0,40}`),
			rapid.StringOfN(rapid.RuneFrom([]rune("xy= .")), 60, 400, -1),
			rapid.SampledFrom([]string{"", ".", "..", " ", "\t", "=", "\r\n", "\n.\n", ".\r\n", "--part", "😀", strings.Repeat("é", 70)}),
		)
		text := rapid.Custom(func(t *rapid.T) string {
			var b strings.Builder
			for range rapid.IntRange(0, 8).Draw(t, "pieces") {
				b.WriteString(rapid.OneOf(words, rapid.SampledFrom(marks)).Draw(t, "piece"))
			}
			return b.String()
		})
		value := rapid.Custom(func(t *rapid.T) string { return oneLine(words.Draw(t, "value")) })
		m, r := digest().Message, digest().Recipient
		r.To.Name, m.From.Name, m.Subject = words.Draw(t, "to"), words.Draw(t, "from"), words.Draw(t, "subject")
		m.Text = "x" + text.Draw(t, "text")
		if rapid.Bool().Draw(t, "with HTML") {
			m.HTML = "<p>" + text.Draw(t, "html")
		} else {
			m.HTML = ""
		}
		var inText, inHTML []string
		for range marks {
			v := value.Draw(t, "value")
			inText, inHTML = append(inText, v), append(inHTML, html.EscapeString(v))
		}
		c, err := m.Compile(marks...)
		if err != nil {
			t.Fatalf("compile: %v", err)
		}
		var b bytes.Buffer
		if _, err := c.For(r, inHTML, inText).WriteTo(&b); err != nil {
			t.Fatalf("write: %v", err)
		}
		wireForm(t, b.Bytes())
		for line := range bytes.SplitSeq(b.Bytes(), []byte("\r\n")) {
			if bytes.HasPrefix(line, []byte(".")) {
				t.Errorf("a line that begins with a dot: %q", line)
			}
		}
		body := b.Bytes()[bytes.Index(b.Bytes(), []byte("\r\n\r\n")):]
		for line := range bytes.SplitSeq(body, []byte("\r\n")) {
			if len(line) > longestLine {
				t.Errorf("a line of %d bytes: %q", len(line), line)
			}
		}
		got, want := parse(t, b.Bytes()), parse(t, reference(t, m, r, marks, inHTML, inText))
		if !slices.Equal(got.parts, want.parts) {
			t.Errorf("parts\n     %q\nwant %q", got.parts, want.parts)
		}
		sameHeaders(t, got.header, want.header)
	})
}

// sameHeaders compares all headers but for the boundary, which depends on what is
// common to all.
func sameHeaders(t failer, got, want netmail.Header) {
	decoder := new(mime.WordDecoder)
	decoded := func(h netmail.Header) (lines []string) {
		for name, values := range h {
			for _, v := range values {
				if kind, _, err := mime.ParseMediaType(v); name == "Content-Type" && err == nil {
					v = kind
				}
				text, err := decoder.DecodeHeader(v)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				lines = append(lines, name+": "+text)
			}
		}
		slices.Sort(lines)
		return lines
	}
	if g, w := decoded(got), decoded(want); !slices.Equal(g, w) {
		t.Errorf("headers\n     %q\nwant %q", g, w)
	}
}

// One compiled message may be filled by several goroutines, and what one person
// gets leaves no trace in what the next one gets.
func TestCompiledKeepsPeopleApart(t *testing.T) {
	m := digest().Message
	m.Text, m.HTML = "Dear [name],\n[link]\n", "<p>Dear [name]</p><a href=\"[link]\">leave</a>"
	c, err := m.Compile("[name]", "[link]")
	if err != nil {
		t.Fatal(err)
	}
	write := func(n int) string {
		r := Recipient{MessageID: fmt.Sprintf("%d@harbour.example", n), Date: time.Unix(0, 0)}
		r.To.Address = fmt.Sprintf("person%d@lamu.example", n)
		values := []string{fmt.Sprintf("N%d", n), fmt.Sprintf("https://harbour.example/%d", n)}
		var b bytes.Buffer
		if _, err := c.For(r, values, values).WriteTo(&b); err != nil {
			t.Error(err)
		}
		return b.String()
	}
	first := write(1)
	done := make(chan string)
	for n := range 8 {
		go func() { done <- write(n + 2) }()
	}
	for range 8 {
		if other := <-done; strings.Contains(other, "N1\r") || strings.Contains(other, "/1\r") || strings.Contains(other, "person1@") {
			t.Errorf("another's message holds the first one's fields:\n%s", other)
		}
	}
	if write(1) != first {
		t.Error("the same person's message differs the second time")
	}
}

// The quoted-printable that this package writes is what every reader expects.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{"", ".", " ", "x ", "a\r\nb", "=\r\n", strings.Repeat("é", 40), strings.Repeat(".", 200), strings.Repeat("x", 75) + " ", "\r", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		encoded := append(appendQuoted(nil, s), softBreak...)
		decoded, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(encoded)))
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n"); string(decoded) != want {
			t.Errorf("%q comes back as %q", want, decoded)
		}
		for line := range bytes.SplitSeq(encoded, []byte("\r\n")) {
			if len(line) > longestLine || bytes.HasPrefix(line, []byte(".")) || bytes.ContainsAny(line, "\r\n\x00") {
				t.Errorf("the line %q", line)
			}
		}
	})
}
