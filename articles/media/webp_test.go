package media

import (
	"bytes"
	"image"
	"strings"
	"testing"

	"golang.org/x/image/webp"
)

// The WebP files of testdata are a drawn gradient of 24 by 16 pixels, encoded by
// libwebp 1.2.4; their Exif and XMP hold the secret.

func decodedWebP(t *testing.T, data []byte) image.Image {
	t.Helper()
	m, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func webpNames(t *testing.T, data []byte) string {
	t.Helper()
	chunks, err := riffChunks(data[12:])
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range chunks {
		names = append(names, strings.TrimSpace(c.name))
	}
	return strings.Join(names, " ")
}

func TestWebPLosesMetadataOnly(t *testing.T) {
	for _, c := range []struct {
		file, chunks string
		flags        byte // of VP8X, where there is one
		mail         string
	}{
		{"plain.webp", "VP8", 0, "image/jpeg"},
		{"lossy.webp", "VP8X ICCP VP8", 0x20, "image/jpeg"},
		{"alpha.webp", "VP8X VP8L", 0x10, "image/png"},
		{"lossy-alpha.webp", "VP8X ALPH VP8", 0x10, "image/png"},
	} {
		data := testFile(t, c.file)
		p := published(t, c.file, data)
		got := p.Files[0].Data
		if webpNames(t, got) != c.chunks || bytes.Contains(got, []byte(secret)) {
			t.Errorf("%s: chunks %s, want %s", c.file, webpNames(t, got), c.chunks)
		}
		if strings.HasPrefix(c.chunks, "VP8X") && got[20] != c.flags {
			t.Errorf("%s: flags %#x, want %#x", c.file, got[20], c.flags)
		}
		samePixels(t, decodedWebP(t, got), decodedWebP(t, data))
		if p.Image.Type != "image/webp" || p.Image.Width != 24 || p.Image.Height != 16 {
			t.Errorf("%s: %+v", c.file, p.Image)
		}
		if m := p.Image.Mail; m == nil || m.Type != c.mail || m.Width != 24 || m.Height != 16 {
			t.Errorf("%s: in mails %+v", c.file, m)
		}
	}
}

func TestWebPMailFormHasItsPixels(t *testing.T) {
	data := testFile(t, "alpha.webp")
	p := published(t, "alpha.webp", data)
	samePixels(t, decodedPNG(t, p.Files[1].Data), decodedWebP(t, data))
	lossy := published(t, "lossy.webp", testFile(t, "lossy.webp"))
	from, to := decodedWebP(t, lossy.Files[0].Data), decodedJPEG(t, lossy.Files[1].Data)
	for _, at := range []image.Point{{4, 4}, {12, 8}, {20, 12}} {
		if !near(to.At(at.X, at.Y), from.At(at.X, at.Y), 24) {
			t.Errorf("%v is %v, was %v", at, to.At(at.X, at.Y), from.At(at.X, at.Y))
		}
	}
	if !bytes.Contains(lossy.Files[1].Data, []byte(iccHead)) {
		t.Error("the colour profile is gone")
	}
}

func TestWebPIsTurnedUpright(t *testing.T) {
	p := published(t, "turned.webp", testFile(t, "turned.webp"))
	if p.Image.Type != "image/jpeg" || p.Image.Width != 16 || p.Image.Height != 24 {
		t.Errorf("%+v", p.Image)
	}
}

func TestWebPKeepsItsAnimation(t *testing.T) {
	p := published(t, "moving.webp", testFile(t, "moving.webp"))
	if want := "VP8X ANIM ANMF ANMF"; webpNames(t, p.Files[0].Data) != want || bytes.Contains(p.Files[0].Data, []byte(secret)) {
		t.Errorf("chunks %s, want %s", webpNames(t, p.Files[0].Data), want)
	}
	if m := p.Image.Mail; m == nil || m.Type != "image/jpeg" || m.Width != 24 || m.Height != 16 {
		t.Errorf("in mails %+v", m)
	}
}

func TestWebPThatIsBroken(t *testing.T) {
	for _, file := range []string{"lossy.webp", "alpha.webp", "lossy-alpha.webp", "moving.webp", "plain.webp"} {
		cutAnywhere(t, file, testFile(t, file))
	}
	bomb := testFile(t, "lossy.webp")
	copy(bomb[24:], "\xff\xff\xff\xff\xff\xff") // the canvas of VP8X
	refused(t, "bomb.webp", bomb, "more than 50 million")
	small := testFile(t, "lossy.webp")
	small[24] = 2
	refused(t, "outside.webp", small, "larger than its header says")
	refused(t, "none.webp", []byte("RIFF\x04\x00\x00\x00WEBP"), "no image")
	refused(t, "half.webp", []byte("RIFF\x0c\x00\x00\x00WEBPVP8X\x00\x00\x00\x00"), "header is broken")
	refused(t, "html.webp", []byte("RIFF<htmWEBP><script>alert(1)</script>"), "cannot be used")
}
