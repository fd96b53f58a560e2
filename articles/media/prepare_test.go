package media

import (
	"bytes"
	"image"
	"image/color"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"postrider/magazine"
)

// secret stands in all metadata of the tests' images.
const secret = "Secret"

// check prepares a file and verifies what holds of every one.
func check(t interface {
	Helper()
	Fatalf(string, ...any)
}, name string, data []byte) (*Prepared, *magazine.Problem) {
	t.Helper()
	before := bytes.Clone(data)
	p, problem := Prepare(name, data)
	if !bytes.Equal(before, data) {
		t.Fatalf("%s: the input was changed", name)
	}
	if problem != nil && (!problem.Warning || problem.Text == "" || problem.Mend == "" || len(problem.Value) > 200) {
		t.Fatalf("%s: bad problem %+v", name, problem)
	}
	if p == nil {
		if problem == nil {
			t.Fatalf("%s: left out without a word", name)
		}
		return nil, problem
	}
	spoken := []magazine.Image{p.Image}
	if m := p.Image.Mail; m != nil && m.Src != p.Image.Src {
		spoken = append(spoken, *m)
	}
	if len(spoken) != len(p.Files) {
		t.Fatalf("%s: %d files for %d addresses", name, len(p.Files), len(spoken))
	}
	for i, s := range spoken {
		f := p.Files[i]
		dir, last := path.Split(s.Src)
		if dir != "/media/"+f.Hash+"/" || len(f.Hash) != 26 || f.Hash != hashOf(f.Data) {
			t.Fatalf("%s: %s is not the address of %s", name, s.Src, f.Hash)
		}
		if plain, err := url.PathUnescape(last); err != nil || strings.ContainsAny(plain, "/\\?#<>\"& ") {
			t.Fatalf("%s: unsafe address %s", name, s.Src)
		}
		if s.Type != f.Type || s.Width != f.Width || s.Height != f.Height || s.Bytes != int64(len(f.Data)) {
			t.Fatalf("%s: %+v does not describe its file", name, s)
		}
		if strings.HasPrefix(f.Type, "text/") {
			t.Fatalf("%s: published as %s", name, f.Type)
		}
		again, _ := Prepare(name, f.Data)
		if again == nil || !bytes.Equal(again.Files[0].Data, f.Data) || again.Image.Src != s.Src {
			t.Fatalf("%s: a published %s is not published as it is", name, s.Type)
		}
	}
	if m := p.Image.Mail; m != nil {
		ok := m.Type == "image/png" || m.Type == "image/jpeg" || m.Type == "image/gif"
		if !ok || m.Width < 1 || m.Height < 1 || m.Width > 1200 || m.Mail != nil {
			t.Fatalf("%s: bad form for mails %+v", name, *m)
		}
	}
	return p, problem
}

// published wants the file to be let in without a word.
func published(t *testing.T, name string, data []byte) *Prepared {
	t.Helper()
	p, problem := check(t, name, data)
	if problem != nil {
		t.Fatalf("%s: %s", name, problem)
	}
	return p
}

// refused wants the file to be left out, with these words.
func refused(t *testing.T, name string, data []byte, words string) {
	t.Helper()
	p, problem := check(t, name, data)
	if p != nil {
		t.Fatalf("%s was published as %s", name, p.Image.Type)
	}
	if !strings.Contains(problem.String(), words) {
		t.Fatalf("%s: %q lacks %q", name, problem, words)
	}
}

// colourful is a picture whose every pixel differs from its neighbours.
func colourful(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x + y) * 9), 255})
		}
	}
	return m
}

// samePixels compares two images exactly.
func samePixels(t *testing.T, got, want image.Image) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("bounds %v, want %v", got.Bounds(), want.Bounds())
	}
	for y := want.Bounds().Min.Y; y < want.Bounds().Max.Y; y++ {
		for x := want.Bounds().Min.X; x < want.Bounds().Max.X; x++ {
			r, g, b, a := got.At(x, y).RGBA()
			R, G, B, A := want.At(x, y).RGBA()
			if r != R || g != G || b != B || a != A {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, got.At(x, y), want.At(x, y))
			}
		}
	}
}

// testFile reads a file of testdata.
func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// cutAnywhere wants a file to be refused wherever it is cut off.
func cutAnywhere(t *testing.T, name string, data []byte) {
	t.Helper()
	for n := range data {
		if p, _ := check(t, name, data[:n]); p != nil {
			t.Fatalf("%s was published though only %d of %d bytes were there", name, n, len(data))
		}
	}
}

// mp3 is two frames of silence at 128 kbit/s and 44100 Hz, 417 bytes each.
var mp3 = bytes.Repeat(append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...), 2)

// isoFile is an ISO media file with one track for each handler.
func isoFile(brand string, handlers ...string) []byte {
	var tracks []byte
	for _, h := range handlers {
		tracks = append(tracks, boxed("trak", boxed("mdia", boxed("hdlr", []byte("\x00\x00\x00\x00\x00\x00\x00\x00"+h))))...)
	}
	return append(boxed("ftyp", []byte(brand+"\x00\x00\x00\x00isom")), boxed("moov", tracks)...)
}

func boxed(name string, content []byte) []byte {
	n := len(content) + 8
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), name[0], name[1], name[2], name[3]}, content...)
}

