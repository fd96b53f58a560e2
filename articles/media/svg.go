package media

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Limits on an SVG. Drawings for articles are far below.
const (
	maxSVG      = 8 << 20 // bytes
	maxSVGDepth = 256
	maxSVGSide  = 100_000 // pixels; a size above is not believed
	svgSpace    = "http://www.w3.org/2000/svg"
)

// cleanSVG checks that the file is one whole XML document in UTF-8, without
// entities of its own, and reads its size. It passes as it is.
func cleanSVG(data []byte) (*cleaned, error) {
	if len(data) > maxSVG {
		return nil, fmt.Errorf("it is larger than %d MiB", maxSVG>>20)
	}
	c := &cleaned{data: data, ext: "svg", mime: "image/svg+xml"}
	d := svgDecoder(data)
	for depth, roots := 0, 0; ; {
		token, err := d.Token()
		if err == io.EOF && roots == 1 {
			return c, nil
		}
		if err != nil {
			return nil, xmlFault(err)
		}
		switch t := token.(type) {
		case xml.Directive:
			if bytes.Contains(t, []byte("<!ENTITY")) {
				return nil, errors.New("it declares entities of its own")
			}
		case xml.StartElement:
			if depth == 0 {
				if roots++; roots > 1 {
					return nil, errors.New("it has more than one outermost element")
				}
				if t.Name.Space != svgSpace {
					return nil, errors.New(`its svg element lacks xmlns="` + svgSpace + `"`)
				}
				c.width, c.height = svgSize(t.Attr)
			}
			if depth++; depth > maxSVGDepth {
				return nil, fmt.Errorf("it is nested more than %d levels deep", maxSVGDepth)
			}
		case xml.EndElement:
			depth--
		}
	}
}

func svgDecoder(data []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.CharsetReader = func(label string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("it is in %+q, not in UTF-8", label)
	}
	return d
}

// rootElement is the name of the outermost element, where data is XML so far.
func rootElement(data []byte) (string, bool) {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return "", false
	}
	d := svgDecoder(data[:min(len(data), 64<<10)])
	d.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	for {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local, true
		}
	}
}

// xmlFault says what is wrong in a document, with its line where it is known.
func xmlFault(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("line %d: %s", syntax.Line, syntax.Msg)
	}
	if err == io.EOF {
		return errShort
	}
	return err
}

// svgSize is the size in CSS pixels: width and height, what is missing from
// the shape of the viewBox, or else the viewBox itself (SVG 2, section 8.12).
// It is 0, 0 where the drawing says nothing useful.
func svgSize(attrs []xml.Attr) (width, height int) {
	var w, h, boxW, boxH float64
	for _, a := range attrs {
		switch {
		case a.Name.Space != "":
		case a.Name.Local == "width":
			w = svgLength(a.Value)
		case a.Name.Local == "height":
			h = svgLength(a.Value)
		case a.Name.Local == "viewBox":
			n := strings.FieldsFunc(a.Value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
			if len(n) == 4 {
				boxW, boxH = svgLength(n[2]), svgLength(n[3])
			}
		}
	}
	if boxW > 0 && boxH > 0 {
		switch {
		case w == 0 && h == 0:
			w, h = boxW, boxH
		case h == 0:
			h = w * boxH / boxW
		case w == 0:
			w = h * boxW / boxH
		}
	}
	width, height = int(math.Round(w)), int(math.Round(h))
	if width < 1 || height < 1 || width > maxSVGSide || height > maxSVGSide {
		return 0, 0
	}
	return width, height
}

// svgUnits are CSS pixels in each absolute unit (CSS Values 3, section 5.2).
var svgUnits = []struct {
	name   string
	pixels float64
}{{"px", 1}, {"pt", 96.0 / 72}, {"pc", 16}, {"in", 96}, {"cm", 96 / 2.54}, {"mm", 96 / 25.4}}

// svgLength is a length in CSS pixels, at most a million; 0 where it is
// relative, negative or no length.
func svgLength(s string) float64 {
	s, scale := strings.TrimSpace(s), 1.0
	for _, u := range svgUnits {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, scale = number, u.pixels
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n*scale > 0) || n*scale > 1e6 {
		return 0
	}
	return n * scale
}
