package mailer

import "slices"

const (
	softBreak   = "=\r\n"
	longestLine = 76 // RFC 2045 6.7 rule 5, without the CRLF
)

const upperHex = "0123456789ABCDEF"

// appendQuoted writes s as quoted-printable (RFC 2045 6.7), as it must be at the
// start of a line; line ends may be LF or CRLF. A dot that begins a line is
// encoded, too: so the text may go over SMTP as it stands, which would double the
// dot (RFC 5321 4.5.2), and into a file as well. (mime/quotedprintable leaves
// such dots.)
func appendQuoted(out []byte, s string) []byte {
	column := 0
	out = slices.Grow(out, len(s)+len(s)/16+8)
	for i := 0; i < len(s); i++ {
		if n := plainRun(s[i:], longestLine-1-column); n > 0 && (column > 0 || s[i] != '.') { // as a rule
			out, column = append(out, s[i:i+n]...), column+n
			i += n - 1
			continue
		}
		if n := lineEnd(s, i); n > 0 {
			out, column = append(out, "\r\n"...), 0
			i += n - 1
			continue
		}
		room := longestLine - 1 - column // a soft break needs one more
		if lineEnd(s, i+1) > 0 {
			room++
		}
		if room < 3 && (room < 1 || !literal(s, i, column)) {
			out, column = append(out, softBreak...), 0
		}
		if literal(s, i, column) {
			out, column = append(out, s[i]), column+1
		} else {
			out, column = append(out, '=', upperHex[s[i]>>4], upperHex[s[i]&15]), column+3
		}
	}
	return out
}

// plainRun tells how many bytes at the start of s stand for themselves wherever they
// stand, up to most; a dot does unless it comes first in a line.
func plainRun(s string, most int) (n int) {
	for n < min(len(s), most) && '!' <= s[n] && s[n] <= '~' && s[n] != '=' {
		n++
	}
	return n
}

// literal tells whether the byte at i stands for itself in a column. A space
// that ends a line does not (rule 3), nor one that ends s, which another may
// follow.
func literal(s string, i, column int) bool {
	switch c := s[i]; c {
	case ' ', '\t':
		return i+1 < len(s) && lineEnd(s, i+1) == 0
	case '.':
		return column > 0
	default:
		return '!' <= c && c <= '~' && c != '='
	}
}

// lineEnd is the length of the line end at i, 0 where none is.
func lineEnd(s string, i int) int {
	switch {
	case i < len(s) && s[i] == '\n':
		return 1
	case i+1 < len(s) && s[i] == '\r' && s[i+1] == '\n':
		return 2
	}
	return 0
}