func TestKindsThatPass(t *testing.T) {
	for _, c := range []struct{ name, data, mime, last string }{
		{"Old Songs.MP3", string(mp3), "audio/mpeg", "old-songs.mp3"},
		{"tagged.mp3", "ID3\x04\x00\x00\x00\x00\x00\x00" + string(mp3), "audio/mpeg", "tagged.mp3"},
		{"waves.opus", "OggS\x00\x02........................\x01\x13OpusHead", "audio/ogg", "waves.ogg"},
		{"waves.ogg", "OggS\x00\x02........................\x01\x1e\x01vorbis", "audio/ogg", "waves.ogg"},
		{"bell.flac", "fLaC\x00\x00\x00\x22", "audio/flac", "bell.flac"},
		{"bell.wav", "RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav", "bell.wav"},
		{"talk.m4a", string(isoFile("M4A ", "soun")), "audio/mp4", "talk.m4a"},
		{"talk.mp4", string(isoFile("mp42", "soun", "meta")), "audio/mp4", "talk.m4a"},
		{"chart.pdf", "%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n", "application/pdf", "chart.pdf"},
		{"named.html", "%PDF-1.7\n<script>alert(1)</script>\n%%EOF", "application/pdf", "named.pdf"},
	} {
		p := published(t, c.name, []byte(c.data))
		if p.Image.Type != c.mime || path.Base(p.Image.Src) != c.last || p.Image.Mail != nil || p.Image.Width != 0 {
			t.Errorf("%s became %+v", c.name, p.Image)
		}
		if string(p.Files[0].Data) != c.data {
			t.Errorf("%s was changed", c.name)
		}
	}
}

func TestKindsThatAreLeftOut(t *testing.T) {
	for _, c := range []struct{ name, data, words string }{
		{"empty.png", "", "the file is empty"},
		{"photo.png", "<!DOCTYPE html><html><body><script>alert(1)</script>", "an HTML page"},
		{"photo.jpg", "  \n<html><img src=x onerror=alert(1)>", "an HTML page"},
		{"photo.svg", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>`, "an HTML page"},
		{"photo.gif", "<script>alert(1)</script>", "an HTML page"},
		{"feed.svg", `<rss version="2.0"></rss>`, "an XML document"},
		{"note.png", "only words", "plain text"},
		{"run.png", "\x7fELF\x02\x01\x01\x00\x00\x00", "no known type"},
		{"a.bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00", "image/bmp"},
		{"a.svgz", "\x1f\x8b\x08\x00", "gzip"},
		{"a.avi", "RIFF\x24\x00\x00\x00AVI LIST", "video"},
		{"a.ogv", "OggS\x00\x02........................\x01\x2a\x80theora", "Ogg video"},
		{"a.ogx", "OggS\x00\x02........................\x01\x2aunheard", "Ogg file of an unknown kind"},
		{"a.mp4", string(isoFile("mp42", "soun", "vide")), "a video"},
		{"a.heic", string(isoFile("heic")), "HEIC"},
		{"a.mp3", string(mp3[:417]), "no known type"},
		{"a.mp3", "\xff\xfb\xf0\x00\xff\xfb\xf0\x00", "no known type"},
		{"a.pdf", "%PDF-1.7\n1 0 obj", "ends too early"},
		{"big.pdf", "%PDF-" + strings.Repeat(" ", MaxBytes) + "%%EOF", "32 MiB"},
	} {
		refused(t, c.name, []byte(c.data), c.words)
	}
}

func TestProblemNamesTheFile(t *testing.T) {
	_, p := Prepare(`C:\Users\me\plan.png`, []byte("words"))
	if want := `the file is plain text, not an image; it is left out ("plan.png"); give ` + allowed; p.String() != want {
		t.Errorf("%s\nwant %s", p, want)
	}
	_, p = Prepare(strings.Repeat("é", 300)+"\x00\n\xff", nil)
	if len(p.Value) > 200 || !utf8.ValidString(p.Value) || strings.ContainsAny(p.Value, "\x00\n") {
		t.Errorf("%q is not fit to be shown", p.Value)
	}
}

func TestPublicName(t *testing.T) {
	for name, want := range map[string]string{
		"images/The Dial (1).JPEG":   "the-dial-1.png",
		`images\dial.tar.gz`:         "dial-tar.png",
		"dial":                       "dial.png",
		".png":                       "file.png",
		"../../etc/passwd":           "passwd.png",
		"<script>.html":              "script.png",
		"قارب.png":                   "قارب.png",
		strings.Repeat("long ", 100): strings.Repeat("long-", 23) + "long.png",
	} {
		if got := publicName(name, "png"); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}

func TestSameInputSameOutput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height")
		data := encodedPNG(colourful(w, h))
		name := rapid.String().Draw(t, "name")
		a, _ := check(t, name, data)
		b, _ := check(t, name, data)
		if a == nil || b == nil || a.Image.Src != b.Image.Src || a.Image.Width != w || a.Image.Height != h {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func FuzzPrepare(f *testing.F) {
	for _, name := range []string{"lossy.webp", "alpha.webp", "lossy-alpha.webp", "turned.webp", "moving.webp", "still.avif", "turned.avif", "moving.avif"} {
		f.Add(testFile(f, name))
	}
	f.Add(photograph(6, 20, 12))
	f.Add(chattyPNG(colourful(9, 7)))
	f.Add(chattyGIF(2))
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"/>`))
	f.Add([]byte("%PDF-1.4\n%%EOF"))
	f.Add(mp3)
	f.Add(isoFile("M4A ", "soun"))
	f.Add([]byte("<!doctype html>"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, "a.bin", data) })
}
