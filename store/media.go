package store

import (
	"context"
	"encoding/json"

	"postrider/magazine"
)

// Media is a file that pages and mails show, named by the hash of its bytes.
type Media struct {
	Hash          string
	Type          string // media type
	Width, Height int    // pixels of an image, else 0
	Data          []byte
}

// Media finds a file by its hash. NotFound: there is none.
func (s *Store) Media(ctx context.Context, hash string) (*Media, error) {
	m := Media{Hash: hash}
	err := s.readers.QueryRowContext(ctx, "SELECT type, width, height, data FROM media WHERE hash = $1", hash).Scan(&m.Type, &m.Width, &m.Height, &m.Data)
	if isNoRows(err) {
		return nil, magazine.Errorf(magazine.NotFound, "there is no such file")
	}
	return &m, err
}

// PutMedia keeps a file. The same bytes are kept once.
func (tx *Tx) PutMedia(ctx context.Context, m Media) error {
	if m.Data == nil { // an empty file is one too
		m.Data = []byte{}
	}
	_, err := tx.exec(ctx, "INSERT INTO media (hash, type, width, height, size, data) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash) DO NOTHING",
		m.Hash, m.Type, m.Width, m.Height, len(m.Data), m.Data)
	return err
}

// A MediaFile says what became of a file of a source that articles show.
type MediaFile struct {
	Source, Path string
	Size         int64
	Modified     int64           // nanoseconds, as the file system says
	Image        *magazine.Image // its address, type and size, and its form for mails
}

// MediaFiles lists what is known of a source's media files, by path.
func (s *Store) MediaFiles(ctx context.Context, source string) (map[string]MediaFile, error) {
	found := map[string]MediaFile{}
	rows, err := s.readers.QueryContext(ctx, "SELECT path, size, modified, doc FROM media_files WHERE source = $1", source)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		f := MediaFile{Source: source}
		var doc string
		if err := rows.Scan(&f.Path, &f.Size, &f.Modified, &doc); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(doc), &f.Image); err != nil {
			return nil, err
		}
		found[f.Path] = f
	}
	return found, rows.Err()
}

// PutMediaFile keeps what became of a file.
func (tx *Tx) PutMediaFile(ctx context.Context, f MediaFile) error {
	doc, err := json.Marshal(f.Image)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO media_files (source, path, size, modified, doc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (source, path) DO UPDATE SET size = excluded.size, modified = excluded.modified, doc = excluded.doc`, f.Source, f.Path, f.Size, f.Modified, string(doc))
	return err
}

// DropMediaFile forgets a file that is not there any more. What was made of it
// stays, for mails and feeds that are out link to it.
func (tx *Tx) DropMediaFile(ctx context.Context, source, path string) error {
	_, err := tx.exec(ctx, "DELETE FROM media_files WHERE source = $1 AND path = $2", source, path)
	return err
}
