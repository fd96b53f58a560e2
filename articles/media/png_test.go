package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

func encodedPNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func decodedPNG(t *testing.T, data []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// withChunks puts chunks, name and content in turn, behind a PNG's header.
func withChunks(data []byte, chunks ...string) []byte {
	out := bytes.Clone(data[:pngHead])
	for i := 0; i < len(chunks); i += 2 {
		out = appendChunk(out, chunks[i], []byte(chunks[i+1]))
	}
	return append(out, data[pngHead:]...)
}

// chattyPNG has metadata, what is to be kept, and something behind its end.
func chattyPNG(m image.Image) []byte {
	data := withChunks(encodedPNG(m),
		"gAMA", "\x00\x00\xb1\x8f", "pHYs", "\x00\x00\x0b\x13\x00\x00\x0b\x13\x01",
		"tEXt", "Author\x00"+secret, "zTXt", "Comment\x00\x00"+secret, "iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+secret,
		"eXIf", exifData(binary.BigEndian, 1), "tIME", "\x07\xe8\x09\x05\x07\x00\x00", "prIv", secret, "caBX", secret)
	return append(data, secret...)
}

func chunkNames(data []byte) string {
	var names []string
	for rest := data[8:]; len(rest) >= 12; {
		names = append(names, string(rest[4:8]))
		rest = rest[12+binary.BigEndian.Uint32(rest):]
	}
	return strings.Join(names, " ")
}

func TestPNGLosesMetadataOnly(t *testing.T) {
	data := chattyPNG(colourful(20, 10))
	p := published(t, "Chart 1.png", data)
	got := p.Files[0].Data
	if want := "IHDR gAMA pHYs IDAT IEND"; chunkNames(got) != want || bytes.Contains(got, []byte(secret)) {
		t.Errorf("chunks %s, want %s", chunkNames(got), want)
	}
	samePixels(t, decodedPNG(t, got), colourful(20, 10))
	if p.Image.Mail == nil || p.Image.Mail.Src != p.Image.Src || p.Image.Width != 20 || p.Image.Height != 10 {
		t.Errorf("%+v", p.Image)
	}
}

func TestPNGKeepsItsPaletteAndTransparency(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 6, 4), color.Palette{color.NRGBA{}, color.NRGBA{200, 10, 10, 128}, color.NRGBA{0, 0, 90, 255}})
	for i := range m.Pix {
		m.Pix[i] = uint8(i % 3)
	}
	got := published(t, "map.png", chattyPNG(m)).Files[0].Data
	if want := "IHDR gAMA pHYs PLTE tRNS IDAT IEND"; chunkNames(got) != want {
		t.Errorf("chunks %s, want %s", chunkNames(got), want)
	}
	if _, ok := decodedPNG(t, got).(*image.Paletted); !ok {
		t.Error("the palette is gone")
	}
	samePixels(t, decodedPNG(t, got), m)
}

func TestPNGKeepsItsAnimation(t *testing.T) {
	data := withChunks(encodedPNG(colourful(8, 8)), "acTL", "\x00\x00\x00\x01\x00\x00\x00\x00", "fcTL", strings.Repeat("\x00", 26),
		"eXIf", exifData(binary.BigEndian, 6), "fdAT", "\x00\x00\x00\x01")
	p := published(t, "wave.png", data)
	if want := "IHDR acTL fcTL fdAT IDAT IEND"; chunkNames(p.Files[0].Data) != want {
		t.Errorf("chunks %s, want %s", chunkNames(p.Files[0].Data), want)
	}
}

func TestPNGIsTurnedUpright(t *testing.T) {
	m := colourful(7, 3)
	got := published(t, "scan.png", withChunks(encodedPNG(m), "eXIf", exifData(binary.LittleEndian, 6)))
	upright := image.NewNRGBA(image.Rect(0, 0, 3, 7))
	for y := range 3 {
		for x := range 7 {
			upright.Set(2-y, x, m.At(x, y))
		}
	}
	samePixels(t, decodedPNG(t, got.Files[0].Data), upright)
}

func TestPNGThatIsBroken(t *testing.T) {
	data := chattyPNG(colourful(12, 12))
	data = data[:len(data)-len(secret)]
	cutAnywhere(t, "cut.png", data)
	sized := func(w, h uint32) []byte {
		head := bytes.Clone(data[16:29])
		binary.BigEndian.PutUint32(head, w)
		binary.BigEndian.PutUint32(head[4:], h)
		return append(appendChunk([]byte(pngSignature), "IHDR", head), data[pngHead:]...)
	}
	refused(t, "bomb.png", sized(60_000, 60_000), "more than 50 million")
	refused(t, "long.png", sized(1<<31-1, 1), "cannot be used")
	refused(t, "claim.png", sized(7000, 7000), "ends too early")
	refused(t, "flat.png", sized(0, 10), "cannot be used")

	damaged := bytes.Clone(data)
	damaged[bytes.Index(damaged, []byte("IDAT"))+6] ^= 0x10
	refused(t, "damaged.png", damaged, "cannot be used")
	changed := bytes.Clone(data)
	changed[bytes.Index(changed, []byte("IEND"))-5] ^= 0x10 // behind the pixels
	refused(t, "changed.png", changed, "checksum")
	refused(t, "apple.png", withChunks(data, "CgBI", "\x50\x00\x20\x02"), "browsers don't know")
	refused(t, "headless.png", append([]byte(pngSignature), data[pngHead:]...), "header is missing")
	refused(t, "html.png", []byte(pngSignature+"<html><script>alert(1)</script>"), "cannot be used")
}
