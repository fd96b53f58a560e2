package main

import "math"

// A point is a place on the canvas in pixels, y downwards.
type point struct{ x, y float64 }

// A shape is a set of closed contours.
type shape [][]point

// units rounds a coordinate to the grid that shapes are filled on.
func units(v float64) int { return int(math.Round(v * unit)) }

// join makes one shape of several.
func join(shapes ...shape) shape {
	var all shape
	for _, s := range shapes {
		all = append(all, s...)
	}
	return all
}

func rect(x, y, w, h float64) shape {
	return shape{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}}
}

// poly is a polygon through x, y, x, y, …
func poly(xy ...float64) shape { return shape{points(xy...)} }

func points(xy ...float64) []point {
	line := make([]point, 0, len(xy)/2)
	for i := 0; i+1 < len(xy); i += 2 {
		line = append(line, point{xy[i], xy[i+1]})
	}
	return line
}

func disc(x, y, r float64) shape { return ellipse(x, y, r, r) }

func ellipse(x, y, rx, ry float64) shape { return shape{arc(x, y, rx, ry, 0, 360)} }

// arc is the line along an ellipse from one angle to another, in degrees
// clockwise from the right.
func arc(x, y, rx, ry, from, to float64) []point {
	steps := max(12, int(math.Abs(to-from)/360*math.Sqrt(max(rx, ry))*8))
	line := make([]point, 0, steps+1)
	for i := range steps + 1 {
		a := (from + (to-from)*float64(i)/float64(steps)) * math.Pi / 180
		line = append(line, point{x + rx*math.Cos(a), y + ry*math.Sin(a)})
	}
	return line
}

// ring is a disc with a hole.
func ring(x, y, outer, inner float64) shape {
	return shape{arc(x, y, outer, outer, 0, 360), arc(x, y, inner, inner, 360, 0)}
}

// crescent is what a disc leaves uncovered of another: the disc at x, y with
// radius r, less one of the same size moved by dx.
func crescent(x, y, r, dx float64) shape {
	half := math.Acos(dx/2/r) * 180 / math.Pi // where the two circles meet
	lit := arc(x, y, r, r, half, 360-half)
	return shape{append(lit, arc(x+dx, y, r, r, 180+half, 180-half)...)}
}

// smooth is a closed round shape through the given points.
func smooth(xy ...float64) shape { return shape{spline(points(xy...), true)} }

// curve is an open round line through the given points.
func curve(xy ...float64) []point { return spline(points(xy...), false) }

// spline runs a Catmull-Rom curve through the points.
func spline(p []point, closed bool) []point {
	const steps = 16
	n := len(p)
	at := func(i int) point {
		if closed {
			return p[(i+n)%n]
		}
		return p[min(max(i, 0), n-1)]
	}
	spans := n - 1
	if closed {
		spans = n
	}
	var line []point
	for i := range spans {
		a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
		for k := range steps {
			t := float64(k) / steps
			line = append(line, point{catmull(a.x, b.x, c.x, d.x, t), catmull(a.y, b.y, c.y, d.y, t)})
		}
	}
	if !closed {
		line = append(line, p[n-1])
	}
	return line
}

func catmull(a, b, c, d, t float64) float64 {
	return b + t*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))/2
}

// stroke is a line of constant width with round ends.
func stroke(line []point, width float64) shape { return taper(line, width, width) }

// taper is a line whose width goes from one value to another.
func taper(line []point, from, to float64) shape {
	var s shape
	n := float64(max(1, len(line)-1))
	for i, p := range line {
		r := (from + (to-from)*float64(i)/n) / 2
		s = append(s, arc(p.x, p.y, r, r, 0, 360))
		if i == 0 {
			continue
		}
		q := line[i-1]
		length := math.Hypot(p.x-q.x, p.y-q.y)
		if length == 0 {
			continue
		}
		before := (from + (to-from)*float64(i-1)/n) / 2
		nx, ny := (p.y-q.y)/length, (q.x-p.x)/length
		// Clockwise like the discs, so that overlaps add up and do not cancel.
		s = append(s, []point{
			{q.x + nx*before, q.y + ny*before}, {p.x + nx*r, p.y + ny*r},
			{p.x - nx*r, p.y - ny*r}, {q.x - nx*before, q.y - ny*before},
		})
	}
	return s
}

// dash is a straight stroke.
func dash(x0, y0, x1, y1, width float64) shape { return stroke(points(x0, y0, x1, y1), width) }

// swell is the water below a wave: its mean height y, how far it rises, from
// crest to crest, and where it starts, as a part of a wave.
func (c *canvas) swell(y, rise, length, start float64) shape {
	line := c.wave(y, rise, length, start)
	w, h := float64(c.w), float64(c.h)
	return shape{append(line, point{w + 20, h + 20}, point{-20, h + 20})}
}

// wave is a swell's surface.
func (c *canvas) wave(y, rise, length, start float64) []point {
	var line []point
	for x := -20.0; x <= float64(c.w)+20; x += 6 {
		line = append(line, point{x, y - rise*math.Sin(2*math.Pi*(x/length+start))})
	}
	return line
}

// under is the area below a line down to the canvas's foot.
func (c *canvas) under(line []point) shape {
	h := float64(c.h) + 20
	contour := append([]point(nil), line...)
	return shape{append(contour, point{line[len(line)-1].x, h}, point{line[0].x, h})}
}

// moved shifts a shape.
func (s shape) moved(dx, dy float64) shape {
	return s.mapped(func(p point) point { return point{p.x + dx, p.y + dy} })
}

// mirrored turns a shape over at the upright line x.
func (s shape) mirrored(x float64) shape {
	return s.mapped(func(p point) point { return point{2*x - p.x, p.y} })
}

// scaled grows a shape about a point.
func (s shape) scaled(x, y, by float64) shape {
	return s.mapped(func(p point) point { return point{x + (p.x-x)*by, y + (p.y-y)*by} })
}

// turned rotates a shape about a point by degrees, clockwise.
func (s shape) turned(x, y, degrees float64) shape {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return s.mapped(func(p point) point {
		dx, dy := p.x-x, p.y-y
		return point{x + dx*cos - dy*sin, y + dx*sin + dy*cos}
	})
}

func (s shape) mapped(f func(point) point) shape {
	out := make(shape, len(s))
	for i, contour := range s {
		out[i] = make([]point, len(contour))
		for k, p := range contour {
			out[i][k] = f(p)
		}
	}
	return out
}
