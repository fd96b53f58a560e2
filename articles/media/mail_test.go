package media

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"

	scaling "golang.org/x/image/draw"
)

func TestWideImagesAreMailedSmaller(t *testing.T) {
	m := colourful(1500, 101)
	for _, c := range []struct {
		data []byte
		mime string
	}{
		{chattyPNG(m), "image/png"},
		{encodedJPEG(m), "image/jpeg"},
	} {
		p := published(t, "harbour", c.data)
		got := p.Image.Mail
		if p.Image.Width != 1500 || got == nil || got.Type != c.mime || got.Width != 1200 || got.Height != 81 {
			t.Fatalf("%+v, in mails %+v", p.Image, got)
		}
		if p.Image.Bytes <= got.Bytes && c.mime == "image/jpeg" {
			t.Errorf("the form for mails has %d bytes, the public one %d", got.Bytes, p.Image.Bytes)
		}
	}
}

func TestImagesThatFitAreMailedAsTheyAre(t *testing.T) {
	for _, width := range []int{1, 600, 1200} {
		p := published(t, "dial.png", encodedPNG(colourful(width, 5)))
		if len(p.Files) != 1 || p.Image.Mail.Src != p.Image.Src {
			t.Errorf("%d wide: %d files", width, len(p.Files))
		}
	}
	if p := published(t, "dial.png", encodedPNG(colourful(1201, 5))); len(p.Files) != 2 {
		t.Error("1201 wide: no form for mails of its own")
	}
	if p := published(t, "line.png", encodedPNG(colourful(3000, 1))); p.Image.Mail.Height != 1 {
		t.Errorf("a line is mailed %d high", p.Image.Mail.Height)
	}
}

// The strips are invisible: the result is that of scaling in one piece, but
// for rounding between the two directions.
func TestShrunkInStripsIsAsInOnePiece(t *testing.T) {
	m := image.NewNRGBA(image.Rect(5, 7, 5+1300, 7+700))
	draw.Draw(m, m.Bounds(), colourful(1300, 700), image.Point{}, draw.Src)
	for x := 5; x < 1305; x++ { // hard edges beside the seams
		for y := 250; y < 275; y += 4 {
			m.Set(x, y, color.Black)
		}
	}
	got := shrunk(m, 600)
	want := image.NewRGBA(got.Bounds())
	scaling.CatmullRom.Scale(want, want.Bounds(), m, m.Bounds(), scaling.Src, nil)
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if !near(got.At(x, y), want.At(x, y), 3) {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, got.At(x, y), want.At(x, y))
			}
		}
	}
}

func TestColourProfileGoesIntoMails(t *testing.T) {
	icc := profile("RGB ", 300)
	data, err := encodePNG(colourful(1300, 20), icc)
	if err != nil {
		t.Fatal(err)
	}
	p := published(t, "chart.png", data)
	c, err := cleanPNG(p.Files[1].Data)
	if err != nil || !bytes.Equal(c.icc, icc) {
		t.Errorf("the profile is gone (%v)", err)
	}
	grey, err := encodePNG(colourful(1300, 20), profile("GRAY", 300))
	if err != nil {
		t.Fatal(err)
	}
	if p := published(t, "chart.png", grey); strings.Contains(chunkNames(p.Files[1].Data), "iCCP") {
		t.Error("a profile for grey was given to an image in colour")
	}
}

func TestTransparencyIsKeptInMails(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2400, 10))
	draw.Draw(m, image.Rect(0, 0, 1200, 10), image.NewUniform(color.NRGBA{200, 0, 0, 128}), image.Point{}, draw.Src)
	mailed := decodedPNG(t, published(t, "seal.png", encodedPNG(m)).Files[1].Data)
	if got := mailed.At(300, 2); !near(got, color.NRGBA{200, 0, 0, 128}, 2) {
		t.Errorf("the red half is %v", got)
	}
	if got := mailed.At(900, 2); !near(got, color.Transparent, 0) {
		t.Errorf("the clear half is %v", got)
	}
}
