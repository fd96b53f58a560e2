package returns

import (
	"bufio"
	"bytes"
	"io"
)

// ReadEach reads the messages of a file one after the other: a file in mbox form
// (RFC 4155) may have many, any other is one message. F gets each with its number
// from 1 and whether another one follows; reading ends when it fails.
func ReadEach(r io.Reader, f func(n int, more bool, report Report) error) error {
	in := &mailbox{r: bufio.NewReaderSize(r, 64<<10)}
	start, _ := in.r.Peek(5)
	in.many = string(start) == "From "
	for n, more := 1, true; more; n++ {
		report, err := Read(in)
		if err != nil {
			return err
		}
		more = in.next()
		if err := f(n, more, report); err != nil {
			return err
		}
	}
	return nil
}

// mailbox is one message after the other: it ends with each, and next goes on.
type mailbox struct {
	r     *bufio.Reader
	many  bool   // the file is in mbox form
	line  []byte // what is read of the file and not yet of the mailbox
	blank bool   // the line before was blank
	ended bool   // line begins the next message
}

// separator begins a message: From, an address, and when it came.
var separator = pattern(`^From \S+ .*\d\d:\d\d`)

func (b *mailbox) Read(p []byte) (int, error) {
	if !b.many {
		return b.r.Read(p)
	}
	if len(b.line) == 0 {
		line, err := b.r.ReadSlice('\n') // a longer line comes in pieces
		if len(line) == 0 {
			return 0, err
		}
		b.line, b.ended = line, b.blank && separator().Match(line)
		b.blank = len(bytes.TrimRight(line, "\r\n")) == 0
	}
	if b.ended {
		return 0, io.EOF
	}
	n := copy(p, b.line)
	b.line = b.line[n:]
	return n, nil
}

// next goes on to the next message, and tells whether there is one.
func (b *mailbox) next() bool {
	more := b.ended
	b.ended = false
	return more
}
