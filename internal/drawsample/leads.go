package main

import (
	"math"
	"math/rand/v2"
)

// leads are the lead images, one an article, in the order of the contents.
var leads = []picture{
	{name: "a-sum-of-moons", draw: drawMoons},
	{name: "ice-at-four-in-the-morning", draw: drawIce},
	{name: "where-two-seas-refuse-to-mix", draw: drawTwoSeas},
	{name: "the-keepers-grocery-list", draw: drawKeeper},
	{name: "the-clerk-who-weighed-the-sea", draw: drawScales},
	{name: "three-harbours-one-night", draw: drawThreeHarbours},
	{name: "charfia", draw: drawCharfia},
	{name: "hic-sunt-haddock", draw: drawChart},
	{name: "what-the-divers-know", draw: drawDiver},
	{name: "the-lamp-changer", draw: drawLamps},
	{name: "knots-that-hold-when-wet", draw: drawKnot},
	{name: "kusi-and-kaskazi", draw: drawWinds},
	{name: "the-ferry-that-ran-on-gossip", draw: drawFerry},
	{name: "letter-from-essaouira", draw: drawBlueBoats},
	{name: "a-bell-for-the-fog", draw: drawBell},
	{name: "the-auction-where-nobody-speaks", draw: drawAuction},
}

// stars scatters small dots above a height; the seed decides where.
func (c *canvas) stars(n int, below float64, seed uint64, col colour) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		x, y := r.Float64()*float64(c.w), r.Float64()*below
		c.tint(disc(x, y, 1+r.Float64()*1.6), col, 90+r.IntN(120))
	}
}

// glints lays short level strokes on water, from one height to another,
// longer and wider apart towards the viewer.
func (c *canvas) glints(x, spread, from, to float64, seed uint64, col colour, strength int) {
	r := rand.New(rand.NewPCG(seed, 2))
	for y := from; y < to; y += 9 + (y-from)/14 {
		near := (y - from) / (to - from)
		half := (14 + 40*near) * (0.5 + r.Float64())
		at := x + (r.Float64()*2-1)*spread*(0.35+near)
		c.tint(dash(at-half, y, at+half, y, 3+3*near), col, strength)
	}
}

// gull is a bird seen from far off.
func (c *canvas) gull(x, y, size float64, col colour) {
	c.fill(taper(curve(x, y, x-size*0.5, y-size*0.32, x-size, y-size*0.1), size*0.14, 1), col)
	c.fill(taper(curve(x, y, x+size*0.5, y-size*0.36, x+size, y-size*0.2), size*0.14, 1), col)
}

func drawMoons(c *canvas) {
	c.bands(band{0, night}, band{300, 0x14253a})
	c.stars(70, 420, 11, mist)
	const r = 62.0
	for i, lit := range []float64{0.55, 1.15, 2, 1.15, 0.55} {
		x := 600 + float64(i-2)*205
		y := 170 + math.Abs(float64(i-2))*math.Abs(float64(i-2))*17
		c.fill(disc(x, y, r), 0x22394f)
		switch {
		case i == 2:
			c.fill(disc(x, y, r), foam)
			for _, m := range []struct{ x, y, r float64 }{{-18, -20, 17}, {20, -6, 10}, {-4, 22, 13}, {-34, 12, 7}, {26, 26, 6}} {
				c.tint(disc(x+m.x, y+m.y, m.r), mist, 150)
			}
		case i < 2:
			c.fill(crescent(x, y, r, r*lit).mirrored(x), sand)
		default:
			c.fill(crescent(x, y, r, r*lit), sand)
		}
	}
	c.fill(c.swell(420, 26, 600, 0.10), deep)
	c.fill(c.swell(476, 20, 430, 0.45), sea)
	c.fill(c.swell(536, 16, 310, 0.20), deep)
	c.fill(c.swell(592, 14, 245, 0.70), ink)
	c.fill(c.swell(652, 10, 190, 0.05), night)
	var sum []point
	for x := -20.0; x <= 1220; x += 5 {
		w := func(rise, length, start float64) float64 { return rise * math.Sin(2*math.Pi*(x/length+start)) }
		sum = append(sum, point{x, 536 - w(26, 600, 0.1) - w(20, 430, 0.45) - w(16, 310, 0.2) - w(14, 245, 0.7)})
	}
	c.fill(stroke(sum, 6), ochre)
}

