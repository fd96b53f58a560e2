package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

func encodedJPEG(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func segment(marker byte, content string) string {
	return "\xff" + string([]byte{marker}) + string(binary.BigEndian.AppendUint16(nil, uint16(len(content)+2))) + content
}

// exifData has an orientation and a secret.
func exifData(order binary.AppendByteOrder, turn int) string {
	mark := "II"
	if order.String() == binary.BigEndian.String() {
		mark = "MM"
	}
	b := order.AppendUint16([]byte(mark), 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 0x13b) // the artist
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(b, uint32(len(secret)))
	b = order.AppendUint32(b, 38)
	b = order.AppendUint16(b, 0x112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, uint16(turn))
	b = order.AppendUint16(b, 0)
	b = order.AppendUint32(b, 0)
	return string(b) + secret
}

// profile is a colour profile as far as we look.
func profile(space string, size int) []byte {
	icc := bytes.Repeat([]byte{7}, size)
	copy(icc[16:], space)
	return icc
}

// photograph is a JPEG with all kinds of metadata: eight fields of colour that
// tell each orientation from the others.
func photograph(turn, w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range fieldColours {
		x, y := i%4*w/4, i/4*h/2
		draw.Draw(m, image.Rect(x, y, x+w/4, y+h/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	plain := encodedJPEG(m)
	icc := string(profile("RGB ", 200))
	head := segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") +
		segment(0xe1, exifHead+exifData(binary.BigEndian, turn)) +
		segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x>"+secret+"</x>") +
		segment(0xe2, iccHead+"\x02\x02"+icc[120:]) + segment(0xe2, iccHead+"\x01\x02"+icc[:120]) +
		segment(0xe2, "MPF\x00"+secret) +
		segment(0xed, "Photoshop 3.0\x00"+secret) + segment(0xfe, secret) + "\xff\xff\xff" + segment(0xef, secret)[1:]
	return []byte("\xff\xd8" + head + string(plain[2:]) + secret)
}

var fieldColours = []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {0, 0, 0, 255}, {255, 255, 0, 255}, {255, 0, 255, 255}, {0, 255, 255, 255}, {255, 255, 255, 255}}

func decodedJPEG(t *testing.T, data []byte) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestJPEGLosesMetadataOnly(t *testing.T) {
	data := photograph(1, 64, 32)
	p := published(t, "boats.jpeg", data)
	got := p.Files[0].Data
	if p.Image.Type != "image/jpeg" || p.Image.Width != 64 || p.Image.Height != 32 || !strings.HasSuffix(p.Image.Src, "/boats.jpg") {
		t.Errorf("%+v", p.Image)
	}
	if bytes.Contains(got, []byte(secret)) || bytes.Contains(got, []byte("Exif")) {
		t.Error("metadata is left")
	}
	if !bytes.Contains(got, []byte("JFIF")) || bytes.Count(got, []byte(iccHead)) != 2 {
		t.Error("JFIF or the colour profile is gone")
	}
	samePixels(t, decodedJPEG(t, got), decodedJPEG(t, data))
	if p.Image.Mail == nil || p.Image.Mail.Src != p.Image.Src || len(p.Files) != 1 {
		t.Errorf("mails do not show the same file: %+v", p.Image.Mail)
	}
}

// Each orientation says where the stored image's first row and column are in
// the upright one (Exif 2.32, section 4.6.4). Here: the upright image's fields,
// row by row, by their numbers in the stored one.
var uprightFields = [][][]int{
	2: {{3, 2, 1, 0}, {7, 6, 5, 4}},
	3: {{7, 6, 5, 4}, {3, 2, 1, 0}},
	4: {{4, 5, 6, 7}, {0, 1, 2, 3}},
	5: {{0, 4}, {1, 5}, {2, 6}, {3, 7}},
	6: {{4, 0}, {5, 1}, {6, 2}, {7, 3}},
	7: {{7, 3}, {6, 2}, {5, 1}, {4, 0}},
	8: {{3, 7}, {2, 6}, {1, 5}, {0, 4}},
}

func TestJPEGIsTurnedUpright(t *testing.T) {
	for turn := 2; turn <= 8; turn++ {
		rows := uprightFields[turn]
		p := published(t, "boats.jpg", photograph(turn, 64, 32))
		if want := image.Pt(16*len(rows[0]), 16*len(rows)); p.Image.Width != want.X || p.Image.Height != want.Y {
			t.Fatalf("orientation %d: %d by %d, want %v", turn, p.Image.Width, p.Image.Height, want)
		}
		if bytes.Contains(p.Files[0].Data, []byte(secret)) || !bytes.Contains(p.Files[0].Data, profile("RGB ", 200)) {
			t.Errorf("orientation %d: metadata is left or the profile is gone", turn)
		}
		m := decodedJPEG(t, p.Files[0].Data)
		for y, row := range rows {
			for x, field := range row {
				if got := m.At(16*x+8, 16*y+8); !near(got, fieldColours[field], 12) {
					t.Errorf("orientation %d: field %d,%d is %v, want %v", turn, x, y, got, fieldColours[field])
				}
			}
		}
	}
}

// near compares colours with a tolerance of so many 255ths.
func near(a, b color.Color, most int) bool {
	r, g, bl, al := a.RGBA()
	R, G, B, A := b.RGBA()
	for _, d := range []int{int(r) - int(R), int(g) - int(G), int(bl) - int(B), int(al) - int(A)} {
		if max(d, -d) > most*257 {
			return false
		}
	}
	return true
}

func TestOrientation(t *testing.T) {
	for turn := 1; turn <= 8; turn++ {
		for _, data := range []string{exifData(binary.LittleEndian, turn), exifData(binary.BigEndian, turn), exifHead + exifData(binary.BigEndian, turn)} {
			if got := orientation([]byte(data)); got != turn {
				t.Errorf("%q: %d, want %d", data, got, turn)
			}
		}
	}
	for _, data := range []string{"", "II*\x00", "II*\x00\xff\xff\xff\xff", "II*\x00\x08\x00\x00\x00\xff\xff", "JUNKJUNKJUNK", exifData(binary.BigEndian, 9), exifData(binary.BigEndian, 0)} {
		if got := orientation([]byte(data)); got != 1 {
			t.Errorf("%q: %d, want 1", data, got)
		}
	}
}

func TestJPEGThatIsBroken(t *testing.T) {
	data := photograph(1, 24, 16)
	cutAnywhere(t, "cut.jpg", data[:len(data)-len(secret)])
	sized := func(w, h uint16) []byte { // claims another size
		b := encodedJPEG(colourful(16, 16))
		at := bytes.Index(b, []byte{0xff, 0xc0})
		binary.BigEndian.PutUint16(b[at+5:], h)
		binary.BigEndian.PutUint16(b[at+7:], w)
		return b
	}
	refused(t, "bomb.jpg", sized(65500, 65500), "more than 50 million")
	refused(t, "claim.jpg", sized(7000, 7000), "ends too early")
	refused(t, "flat.jpg", sized(0, 16), "cannot be used")
	refused(t, "none.jpg", []byte("\xff\xd8\xff\xd9"), "cannot be used")
	refused(t, "html.jpg", []byte("\xff\xd8\xff<html><script>alert(1)</script>"), "cannot be used")
}

func TestProfilePieces(t *testing.T) {
	for _, c := range []struct {
		pieces []string
		want   string
	}{
		{nil, ""},
		{[]string{"\x01\x01abc"}, "abc"},
		{[]string{"\x02\x02b", "\x01\x02a"}, "ab"},
		{[]string{"\x01\x02a"}, ""},
		{[]string{"\x01\x02a", "\x01\x02b"}, ""},
		{[]string{"x"}, ""},
	} {
		var pieces [][]byte
		for _, p := range c.pieces {
			pieces = append(pieces, []byte(p))
		}
		if got := joinProfile(pieces); string(got) != c.want {
			t.Errorf("%q: %q, want %q", c.pieces, got, c.want)
		}
	}
}

func TestLongProfileIsSplit(t *testing.T) {
	icc := profile("RGB ", 200_000)
	data, err := encodeJPEG(colourful(4, 4), 90, icc)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cleanJPEG(data)
	if err != nil || !bytes.Equal(c.icc, icc) {
		t.Errorf("the profile came back with %d bytes (%v)", len(c.icc), err)
	}
}
