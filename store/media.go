package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"postrider/magazine"
)

// Media is a file that pages and mails show, named by the hash of its bytes.
type Media struct {
	Hash          string
	Type          string // media type
	Width, Height int    // pixels of an image, else 0
	Data          []byte
}

// mediaPart is the most bytes in one row of media_parts, and so of a file in
// memory while it is read. Files that were kept in other parts are read all
// the same.
const mediaPart = 256 << 10

// Media finds a file by its hash, for reading a part at a time while ctx
// lives. NotFound: there is none.
func (s *Store) Media(ctx context.Context, hash string) (*MediaReader, error) {
	m := MediaReader{Media: Media{Hash: hash}, ctx: ctx, from: s.readers}
	err := s.readers.QueryRowContext(ctx, "SELECT type, width, height, size FROM media WHERE hash = $1", hash).Scan(&m.Type, &m.Width, &m.Height, &m.Size)
	if isNoRows(err) {
		return nil, magazine.Errorf(magazine.NotFound, "there is no such file")
	}
	return &m, err
}

// MediaReader reads a file that is kept. It holds one part of it, and no
// connection between two reads.
type MediaReader struct {
	Media       // without its Data
	Size  int64 // bytes

	ctx   context.Context
	from  querier
	at    int64 // where the next Read begins
	start int64 // where part begins
	part  []byte
	err   error
}

// Read is that of io.Reader.
func (m *MediaReader) Read(p []byte) (int, error) {
	if m.at >= m.Size {
		return 0, io.EOF
	}
	if m.at < m.start || m.at >= m.start+int64(len(m.part)) {
		if err := m.load(); err != nil {
			m.err = err
			return 0, err
		}
	}
	n := copy(p, m.part[m.at-m.start:])
	m.at += int64(n)
	return n, nil
}

// load fetches the part that the next Read begins in.
func (m *MediaReader) load() error {
	err := m.from.QueryRowContext(m.ctx, "SELECT start, data FROM media_parts WHERE hash = $1 AND start <= $2 ORDER BY start DESC LIMIT 1", m.Hash, m.at).Scan(&m.start, &m.part)
	if err == nil && m.at >= m.start+int64(len(m.part)) || isNoRows(err) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		m.part = nil
		return fmt.Errorf("read the file %s at %d: %w", m.Hash, m.at, err)
	}
	return nil
}

// Seek is that of io.Seeker.
func (m *MediaReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += m.at
	case io.SeekEnd:
		offset += m.Size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek before the beginning of the file %s", m.Hash)
	}
	m.at = offset
	return offset, nil
}

// Err is why the file could not be read to its end, for one who gave it to a
// reader that does not tell.
func (m *MediaReader) Err() error { return m.err }

// PutMedia keeps a file. The same bytes are kept once.
func (tx *Tx) PutMedia(ctx context.Context, m Media) error {
	n, err := tx.exec(ctx, "INSERT INTO media (hash, type, width, height, size) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hash) DO NOTHING",
		m.Hash, m.Type, m.Width, m.Height, len(m.Data))
	if err != nil || n == 0 {
		return err
	}
	start := 0
	for part := range slices.Chunk(m.Data, mediaPart) {
		if _, err := tx.exec(ctx, "INSERT INTO media_parts (hash, start, data) VALUES ($1, $2, $3)", m.Hash, start, part); err != nil {
			return err
		}
		start += len(part)
	}
	return nil
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
	return found, s.mediaFiles(ctx, found, "", source)
}

// MediaFilesAt is MediaFiles for some paths.
func (s *Store) MediaFilesAt(ctx context.Context, source string, paths []string) (map[string]MediaFile, error) {
	found := map[string]MediaFile{}
	for some := range slices.Chunk(paths, batch) {
		if err := s.mediaFiles(ctx, found, " AND path IN ("+in(len(some), 2)+")", append([]any{source}, anys(some)...)...); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (s *Store) mediaFiles(ctx context.Context, found map[string]MediaFile, which string, args ...any) error {
	all, err := collect(ctx, s.readers, func(rows *sql.Rows) (f MediaFile, err error) {
		var doc string
		if err = rows.Scan(&f.Source, &f.Path, &f.Size, &f.Modified, &doc); err == nil {
			err = json.Unmarshal([]byte(doc), &f.Image)
		}
		return f, err
	}, "SELECT source, path, size, modified, doc FROM media_files WHERE source = $1"+which, args...)
	for _, f := range all {
		found[f.Path] = f
	}
	return err
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
