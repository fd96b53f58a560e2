package store

import (
	"context"
	"database/sql"

	"postrider/magazine"
)

// The setting that tells by which rule the keys of addresses were made, and the
// present rule: 2 takes all spellings of a domain for one.
const (
	emailKeys = "email-keys"
	emailRule = "2"
)

// rekey makes the keys of addresses anew that an older rule made. Of two people whose
// address is one by the present rule, the one who has its key already, or the first,
// keeps it, and the other stays as they are, to be found by an admin.
func (s *Store) rekey(ctx context.Context) error {
	if have, err := s.Kept(ctx, emailKeys); err != nil || have == emailRule {
		return err
	}
	return s.Write(ctx, func(tx *Tx) error {
		people, err := tx.oldKeys(ctx, "SELECT id, email_key FROM subscribers ORDER BY id")
		if err != nil {
			return err
		}
		for _, p := range people {
			if _, err := tx.exec(ctx, "UPDATE subscribers SET email_key = $2 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM subscribers o WHERE o.email_key = $2)", p.of, magazine.EmailKey(p.key)); err != nil {
				return err
			}
		}
		suppressed, err := tx.oldKeys(ctx, "SELECT email_key, email_key FROM suppressions")
		if err != nil {
			return err
		}
		for _, k := range suppressed {
			if _, err := tx.exec(ctx, "INSERT INTO suppressions (email_key, reason, created) SELECT $2, reason, created FROM suppressions WHERE email_key = $1 ON CONFLICT DO NOTHING", k.of, magazine.EmailKey(k.key)); err != nil {
				return err
			}
			if _, err := tx.exec(ctx, "DELETE FROM suppressions WHERE email_key = $1", k.of); err != nil {
				return err
			}
		}
		return tx.Keep(ctx, emailKeys, emailRule)
	})
}

// oldKey is a key that the present rule would make otherwise, and the row that has it.
type oldKey struct{ of, key string }

func (tx *Tx) oldKeys(ctx context.Context, query string) (old []oldKey, err error) {
	_, err = collect(ctx, tx, func(rows *sql.Rows) (none struct{}, err error) {
		var k oldKey
		if err = rows.Scan(&k.of, &k.key); err == nil && magazine.EmailKey(k.key) != k.key {
			old = append(old, k)
		}
		return none, err
	}, query)
	return old, err
}
