package main

import "math"

// The lead images of the number called By Night.

func drawThreeHarbours(c *canvas) {
	panels := []struct{ sky, low, water, land, moon colour }{
		{0xd98a68, 0xe9b48f, deep, 0x3b2a2c, 0xf3d9a4},
		{night, 0x1b3247, ink, 0x0b1622, foam},
		{0x8fbfc0, mist, sea, forest, paper},
	}
	const horizon = 560.0
	for i, p := range panels {
		x := float64(i) * 400
		c.within(rect(x, 0, 400, 750), func() {
			c.fill(rect(x, 0, 400, 750), p.sky)
			c.fill(rect(x, 380, 400, 400), p.low)
			if i == 1 {
				c.stars(150, 420, 41, mist)
			}
			c.fill(disc(600, 310, 270), p.moon)
			c.within(disc(600, 310, 270), func() {
				for _, m := range []struct{ x, y, r float64 }{{-110, -50, 66}, {50, -110, 38}, {90, 50, 60}, {-50, 120, 44}, {230, -20, 34}, {-230, 60, 36}, {-225, -70, 20}, {222, 110, 24}} {
					c.tint(disc(600+m.x, 320+m.y, m.r), p.low, 100)
				}
				c.tint(disc(648, -150, 244), umber, 200)
			})
			c.fill(rect(x, horizon, 400, 200), p.water)
			c.glints(x+200, 150, horizon+10, 750, uint64(60+i), p.moon, 120)
		})
	}
	c.within(rect(0, 0, 400, 750), func() { c.dhow(190, 620, 0.95, foam) })
	c.within(rect(400, 0, 400, 750), func() { c.crane(640, 562, panels[1].land) })
	c.within(rect(800, 0, 400, 750), func() {
		c.fill(smooth(780, 580, 840, 520, 920, 500, 990, 540, 1060, 516, 1140, 480, 1230, 540, 1220, 600, 800, 600), panels[2].land)
		c.fill(rect(800, horizon, 400, 200), panels[2].water)
		c.glints(1010, 140, horizon+10, 750, 62, paper, 110)
		c.fill(poly(900, 616, 1120, 616, 1094, 660, 926, 660), foam) // the ferry
		c.fill(rect(906, 634, 204, 8), rust)
		c.fill(rect(950, 574, 120, 42), foam)
		for x := 962.0; x < 1060; x += 26 {
			c.fill(rect(x, 584, 16, 16), deep)
		}
		c.fill(rect(984, 548, 42, 26), foam)
		c.fill(poly(1120, 616, 1168, 586, 1172, 592, 1116, 626), ink) // its ramp, pointing up
	})
	c.fill(rect(396, 0, 8, 750), paper)
	c.fill(rect(796, 0, 8, 750), paper)
}

// crane is a harbour crane on a jack-up barge with its foot at x, y.
func (c *canvas) crane(x, y float64, col colour) {
	c.fill(rect(x-140, y, 250, 36), col)
	for _, dx := range []float64{-120, -20, 80} {
		c.fill(rect(x+dx, y-150, 16, 230), col)
	}
	c.fill(rect(x-60, y-46, 90, 46), col)
	c.fill(dash(x-10, y-40, x+86, y-330, 12), col)
	c.fill(dash(x-10, y-40, x-66, y-170, 8), col)
	c.fill(dash(x-66, y-170, x+86, y-330, 3), col)
	c.fill(dash(x+86, y-330, x+86, y-190, 3), col)
	c.fill(rect(x+78, y-192, 16, 18), rust)
	c.fill(disc(x-15, y-24, 7), ochre)
}