// drawTideCurve draws the very tide that the article reckons out.
func drawTideCurve(c *canvas) {
	waves := []struct{ period, size, lag float64 }{
		{12.42, 0.97, 142}, {12.00, 0.48, 144}, {12.66, 0.18, 319},
		{11.97, 0.13, 141}, {23.93, 0.19, 35}, {25.82, 0.11, 60},
	}
	const left, foot, metre = 120.0, 520.0, 115.0
	at := func(t float64) point {
		h := 1.90
		for _, w := range waves {
			h += w.size * math.Cos((360*t/w.period-w.lag)*math.Pi/180)
		}
		return point{left + t*42, foot - h*metre}
	}
	c.bands(band{0, paper})
	for i := range 5 {
		y := foot - float64(i)*metre
		c.fill(rect(left-20, y-1, 1048, 2), 0xd9cfb8)
	}
	var line []point
	for t := 0.0; t <= 24.01; t += 0.1 {
		line = append(line, at(t))
	}
	water := shape{append(append([]point(nil), line...), point{left + 24*42, foot}, point{left, foot})}
	c.within(water, func() {
		c.bands(band{0, mist}, band{foot - 1.9*metre, 0x8fbab8}, band{foot - 0.9*metre, shoal})
		for i := range 5 {
			c.tint(rect(left, foot-float64(i)*metre-1, 24*42, 2), ink, 40)
		}
	})
	c.fill(stroke(line, 6), deep)
	for i := range 41 { // the staff, painted every tenth of a metre
		y := foot - float64(i)*metre/10
		wide := 14.0
		if i%10 == 0 {
			wide = 34
		}
		c.fill(rect(left-30-wide, y-2, wide, 4), ink)
	}
	c.fill(rect(left-30, foot-4*metre-2, 6, 4*metre+4), ink)
	for t := 0; t <= 24; t += 3 {
		c.fill(rect(left+float64(t)*42-2, foot+14, 4, 16), ink)
	}
	for _, t := range []float64{4 + 45.0/60, 17 + 8.0/60} {
		c.fill(disc(at(t).x, at(t).y, 15), paper)
		c.fill(disc(at(t).x, at(t).y, 11), rust)
	}
	for _, t := range []float64{11 + 7.0/60, 22 + 58.0/60} {
		c.fill(disc(at(t).x, at(t).y, 15), paper)
		c.fill(ring(at(t).x, at(t).y, 11, 5), rust)
	}
}

func drawIce(c *canvas) {
	c.bands(band{0, night}, band{210, 0x132436}, band{360, ink})
	c.stars(60, 340, 5, mist)
	c.fill(crescent(1010, 130, 44, 34).turned(1010, 130, 200), sand)
	c.fill(rect(0, 430, 1200, 30), deep) // the channel behind
	c.glints(960, 300, 436, 458, 8, shoal, 120)
	c.fill(rect(0, 560, 1200, 190), 0x22323c) // the quay
	c.fill(rect(0, 456, 1200, 104), 0x2a3d47)
	c.fill(poly(470, 560, 700, 560, 900, 750, 330, 750), 0x6d5a35) // light from the door
	c.fill(poly(505, 560, 665, 560, 800, 750, 430, 750), 0x95763a)
	c.fill(rect(210, 250, 600, 310), forest)
	for x := 228.0; x < 810; x += 24 {
		c.fill(rect(x, 250, 4, 310), 0x2c4c41)
	}
	c.fill(poly(180, 262, 260, 170, 760, 170, 840, 262), 0x1d3932)
	c.fill(rect(180, 256, 660, 12), 0x152b26)
	c.fill(rect(500, 340, 170, 220), ochre)
	c.fill(rect(500, 340, 170, 46), 0xedc774)
	c.fill(disc(585, 312, 26), 0x7a6a3c)
	c.fill(disc(585, 312, 13), foam)
	c.fill(rect(280, 350, 120, 80), 0x1d3932)
	c.fill(rect(338, 350, 5, 80), forest)
	// Someone in the doorway, with a spanner.
	c.fill(smooth(560, 560, 566, 470, 560, 430, 585, 418, 612, 430, 608, 480, 612, 560), umber)
	c.fill(disc(586, 398, 22), umber)
	c.fill(smooth(562, 402, 570, 372, 600, 372, 612, 400, 618, 440, 600, 416, 574, 412), rust)
	for _, b := range []struct{ x, y float64 }{{865, 600}, {975, 600}, {1085, 600}, {920, 490}, {1030, 490}, {720, 640}} {
		c.block(b.x, b.y)
	}
}

