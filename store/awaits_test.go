package store_test

import (
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testAwaits(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put := func(awaits map[string][]string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error { return tx.PutAwaits(ctx, "sample", awaits) })
	}
	check := func(want string, names ...string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			paths, err := tx.Awaiting(ctx, "sample", names)
			if got := strings.Join(paths, " "); got != want {
				t.Errorf("%v is awaited by %q, want %q", names, got, want)
			}
			return err
		})
	}
	put(map[string][]string{"a.md": {"c.md", "tide", "tide"}, "b.md": {"tide"}, "d.md": nil})
	check("a.md b.md", "tide", "c.md", "nothing")
	check("a.md", "c.md")
	put(map[string][]string{"a.md": {"fog"}, "b.md": nil})
	check("", "tide", "c.md")
	check("a.md", "fog")
	write(t, s, func(tx *store.Tx) error {
		paths, err := tx.Awaiting(ctx, "another", []string{"fog"})
		if len(paths) > 0 {
			t.Errorf("another source's: %v", paths)
		}
		return err
	})
}

func testUnendedPasses(t *testing.T, s *store.Store, clock *posttest.Clock) {
	check := func(what string, upTo int64, want bool) {
		t.Helper()
		if found, err := s.Unended(ctx, "sample", upTo); err != nil || found != want {
			t.Errorf("%s: %v, %v", what, found, err)
		}
	}
	pass := must(s.BeginPass(ctx))
	check("before it brings something", pass, false)
	bring(t, s, pass, piece("a", clock.Now()))
	check("it goes on", pass, true)
	check("before it", pass-1, false)
	must(s.EndPass(ctx, "sample", pass))
	check("after its end", pass, false)
	if m, err := s.MediaFilesAt(ctx, "sample", []string{"x.png"}); err != nil || len(m) != 0 {
		t.Errorf("%v, %v", m, err)
	}
	write(t, s, func(tx *store.Tx) error {
		return tx.PutMediaFile(ctx, store.MediaFile{Source: "sample", Path: "x.png", Size: 3, Image: &magazine.Image{Src: "/media/1/x.png"}})
	})
	if m, err := s.MediaFilesAt(ctx, "sample", []string{"x.png", "y.png"}); err != nil || len(m) != 1 || m["x.png"].Image.Src != "/media/1/x.png" || m["x.png"].Source != "sample" {
		t.Errorf("%v, %v", m, err)
	}
}