func drawCharfia(c *canvas) {
	const horizon = 250.0
	c.bands(band{0, 0xf0c890}, band{90, 0xf3d6a8}, band{180, paper})
	c.fill(disc(880, 206, 76), ochre)
	c.fill(rect(0, horizon, 1200, 500), 0x8fc0b8)
	c.fill(rect(0, 330, 1200, 430), 0x7db3ae)
	c.fill(rect(0, 470, 1200, 300), shoal)
	c.fill(smooth(-60, 560, 200, 536, 520, 566, 420, 610, 120, 628, -80, 610), 0x8fc0b8)
	c.fill(smooth(640, 640, 900, 610, 1280, 640, 1260, 700, 860, 706), 0x7db3ae)
	c.glints(880, 60, horizon+8, 700, 71, paper, 170)
	c.fill(poly(0, horizon, 0, 238, 160, 232, 300, horizon), umber) // a low island, with palms
	for _, x := range []float64{60, 104, 170, 214} {
		c.fill(dash(x, 240, x+5, 196, 4), umber)
		for _, a := range []float64{200, 235, 305, 340, 270} {
			s, k := math.Sincos(a * math.Pi / 180)
			c.fill(taper(points(x+5, 196, x+5+24*k, 196+16*s), 5, 1), umber)
		}
	}
	// The fence comes out of the distance and ends in the round chamber.
	fence := curve(330, 262, 410, 292, 520, 340, 640, 420, 700, 486)
	for i := 0; i < len(fence); i += 2 {
		t := float64(i) / float64(len(fence))
		c.frond(fence[i].x, fence[i].y, 16+96*t*t, i)
	}
	c.tint(ellipse(860, 580, 270, 104), deep, 60)
	back, front := arc(860, 572, 262, 96, 196, 350), arc(860, 572, 262, 96, -8, 188)
	for i := 0; i < len(back); i += 3 {
		c.frond(back[i].x, back[i].y, 88, i)
	}
	for i, f := range []struct{ x, y float64 }{{740, 556}, {850, 528}, {940, 560}, {800, 592}, {1010, 584}, {910, 606}} {
		c.fish(f.x, f.y, 0.27+float64(i%2)*0.05, 1, foam)
	}
	for i := 0; i < len(front); i += 3 {
		c.frond(front[i].x, front[i].y, 74, i+3)
	}
}

// frond is one palm frond set upright in the sea bed.
func (c *canvas) frond(x, y, tall float64, i int) {
	lean := tall * 0.14 * math.Sin(float64(i)*2.4)
	c.tint(taper(points(x, y+2, x-lean*0.5, y+tall*0.28), tall/22, 1), deep, 90)
	c.fill(taper(points(x, y+4, x+lean, y-tall), max(2, tall/18), max(1, tall/40)), umber)
	for k := range 3 {
		f := 0.5 + 0.2*float64(k)
		px, py := x+lean*f, y-tall*f
		c.fill(taper(points(px, py, px-tall*0.13, py-tall*0.17), max(1.5, tall/30), 1), forest)
		c.fill(taper(points(px, py, px+tall*0.13, py-tall*0.17), max(1.5, tall/30), 1), 0x4f7a5c)
	}
}

// fish swims to the right (turn 1) or to the left (turn -1); size 1 is 300 pixels long.
func (c *canvas) fish(x, y, size, turn float64, col colour) {
	at := func(s shape) shape {
		return s.mapped(func(p point) point { return point{x + p.x*size*turn, y + p.y*size} })
	}
	c.fill(at(smooth(150, 0, 100, -38, 20, -54, -60, -36, -112, -6, -112, 6, -60, 34, 20, 50, 100, 36)), col)
	c.fill(at(smooth(-100, 0, -150, -52, -142, 0, -150, 50)), col)
	c.fill(at(smooth(30, -48, -6, -82, -50, -36)), col)
	c.fill(at(smooth(30, 44, 4, 74, -20, 40)), col)
}

