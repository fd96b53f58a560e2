// Drawsample draws the pictures of the sample publication into sample/images.
//
// Everything is made of flat shapes in few colours, so that the files stay
// small, and a little grain, so that the large areas do not look like plastic.
// The drawing is deterministic: shapes are rounded to 1/64 of a pixel and
// filled in integers, and what looks random comes from fixed seeds. Run it
// from the module's root after a change:
//
//	go run ./internal/drawsample
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// A picture is one file of sample/images: its name without ".png", its size
// in pixels and how it is drawn.
type picture struct {
	name          string
	width, height int
	draw          func(*canvas)
}

// pictures lists all that the sample shows.
func pictures() []picture {
	var all []picture
	for _, p := range leads {
		p.width, p.height = 1200, 750
		all = append(all, p)
	}
	for _, p := range covers {
		p.width, p.height = 900, 1200
		all = append(all, p)
	}
	for _, p := range portraits {
		p.width, p.height = 400, 400
		all = append(all, p)
	}
	return append(all, picture{"tide-curve", 1200, 600, drawTideCurve})
}

// render draws a picture and packs it as PNG.
func (p picture) render() ([]byte, error) {
	c := newCanvas(p.width, p.height)
	p.draw(c)
	return c.png()
}

func run(folder string) error {
	for _, p := range pictures() {
		data, err := p.render()
		if err != nil {
			return fmt.Errorf("pack %s: %w", p.name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, p.name+".png"), data, 0o644); err != nil {
			return fmt.Errorf("write picture: %w", err)
		}
	}
	return nil
}

func main() {
	if err := run(filepath.Join("sample", "images")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
