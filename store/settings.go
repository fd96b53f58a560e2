package store

import "context"

// Setting reads a value that the program keeps for itself, making it by fresh
// where there is none yet.
func (s *Store) Setting(ctx context.Context, name string, fresh func() string) (value string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	if !isNoRows(err) {
		return value, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, fresh()); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	})
	return value, err
}
