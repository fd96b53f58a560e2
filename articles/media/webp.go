package media

import (
	"encoding/binary"
	"errors"
)

// Flags of a VP8X chunk (RFC 9649, section 2.7.1).
const (
	webpAnimation = 1 << 1
	webpXMP       = 1 << 2
	webpExif      = 1 << 3
	webpAlpha     = 1 << 4
)

// riffChunk is a chunk of a WebP file; whole has its head and padding.
type riffChunk struct {
	name           string
	content, whole []byte
}

// riffChunks reads a row of chunks (RFC 9649, section 2.3).
func riffChunks(data []byte) ([]riffChunk, error) {
	var row []riffChunk
	for len(data) > 0 {
		if len(data) < 8 {
			return row, errShort
		}
		size := uint64(binary.LittleEndian.Uint32(data[4:]))
		padded := size + size&1
		if size > uint64(len(data)-8) {
			return row, errShort
		}
		padded = min(padded, uint64(len(data)-8)) // some writers leave out the last padding
		row = append(row, riffChunk{string(data[:4]), data[8 : 8+size], data[:8+padded]})
		data = data[8+padded:]
	}
	return row, nil
}

// cleanWebP copies the chunks that show the image or the animation. Exif, XMP
// and unknown chunks go, and with them the flags that announce them.
func cleanWebP(data []byte) (*cleaned, error) {
	const head = 12 // "RIFF", size, "WEBP"
	size := uint64(binary.LittleEndian.Uint32(data[4:])) + 8
	if size < head || size > uint64(len(data)) {
		return nil, errShort
	}
	chunks, err := riffChunks(data[head:size])
	if err != nil {
		return nil, err
	}
	c := &cleaned{ext: "webp", mime: "image/webp", turn: 1}
	var kept []riffChunk
	for _, chunk := range chunks {
		switch chunk.name {
		case "EXIF":
			c.turn = orientation(chunk.content)
		case "ICCP":
			c.icc = chunk.content
			kept = append(kept, chunk)
		case "VP8X", "ANIM", "ANMF", "ALPH", "VP8 ", "VP8L":
			kept = append(kept, chunk)
		}
	}
	c.data = writeWebP(kept)
	if err := c.sizeWebP(kept); err != nil {
		return nil, err
	}
	return c, bearable(c.width, c.height, maxPixels)
}

// writeWebP makes a file of chunks, without the flags of what was left out.
func writeWebP(chunks []riffChunk) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	for _, chunk := range chunks {
		at := len(out)
		out = append(out, chunk.whole...)
		if len(chunk.whole)&1 == 1 {
			out = append(out, 0)
		}
		if chunk.name == "VP8X" && len(chunk.content) > 0 {
			out[at+8] &^= webpExif | webpXMP
		}
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// sizeWebP finds width and height: those of the canvas, or of the only image.
func (c *cleaned) sizeWebP(chunks []riffChunk) error {
	if len(chunks) == 0 {
		return errors.New("there is no image in it")
	}
	switch first := chunks[0]; {
	case first.name == "VP8X" && len(first.content) >= 10:
		c.moving = first.content[0]&webpAnimation != 0
		c.width, c.height = 1+uint24(first.content[4:]), 1+uint24(first.content[7:])
	case first.name != "VP8X":
		c.width, c.height = bitstreamSize(first)
	}
	if c.width == 0 || c.height == 0 {
		return errors.New("its header is broken")
	}
	for _, chunk := range chunks {
		inner := []riffChunk{chunk}
		if chunk.name == "ANMF" {
			if inner, _ = riffChunks(chunk.content[min(16, len(chunk.content)):]); inner == nil {
				return errShort
			}
		}
		for _, one := range inner {
			if w, h := bitstreamSize(one); w > c.width || h > c.height {
				return errors.New("an image in it is larger than its header says")
			}
		}
	}
	return nil
}

// bitstreamSize reads the size from a lossy image's key frame (RFC 6386,
// section 9.1) or a lossless image's head (RFC 9649, section 3.4).
func bitstreamSize(chunk riffChunk) (width, height int) {
	b := chunk.content
	switch {
	case chunk.name == "VP8 " && len(b) >= 10:
		return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff)
	case chunk.name == "VP8L" && len(b) >= 5:
		bits := binary.LittleEndian.Uint32(b[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	}
	return 0, 0
}

// firstWebP makes a file of an animation's first image, which mostly covers
// the whole canvas; where it stands on it is not heeded. A file that is no animation is returned as it is.
func firstWebP(data []byte) []byte {
	chunks, err := riffChunks(data[min(12, len(data)):])
	if err != nil {
		return data
	}
	for _, chunk := range chunks {
		if chunk.name != "ANMF" || len(chunk.content) < 16 {
			continue
		}
		parts, _ := riffChunks(chunk.content[16:])
		head := make([]byte, 18)
		copy(head, "VP8X\x0a\x00\x00\x00")
		for _, part := range parts {
			if part.name == "ALPH" {
				head[8] = webpAlpha
			}
		}
		copy(head[12:], chunk.content[6:12]) // width and height, as VP8X writes them
		return writeWebP(append([]riffChunk{{"VP8X", head[8:], head}}, parts...))
	}
	return data
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
