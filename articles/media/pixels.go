package media

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// Qualities of JPEGs that are encoded anew: the public file, which may be
// encoded again by others, and the one for mails.
const (
	publicQuality = 90
	mailQuality   = 82
)

// bearable says whether an image may be decoded: it has at most maxPixels, and
// no more than its data can stand for, so that a few bytes cannot claim much
// memory.
func bearable(width, height int, most int64) error {
	switch n := int64(width) * int64(height); {
	case width <= 0 || height <= 0:
		return errors.New("it has no size")
	case width > maxPixels || height > maxPixels || n > maxPixels:
		return fmt.Errorf("its %d by %d pixels are more than %d million", width, height, maxPixels/1_000_000)
	case n > most:
		return errShort
	}
	return nil
}

// open decodes the image, to see that it is whole, and turns it upright.
func (c *cleaned) open(k kind) error {
	m, err := k.still(bytes.NewReader(c.data))
	if err != nil {
		return err
	}
	c.pixels = m
	if len(c.icc) < 128 || string(c.icc[16:20]) != "RGB " { // ICC.1:2022, section 7.2: the only ones that fit what we encode
		c.icc = nil
	}
	if c.turn < 2 || c.moving {
		return nil
	}
	c.pixels = turned(m, c.turn)
	return c.encode(publicQuality)
}

// encode makes new data of the pixels: a JPEG of an opaque JPEG or WebP, of
// anything else a PNG.
func (c *cleaned) encode(quality int) error {
	var err error
	switch c.mime {
	case "image/webp", "image/jpeg":
		if opaque(c.pixels) {
			c.ext, c.mime = "jpg", "image/jpeg"
			c.data, err = encodeJPEG(c.pixels, quality, c.icc)
			break
		}
		fallthrough
	default:
		c.ext, c.mime = "png", "image/png"
		c.data, err = encodePNG(c.pixels, c.icc)
	}
	size := c.pixels.Bounds().Size()
	c.width, c.height = size.X, size.Y
	return err
}

// opaque tells that no pixel shines through.
func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// turned makes the image upright as its Exif orientation says: 2 to 4 mirror
// it and stand it on its head, 5 to 8 also exchange its sides.
func turned(m image.Image, orientation int) image.Image {
	b := m.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	size := image.Pt(b.Dx(), b.Dy())
	if orientation >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	where := map[int]f64.Aff3{ // from a place in m to its place in the upright image
		2: {-1, 0, w, 0, 1, 0},
		3: {-1, 0, w, 0, -1, h},
		4: {1, 0, 0, 0, -1, h},
		5: {0, 1, 0, 1, 0, 0},
		6: {0, -1, h, 1, 0, 0},
		7: {0, -1, h, -1, 0, w},
		8: {0, 1, 0, -1, 0, w},
	}[orientation]
	x, y := float64(b.Min.X), float64(b.Min.Y)
	where[2] -= where[0]*x + where[1]*y
	where[5] -= where[3]*x + where[4]*y
	upright := image.NewRGBA(image.Rectangle{Max: size})
	draw.NearestNeighbor.Transform(upright, where, m, b, draw.Src, nil)
	return upright
}

// shrunk scales an image to a smaller width. The scaler needs 32 bytes for
// each pixel between its two directions, so each is done in strips, in which
// the other direction stays as it is.
func shrunk(m image.Image, width int) image.Image {
	const rows, columns = 256, 32
	b := m.Bounds()
	height := max(1, int(math.Round(float64(b.Dy())*float64(width)/float64(b.Dx()))))
	narrow := image.NewRGBA(image.Rect(0, 0, width, b.Dy()))
	for y := 0; y < b.Dy(); y += rows {
		to := image.Rect(0, y, width, min(y+rows, b.Dy()))
		from := image.Rect(b.Min.X, b.Min.Y+to.Min.Y, b.Max.X, b.Min.Y+to.Max.Y)
		draw.CatmullRom.Scale(narrow, to, m, from, draw.Src, nil)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := 0; x < width; x += columns {
		to := image.Rect(x, 0, min(x+columns, width), height)
		draw.CatmullRom.Scale(small, to, narrow, image.Rect(to.Min.X, 0, to.Max.X, b.Dy()), draw.Src, nil)
	}
	return small
}

// onCanvas puts an animation's first image, which may cover only a part, at
// its place.
func onCanvas(m image.Image, width, height int) image.Image {
	if m.Bounds() == image.Rect(0, 0, width, height) {
		return m
	}
	canvas := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return canvas
}
