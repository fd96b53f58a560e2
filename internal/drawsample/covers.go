package main

import "math"

// covers are the issues' covers: a picture in a frame, and below it as many
// small moons as the number.
var covers = []picture{
	{name: "cover-v012-n09", draw: func(c *canvas) { c.framed(9, coverDial) }},
	{name: "cover-v012-n10", draw: func(c *canvas) { c.framed(10, coverBeam) }},
	{name: "cover-v012-n11", draw: func(c *canvas) { c.framed(11, coverSails) }},
}

func (c *canvas) framed(number int, paint func(*canvas)) {
	c.fill(rect(0, 0, 900, 1200), paper)
	c.within(rect(50, 50, 800, 1030), func() { paint(c) })
	for i := range number {
		x := 450 + (float64(i)-float64(number-1)/2)*44
		c.fill(disc(x, 1138, 12), ink)
		c.fill(disc(x-9+float64(i)*18/float64(number-1), 1138, 10), paper)
	}
}

func coverDial(c *canvas) {
	c.bands(band{0, ochre}, band{420, 0xe2b45b}, band{640, 0xe9c57e})
	c.fill(c.swell(740, 26, 520, 0.1), shoal)
	c.fill(c.swell(820, 24, 430, 0.5), sea)
	c.fill(c.swell(900, 22, 360, 0.15), deep)
	c.fill(c.swell(980, 18, 300, 0.6), ink)
	c.fill(disc(450, 470, 300), ink)
	c.fill(disc(450, 470, 284), paper)
	c.within(disc(450, 470, 262), func() {
		c.fill(rect(150, 150, 600, 700), 0xe9dcbd)
		c.fill(c.swell(520, 22, 270, 0.2), mist)
		c.fill(c.swell(600, 18, 220, 0.7), shoal)
	})
	c.fill(ring(450, 470, 264, 258), ink)
	for i := range 48 {
		long := 12.0
		if i%4 == 0 {
			long = 24
		}
		c.fill(rect(448, 212, 4, long).turned(450, 470, float64(i)*7.5), ink)
	}
	c.fill(crescent(450, 340, 56, 40).turned(450, 340, 150), rust)
	hand := join(poly(442, 500, 446, 236, 450, 222, 454, 236, 458, 500), disc(450, 470, 20))
	c.fill(hand.turned(450, 470, 58), ink)
	c.fill(disc(450, 470, 8), ochre)
}

func coverBeam(c *canvas) {
	c.bands(band{0, night}, band{330, 0x14253a}, band{560, ink}, band{740, 0x21405a})
	c.stars(110, 720, 31, mist)
	c.tint(poly(286, 474, 920, 250, 920, 560, 286, 490), 0xf2dfa6, 90)
	c.tint(poly(286, 477, 920, 340, 920, 480, 286, 487), 0xf2dfa6, 110)
	c.fill(disc(640, 210, 84), foam)
	c.within(disc(640, 210, 84), func() {
		c.tint(disc(614, 190, 22), mist, 140)
		c.tint(disc(668, 232, 15), mist, 140)
		c.tint(disc(626, 246, 10), mist, 140)
		c.fill(disc(668, 72, 78), rust)
	})
	c.fill(rect(0, 800, 900, 400), deep)
	c.glints(640, 120, 812, 1080, 17, foam, 150)
	c.fill(smooth(-40, 1120, -20, 860, 120, 792, 260, 770, 350, 800, 430, 880, 470, 960, 560, 1010, 640, 1120), 0x0b1622)
	c.fill(smooth(90, 810, 180, 776, 280, 774, 350, 806, 250, 800), forest)
	c.lighthouse(265, 790, 0.82)
	c.fill(c.swell(1010, 12, 330, 0.2), ink)
	c.fill(c.swell(1046, 10, 260, 0.6), night)
}

func coverSails(c *canvas) {
	c.bands(band{0, 0xf0c9ac}, band{250, rose}, band{480, 0xdf9a80}, band{690, 0xd48869})
	c.fill(disc(450, 690, 130), paper)
	c.fill(rect(0, 780, 900, 400), sea)
	c.glints(450, 60, 790, 1080, 3, foam, 190)
	c.dhow(250, 856, 1.42, foam)
	far := dhow{hull: ink, sail: rust}
	far.paint(c, 652, 850, -1.36)
	for i := range 4 {
		y := 150 + float64(i)*62
		c.tint(taper(curve(-20, y+40, 260, y-10, 560, y+36, 940, y-20+20*math.Sin(float64(i))), 4, 12), paper, 120)
	}
	c.fill(c.swell(990, 10, 380, 0.4), deep)
	c.fill(c.swell(1040, 9, 290, 0.1), ink)
}

// A dhow is a boat with one lateen sail.
type dhow struct{ hull, sail colour }

// paint puts the dhow's waterline at x, y; a negative size turns it about.
func (d dhow) paint(c *canvas, x, y, size float64) {
	at := func(s shape) shape {
		return s.mapped(func(p point) point { return point{x + p.x*size, y + p.y*math.Abs(size)} })
	}
	c.fill(at(stroke(points(6, -20, 0, -170), 6)), umber)
	sail := shape{append(curve(-96, -64, -20, -190, 86, -330), curve(86, -330, 96, -190, 66, -52)...)}
	c.fill(at(sail), d.sail)
	c.within(at(sail), func() {
		c.tint(at(poly(86, -330, 120, -330, 120, -40, 20, -40)), ink, 34)
		c.tint(at(stroke(curve(-40, -56, 20, -180, 86, -330), 2)), ink, 60)
	})
	c.fill(at(taper(points(-104, -52, 92, -342), 8, 4)), umber)
	c.fill(at(shape{append(curve(-128, -42, -60, -14, 40, -12, 132, -40), curve(112, 0, 60, 12, -60, 12, -92, 4)...)}), d.hull)
	c.fill(at(stroke(curve(-122, -36, -58, -9, 40, -7, 126, -34), 5)), ochre)
}

// dhow paints one with a dark hull.
func (c *canvas) dhow(x, y, size float64, sail colour) {
	dhow{hull: ink, sail: sail}.paint(c, x, y, size)
}
