package main

import "math"

// The lead images of the number called The Turn of the Wind.

func drawWinds(c *canvas) {
	c.bands(band{0, 0xe9c57e}, band{200, 0xeed199}, band{360, 0xf3dfb6}, band{480, paper})
	for i := range 7 {
		f := float64(i)
		y := 60 + f*58
		c.tint(taper(curve(-40, y+60, 200, y-6, 420, y+34, 640, y+6, 900, y-30+f*4, 1240, y+30), 3, 11), 0xfffdf4, 190)
	}
	c.fill(rect(0, 560, 1200, 200), shoal)
	c.glints(600, 420, 568, 660, 81, foam, 130)
	c.dhow(330, 622, 1.45, rust)
	dhow{hull: ink, sail: foam}.paint(c, 880, 608, -1.25)
	c.fill(c.swell(640, 9, 300, 0.2), sea)
	c.fill(c.swell(690, 9, 240, 0.7), deep)
}

func drawFerry(c *canvas) {
	const water = 400.0
	c.bands(band{0, 0x8fb9b8}, band{110, mist}, band{220, 0xe9d8c0}, band{310, 0xf0c3a4})
	c.fill(disc(960, 372, 58), 0xfff3da)
	c.fill(rect(0, water, 1200, 360), 0xbfcfc2)
	c.fill(rect(0, 520, 1200, 240), 0xa3c2bd)
	c.fill(rect(0, 640, 1200, 120), 0x84adac)
	var trees []point
	for x := -20.0; x <= 1220; x += 14 {
		trees = append(trees, point{x, 372 - 20*math.Abs(math.Sin(x/47)) - 12*math.Abs(math.Sin(x/19)) + math.Max(0, (x-620)/14)})
	}
	c.within(rect(0, 0, 1200, water), func() { c.fill(c.under(trees), forest) })
	c.glints(960, 50, water+6, 720, 91, 0xfff3da, 200)
	c.tint(smooth(140, 600, 300, 640, 620, 660, 960, 630, 1080, 596, 700, 590, 300, 588), deep, 110) // reflection
	people := []colour{rust, ink, ochre, forest, 0x9b4a63, paper, deep, umber, ochre, rust, ink, 0x9b4a63, sea}
	for i, col := range people {
		x := 250 + float64(i)*54
		y := 476 + 6*math.Sin(float64(i)*2.1)
		c.fill(smooth(x-25, 560, x-23, y+32, x-10, y+16, x+10, y+16, x+23, y+32, x+25, 560), col)
		c.fill(disc(x, y, 17), []colour{0x6b4632, 0x54331f, 0x7d5239}[i%3])
		switch i % 4 {
		case 0: // a shawl
			c.fill(smooth(x-21, y+18, x-18, y-14, x, y-23, x+18, y-14, x+21, y+18, x+12, y-2, x, y-10, x-12, y-2), col)
		case 1: // a cap
			c.fill(smooth(x-16, y-6, x-13, y-22, x+13, y-22, x+16, y-6), foam)
		}
	}
	c.fill(smooth(232, 536, 240, 508, 276, 508, 284, 536), sand) // baskets
	c.fill(smooth(300, 540, 306, 516, 340, 516, 346, 540), 0xcbb07a)
	// The captain on his stool.
	c.fill(smooth(968, 548, 972, 470, 990, 450, 1012, 470, 1016, 548), ink)
	c.fill(disc(992, 432, 19), 0x54331f)
	c.fill(smooth(973, 428, 976, 410, 1006, 408, 1014, 424), rust)
	c.fill(dash(1006, 490, 1060, 520, 12), ink)
	c.fill(dash(1056, 540, 1092, 494, 7), umber)
	c.fill(shape{append(curve(92, 506, 300, 546, 700, 552, 960, 546, 1112, 520), curve(1080, 600, 900, 618, 400, 616, 190, 596)...)}, ink)
	c.fill(stroke(curve(92, 506, 300, 546, 700, 552, 960, 546, 1112, 520), 8), ochre)
	c.fill(stroke(curve(150, 570, 400, 588, 800, 590, 1080, 572), 5), rust)
	for _, x := range []float64{226, 470, 720, 946} {
		c.fill(rect(x, 352, 7, 190), umber)
	}
	awning := shape{append(curve(190, 362, 400, 338, 760, 336, 996, 356), curve(1002, 380, 760, 362, 400, 364, 186, 388)...)}
	c.fill(awning, foam)
	c.within(awning, func() {
		for x := 200.0; x < 1000; x += 68 {
			c.fill(rect(x, 320, 34, 80), shoal)
		}
		c.fill(rect(608, 320, 70, 80), sand) // the rice sack
	})
	for i := range 7 {
		y := 650 + float64(i)*14
		c.tint(dash(150+float64(i)*40, y, 420+float64(i)*70, y, 3), foam, 120)
	}
}

