package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// images is where the committed pictures stand, from this folder.
var images = filepath.Join("..", "..", "sample", "images")

// maxBytes keeps a page and a digest of the sample light.
const maxBytes = 60_000

// packer is the Go release whose compressor packed the committed files. The
// pixels are the same with any; the bytes need not be.
const packer = "go1.26"

func TestCommittedImagesAreWhatIsDrawn(t *testing.T) {
	for _, p := range pictures() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			drawn, err := p.render()
			if err != nil {
				t.Fatal(err)
			}
			committed, err := os.ReadFile(filepath.Join(images, p.name+".png"))
			if err != nil {
				t.Fatal(err)
			}
			if len(committed) >= maxBytes {
				t.Errorf("%d bytes, want fewer than %d", len(committed), maxBytes)
			}
			if bytes.Equal(drawn, committed) {
				return
			}
			if !samePixels(t, drawn, committed) {
				t.Fatal("not what the program draws: run `go run ./internal/drawsample` from the module's root")
			}
			if strings.HasPrefix(runtime.Version(), packer) {
				t.Error("same pixels in other bytes: run `go run ./internal/drawsample` from the module's root")
			}
		})
	}
}

func samePixels(t *testing.T, a, b []byte) bool {
	t.Helper()
	x, y := decode(t, a), decode(t, b)
	return x.Rect == y.Rect && bytes.Equal(x.Pix, y.Pix) && slices.Equal(x.Palette, y.Palette)
}

func decode(t *testing.T, data []byte) *image.Paletted {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	paletted, ok := img.(*image.Paletted)
	if !ok {
		t.Fatalf("decoded as %T, want a palette", img)
	}
	return paletted
}

// A picture that no longer has a drawing would stay behind unseen.
func TestNoOtherImages(t *testing.T) {
	entries, err := os.ReadDir(images)
	if err != nil {
		t.Fatal(err)
	}
	var found, drawn []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	for _, p := range pictures() {
		drawn = append(drawn, p.name+".png")
	}
	slices.Sort(drawn)
	if !slices.Equal(found, drawn) {
		t.Errorf("sample/images has\n%v, want\n%v", found, drawn)
	}
}

// Every picture that the sample's texts name must be there.
func TestTextsNameOnlyWhatIsDrawn(t *testing.T) {
	named := map[string]bool{}
	root := filepath.Join("..", "..", "sample")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".png" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, part := range strings.Split(string(text), "images/")[1:] {
			if name, _, ok := strings.Cut(part, ".png"); ok && !strings.ContainsAny(name, " \n`*") {
				named[name] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures() {
		if !named[p.name] {
			t.Errorf("no text shows %s", p.name)
		}
		delete(named, p.name)
	}
	for name := range named {
		t.Errorf("a text shows %s, which nothing draws", name)
	}
}

func TestCoverage(t *testing.T) {
	tests := []struct {
		name  string
		shape shape
		want  map[int]int // index on a canvas of 4 × 4 to coverage
	}{
		{"a pixel", rect(1, 1, 1, 1), map[int]int{5: full}},
		{"half across", rect(1.5, 1, 1, 1), map[int]int{5: full / 2, 6: full / 2}},
		{"half down", rect(1, 1.5, 1, 1), map[int]int{5: full / 2, 9: full / 2}},
		{"triangle", poly(0, 0, 1, 0, 0, 1), map[int]int{0: full / 2}},
		{"over the edge", rect(-3, -3, 4, 4), map[int]int{0: full}},
		{"twice the same counts once", join(rect(2, 2, 1, 1), rect(2, 2, 1, 1)), map[int]int{10: full}},
		{"a hole turns the other way", join(rect(0, 0, 3, 1), poly(1, 0, 1, 1, 2, 1, 2, 0)), map[int]int{0: full, 2: full}},
		{"outside", rect(9, 9, 2, 2), map[int]int{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCanvas(4, 4)
			got := map[int]int{}
			c.scan(test.shape, func(i, cover int) { got[i] = cover })
			for i := range 16 {
				if got[i] != test.want[i] {
					t.Errorf("pixel %d: coverage %d, want %d", i, got[i], test.want[i])
				}
			}
		})
	}
}

func TestWithinLeavesTheRest(t *testing.T) {
	c := newCanvas(4, 1)
	c.within(rect(1, 0, 2, 1), func() { c.fill(rect(0, 0, 4, 1), paper) })
	if want := []colour{0, paper, paper, 0}; !slices.Equal(c.pix, want) {
		t.Errorf("pixels %06x, want %06x", c.pix, want)
	}
}
