package daemon_test

import (
	"context"
	"testing"
	"time"

	"postrider/store"
)

// Whoever looks at their next mail waits for nobody who writes, and keeps nobody
// from writing: anybody to whom a mail was passed on can look.
func TestPreviewOnlyReads(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tides")
		h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
			if _, err := tx.ArticleNumber(h.ctx); err != nil { // and locked
				return err
			}
			soon, cancel := context.WithTimeout(h.ctx, 20*time.Second) // else it would wait for ever
			defer cancel()
			shown, err := h.Preview(soon, "weekly", "amina@people.example", time.Time{})
			if err == nil && shown.HTML == "" {
				t.Error("nothing is shown")
			}
			return err
		}))
	})
}
