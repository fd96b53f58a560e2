package members

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"postrider/magazine"
)

const (
	maxLine   = 64 << 10 // bytes of a line of a list
	maxRecord = 20       // lines of a record with line ends in quotation marks
)

// records reads the records of a CSV list one after the other. A quotation mark
// that is never closed costs its own line at most: encoding/csv alone would
// take the rest of the list for one field.
type records struct {
	in    *bufio.Reader
	comma rune
	ahead []string // lines that were read but not taken
	line  int      // lines taken
}

// newRecords takes a byte order mark off, and reads UTF-16 that has one.
func newRecords(in io.Reader) *records {
	return &records{in: bufio.NewReaderSize(transform.NewReader(in, unicode.BOMOverride(transform.Nop)), 64<<10), comma: ','}
}

var errLongLine = magazine.Errorf(magazine.Invalid, "the line is longer than 64 kB; is this a list of people?").Said("line.long")

// next reads the next record that has anything in it, and tells on which line
// it begins. An errLongLine concerns that line alone; io.EOF is the end.
func (r *records) next() (fields []string, line int, err error) {
	for {
		if err := r.look(1); err != nil {
			return nil, r.line + 1, err
		}
		line = r.line + 1
		if len(r.ahead[0]) > maxLine {
			r.take(1)
			return nil, line, errLongLine
		}
		fields, n, err := r.record()
		r.take(n)
		if err != nil || strings.TrimSpace(strings.Join(fields, "")) != "" {
			return fields, line, err
		}
	}
}

// record takes the record at the head apart and tells how many lines it has: a
// line with an odd number of quotation marks goes on in the next ones, if that
// gives one sound record. Else it stands alone and its marks are overlooked.
func (r *records) record() ([]string, int, error) {
	text := r.ahead[0]
	quotes := strings.Count(text, `"`)
	for n := 2; quotes%2 == 1 && n <= maxRecord; n++ {
		if err := r.look(n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, 0, err
		}
		text += "\n" + r.ahead[n-1]
		quotes += strings.Count(r.ahead[n-1], `"`)
		if quotes%2 == 1 {
			continue
		}
		if fields, err := r.parse(text, false); err == nil {
			return fields, n, nil
		}
	}
	fields, err := r.parse(r.ahead[0], true)
	return fields, 1, err
}

// parse takes the one record of a text apart.
func (r *records) parse(text string, lazy bool) ([]string, error) {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = r.comma, -1, lazy
	fields, err := c.Read()
	if errors.Is(err, io.EOF) { // a line of nothing
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := c.Read(); !errors.Is(err, io.EOF) {
		return nil, errors.New("two records")
	}
	return fields, nil
}

// look sees to it that n lines were read.
func (r *records) look(n int) error {
	for len(r.ahead) < n {
		text, err := r.read()
		if err != nil {
			return err
		}
		r.ahead = append(r.ahead, text)
	}
	return nil
}

func (r *records) take(n int) {
	r.ahead = r.ahead[n:]
	r.line += n
}

// read reads a line without its end: CR LF, LF, or a CR alone. What is no UTF-8
// is read as Windows-1252, which spreadsheets write. Of a line longer than
// maxLine one byte more than that is returned.
func (r *records) read() (string, error) {
	var line []byte
	for some := false; ; some = true {
		c, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) && some {
			break
		}
		if err != nil {
			return "", err
		}
		if c == '\r' {
			if next, _ := r.in.Peek(1); len(next) == 1 && next[0] == '\n' {
				r.in.Discard(1)
			}
			break
		}
		if c == '\n' {
			break
		}
		if len(line) <= maxLine {
			line = append(line, c)
		}
	}
	if utf8.Valid(line) || len(line) > maxLine {
		return string(line), nil
	}
	return charmap.Windows1252.NewDecoder().String(string(line))
}