func drawChart(c *canvas) {
	c.bands(band{0, paper})
	land := func(grow float64) shape {
		return smooth(
			-120, -120-grow, 330+grow, -120, 380+grow*1.1, 30+grow*0.4, 300+grow*1.2, 150+grow*0.6, 330+grow, 260+grow*0.5,
			210+grow, 330+grow, 120+grow*0.8, 470+grow*1.1, 150+grow, 610+grow*0.6, 40+grow*0.6, 860+grow, -140, 860)
	}
	for _, d := range []struct {
		grow float64
		col  colour
	}{{250, 0xe6ead8}, {165, 0xd6e2d5}, {95, mist}, {40, 0x96bfbd}} {
		c.fill(land(d.grow), d.col)
	}
	bank := func(r float64) shape {
		return smooth(720-r, 470, 760, 400-r*0.6, 900, 420-r*0.5, 1010+r, 500, 960, 590+r*0.5, 800, 580+r*0.6)
	}
	c.fill(bank(70), 0xe6ead8)
	c.fill(bank(25), 0xd6e2d5)
	c.fill(bank(-30), mist)
	c.fill(land(0), 0xe0cfa4)
	c.fill(stroke(land(0)[0], 4), umber)
	for i := range 12 { // bearings from the rose
		a := float64(i)*30 + 8
		s, k := math.Sincos(a * math.Pi / 180)
		c.tint(dash(900+130*k, 205+130*s, 900+1300*k, 205+1300*s, 2), umber, 70)
	}
	c.tint(ring(900, 205, 128, 124), umber, 200)
	c.tint(ring(900, 205, 112, 110), umber, 200)
	for i := range 8 {
		long := 104.0
		if i%2 == 1 {
			long = 64
		}
		a := float64(i)*45 + 8
		c.fill(poly(900, 205-long, 900-15, 205-15, 900, 205).turned(900, 205, a), ink)
		c.fill(poly(900, 205-long, 900+15, 205-15, 900, 205).turned(900, 205, a), sand)
	}
	c.fill(poly(900, 60, 886, 88, 914, 88).turned(900, 205, 8), rust)
	for i := range 60 { // soundings
		n := noise(i*7, i*13)
		x, y := 430+float64(n%720), 40+float64(n>>12%680)
		if math.Hypot(x-900, y-205) > 150 {
			c.tint(rect(x, y, 9, 3), umber, 130)
			c.tint(rect(x+13, y, 5, 3), umber, 130)
		}
	}
	c.fish(865, 500, 0.52, -1, 0x75909a)
	c.fill(disc(807, 492, 4), paper)
	for _, r := range []shape{ // pencil: two rings and the line between them
		{arc(520, 420, 54, 44, 20, 390)}, {arc(640, 628, 60, 48, 150, 520)},
	} {
		c.tint(stroke(r[0], 3.5), ink, 190)
	}
	c.tint(dash(548, 462, 612, 582, 3), ink, 190)
	c.tint(join(dash(508, 408, 532, 432, 4), dash(532, 408, 508, 432, 4)), rust, 230)
	c.tint(join(dash(628, 616, 652, 640, 4), dash(652, 616, 628, 640, 4)), rust, 230)
	c.tint(stroke(curve(430, 700, 520, 560, 700, 330, 760, 60), 2.5), ink, 150)
	c.tint(ring(1090, 650, 52, 46), umber, 90) // a mug stood here
}

func drawDiver(c *canvas) {
	c.bands(band{0, 0x5d7f6f}, band{120, 0x4a6d63}, band{240, 0x375953}, band{370, 0x274643}, band{500, 0x193433}, band{620, 0x0f2526})
	for i, x := range []float64{120, 300, 940, 1080} {
		wide := 40 + float64(i%2)*30
		c.tint(poly(x, 0, x+wide, 0, x+wide*2.4-260, 760, x-wide-260, 760), mist, 22)
	}
	hull := smooth(-140, -60, 1340, -60, 1290, 120, 1120, 196, 820, 228, 420, 224, 120, 190, -90, 110)
	c.fill(hull, 0x12211f)
	c.within(hull, func() {
		c.fill(rect(0, 150, 1200, 100), 0x5a2a22)
		c.fill(rect(0, 142, 1200, 8), 0x8a8468)
	})
	c.fill(poly(560, 220, 640, 224, 616, 262, 580, 262), 0x12211f)
	c.fill(stroke(curve(668, 190, 700, 300, 664, 400, 690, 486), 4), ochre) // the line
	c.fill(taper(curve(620, 546, 656, 520, 690, 506, 726, 508), 22, 30), 0xc9ccb4)
	c.fill(disc(750, 498, 20), ochre)
	c.fill(rect(752, 488, 16, 16), 0x12211f)
	c.fill(taper(curve(622, 548, 580, 566, 548, 556), 17, 11), 0xc9ccb4)
	c.fill(taper(curve(622, 552, 590, 590, 560, 604), 17, 11), 0xc9ccb4)
	c.fill(poly(552, 548, 506, 534, 514, 566), rust)
	c.fill(poly(564, 596, 520, 602, 538, 626), rust)
	c.fill(taper(curve(716, 516, 744, 552, 792, 566), 14, 9), 0xc9ccb4)
	c.fill(disc(796, 567, 9), umber)
	c.fill(stroke(points(668, 498, 712, 486), 18), rust)
	for i := range 8 {
		f := float64(i)
		c.tint(ring(772+10*math.Sin(f*1.7), 462-f*30, 5+f*1.3, 3+f*1.1), foam, 190)
	}
	c.fill(smooth(-40, 790, 80, 690, 300, 700, 470, 676, 700, 706, 900, 684, 1260, 716, 1260, 800), 0x081617)
	c.fill(stroke(arc(960, 650, 34, 34, 0, 360), 9), 0x2f4b45) // the anchor's ring
	c.fill(dash(966, 684, 990, 770, 16), 0x2f4b45)
	c.fill(smooth(880, 790, 900, 716, 960, 704, 1060, 720, 1100, 790), 0x081617)
}

