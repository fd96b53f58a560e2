package media

import (
	"bytes"
	"errors"
	"image/gif"
)

// Blocks and extensions of a GIF file (GIF89a, appendix A).
const (
	gifExtension   = 0x21
	gifImage       = 0x2c
	gifTrailer     = 0x3b
	gifControl     = 0xf9
	gifApplication = 0xff
)

// cleanGIF copies the images, their controls and the number of repeats of an
// animation. Comments, plain text and applications' data (XMP) go, and what
// follows the trailer.
func cleanGIF(data []byte) (*cleaned, error) {
	c := &cleaned{ext: "gif", mime: "image/gif"}
	const head = 13 // signature and logical screen
	if len(data) < head {
		return nil, errShort
	}
	at := head + colourTable(data[10])
	if at > len(data) {
		return nil, errShort
	}
	out := append(make([]byte, 0, len(data)), data[:at]...)
	images := 0
	for ended := false; !ended; {
		n, err := gifBlock(data[at:])
		if err != nil {
			return nil, err
		}
		block := data[at : at+n]
		at += n
		switch block[0] {
		case gifTrailer:
			ended = true
		case gifImage:
			images++
		case gifExtension:
			if !keptExtension(block) {
				continue
			}
		}
		out = append(out, block...)
	}
	if images == 0 {
		return nil, errors.New("there is no image in it")
	}
	c.data, c.moving = out, images > 1
	config, err := gif.DecodeConfig(bytes.NewReader(out))
	if err != nil {
		return nil, err
	}
	c.width, c.height = config.Width, config.Height
	return c, bearable(c.width, c.height, maxPixels)
}

// gifBlock is the length of the block that data begins with.
func gifBlock(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, errShort
	}
	switch data[0] {
	case gifTrailer:
		return 1, nil
	case gifExtension:
		return subBlocks(data, 2)
	case gifImage:
		if len(data) < 10 {
			return 0, errShort
		}
		return subBlocks(data, 10+colourTable(data[9])+1) // and the size of the first codes
	}
	return 0, errors.New("it has a block of an unknown kind")
}

// subBlocks is where a row of sub-blocks that begins at a place ends.
func subBlocks(data []byte, at int) (int, error) {
	for at < len(data) {
		n := int(data[at])
		at += 1 + n
		if n == 0 {
			return at, nil
		}
	}
	return 0, errShort
}

// colourTable is the length of the table that flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// keptExtension tells the controls of images and repeats from the rest.
func keptExtension(block []byte) bool {
	switch block[1] {
	case gifControl:
		return true
	case gifApplication:
		return bytes.HasPrefix(block[2:], []byte("\x0bNETSCAPE2.0")) || bytes.HasPrefix(block[2:], []byte("\x0bANIMEXTS1.0"))
	}
	return false
}
