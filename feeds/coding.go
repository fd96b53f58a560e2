package feeds

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"postrider/magazine"
)

// coding is how a response's bytes are coded, as Content-Encoding names it.
type coding string

const (
	identityCoding coding = "identity"
	gzipCoding     coding = "gzip"
	brotliCoding   coding = "br"
)

// suffix is what a coded file's name ends with.
func (c coding) suffix() string {
	switch c {
	case gzipCoding:
		return ".gz"
	case brotliCoding:
		return ".br"
	}
	return ""
}

// chooseCoding takes what the reader likes best of what it accepts (RFC 9110
// section 12.5.3); where it likes several alike, the one that makes the fewest
// bytes.
func chooseCoding(accept []string) coding {
	const unsaid = -1
	br, gz, plain, rest := float64(unsaid), float64(unsaid), float64(unsaid), 0.0
	for _, line := range accept {
		for part := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(part, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "br"):
				br = weight(parameters)
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
				gz = weight(parameters)
			case strings.EqualFold(name, "identity"):
				plain = weight(parameters)
			case name == "*":
				rest = weight(parameters)
			}
		}
	}
	if br == unsaid {
		br = rest
	}
	if gz == unsaid {
		gz = rest
	}
	switch { // plain bytes are always acceptable, and never wanted where nobody says so
	case br > 0 && br >= gz && br >= plain:
		return brotliCoding
	case gz > 0 && gz >= plain:
		return gzipCoding
	}
	return identityCoding
}

// weight reads "q=0.5"; 1 where there is none, 0 where it makes no sense.
func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}

// compress codes bytes. The same bytes are always coded alike, which the test of
// the golden files watches.
func (c coding) compress(plain []byte) ([]byte, error) {
	pool, ok := compressors[c]
	if !ok {
		return nil, magazine.Errorf(magazine.Internal, "there is no coding %q", c)
	}
	var buf bytes.Buffer
	w := pool.Get().(compressor)
	defer pool.Put(w)
	w.Reset(&buf)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(buf.Bytes()), nil
}

type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

// compressors are kept for the next document, since each has megabytes of
// tables. Level 6 of gzip's 9 and 5 of Brotli's 11 are where more time saves
// little more.
var compressors = map[coding]*sync.Pool{
	gzipCoding: {New: func() any {
		w, err := gzip.NewWriterLevel(io.Discard, 6)
		if err != nil {
			panic(err) // of an impossible level
		}
		return w
	}},
	brotliCoding: {New: func() any { return brotli.NewWriterLevel(io.Discard, 5) }},
}
