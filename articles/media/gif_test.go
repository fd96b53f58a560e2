package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"testing"

	"golang.org/x/image/draw"
)

func encodedGIF(g *gif.GIF) []byte {
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// film is a GIF of so many images.
func film(frames int, canvas, frame image.Rectangle) *gif.GIF {
	g := &gif.GIF{Config: image.Config{Width: canvas.Dx(), Height: canvas.Dy()}}
	for i := range frames {
		m := image.NewPaletted(frame, palette.Plan9)
		draw.Draw(m, frame, colourful(canvas.Dx(), canvas.Dy()), image.Pt(frame.Min.X, frame.Min.Y), draw.Src)
		m.Pix[0] = uint8(i)
		g.Image = append(g.Image, m)
		g.Delay = append(g.Delay, 10)
	}
	return g
}

func extension(label byte, blocks ...string) string {
	s := "\x21" + string([]byte{label})
	for _, b := range blocks {
		s += string([]byte{byte(len(b))}) + b
	}
	return s + "\x00"
}

// chattyGIF has a comment, XMP, plain text, and something behind its end.
func chattyGIF(frames int) []byte {
	data := encodedGIF(film(frames, image.Rect(0, 0, 12, 9), image.Rect(0, 0, 12, 9)))
	at := 13 + colourTable(data[10])
	extra := extension(0xfe, secret, secret) + extension(0xff, "XMP DataXMP", "<x>"+secret+"</x>") + extension(0x01, "123456789012", secret)
	return append(append(bytes.Clone(data[:at]), extra...), string(data[at:])+secret...)
}

func TestGIFLosesMetadataOnly(t *testing.T) {
	for frames := 1; frames <= 3; frames++ {
		data := chattyGIF(frames)
		p := published(t, "wave.gif", data)
		got := p.Files[0].Data
		if bytes.Contains(got, []byte(secret)) || bytes.Contains(got, []byte("XMP")) {
			t.Error("metadata is left")
		}
		want, err := gif.DecodeAll(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		all, err := gif.DecodeAll(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		if len(all.Image) != frames || all.LoopCount != want.LoopCount || all.Delay[0] != 10 {
			t.Errorf("%d images, %d repeats, delays %v", len(all.Image), all.LoopCount, all.Delay)
		}
		for i := range all.Image {
			samePixels(t, all.Image[i], want.Image[i])
		}
		if p.Image.Mail == nil || p.Image.Mail.Src != p.Image.Src {
			t.Errorf("mails do not show the same file: %+v", p.Image.Mail)
		}
	}
}

func TestWideGIFIsMailedAsItsFirstImage(t *testing.T) {
	canvas, frame := image.Rect(0, 0, 2400, 40), image.Rect(1200, 0, 2400, 40)
	p := published(t, "wave.gif", encodedGIF(film(2, canvas, frame)))
	m := p.Image.Mail
	if p.Image.Type != "image/gif" || m == nil || m.Type != "image/png" || m.Width != 1200 || m.Height != 20 {
		t.Fatalf("%+v, in mails %+v", p.Image, m)
	}
	mailed := decodedPNG(t, p.Files[1].Data)
	if got := mailed.At(300, 10); !near(got, color.Transparent, 1) {
		t.Errorf("beside the image there is %v", got)
	}
	if got := mailed.At(900, 10); !near(got, color.NRGBA{191, 127, 0, 255}, 255) || near(got, color.Transparent, 200) {
		t.Errorf("in the image there is %v", got)
	}
}

func TestGIFThatIsBroken(t *testing.T) {
	data := chattyGIF(2)
	cutAnywhere(t, "cut.gif", data[:len(data)-len(secret)])
	bomb := bytes.Clone(data)
	binary.LittleEndian.PutUint16(bomb[6:], 60_000)
	binary.LittleEndian.PutUint16(bomb[8:], 60_000)
	refused(t, "bomb.gif", bomb, "more than 50 million")
	small := bytes.Clone(data)
	small[6], small[8] = 2, 2
	refused(t, "outside.gif", small, "cannot be used")
	at := 13 + colourTable(data[10])
	refused(t, "none.gif", append(bytes.Clone(data[:at]), gifTrailer), "no image")
	refused(t, "block.gif", append(bytes.Clone(data[:at]), 0x99), "unknown kind")
	refused(t, "html.gif", []byte("GIF89a<html><script>alert(1)</script>"), "cannot be used")
}