// block is a block of ice on the quay.
func (c *canvas) block(x, y float64) {
	c.fill(rect(x, y, 94, 104), mist)
	c.fill(poly(x, y, x+18, y-20, x+112, y-20, x+94, y), foam)
	c.fill(poly(x+94, y, x+112, y-20, x+112, y+84, x+94, y+104), shoal)
	c.tint(poly(x+14, y+104, x+52, y, x+70, y, x+32, y+104), foam, 130)
	c.tint(dash(x+70, y+70, x+78, y+30, 3), foam, 170)
}

func drawTwoSeas(c *canvas) {
	const horizon = 170.0
	c.bands(band{0, sand}, band{70, 0xeddfc0}, band{130, paper})
	c.fill(rect(0, horizon, 1200, 600), shoal)
	seam := curve(560, 170, 600, 250, 578, 330, 640, 430)
	c.fill(shape{append(append([]point{{-10, horizon}}, seam...), point{640, 430}, point{380, 760}, point{-10, 760})}, deep)
	c.within(rect(0, horizon, 1200, 600), func() {
		for i := range 17 {
			y := 196 + float64(i*i)*2
			step := 20 + float64(i)*9
			for x := -60 + float64(i%3)*step/2; x < 1260; x += step * 2.6 {
				edge := 590 - math.Max(0, y-430)*0.8
				if x < edge-step {
					c.fill(taper(curve(x, y+8, x+step*0.5, y, x+step, y+12), 2+float64(i)*0.3, 1), sea)
				} else if x > edge+60+math.Max(0, y-430)*1.5 {
					c.fill(taper(curve(x, y, x+step*0.6, y+5, x+step*1.1, y), 1.5+float64(i)*0.25, 1), mist)
				}
			}
		}
	})
	tongue := smooth(640, 420, 690, 520, 830, 640, 1010, 780, 600, 800, 330, 780, 470, 640, 590, 520)
	c.fill(tongue.scaled(640, 620, 1.1), foam)
	c.fill(tongue, sand)
	c.fill(smooth(645, 500, 700, 600, 820, 720, 860, 790, 600, 800, 480, 790, 560, 660, 610, 560), 0xeddfc0)
	c.fill(taper(seam, 3, 17), foam)
	for i, p := range seam {
		if i%5 == 0 {
			c.fill(disc(p.x+float64(i%3-1)*7, p.y, 2+float64(i)/6), paper)
		}
	}
	for _, f := range []struct {
		x, y float64
		col  colour
	}{{628, 505, rust}, {662, 512, ink}} {
		c.fill(taper(points(f.x, f.y, f.x, f.y+22), 13, 9), f.col)
		c.fill(disc(f.x, f.y-13, 7), umber)
		c.fill(dash(f.x-4, f.y+26, f.x-6, f.y+44, 5), ink)
		c.fill(dash(f.x+4, f.y+26, f.x+7, f.y+44, 5), ink)
	}
	for i := range 14 {
		y := 560 + float64(i)*15
		c.tint(ellipse(640+9*math.Sin(float64(i))+float64(i%2)*12, y, 4, 2), umber, 120)
	}
	c.gull(300, 110, 34, umber)
	c.gull(380, 80, 22, umber)
	c.gull(900, 96, 28, umber)
}

func drawKeeper(c *canvas) {
	c.bands(band{0, rose}, band{190, 0xecbca4}, band{340, 0xf1ceb6}, band{470, 0xf5ddc6})
	c.fill(disc(790, 330, 225), paper)
	c.fill(rect(0, 556, 1200, 200), sea)
	c.within(rect(0, 556, 1200, 200), func() {
		c.glints(790, 150, 562, 750, 21, foam, 190)
	})
	c.fill(c.swell(642, 9, 340, 0.3), deep)
	c.fill(smooth(170, 660, 250, 580, 330, 556, 420, 548, 500, 566, 580, 600, 660, 670, 420, 700), umber)
	c.fill(smooth(240, 660, 290, 600, 360, 580, 400, 620, 380, 670), 0x533425)
	c.lighthouse(405, 560, 1)
	c.fill(c.swell(668, 8, 280, 0.8), ink)
	c.fill(smooth(884, 650, 905, 668, 1010, 668, 1036, 644, 1010, 654, 900, 656), night) // the relief boat
	c.fill(dash(950, 652, 950, 560, 5), night)
	c.fill(poly(956, 566, 1004, 632, 956, 636), paper)
	c.fill(rect(914, 640, 26, 16), ochre)
	c.fill(c.swell(706, 7, 230, 0.1), night)
	c.gull(520, 180, 26, umber)
	c.gull(570, 210, 18, umber)
}

