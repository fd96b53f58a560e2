package media

import (
	"bytes"
	"strings"
	"testing"
)

// The AVIF files of testdata are a drawn gradient of 24 by 16 pixels, encoded by
// avifenc 0.11.1; the Exif and XMP of still.avif and moving.avif hold the secret.

func TestAVIFLosesMetadataOnly(t *testing.T) {
	for _, file := range []string{"still.avif", "moving.avif"} {
		data := testFile(t, file)
		p, problem := check(t, file, data)
		if p == nil || p.Image.Mail != nil || problem == nil || !strings.Contains(problem.Text, "left out of mails") {
			t.Fatalf("%s: %v, %v", file, p, problem)
		}
		got := p.Files[0].Data
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("%s: metadata is left", file)
		}
		if p.Image.Type != "image/avif" || p.Image.Width != 24 || p.Image.Height != 16 {
			t.Errorf("%s: %+v", file, p.Image)
		}
		if len(got) != len(data) || !bytes.Contains(got, []byte(emptyExif)) {
			t.Errorf("%s: parts were moved", file)
		}
		// Exif has 70 bytes and XMP 60 in these files, an animation has them twice.
		changed := 0
		for i := range data {
			if data[i] != got[i] {
				changed++
			}
		}
		if changed == 0 || changed > 2*(70+60) {
			t.Errorf("%s: %d bytes were changed", file, changed)
		}
	}
}

func TestAVIFSizeIsTheUprightOne(t *testing.T) {
	p, _ := check(t, "turned.avif", testFile(t, "turned.avif"))
	if p == nil || p.Image.Width != 16 || p.Image.Height != 24 {
		t.Fatalf("%+v", p)
	}
	if !bytes.Equal(p.Files[0].Data, testFile(t, "turned.avif")) {
		t.Error("a file without metadata was changed")
	}
}

func TestAVIFBoxesOfOtherKindsAreFreed(t *testing.T) {
	data := append(testFile(t, "still.avif"), boxed("uuid", []byte("0123456789abcdef"+secret))...)
	p, _ := check(t, "still.avif", data)
	if p == nil || bytes.Contains(p.Files[0].Data, []byte(secret)) || boxesOf(p.Files[0].Data).find("free") == nil {
		t.Error("the box is left")
	}
}

func TestAVIFThatIsBroken(t *testing.T) {
	data := testFile(t, "still.avif")
	cutAnywhere(t, "cut.avif", data)
	at := bytes.Index(data, []byte("ispe"))
	bomb := bytes.Clone(data)
	copy(bomb[at+8:], "\x00\x00\xff\xff\x00\x00\xff\xff")
	refused(t, "bomb.avif", bomb, "more than 50 million")
	outside := bytes.Clone(data) // the places of the items end up behind the file's end
	at = bytes.Index(data, []byte("iloc"))
	for i := at + 8; i < at+60; i++ {
		outside[i] |= 0x80
	}
	refused(t, "outside.avif", outside, "structure is broken")
	refused(t, "empty.avif", boxed("ftyp", []byte("avif\x00\x00\x00\x00")), "structure is broken")
}
