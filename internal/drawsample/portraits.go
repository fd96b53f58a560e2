package main

// portraits are the authors' pictures, as flat as paper cuts.
var portraits = []picture{
	{name: "portrait-salma-oduya", draw: portraitSalma},
	{name: "portrait-ibrahim-castellan", draw: portraitIbrahim},
	{name: "portrait-maren-ostergaard", draw: portraitMaren},
	{name: "portrait-layla-ben-youssef", draw: portraitLayla},
}

func portraitSalma(c *canvas) {
	c.bands(band{0, shoal}, band{300, sea})
	skin := colour(0x6a4330)
	c.fill(smooth(60, 440, 90, 330, 170, 296, 240, 300, 320, 340, 360, 440), rust)
	c.fill(smooth(168, 330, 176, 250, 240, 250, 244, 330), 0x5a3727)
	// A face in profile, looking to the right.
	c.fill(smooth(160, 150, 200, 120, 262, 134, 272, 168, 284, 196, 296, 222, 282, 230, 286, 246, 278, 258, 280, 274, 262, 292, 226, 286, 190, 262, 160, 220), skin)
	c.fill(smooth(96, 150, 110, 84, 170, 52, 240, 64, 280, 110, 274, 150, 214, 158, 182, 200, 168, 252, 128, 230), ochre)
	c.fill(smooth(100, 140, 70, 120, 58, 150, 84, 176, 62, 206, 96, 214, 124, 180), 0xc28a2e)
	c.fill(taper(curve(270, 140, 220, 128, 168, 150, 140, 214), 10, 5), rust)
	c.fill(taper(curve(262, 108, 200, 84, 138, 108, 112, 178), 7, 4), 0xc28a2e)
	c.fill(disc(192, 246, 9), foam)
}

func portraitIbrahim(c *canvas) {
	c.bands(band{0, sand}, band{300, 0xd6bd8a})
	skin := colour(0xa9714e)
	c.fill(smooth(40, 440, 64, 340, 140, 306, 200, 316, 260, 306, 336, 340, 360, 440), deep)
	c.fill(poly(160, 300, 240, 300, 220, 350, 200, 366, 180, 350), 0x95613f)
	c.fill(smooth(124, 180, 130, 120, 200, 96, 270, 120, 276, 180, 264, 250, 200, 296, 136, 250), skin)
	c.fill(smooth(122, 190, 140, 196, 158, 232, 200, 224, 242, 232, 260, 196, 278, 190, 272, 262, 236, 316, 200, 326, 164, 316, 128, 262), ink)
	c.fill(taper(curve(178, 250, 200, 256, 222, 250), 5, 5), 0xa9714e)
	c.fill(smooth(104, 146, 112, 92, 190, 62, 276, 80, 300, 132, 250, 138, 180, 134), umber)
	c.fill(smooth(100, 148, 160, 128, 250, 130, 304, 136, 316, 152, 240, 152, 170, 150), 0x4b2f22)
	c.fill(dash(156, 182, 180, 180, 6), ink)
	c.fill(dash(220, 180, 244, 182, 6), ink)
	c.fill(taper(curve(200, 180, 208, 212, 196, 216), 4, 4), 0x8a5a3a)
	c.fill(poly(150, 318, 200, 362, 180, 400, 130, 360), 0x183a4c)
	c.fill(poly(250, 318, 200, 362, 220, 400, 270, 360), 0x183a4c)
}

func portraitMaren(c *canvas) {
	c.bands(band{0, 0xd98f73}, band{300, 0xc97c60})
	skin := colour(0xf0cdb0)
	c.fill(smooth(44, 440, 70, 350, 140, 312, 260, 312, 330, 350, 356, 440), ink)
	c.fill(smooth(128, 200, 132, 120, 200, 90, 268, 120, 272, 200, 250, 262, 200, 290, 150, 262), skin)
	c.fill(smooth(150, 350, 146, 276, 200, 292, 254, 276, 250, 350, 200, 366), 0x24415a)
	for i := range 5 {
		x := 160 + float64(i)*20
		c.fill(rect(x-1.5, 284, 3, 70), ink)
	}
	c.fill(smooth(112, 210, 104, 130, 150, 72, 220, 62, 284, 100, 296, 170, 284, 214, 268, 160, 236, 126, 180, 138, 140, 158, 128, 210), 0xe6c878)
	c.fill(taper(curve(240, 74, 196, 96, 150, 140, 134, 176), 3, 8), 0xcfa952)
	c.fill(taper(curve(256, 84, 262, 120, 280, 160), 3, 7), 0xcfa952)
	c.fill(taper(curve(157, 206, 168, 211, 179, 206), 4, 4), 0x7a5a40)
	c.fill(taper(curve(221, 206, 232, 211, 243, 206), 4, 4), 0x7a5a40)
	c.fill(dash(152, 176, 182, 172, 5), 0xcfa952)
	c.fill(dash(218, 172, 248, 176, 5), 0xcfa952)
	c.fill(ring(168, 206, 24, 20), ink)
	c.fill(ring(232, 206, 24, 20), ink)
	c.fill(dash(191, 204, 209, 204, 4), ink)
	c.fill(taper(curve(180, 254, 200, 262, 222, 252), 5, 4), rust)
}

func portraitLayla(c *canvas) {
	c.bands(band{0, 0x3f7f7c}, band{300, 0x336b69})
	skin := colour(0xd39c74)
	hair := colour(0x241a1c)
	c.fill(smooth(92, 330, 78, 180, 116, 82, 200, 52, 284, 82, 322, 180, 308, 330, 200, 360), hair)
	c.fill(smooth(44, 440, 76, 352, 150, 322, 250, 322, 324, 352, 356, 440), paper)
	c.fill(smooth(166, 340, 172, 260, 228, 260, 234, 340, 200, 366), 0xbd8660)
	c.fill(smooth(132, 190, 140, 124, 200, 100, 260, 124, 268, 190, 248, 258, 200, 290, 152, 258), skin)
	c.fill(smooth(126, 210, 124, 130, 190, 84, 206, 96, 176, 140, 148, 160), hair)
	c.fill(smooth(274, 210, 276, 130, 216, 84, 200, 96, 226, 136, 254, 160), hair)
	c.fill(ring(128, 262, 20, 13), ochre)
	c.fill(ring(272, 262, 20, 13), ochre)
	c.fill(taper(curve(154, 182, 168, 174, 184, 180), 3, 6), hair)
	c.fill(taper(curve(246, 182, 232, 174, 216, 180), 3, 6), hair)
	c.fill(taper(curve(158, 200, 170, 206, 182, 200), 4, 4), hair)
	c.fill(taper(curve(218, 200, 230, 206, 242, 200), 4, 4), hair)
	c.fill(taper(curve(182, 250, 200, 258, 220, 248), 6, 5), 0xa94a3f)
	for i := range 9 {
		x := 104 + float64(i)*24
		c.fill(poly(x-8, 372, x, 360, x+8, 372, x, 384), rust)
	}
}
