package returns

import (
	"bufio"
	"io"
)

// longestLine is how many bytes of a line are kept. The rest is read and dropped.
const longestLine = 64 << 10

// lines reads lines that end with CR, LF, or any number of CR and an LF, as
// mixed up as they come. NULs are left out.
type lines struct {
	r    *bufio.Reader
	buf  []byte
	owed int   // empty lines that a run of CR stands for
	err  error // io.EOF after the last line
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 32<<10)} }

// next is the next line without its end; it is valid until the next call. False
// at the end, and where reading fails.
func (l *lines) next() ([]byte, bool) {
	if l.owed > 0 {
		l.owed--
		return nil, true
	}
	if l.err != nil {
		return nil, false
	}
	l.buf = l.buf[:0]
	for {
		c, err := l.r.ReadByte()
		switch {
		case err != nil:
			l.err = err
			return l.buf, len(l.buf) > 0
		case c == '\n':
			return l.buf, true
		case c == '\r':
			l.carriage()
			return l.buf, true
		case c != 0 && len(l.buf) < longestLine:
			l.buf = append(l.buf, c)
		}
	}
}

// carriage reads what follows a CR: further ones and an LF are one end of a line,
// without the LF each is one.
func (l *lines) carriage() {
	for {
		c, err := l.r.ReadByte()
		switch {
		case err != nil:
			l.err = err
			return
		case c == '\n':
			l.owed = 0
			return
		case c != '\r':
			_ = l.r.UnreadByte() // cannot fail after a read
			return
		}
		l.owed++
	}
}

// failed is why reading ended before the end.
func (l *lines) failed() error {
	if l.err == io.EOF {
		return nil
	}
	return l.err
}
