package media

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"image"
	"image/jpeg"
	"slices"
)

// Markers of a JPEG file (ITU T.81, table B.1).
const (
	markerTEM  = 0x01
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerAPPF = 0xef
	markerCOM  = 0xfe
)

const (
	exifHead = "Exif\x00\x00"
	iccHead  = "ICC_PROFILE\x00" // ICC.1:2022, annex B.4
)

// cleanJPEG copies the segments that show the image. Comments and the
// applications' segments go, but for JFIF, colour profiles and Adobe's
// statement of the colour space. What follows the image's end goes too:
// cameras put previews and films there.
func cleanJPEG(data []byte) (*cleaned, error) {
	c := &cleaned{ext: "jpg", mime: "image/jpeg", turn: 1}
	out := append(make([]byte, 0, len(data)), 0xff, markerSOI)
	var profile [][]byte
	for at := 2; ; {
		for at < len(data) && data[at] != 0xff {
			at++
		}
		for at < len(data) && data[at] == 0xff { // fill bytes, section B.1.1.2
			at++
		}
		if at >= len(data) {
			return nil, errShort
		}
		marker := data[at]
		at++
		if marker == markerEOI {
			c.data = append(out, 0xff, markerEOI)
			break
		}
		if marker == 0 || marker == markerTEM || marker >= markerRST0 && marker <= markerSOI {
			continue
		}
		if at+2 > len(data) {
			return nil, errShort
		}
		size := int(binary.BigEndian.Uint16(data[at:]))
		if size < 2 || at+size > len(data) {
			return nil, errShort
		}
		content := data[at+2 : at+size]
		if keptSegment(marker, content) {
			out = append(append(out, 0xff, marker), data[at:at+size]...)
		}
		switch {
		case marker == markerAPP0+1 && bytes.HasPrefix(content, []byte(exifHead)) && c.turn == 1:
			c.turn = orientation(content)
		case marker == markerAPP0+2 && bytes.HasPrefix(content, []byte(iccHead)):
			profile = append(profile, content[len(iccHead):])
		}
		at += size
		if marker == markerSOS {
			end := at + scanLength(data[at:])
			out = append(out, data[at:end]...)
			at = end
		}
	}
	c.icc = joinProfile(profile)
	config, err := jpeg.DecodeConfig(bytes.NewReader(c.data))
	if err != nil {
		return nil, err
	}
	c.width, c.height = config.Width, config.Height
	// Every block of 8 by 8 pixels takes at least one bit.
	return c, bearable(c.width, c.height, 512*int64(len(c.data)))
}

// keptSegment tells which segments show the image.
func keptSegment(marker byte, content []byte) bool {
	switch {
	case marker == markerAPP0:
		return bytes.HasPrefix(content, []byte("JFIF\x00"))
	case marker == markerAPP0+2:
		return bytes.HasPrefix(content, []byte(iccHead))
	case marker == markerAPP0+14:
		return bytes.HasPrefix(content, []byte("Adobe"))
	}
	return marker != markerCOM && (marker < markerAPP0 || marker > markerAPPF)
}

// scanLength is how far a scan's data reaches: to the next marker that is not
// a restart.
func scanLength(data []byte) int {
	for at := 0; ; at++ {
		next := bytes.IndexByte(data[at:], 0xff)
		if next < 0 || at+next+1 >= len(data) {
			return len(data)
		}
		at += next
		if m := data[at+1]; m != 0 && m != 0xff && (m < markerRST0 || m > markerRST7) {
			return at
		}
	}
}

// joinProfile puts a colour profile's pieces together, each with its number and
// their count before it. Nil where there is none or one is missing.
func joinProfile(pieces [][]byte) []byte {
	for _, p := range pieces {
		if len(p) < 2 || int(p[1]) != len(pieces) {
			return nil
		}
	}
	slices.SortStableFunc(pieces, func(a, b []byte) int { return cmp.Compare(a[0], b[0]) })
	var icc []byte
	for i, p := range pieces {
		if int(p[0]) != i+1 {
			return nil
		}
		icc = append(icc, p[2:]...)
	}
	return icc
}

// encodeJPEG encodes an image with its colour profile.
func encodeJPEG(m image.Image, quality int, icc []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	const most = 0xffff - 2 - len(iccHead) - 2
	count := (len(icc) + most - 1) / most
	if count == 0 || count > 255 {
		return b.Bytes(), nil
	}
	out := append([]byte(nil), b.Bytes()[:2]...)
	for i, piece := 1, icc; i <= count; i++ {
		n := min(most, len(piece))
		out = append(out, 0xff, markerAPP0+2)
		out = binary.BigEndian.AppendUint16(out, uint16(2+len(iccHead)+2+n))
		out = append(append(out, iccHead...), byte(i), byte(count))
		out = append(out, piece[:n]...)
		piece = piece[n:]
	}
	return append(out, b.Bytes()[2:]...), nil
}
