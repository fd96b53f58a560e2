package main

import "slices"

// A colour is 0xRRGGBB.
type colour uint32

// The publication's colours.
const (
	night  colour = 0x101d2c
	ink    colour = 0x1a2f42
	deep   colour = 0x214a5e
	sea    colour = 0x347283
	shoal  colour = 0x66a1a6
	mist   colour = 0xb2cfca
	foam   colour = 0xe4ece3
	paper  colour = 0xf4eddd
	sand   colour = 0xe4d0a5
	ochre  colour = 0xdba43f
	rust   colour = 0xbf5439
	rose   colour = 0xe6ab92
	umber  colour = 0x6b4632
	forest colour = 0x35594c
	blue   colour = 0x2b62a8
)

// full is the coverage of a pixel that lies wholly inside a shape.
const full = 256

// A canvas is an opaque picture that shapes are painted on.
type canvas struct {
	w, h int
	pix  []colour
	clip []uint16 // coverage 0…full that limits painting; nil: none
}

func newCanvas(w, h int) *canvas { return &canvas{w: w, h: h, pix: make([]colour, w*h)} }

// fill paints a shape.
func (c *canvas) fill(s shape, col colour) { c.tint(s, col, full) }

// tint paints a shape with the given strength, 0…full.
func (c *canvas) tint(s shape, col colour, strength int) {
	c.scan(s, func(i, cover int) {
		if c.clip != nil {
			cover = cover * int(c.clip[i]) / full
		}
		c.pix[i] = blend(c.pix[i], col, cover*strength/full)
	})
}

// within runs paint with everything outside the shape left as it is.
func (c *canvas) within(s shape, paint func()) {
	mask := make([]uint16, len(c.pix))
	c.scan(s, func(i, cover int) { mask[i] = uint16(cover) })
	before := c.clip
	c.clip = mask
	paint()
	c.clip = before
}

// bands fills the canvas with flat bands from top to bottom; each starts at
// its y.
func (c *canvas) bands(bands ...band) {
	for _, b := range bands {
		c.fill(rect(0, b.y, float64(c.w), float64(c.h)-b.y), b.col)
	}
}

// A band is a colour and the height at which it starts.
type band struct {
	y   float64
	col colour
}

// blend lays b over a with strength 0…full.
func blend(a, b colour, strength int) colour {
	if strength == full {
		return b
	}
	var out colour
	for shift := 0; shift <= 16; shift += 8 {
		x, y := int(a>>shift&0xff), int(b>>shift&0xff)
		out |= colour((x*(full-strength)+y*strength+full/2)/full) << shift
	}
	return out
}

// Filling works on lines of a quarter pixel, in units of 1/64 pixel.
const (
	unit  = 64
	lines = 4
)

// A crossing is where an edge meets a line: x in units, and whether the edge
// runs down (+1) or up (-1).
type crossing struct{ x, turn int }

// scan calls paint with each pixel that the shape touches and its coverage.
// What the contours wind round at least once is inside (the non-zero rule).
func (c *canvas) scan(s shape, paint func(i, cover int)) {
	top, foot := c.rows(s)
	rows := crossings(s, top*lines, foot*lines)
	cover := make([]int, c.w)
	for y := top; y < foot; y++ {
		first, last := c.w, -1
		for _, row := range rows[(y-top)*lines : (y-top+1)*lines] {
			slices.SortFunc(row, func(a, b crossing) int { return a.x - b.x })
			turns := 0
			for k, at := range row {
				if turns != 0 {
					lo, hi := c.span(cover, row[k-1].x, at.x)
					first, last = min(first, lo), max(last, hi)
				}
				turns += at.turn
			}
		}
		for x := first; x <= last; x++ {
			if cover[x] > 0 {
				paint(y*c.w+x, min(cover[x]*full/(unit*lines), full))
			}
			cover[x] = 0
		}
	}
}

// span adds a line's stretch from a to b (units) to the row's coverage and
// says which pixels it touched.
func (c *canvas) span(cover []int, a, b int) (first, last int) {
	a, b = max(a, 0), min(b, c.w*unit)
	if a >= b {
		return c.w, -1
	}
	first, last = a/unit, (b-1)/unit
	for x := first; x <= last; x++ {
		cover[x] += min(b, (x+1)*unit) - max(a, x*unit)
	}
	return first, last
}

// rows says which of the canvas's rows the shape can touch, the last excluded.
func (c *canvas) rows(s shape) (top, foot int) {
	top, foot = c.h, 0
	for _, contour := range s {
		for _, p := range contour {
			y := floorDiv(units(p.y), unit)
			top, foot = min(top, y), max(foot, y+1)
		}
	}
	top, foot = max(top, 0), min(foot, c.h)
	return top, max(top, foot)
}

// crossings lists, for each line from first to the one before end, where the
// shape's edges meet it.
func crossings(s shape, first, end int) [][]crossing {
	rows := make([][]crossing, end-first)
	const step = unit / lines
	for _, contour := range s {
		for i, p := range contour {
			q := contour[(i+1)%len(contour)]
			x0, y0, x1, y1, turn := units(p.x), units(p.y), units(q.x), units(q.y), 1
			if y0 > y1 {
				x0, y0, x1, y1, turn = x1, y1, x0, y0, -1
			}
			// Line k lies at k*step+step/2; an edge has its upper end and not its lower.
			for k := max(first, floorDiv(y0-step/2-1, step)+1); k < end; k++ {
				y := k*step + step/2
				if y >= y1 {
					break
				}
				rows[k-first] = append(rows[k-first], crossing{x0 + (x1-x0)*(y-y0)/(y1-y0), turn})
			}
		}
	}
	return rows
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}
