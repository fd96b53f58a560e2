package digests

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// colours are the values that pages give to their custom properties. Mails
// have them written out: mail programs know no custom properties.
type colours struct {
	Paper, Ink, Quiet, Hairline, Accent string
}

var (
	light = colours{Paper: "#fdfcf9", Ink: "#1c1b19", Quiet: "#625d54", Hairline: "#dcd6ca", Accent: "#0b5a70"}
	dark  = colours{Paper: "#14171a", Ink: "#e4e1da", Quiet: "#a29d93", Hairline: "#31363b", Accent: "#86c3d6"}
)

var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// palettes are the colours for light and dark, with the publication's accent
// (#rrggbb; anything else: our own) darkened or lightened until it can be read
// on each paper.
func palettes(accent string) (colours, colours) {
	day, night := light, dark
	if hexColour.MatchString(accent) {
		day.Accent = readable(accent, day.Paper, 0)
		night.Accent = readable(accent, night.Paper, 255)
	}
	return day, night
}

// readable mixes a colour with black (0) or white (255) until its contrast on
// paper is at least 4.5:1 (WCAG 2.2, 1.4.3).
func readable(colour, paper string, towards float64) string {
	from := rgb(colour)
	for step := 0.0; ; step += 0.05 {
		var mixed [3]float64
		for i := range from {
			mixed[i] = math.Round(from[i] + (towards-from[i])*min(step, 1))
		}
		if contrast(mixed, rgb(paper)) >= 4.5 || step >= 1 {
			return fmt.Sprintf("#%02x%02x%02x", int(mixed[0]), int(mixed[1]), int(mixed[2]))
		}
	}
}

func rgb(colour string) (channels [3]float64) {
	for i := range channels {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // hexColour has seen it
		channels[i] = float64(n)
	}
	return channels
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(channels [3]float64) float64 {
	sum := 0.0
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		c := channels[i] / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
