package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"postrider/magazine"
)

// A File is what was last read of one file of a source.
type File struct {
	Source, Path string
	Size         int64
	Modified     int64  // nanoseconds, as the file system says
	Hash         string // of its bytes
	Reader       string // revision of what read it
	State        FileState
	ArticleID    string
	About        string // key of the scope that a data file tells of
	Title        string
	Uses         []string // files that it shows
	Problems     []magazine.Problem
}

// FileState says what became of a file.
type FileState string

// The states of a File.
const (
	FileArticle FileState = "article"
	FileHeld    FileState = "held"
	FileData    FileState = "data" // of an author or an issue
	FileGone    FileState = "gone"
)

const fileColumns = "source, path, size, modified, hash, reader, state, article_id, about, title, uses, problems"

func scanFile(rows *sql.Rows) (f File, err error) {
	var uses, problems string
	if err = rows.Scan(&f.Source, &f.Path, &f.Size, &f.Modified, &f.Hash, &f.Reader, &f.State, &f.ArticleID, &f.About, &f.Title, &uses, &problems); err != nil {
		return f, err
	}
	if err = json.Unmarshal([]byte(uses), &f.Uses); err == nil {
		err = json.Unmarshal([]byte(problems), &f.Problems)
	}
	return f, err
}

// Files lists what is known of a source's files, by path.
func (s *Store) Files(ctx context.Context, source string) ([]File, error) {
	return collect(ctx, s.readers, scanFile, "SELECT "+fileColumns+" FROM files WHERE source = $1 ORDER BY path", source)
}

// PutFiles keeps what was read of files, each of which is given once.
func (tx *Tx) PutFiles(ctx context.Context, files ...File) error {
	var args []any
	for _, f := range files {
		args = append(args, f.Source, f.Path, f.Size, f.Modified, f.Hash, f.Reader, f.State, f.ArticleID, f.About, f.Title, jsonList(f.Uses), jsonList(f.Problems), micros(tx.Now))
	}
	_, err := tx.insert(ctx, "INSERT INTO files ("+fileColumns+", first_seen)", 13, args, `ON CONFLICT (source, path) DO UPDATE SET size = excluded.size, modified = excluded.modified, hash = excluded.hash, reader = excluded.reader,
		state = excluded.state, article_id = excluded.article_id, about = excluded.about, title = excluded.title, uses = excluded.uses, problems = excluded.problems`)
	return err
}

// An ArticleRow is an article with what only reading needs to know of it.
type ArticleRow struct {
	magazine.Article
	GivenID    string // as the front matter says, or empty
	WantedSlug string // before it was made unique
	BodyHash   string
	Source     string
	Pass       int64 // the pass that is bringing it; 0: none
}

// FindArticle finds the row of an article for reading by id, given id, GUID or
// a slug that it ever had. Nil: there is none.
func (tx *Tx) FindArticle(ctx context.Context, by ArticleKey, value string) (*ArticleRow, error) {
	if value == "" {
		return nil, nil
	}
	rows, err := collect(ctx, tx, scanText, "SELECT a.id FROM articles a WHERE "+string(by)+" ORDER BY a.id LIMIT 1", value)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	a, err := articleBy(ctx, tx, "a.id = $1", rows[0])
	if err != nil {
		return nil, err
	}
	row := &ArticleRow{Article: *a}
	err = tx.QueryRowContext(ctx, "SELECT given_id, wanted_slug, body_hash, source, pass FROM articles WHERE id = $1", a.ID).
		Scan(&row.GivenID, &row.WantedSlug, &row.BodyHash, &row.Source, &row.Pass)
	return row, err
}

// ArticleKey says by what FindArticle looks.
type ArticleKey string

// The keys of FindArticle.
const (
	ByID      ArticleKey = "a.id = $1"
	ByGivenID ArticleKey = "a.given_id <> '' AND a.given_id = $1"
	ByGUID    ArticleKey = "a.guid = $1"
	BySlug    ArticleKey = "a.id = (SELECT article_id FROM article_slugs WHERE slug = $1)"
)

// CoverDate is an issue's, zero where no file of its own says it.
func (tx *Tx) CoverDate(ctx context.Context, ref magazine.IssueRef) (time.Time, error) {
	var at int64
	err := tx.QueryRowContext(ctx, "SELECT cover_date FROM issues WHERE volume = $1 AND number = $2 AND given = 1", ref.Volume, ref.Number).Scan(&at)
	if isNoRows(err) {
		err = nil
	}
	return fromMicros(at), err
}

// ArticleListing is a line of the list of articles: an article, or a file that
// is held.
type ArticleListing struct {
	Source   string
	File     string // below the source's folder
	State    magazine.ArticleState
	Slug     string
	Title    string
	Problems []magazine.Problem
}

// ArticleListings lists every article and held file, by source and file. An article whose
// newest version is held is listed as held.
func (s *Store) ArticleListings(ctx context.Context) ([]ArticleListing, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (l ArticleListing, err error) {
		var problems, doc string
		var title string
		if err = rows.Scan(&l.Source, &l.File, &l.State, &l.Slug, &title, &doc, &problems); err != nil {
			return l, err
		}
		var a magazine.Article
		if err = json.Unmarshal([]byte(doc), &a); err != nil {
			return l, err
		}
		if l.Title = a.Title; l.Title == "" {
			l.Title = title
		}
		return l, json.Unmarshal([]byte(problems), &l.Problems)
	}, `SELECT f.source, f.path, CASE WHEN f.state = 'held' THEN 'held' ELSE COALESCE(a.state, 'held') END, COALESCE(a.slug, ''), f.title, COALESCE(a.doc, '{}'), f.problems
		FROM files f LEFT JOIN articles a ON a.id = f.article_id WHERE f.state IN ('article', 'held')
		UNION ALL SELECT a.source, a.file, a.state, a.slug, '', a.doc, '[]' FROM articles a
		WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.article_id = a.id AND f.state IN ('article', 'held')) ORDER BY 1, 2, 4`)
}

// FileProblems lists the files that something is wrong with or was repaired in,
// by source and path.
func (s *Store) FileProblems(ctx context.Context) ([]File, error) {
	return collect(ctx, s.readers, scanFile, "SELECT "+fileColumns+" FROM files WHERE problems <> '[]' AND state <> 'gone' ORDER BY source, path")
}

func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}

func jsonList[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic("store: a list of plain values does not marshal: " + err.Error())
	}
	return string(b)
}
