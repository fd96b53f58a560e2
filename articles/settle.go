package articles

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// settled is how long a file must have been left alone before it is read: one
// that is being written is read when it is complete.
const settled = 1500 * time.Millisecond

// settle waits until files that were written just now have been left alone for
// a moment, and leaves those that are still being written to the next pass.
func (p *pass) settle(ctx context.Context, work []File) ([]File, error) {
	now := time.Now()
	var wait time.Duration
	for _, f := range work {
		wait = max(wait, unsettled(now, f.Modified))
	}
	if err := pause(ctx, wait); err != nil || wait == 0 {
		return work, err
	}
	return slices.DeleteFunc(work, func(f File) bool {
		if unsettled(now, f.Modified) == 0 {
			return false
		}
		info, err := p.root.Lstat(f.Name)
		written := err == nil && (info.Size() != f.Size || !info.ModTime().Equal(f.Modified)) || errors.Is(err, fs.ErrNotExist)
		p.unripe = p.unripe || written
		return written
	}), nil
}

// unsettled is how long to wait for a file of an age. The file system's clock
// may be ahead of ours: what comes from the future is looked at for the whole
// time.
func unsettled(now, modified time.Time) time.Duration {
	return max(0, min(settled, settled-now.Sub(modified)))
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