func drawBlueBoats(c *canvas) {
	c.bands(band{0, 0xbfd6d6}, band{120, 0xd3e0da}, band{220, foam})
	c.fill(rect(0, 210, 1200, 200), 0xd8b483) // the wall
	for x := -10.0; x < 1200; x += 62 {
		c.fill(rect(x, 186, 38, 30), 0xd8b483)
	}
	for i := range 90 {
		n := noise(i*5, i*11)
		c.tint(rect(float64(n%1180), 226+float64(n>>11%170), 26+float64(n>>20%30), 9), 0xb98e5e, 90)
	}
	c.fill(rect(820, 70, 170, 340), 0xcfa672)
	c.fill(rect(940, 70, 50, 340), 0xb98e5e)
	for x := 812.0; x < 990; x += 40 {
		c.fill(rect(x, 42, 26, 36), 0xcfa672)
	}
	c.fill(rect(808, 74, 194, 12), 0xb98e5e)
	c.fill(join(rect(872, 150, 26, 50), disc(885, 150, 13)), umber)
	c.fill(join(rect(150, 300, 84, 110), disc(192, 300, 42)), umber)
	c.fill(rect(0, 400, 1200, 360), deep)
	c.glints(600, 560, 404, 440, 101, shoal, 120)
	c.gull(300, 120, 34, paper)
	c.gull(370, 92, 24, paper)
	c.gull(640, 130, 40, paper)
	c.gull(1090, 110, 28, paper)
	for row := range 4 {
		y := 446 + float64(row)*74
		size := 0.72 + float64(row)*0.2
		step := 168 * size
		for x := -70 - float64(row%2)*step*0.45; x < 1290; x += step {
			c.blueBoat(x, y, size)
		}
	}
}

// blueBoat is a small boat seen from the side, bow to the right.
func (c *canvas) blueBoat(x, y, size float64) {
	at := func(s shape) shape { return s.moved(x, y).scaled(x, y, size) }
	hull := shape{append(curve(-84, -16, -40, -4, 20, -6, 92, -40), curve(70, 30, 40, 40, -50, 40, -72, 30)...)}
	c.fill(at(hull), blue)
	c.within(at(hull), func() {
		c.fill(at(rect(-100, 20, 220, 40)), 0x1d4680)
		c.tint(at(rect(-100, -50, 40, 100)), night, 40)
	})
	c.fill(at(stroke(curve(-84, -16, -40, -4, 20, -6, 92, -40), 5)), foam)
	c.fill(at(stroke(curve(-76, 0, -30, 8, 30, 6, 86, -22), 2.5)), ochre)
	c.fill(at(dash(-10, -6, -10, -38, 4)), umber)
	c.fill(at(rect(-46, -24, 22, 16)), blue)
	c.fill(at(rect(-46, -26, 22, 4)), foam)
}