func drawLamps(c *canvas) {
	const horizon = 300.0
	c.bands(band{0, night}, band{150, 0x132538}, band{horizon, 0x0c1824})
	c.fill(rect(0, 420, 1200, 400), 0x101f2e)
	c.fill(rect(0, 570, 1200, 200), 0x14283a)
	c.stars(90, 270, 51, mist)
	c.fill(rect(0, horizon-26, 260, 26), 0x0b1520)
	c.fill(poly(250, horizon, 330, horizon-12, 470, horizon), 0x0b1520)
	for _, x := range []float64{60, 96, 150, 205} {
		c.fill(rect(x, horizon-18, 6, 7), ochre)
	}
	for i := range 5 { // the channel, five and five
		f := float64(i)
		near := (f + 1) * (f + 1) / 25
		y := horizon + 10 + 190*near
		c.lamp(640-70*near-40, y, 1.6+6*near, rust)
		c.lamp(640+330*near+30, y, 1.6+6*near, 0x6fae8a)
	}
	c.lamp(1090, horizon+12, 5, foam) // the eleventh
	c.tint(disc(1090, horizon+12, 40), foam, 40)
	c.tint(disc(300, 420, 150), ochre, 26)
	c.tint(disc(300, 420, 90), ochre, 36)
	// The buoy, of staves, with a cage.
	c.fill(smooth(222, 610, 214, 520, 240, 470, 360, 470, 386, 520, 378, 610, 300, 632), umber)
	for _, x := range []float64{250, 283, 317, 350} {
		c.fill(rect(x-1.5, 472, 3, 150), 0x4b2f22)
	}
	c.fill(rect(214, 508, 172, 12), 0x2b1d18)
	c.fill(rect(216, 574, 168, 12), 0x2b1d18)
	for _, x := range []float64{256, 344} {
		c.fill(dash(x, 472, 300+(x-300)*0.6, 352, 7), 0x2b1d18)
	}
	c.fill(poly(262, 352, 300, 322, 338, 352), 0x2b1d18)
	c.fill(rect(284, 378, 32, 62), ochre)
	c.fill(smooth(300, 384, 310, 410, 300, 430, 290, 410), paper)
	c.fill(rect(278, 440, 44, 32), 0x2b1d18)
	c.glints(300, 90, 625, 750, 52, ochre, 150)
	// The boat beside it.
	c.fill(smooth(452, 560, 500, 604, 690, 606, 752, 552, 690, 572, 510, 576), 0x2f4a55)
	c.fill(stroke(curve(452, 560, 520, 577, 690, 573, 752, 552), 6), mist)
	c.fill(taper(curve(548, 580, 552, 530, 572, 500), 40, 34), deep)
	c.fill(disc(584, 470, 23), rose)
	c.fill(smooth(556, 468, 566, 440, 598, 440, 610, 460, 596, 462), umber)
	c.fill(taper(curve(566, 510, 520, 500, 470, 480, 392, 452), 15, 10), deep)
	c.fill(disc(388, 450, 8), rose)
	c.fill(dash(640, 560, 812, 640, 6), sand)
	c.fill(poly(800, 628, 850, 650, 842, 664, 796, 644), sand)
	c.fill(rect(640, 542, 44, 30), ochre)
}

// lamp is a far light with its track on the water.
func (c *canvas) lamp(x, y, r float64, col colour) {
	c.tint(disc(x, y, r*2.6), col, 60)
	c.fill(disc(x, y, r), col)
	for i := range 5 {
		f := float64(i + 1)
		c.tint(dash(x-r*(1.4-f*0.2), y+r*(1.6+f*2), x+r*(1.4-f*0.2), y+r*(1.6+f*2), max(1.2, r*0.5)), col, 150-int(f)*22)
	}
}

