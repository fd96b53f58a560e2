package returns

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// decode undoes a part's transfer encoding and gives text as UTF-8, as much of
// it as can be read.
func decode(p *part, raw []byte) []byte {
	switch strings.ToLower(strings.TrimSpace(p.header.get("Content-Transfer-Encoding"))) {
	case "base64":
		raw = fromBase64(raw)
	case "quoted-printable":
		raw = fromQuoted(raw)
	}
	return []byte(fromCharset(p.params["charset"], raw))
}

// fromBase64 reads what can be read, up to the first mistake.
func fromBase64(raw []byte) []byte {
	clean := make([]byte, 0, len(raw))
	for _, c := range raw {
		if c == '=' {
			break
		}
		if c > ' ' {
			clean = append(clean, c)
		}
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(out, clean)
	return out[:n]
}

// fromQuoted reads quoted-printable; what is not of its form stays as it is.
func fromQuoted(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for line := range bytes.Lines(raw) {
		ended := bytes.HasSuffix(line, []byte("\n"))
		line = bytes.TrimRight(line, " \t\r\n")
		soft := bytes.HasSuffix(line, []byte("="))
		line = bytes.TrimSuffix(line, []byte("="))
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) {
				if hi, lo := unhex(line[i+1]), unhex(line[i+2]); hi < 16 && lo < 16 {
					out = append(out, hi<<4|lo)
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		if ended && !soft {
			out = append(out, '\n')
		}
	}
	return out
}

// unhex is a digit's value, 16 where it is none.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// fromCharset gives text as UTF-8. Whatever it is called: what is UTF-8 stays,
// and what cannot be read is read as Windows reads it.
func fromCharset(charset string, raw []byte) string {
	charset = strings.ToLower(strings.TrimSpace(charset))
	if e, err := htmlindex.Get(charset); err == nil && charset != "" {
		if name, _ := htmlindex.Name(e); name != "utf-8" && name != "replacement" && name != "windows-1252" {
			if out, err := e.NewDecoder().Bytes(raw); err == nil {
				return string(bytes.ToValidUTF8(out, []byte("\uFFFD")))
			}
		}
	}
	if bytes.Contains(raw, []byte("\x1b$")) && !bytes.ContainsFunc(raw, func(r rune) bool { return r >= utf8.RuneSelf }) {
		if out, err := japanese.ISO2022JP.NewDecoder().Bytes(raw); err == nil { // it tells its charset itself
			return string(out)
		}
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		out = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	return string(out)
}

// fromHTML is what a person reads of a page.
func fromHTML(page []byte) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(largestBody)
	hidden := false
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if !hidden {
				b.WriteString(html.UnescapeString(string(z.Text())))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "br", "p", "div", "tr", "li", "table", "h1", "h2", "h3", "h4", "pre", "hr", "blockquote":
				b.WriteByte('\n')
			case "script", "style", "title":
				hidden = kind == html.StartTagToken
			}
		}
	}
}

// oneLine makes one line of a text, without control characters.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	}), " ")
}

// clip cuts s to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
