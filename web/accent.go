package web

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"postrider/magazine"
)

// colour is an sRGB colour, each channel from 0 to 1.
type colour [3]float64

// The papers of style.css and its accent.
var (
	white         = colour{1, 1, 1}
	lightPaper    = mustColour("#fdfcf9")
	darkPaper     = mustColour("#14171a")
	defaultAccent = mustColour("#0b5a70")
)

// readable is the least contrast of text on paper (WCAG 2.2, 1.4.3).
const readable = 4.5

func parseColour(s string) (colour, error) {
	digits, ok := strings.CutPrefix(s, "#")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != 3 {
		return colour{}, magazine.Errorf(magazine.Invalid, "the accent %q is no colour; write it as #0b5a70", s)
	}
	return colour{float64(b[0]) / 255, float64(b[1]) / 255, float64(b[2]) / 255}, nil
}

func mustColour(s string) colour {
	c, err := parseColour(s)
	if err != nil {
		panic(err)
	}
	return c
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", byte(math.Round(c[0]*255)), byte(math.Round(c[1]*255)), byte(math.Round(c[2]*255)))
}

// luminance is the relative luminance of WCAG 2.2.
func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// readableOn is the colour nearest to c, on the way to black or white, that
// can be read as text on paper: darkened on a light one, lightened on a dark one.
func (c colour) readableOn(paper colour) colour {
	end := colour{}
	if paper.luminance() < 0.18 {
		end = white
	}
	for step := 0.0; step < 1; step += 0.02 {
		var mixed colour
		for i := range mixed {
			mixed[i] = c[i] + (end[i]-c[i])*step
		}
		if rounded := mustColour(mixed.String()); contrast(rounded, paper) >= readable {
			return rounded
		}
	}
	return end
}
