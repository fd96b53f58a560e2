package daemon_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/config"
	"postrider/daemon"
	"postrider/magazine"
)

// encoded is an empty picture of 64 by 32 pixels.
func encoded(t *testing.T, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	m := image.NewPaletted(image.Rect(0, 0, 64, 32), []color.Color{color.White})
	switch kind {
	case "png":
		err = png.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	case "svg":
		b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32"/>`)
	case "ico":
		body := encoded(t, "png")
		head := make([]byte, 22)
		head[2], head[4], head[6], head[7] = 1, 1, 64, 32
		binary.LittleEndian.PutUint32(head[14:], uint32(len(body)))
		binary.LittleEndian.PutUint32(head[18:], 22)
		b.Write(append(head, body...))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicturesOfThePublication(t *testing.T) {
	t.Parallel()
	ico := encoded(t, "ico")
	for _, c := range []struct {
		name, key string
		data      []byte // nil: there is no such file
		wrong     string // empty: nothing is
		kind      string
	}{
		{"a PNG", "logo", encoded(t, "png"), "", "image/png"},
		{"a GIF", "logo", encoded(t, "gif"), "", "image/gif"},
		{"an SVG", "icon", encoded(t, "svg"), "", "image/svg+xml"},
		{"an ICO", "icon", ico, "", "image/x-icon"},
		{"an ICO as logo", "logo", ico, "give a PNG, JPEG, GIF or SVG", ""},
		{"an ICO that is cut", "icon", ico[:40], "give a PNG, JPEG, GIF, SVG or ICO", ""},
		{"an ICO without pictures", "icon", []byte{0, 0, 1, 0, 0, 0}, "give a PNG", ""},
		{"nothing", "icon", nil, "cannot be read", ""},
		{"an empty file", "logo", []byte{}, "is empty", ""},
		{"text", "logo", []byte("a picture"), "is plain text, not an image", ""},
		{"a PDF", "logo", []byte("%PDF-1.4\n%%EOF\n"), "application/pdf", ""},
		{"a PNG that is cut", "icon", encoded(t, "png")[:60], "cannot be used", ""},
		{"a large file", "logo", make([]byte, 1<<20+1), "larger than 1 MiB", ""},
	} {
		dir := t.TempDir()
		if c.data != nil {
			if err := os.WriteFile(filepath.Join(dir, "mark"), c.data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(dir, "config.yaml")
		write(t, file, "publication:\n  title: Harbour\n  url: https://harbour.example\n  "+c.key+": mark\narticles:\n  - folder: pieces\n")
		cfg, err := config.Load(file, nil, daemon.CheckConfig)
		if c.wrong != "" {
			if magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), c.wrong) || !strings.Contains(err.Error(), "line 4, ") || !strings.Contains(err.Error(), "publication."+c.key) || !strings.Contains(err.Error(), filepath.Join(dir, "mark")) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		d, err := daemon.Open(t.Context(), daemon.Options{Config: cfg})
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]*magazine.Image{"logo": d.Feeds.Logo, "icon": d.Feeds.Icon}
		if m := told[c.key]; m == nil || m.Src != "/"+c.key || m.Type != c.kind || c.kind != "image/svg+xml" && (m.Width != 64 || m.Height != 32) {
			t.Errorf("%s: the feeds are told of %+v", c.name, m)
		}
		pages, err := d.Pages()
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest("GET", "/"+c.key, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != c.kind || !bytes.Equal(w.Body.Bytes(), c.data) {
			t.Errorf("%s: /%s answers %d %q with %d bytes", c.name, c.key, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		d.Close()
	}
}
