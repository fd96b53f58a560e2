package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"postrider/store"
)

func TestMedia(t *testing.T) {
	f := newFixture(t)
	png := f.get("/media/c0ffee/any-name.png")
	if png.Header.Get("Cache-Control") != immutable || png.Header.Get("ETag") != `"c0ffee"` {
		t.Errorf("a picture is not kept for ever: %v", png.Header)
	}
	svg := f.get("/media/5a5a/x.svg")
	if policy := svg.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("an SVG has the policy %q", policy)
	}
	page := f.get("/media/7e27/x.html")
	if page.Header.Get("Content-Disposition") != "attachment" || page.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("a page among the media is shown: %v", page.Header)
	}
	for path, want := range map[string]int{"/media/c0ffee/any-name.png": 304, "/media/nope/x.html": 404} {
		r := request("GET", path, "")
		r.Header.Set("If-None-Match", `"nope", "c0ffee"`)
		if a := f.do(r); a.StatusCode != want {
			t.Errorf("%s, which the browser says it has: %d", path, a.StatusCode)
		}
	}
	part := f.get("/media/abcd/x.mp3", "Range", "bytes=2-4")
	if part.StatusCode != 206 || part.body != "234" || part.Header.Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("a part of a sound: %d %q %v", part.StatusCode, part.body, part.Header)
	}
}

// meter counts what is written to it and how much memory is in use meanwhile.
type meter struct {
	header  http.Header
	written int64
	most    uint64
}

func (m *meter) Header() http.Header { return m.header }
func (m *meter) WriteHeader(int)     {}
func (m *meter) Write(p []byte) (int, error) {
	if before := m.written; before>>22 != (before+int64(len(p)))>>22 || before == 0 { // every 4 MiB
		m.most = max(m.most, inUse())
	}
	m.written += int64(len(p))
	return len(p), nil
}

// inUse is the memory that is in use, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMediaTakesLittleMemory serves a large file whole and a few bytes of it.
func TestMediaTakesLittleMemory(t *testing.T) {
	const size = 24 << 20
	f := newFixture(t)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutMedia(ctx, store.Media{Hash: "large", Type: "audio/mpeg", Data: bytes.Repeat([]byte("0123456789abcdef"), size/16)})
	})
	base := inUse()
	m := &meter{header: http.Header{}}
	f.handler.ServeHTTP(m, request("GET", "/media/large/x.mp3", ""))
	if grown := int64(m.most) - int64(base); m.written != size || grown > 4<<20 {
		t.Errorf("%d bytes were served, with %d of memory", m.written, grown)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	part := f.get("/media/large/x.mp3", "Range", "bytes=20000001-20000004")
	runtime.ReadMemStats(&after)
	if part.StatusCode != 206 || part.body != "1234" {
		t.Errorf("a part: %d %q", part.StatusCode, part.body)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("for 4 bytes %d were fetched", got)
	}
}

// A file that cannot be read to its end is no whole answer.
func TestBrokenMedia(t *testing.T) {
	f := newFixture(t)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.PutMedia(ctx, store.Media{Hash: "broken", Type: "audio/mpeg", Data: make([]byte, 1<<20)}); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM media_parts WHERE hash = 'broken' AND start > 300000")
		return err
	})
	server := httptest.NewServer(f.handler)
	defer server.Close()
	a, err := http.Get(server.URL + "/media/broken/x.mp3")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if body, err := io.ReadAll(a.Body); err == nil {
		t.Errorf("%d bytes came, and they are taken for all", len(body))
	}
	server.Close() // waits for the handler
	if !strings.Contains(f.log.String(), "hash=broken") {
		t.Errorf("the log does not tell: %s", f.log.String())
	}
}

func TestStyleHasItsHashInItsAddress(t *testing.T) {
	f := newFixture(t)
	for _, link := range localLinks(t, f.get("/").body) {
		if strings.HasPrefix(link, "/style.css") {
			a := f.get(link)
			if a.Header.Get("Cache-Control") != immutable || !strings.Contains(a.body, "--paper") {
				t.Errorf("%s: %v", link, a.Header)
			}
			if a := f.get("/style.css?v=another"); a.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("another version's address is kept: %v", a.Header)
			}
			return
		}
	}
	t.Fatal("the front page has no style sheet")
}
