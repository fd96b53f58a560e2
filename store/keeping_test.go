package store_test

import (
	"io"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"testing/iotest"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testFiles(t *testing.T, s *store.Store, clock *posttest.Clock) {
	tide := store.File{Source: "sample", Path: "b/tide.md", Size: 5 << 30, Modified: clock.Now().UnixNano() + 7, Hash: "h1", Reader: "r1", State: store.FileArticle, ArticleID: "id-tide", Title: "The tide",
		Uses: []string{"a.png", "b.png"}, Problems: []magazine.Problem{{Line: 3, Field: "tags", Text: "wrong", Mend: "mend it", Warning: true}}}
	held := store.File{Source: "sample", Path: "a/held.md", State: store.FileHeld, Title: "Held", Problems: []magazine.Problem{{Text: "no date"}}}
	write(t, s, func(tx *store.Tx) error {
		for _, f := range []store.File{tide, held, {Source: "other", Path: "c.md", State: store.FileData}} {
			if err := tx.PutFiles(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
	held.Problems, held.Uses = append(held.Problems[:0:0], held.Problems...), []string{}
	if got, err := s.Files(ctx, "sample"); err != nil || len(got) != 2 || !reflect.DeepEqual(got[1], tide) || !reflect.DeepEqual(got[0], held) {
		t.Errorf("%+v, %v", got, err)
	}
	put(t, s, piece("tide", clock.Now()), piece("lone", clock.Now().Add(day)))
	list, err := s.ArticleListings(ctx)
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, want := range []store.ArticleListing{
		{Source: "sample", File: "a/held.md", State: magazine.Held, Title: "Held", Problems: held.Problems},
		{Source: "sample", File: "b/tide.md", State: magazine.Published, Slug: "tide", Title: "The tide", Problems: tide.Problems},
		{Source: "sample", File: "lone.md", State: magazine.Scheduled, Slug: "lone", Title: "The lone", Problems: []magazine.Problem{}},
	} {
		if !reflect.DeepEqual(list[i], want) {
			t.Errorf("%+v, want %+v", list[i], want)
		}
	}
	tide.State, tide.Hash, tide.Problems = store.FileHeld, "h2", []magazine.Problem{{Text: "broken since"}}
	write(t, s, func(tx *store.Tx) error { return tx.PutFiles(ctx, tide) })
	if list, err = s.ArticleListings(ctx); err != nil || len(list) != 3 || list[1].State != magazine.Held || list[1].Slug != "tide" || list[1].Title != "The tide" {
		t.Errorf("an article whose newest version is held: %+v, %v", list, err)
	}
	tide.State = store.FileGone
	write(t, s, func(tx *store.Tx) error {
		if err := tx.Withdraw(ctx, "id-tide", ""); err != nil {
			return err
		}
		return tx.PutFiles(ctx, tide)
	})
	if list, err = s.ArticleListings(ctx); err != nil || len(list) != 3 || list[2].File != "tide.md" || list[2].State != magazine.Withdrawn {
		t.Errorf("a withdrawn article: %+v, %v", list, err)
	}
}

// readMedia reads a whole file.
func readMedia(s *store.Store, hash string) ([]byte, error) {
	m, err := s.Media(ctx, hash)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(m)
}

func testMedia(t *testing.T, s *store.Store, clock *posttest.Clock) {
	large := make([]byte, 5<<20)
	rand.NewChaCha8([32]byte{1}).Read(large)
	for _, m := range []store.Media{
		{Hash: "large", Type: "image/png", Width: 1200, Height: 900, Data: large},
		{Hash: "nul", Type: "application/pdf", Data: []byte("a\x00b\xff")},
		{Hash: "empty", Type: "text/plain", Data: []byte{}},
		{Hash: "nil", Type: "text/plain"},
	} {
		for range 2 { // the same bytes are kept once
			write(t, s, func(tx *store.Tx) error { return tx.PutMedia(ctx, m) })
		}
		got, err := s.Media(ctx, m.Hash)
		if err != nil || got.Type != m.Type || got.Width != m.Width || got.Height != m.Height || got.Size != int64(len(m.Data)) {
			t.Fatalf("%s: %+v, %v", m.Hash, got, err)
		}
		if err := iotest.TestReader(got, m.Data); err != nil {
			t.Errorf("%s: %v", m.Hash, err)
		}
	}
	if _, err := s.Media(ctx, "none"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
	f := store.MediaFile{Source: "sample", Path: "dial.png", Size: 7, Modified: 8, Image: &magazine.Image{Src: "/media/large/dial.png", Width: 1200, Mail: &magazine.Image{Src: "/media/nul/dial.png"}}}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutMediaFile(ctx, store.MediaFile{Source: "sample", Path: "dial.png"}); err != nil {
			return err
		}
		return tx.PutMediaFile(ctx, f)
	})
	if got, err := s.MediaFiles(ctx, "sample"); err != nil || len(got) != 1 || !reflect.DeepEqual(got["dial.png"], f) {
		t.Errorf("%+v, %v", got, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.DropMediaFile(ctx, "sample", "dial.png") })
	if got, err := s.MediaFiles(ctx, "sample"); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Media(ctx, "large"); err != nil {
		t.Errorf("mails that are out link to it: %v", err)
	}
}

func TestSettingIsMadeOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := posttest.URL(t, engine)
			clock := posttest.NewClock(posttest.Start)
			stores := []*store.Store{posttest.Open(t, url, clock.Now), posttest.Open(t, url, clock.Now)}
			got := make([]string, 10)
			var all sync.WaitGroup
			start := make(chan struct{})
			for i := range got {
				all.Go(func() {
					<-start
					var err error
					if got[i], err = stores[i%2].Setting(ctx, "secret", func() string { return string(rune('a' + i)) }); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			for _, v := range got {
				if v == "" || v != got[0] {
					t.Errorf("%q", got)
				}
			}
		})
	}
}
