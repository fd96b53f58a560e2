package main

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// maxColours bounds the palette. The flat colours, their grain and the usual
// steps of an edge fit; the rest goes to its nearest.
const maxColours = 64

// png adds the grain and packs the picture with a palette.
func (c *canvas) png() ([]byte, error) {
	c.grain()
	palette, index := c.palette()
	img := image.NewPaletted(image.Rect(0, 0, c.w, c.h), palette)
	for i, col := range c.pix {
		if i > 0 && col == c.pix[i-1] {
			img.Pix[i] = img.Pix[i-1]
			continue
		}
		img.Pix[i] = index[col]
	}
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.DefaultCompression}).Encode(&out, img)
	return out.Bytes(), err
}

// grain lightens and darkens specks of two pixels. One cell in forty has
// one: more would be lost on the eye and cost kilobytes.
func (c *canvas) grain() {
	for y := 0; y < c.h; y += 2 {
		for x := 0; x+1 < c.w; x += 2 {
			n := noise(x, y)
			if n%38 != 0 {
				continue
			}
			to, strength := colour(0xffffff), 16
			if n>>16&1 == 0 {
				to, strength = 0, 14
			}
			for _, i := range []int{y*c.w + x, y*c.w + x + 1} {
				c.pix[i] = blend(c.pix[i], to, strength)
			}
		}
	}
}

// noise is a number that depends on the place and on nothing else.
func noise(x, y int) uint32 {
	n := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77
	n = (n ^ n>>15) * 0x2c1b3c6d
	n = (n ^ n>>12) * 0x297a2d39
	return n ^ n>>15
}

// palette picks the commonest colours and says which of them stands for each.
func (c *canvas) palette() (color.Palette, map[colour]uint8) {
	count := map[colour]int{}
	for i, run := 0, 0; i < len(c.pix); i += run {
		for run = 1; i+run < len(c.pix) && c.pix[i+run] == c.pix[i]; run++ {
		}
		count[c.pix[i]] += run
	}
	all := make([]colour, 0, len(count))
	for col := range count {
		all = append(all, col)
	}
	slices.SortFunc(all, func(a, b colour) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a, b))
	})
	kept := all[:min(len(all), maxColours)]
	palette := make(color.Palette, len(kept))
	index := make(map[colour]uint8, len(all))
	for i, col := range kept {
		palette[i] = color.RGBA{uint8(col >> 16), uint8(col >> 8), uint8(col), 0xff}
		index[col] = uint8(i)
	}
	for _, col := range all[len(kept):] {
		index[col] = nearest(kept, col)
	}
	return palette, index
}

// nearest is the place in the list of the colour least far from the given one.
func nearest(kept []colour, col colour) uint8 {
	best, found := 1<<30, 0
	for i, k := range kept {
		far := 0
		for shift := 0; shift <= 16; shift += 8 {
			d := int(k>>shift&0xff) - int(col>>shift&0xff)
			far += d * d
		}
		if far < best {
			best, found = far, i
		}
	}
	return uint8(found)
}
