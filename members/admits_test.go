package members

import (
	"context"
	"io"
)

// Admits is Import, and tells how often somebody was admitted for it.
func (m *Members) Admits(ctx context.Context, in io.Reader, o ImportOptions) (Imported, int, error) {
	i := m.importing(o)
	err := i.all(ctx, newRecords(in))
	return i.done, i.admits, err
}