func drawKnot(c *canvas) {
	c.bands(band{0, ink})
	c.fill(c.swell(560, 20, 600, 0.2), 0x16293a)
	c.fill(c.swell(650, 16, 420, 0.6), night)
	rope := even(curve(
		-60, 456, 120, 446, 300, 430, 520, 436, 720, 452, 872, 424, 950, 310, 912, 180, 770, 118, 620, 170,
		536, 300, 486, 440, 400, 560, 270, 596, 178, 520, 196, 400, 300, 324, 450, 306, 640, 302, 800, 300, 960, 296, 1110, 280, 1270, 262), 12)
	c.rope(rope, 62)
	// Over and under by turns, as in every knot that is drawn with the fewest
	// crossings: the strand that runs below is covered by the other again.
	over := true
	for _, x := range meetings(rope) {
		if over {
			from, to := max(0, x-8), min(len(rope), x+9)
			c.rope(rope[from+from%2:to], 62) // in step with the lay
		}
		over = !over
	}
}

// even puts the points of a line at equal steps.
func even(line []point, step float64) []point {
	out, left := line[:1:1], step
	for i := 1; i < len(line); i++ {
		p, q := line[i-1], line[i]
		length := math.Hypot(q.x-p.x, q.y-p.y)
		for ; left <= length; left += step {
			t := left / length
			out = append(out, point{p.x + (q.x-p.x)*t, p.y + (q.y-p.y)*t})
		}
		left -= length
	}
	return out
}

// meetings lists where along the line it crosses itself, each crossing twice.
func meetings(line []point) []int {
	side := func(a, b, p point) float64 { return (b.x-a.x)*(p.y-a.y) - (b.y-a.y)*(p.x-a.x) }
	var at []int
	for i := range len(line) - 1 {
		for k := range len(line) - 1 {
			a, b, p, q := line[i], line[i+1], line[k], line[k+1]
			if max(i, k)-min(i, k) > 1 && side(a, b, p)*side(a, b, q) < 0 && side(p, q, a)*side(p, q, b) < 0 {
				at = append(at, i)
			}
		}
	}
	return at
}

// rope is a laid rope along a line, with a dark edge that parts it from what
// lies below. The edge has square ends, so that a stretch can be laid over
// the same rope without a seam.
func (c *canvas) rope(line []point, width float64) {
	c.fill(ribbon(line, width+18), night)
	c.fill(ribbon(line, width), sand)
	c.within(ribbon(line, width), func() {
		c.tint(offset(line, width*0.34, width*0.5), umber, 110)
		c.tint(offset(line, -width*0.3, width*0.18), paper, 170)
		for i := 1; i < len(line)-1; i += 2 {
			p, q := line[i-1], line[i+1]
			length := math.Hypot(q.x-p.x, q.y-p.y)
			tx, ty := (q.x-p.x)/length, (q.y-p.y)/length
			m := line[i]
			c.tint(dash(m.x-ty*width*0.6-tx*13, m.y+tx*width*0.6-ty*13, m.x+ty*width*0.6+tx*13, m.y-tx*width*0.6+ty*13, 3.5), umber, 140)
		}
	})
}

// ribbon is a line of constant width with square ends.
func ribbon(line []point, width float64) shape { return offset(line, 0, width) }

// offset is a ribbon beside a line.
func offset(line []point, by, width float64) shape {
	var s shape
	for i := range len(line) - 1 {
		a, b := normal(line, i), normal(line, i+1)
		p, q := line[i], line[i+1]
		lo, hi := by-width/2, by+width/2
		s = append(s, []point{
			{p.x + a.x*hi, p.y + a.y*hi}, {q.x + b.x*hi, q.y + b.y*hi},
			{q.x + b.x*lo, q.y + b.y*lo}, {p.x + a.x*lo, p.y + a.y*lo},
		})
	}
	return s
}

// normal points to the left of a line at its i-th point.
func normal(line []point, i int) point {
	p, q := line[max(0, i-1)], line[min(len(line)-1, i+1)]
	length := math.Hypot(q.x-p.x, q.y-p.y)
	return point{(q.y - p.y) / length, (p.x - q.x) / length}
}
