package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// pngHead is the signature and the IHDR chunk's length on disk.
const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngHead      = len(pngSignature) + 12 + 13
)

// maxProfile bounds an inflated colour profile. Real ones are 0.5 to 600 KiB.
const maxProfile = 4 << 20

// shownChunks are the chunks that change what is seen: pixels, transparency,
// colours, density and animation (PNG third edition, section 11). All others
// that may be left out are left out; they hold texts, times and Exif.
var shownChunks = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true,
	"tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "cICP": true, "mDCV": true, "cLLI": true,
	"pHYs": true, "acTL": true, "fcTL": true, "fdAT": true,
}

// cleanPNG copies the chunks that show the image, and nothing behind the last.
// Their checksums are checked when the image is decoded.
func cleanPNG(data []byte) (*cleaned, error) {
	c := &cleaned{ext: "png", mime: "image/png", turn: 1}
	out := append(make([]byte, 0, len(data)), pngSignature...)
	rest, packed := data[len(pngSignature):], 0
	for name := ""; name != "IEND"; {
		if len(rest) < 12 {
			return nil, errShort
		}
		size := int64(binary.BigEndian.Uint32(rest))
		if size > int64(len(rest)-12) {
			return nil, errShort
		}
		chunk, content := rest[:size+12], rest[8:size+8]
		if name == "" && string(chunk[4:8]) != "IHDR" {
			return nil, errors.New("its header is missing")
		}
		name = string(chunk[4:8])
		switch critical := name[0]&0x20 == 0; {
		case shownChunks[name]:
			out = append(out, chunk...)
		case critical:
			return nil, fmt.Errorf("it has a %+q chunk, which browsers don't know", name)
		}
		switch name {
		case "IDAT":
			packed += len(content)
		case "acTL":
			c.moving = true
		case "eXIf":
			c.turn = orientation(content)
		case "iCCP":
			c.icc = inflateProfile(content)
		}
		rest = rest[len(chunk):]
	}
	c.data = out
	config, err := png.DecodeConfig(bytes.NewReader(out))
	if err != nil {
		return nil, err
	}
	c.width, c.height = config.Width, config.Height
	// Deflate packs at most 1032 to 1, and a pixel takes at least one bit.
	return c, bearable(c.width, c.height, 8*1032*int64(packed))
}

// inflateProfile takes the profile out of an iCCP chunk: a name, a zero, the
// method (0), and a zlib stream. Nil where that fails.
func inflateProfile(content []byte) []byte {
	_, packed, ok := bytes.Cut(content, []byte{0})
	if !ok || len(packed) < 1 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	icc, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(icc) > maxProfile {
		return nil
	}
	return icc
}

// encodePNG encodes an image with its colour profile.
func encodePNG(m image.Image, icc []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, err
	}
	if len(icc) == 0 {
		return b.Bytes(), nil
	}
	var packed bytes.Buffer
	packed.WriteString("icc\x00\x00")
	z := zlib.NewWriter(&packed)
	z.Write(icc) // to memory: cannot fail
	z.Close()
	out := append([]byte(nil), b.Bytes()[:pngHead]...)
	out = appendChunk(out, "iCCP", packed.Bytes())
	return append(out, b.Bytes()[pngHead:]...), nil
}

// appendChunk writes a chunk with its length and checksum.
func appendChunk(out []byte, name string, content []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
	from := len(out)
	out = append(append(out, name...), content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
}