func drawBell(c *canvas) {
	c.bands(band{0, 0xd7d3c6}, band{150, 0xdfdbce}, band{300, 0xe8e4d8})
	c.fill(disc(270, 190, 70), 0xf3efe2)
	c.fill(smooth(-100, 470, 120, 330, 330, 420, 520, 350, 760, 430, 1000, 300, 1300, 420, 1300, 800, -100, 800), 0xc3c8c0)
	c.fill(c.swell(470, 14, 700, 0.3), 0xe0e0d6)
	c.fill(smooth(-100, 600, 160, 470, 420, 540, 640, 500, 1300, 560, 1300, 820, -100, 820), 0xa5b3ae)
	c.fill(c.swell(560, 12, 520, 0.8), 0xd2d7cf)
	c.fill(smooth(360, 800, 420, 650, 560, 590, 700, 574, 860, 584, 1010, 640, 1300, 700, 1300, 860, 300, 860), forest)
	c.fill(smooth(640, 620, 760, 590, 900, 610, 1000, 660, 860, 640), 0x4b7160)
	// The bell under its roof.
	for _, x := range []float64{610, 894} {
		c.fill(rect(x, 292, 18, 320), 0x4a3226)
		c.fill(rect(x+11, 292, 7, 320), 0x372319)
		c.fill(poly(x-16, 618, x+34, 618, x+26, 596, x-8, 596), 0x8b9088)
	}
	c.fill(rect(580, 318, 362, 16), 0x4a3226)
	roof := shape{append(append(curve(520, 310, 590, 270, 650, 210, 690, 172), curve(832, 172, 872, 210, 932, 270, 1002, 310)...), point{990, 322}, point{532, 322})}
	c.fill(roof, ink)
	c.within(roof, func() {
		for i := range 13 {
			x := 548 + float64(i)*35.5
			c.fill(dash(x, 330, 761+(x-761)*0.34, 168, 4), 0x2d4a60)
		}
	})
	c.fill(rect(676, 158, 170, 18), ink)
	c.fill(rect(752, 330, 18, 24), 0x372319)
	bell := shape{append(curve(690, 552, 700, 500, 702, 420, 722, 366, 761, 348), curve(761, 348, 800, 366, 820, 420, 822, 500, 832, 552)...)}
	c.fill(bell, 0x8a6a35)
	c.within(bell, func() {
		c.fill(smooth(700, 560, 712, 440, 738, 360, 752, 420, 742, 560), 0xc39a50)
		c.tint(rect(795, 340, 60, 220), night, 60)
		for _, y := range []float64{404, 416, 508} {
			c.fill(rect(680, y, 170, 4), 0x5f4723)
		}
		c.fill(disc(761, 464, 20), 0x5f4723)
		c.fill(disc(761, 464, 14), 0xc39a50)
	})
	c.fill(rect(684, 546, 154, 12), 0x5f4723)
	c.fill(dash(924, 430, 924, 520, 3), 0x372319) // the mallet on its cord
	c.fill(rect(906, 516, 36, 22), umber)
	c.tint(smooth(-80, 676, 200, 640, 460, 668, 760, 646, 1280, 690, 1280, 720, 760, 690, 300, 704, -80, 716), 0xf3efe2, 190)
	c.tint(smooth(-80, 740, 260, 712, 620, 730, 1280, 706, 1280, 800, -80, 800), 0xf3efe2, 170)
}

func drawAuction(c *canvas) {
	c.bands(band{0, 0x6d8f97})
	c.glints(600, 900, 0, 760, 121, 0x7d9ea4, 200)
	const cols, rows, w, h = 4, 3, 268.0, 208.0
	kinds := []colour{0x9fb6b4, 0xd9b7a2, 0x8ea2a9, 0xc9c2a4}
	for row := range rows {
		for col := range cols {
			x, y := 46+float64(col)*(w+12), 44+float64(row)*(h+18)
			c.fill(rect(x+8, y+10, w, h), 0x4f727b)
			c.fill(rect(x, y, w, h), blue)
			c.fill(rect(x+12, y+12, w-24, h-24), foam)
			for i := range 14 { // crushed ice
				n := noise(i+row*131, i*3+col*71)
				px, py := x+20+float64(n%uint32(w-48)), y+20+float64(n>>10%uint32(h-44))
				c.tint(poly(px, py, px+12, py-5, px+16, py+5, px+5, py+9), mist, 150)
			}
			if row == 1 && col == 2 {
				c.spotted(x+w/2, y+h/2)
				continue
			}
			for i := range 2 {
				fy := y + 60 + float64(i)*88
				body := kinds[(row*5+col*3)%4]
				c.fish(x+w/2+float64(i%2)*8-4, fy+5, 0.6, 1, blend(body, ink, 110))
				c.fish(x+w/2+float64(i%2)*8-4, fy, 0.6, 1, body)
				c.fill(disc(x+w/2+66+float64(i%2)*8, fy-5, 4), ink)
				c.tint(taper(curve(x+w/2-50, fy-1, x+w/2, fy-4, x+w/2+40, fy-3), 2, 3), ink, 80)
			}
		}
	}
}

// spotted is the fish that lies the wrong way round.
func (c *canvas) spotted(x, y float64) {
	c.fish(x-4, y+6, 0.72, -1, 0x7d3423)
	c.fish(x-4, y, 0.72, -1, rust)
	c.fill(smooth(x-108, y, x-70, y-46, x+10, y-56, x+60, y-20, x+60, y+22, x+10, y+54, x-70, y+44), rust)
	for i := range 16 {
		n := noise(i*3+1, i*17)
		c.fill(disc(x-50+float64(n%110), y-30+float64(n>>9%60), 3+float64(n>>18%4)), 0x7d3423)
	}
	c.fill(disc(x-82, y-12, 9), foam)
	c.fill(disc(x-84, y-12, 5), ink)
	c.fill(taper(curve(x-108, y+10, x-92, y+18, x-76, y+14), 4, 2), 0x5a2418)
}