// lighthouse is a striped tower with its foot at x, y.
func (c *canvas) lighthouse(x, y, size float64) {
	grow := func(s shape) shape { return s.moved(x, y).scaled(x, y, size) }
	tower := grow(poly(-52, 0, -32, -310, 32, -310, 52, 0))
	c.fill(tower, foam)
	c.within(tower, func() {
		for i := range 3 {
			c.fill(grow(rect(-60, -62-float64(i)*110, 120, 55)), rust)
		}
		c.tint(grow(rect(14, -320, 60, 320)), ink, 50)
	})
	c.fill(grow(rect(-48, -322, 96, 14)), ink)
	c.fill(grow(rect(-25, -378, 50, 56)), ochre)
	c.fill(grow(rect(-3, -378, 6, 56)), ink)
	c.fill(grow(poly(-36, -376, 0, -418, 36, -376)), ink)
	c.fill(grow(disc(0, -420, 7)), ink)
	c.fill(grow(join(rect(-10, -36, 20, 36), disc(0, -36, 10))), ink)
	c.fill(grow(rect(-6, -226, 12, 20)), ink)
}

func drawScales(c *canvas) {
	c.bands(band{0, 0xdcc9a2}, band{590, umber}, band{606, 0x533425})
	window := join(rect(440, 150, 320, 300), disc(600, 150, 160)).moved(0, 30)
	c.fill(window.scaled(600, 300, 1.08), paper)
	c.within(window, func() {
		c.fill(rect(400, 0, 400, 500), mist)
		c.fill(disc(690, 190, 46), paper)
		c.fill(rect(400, 330, 400, 200), sea)
		c.glints(690, 40, 338, 480, 4, mist, 170)
		c.fill(smooth(480, 352, 492, 366, 560, 366, 574, 350, 556, 356, 494, 356), ink)
		c.fill(poly(524, 290, 562, 344, 524, 344), paper)
	})
	c.fill(rect(594, 30, 12, 450), paper)
	c.fill(rect(430, 326, 340, 8), paper)
	const tilt = 5.0
	c.fill(rect(588, 190, 24, 400), ochre)
	c.fill(poly(500, 592, 540, 556, 660, 556, 700, 592), ochre)
	c.fill(poly(500, 592, 540, 556, 560, 556, 530, 592), 0xedc774)
	c.fill(rect(612-10, 190, 10, 368), 0xb98430)
	beam := join(shape{append(curve(250, 196, 420, 176, 600, 196, 780, 176, 950, 196), curve(950, 208, 780, 200, 600, 226, 420, 200, 250, 208)...)})
	c.fill(beam.turned(600, 200, tilt), ochre)
	c.fill(disc(600, 200, 26), 0xb98430)
	c.fill(disc(600, 200, 12), foam)
	c.fill(taper(points(600, 206, 588, 296), 8, 2), ink)
	lift := 350 * math.Sin(-tilt*math.Pi/180)
	c.pan(252, 200+lift, func(x, y float64) {
		c.tint(poly(x-44, y-150, x+44, y-150, x+36, y, x-36, y), foam, 150)
		c.fill(poly(x-41, y-112, x+41, y-112, x+35, y-3, x-35, y-3), sea)
		c.fill(ellipse(x, y-112, 41, 7), shoal)
		c.tint(poly(x-34, y-100, x-24, y-100, x-20, y-10, x-28, y-10), foam, 110)
	})
	c.pan(948, 200-lift, func(x, y float64) {
		for i, h := range []float64{86, 62, 44, 32} {
			at := x - 66 + float64(i)*42 - float64(i*i)
			wide := 17 - float64(i)*2.6
			c.fill(rect(at-wide, y-h, 2*wide, h), 0xb98430)
			c.fill(rect(at-wide, y-h, wide*0.6, h), 0xedc774)
			c.fill(rect(at-wide/3, y-h-10, wide*0.66, 12), 0xb98430)
			c.fill(disc(at, y-h-13, wide*0.55), ochre)
		}
	})
}

// pan hangs a scale pan from x, y and puts something on it.
func (c *canvas) pan(x, y float64, put func(x, y float64)) {
	const drop = 250.0
	c.fill(dash(x, y, x-106, y+drop, 3), umber)
	c.fill(dash(x, y, x+106, y+drop, 3), umber)
	put(x, y+drop)
	c.fill(smooth(x-124, y+drop-2, x, y+drop+2, x+124, y+drop-2, x+76, y+drop+30, x, y+drop+38, x-76, y+drop+30), ochre)
	c.fill(rect(x-126, y+drop-5, 252, 9), 0xedc774)
	c.fill(disc(x, y, 8), 0xb98430)
}
