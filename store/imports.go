package store

import (
	"context"
	"database/sql"
	"io"
	"slices"
	"time"

	"postrider/magazine"
)

// ImportState says how far an import is.
type ImportState string

// The states of an Import, in their order. One that was not wanted, or came to
// nothing, is dropped.
const (
	ImportComing   ImportState = "coming" // its list is still coming in
	ImportNew      ImportState = "new"    // nobody has said yet how it is to be taken
	ImportChecking ImportState = "checking"
	ImportChecked  ImportState = "checked" // what would come of it is known
	ImportRunning  ImportState = "importing"
	ImportDone     ImportState = "done"
	ImportUndoing  ImportState = "undoing"
	ImportUndone   ImportState = "undone"
	ImportDropped  ImportState = "dropped"
)

// An Import is a list of people that is brought in at the desk.
type Import struct {
	ID, Name, Who    string // Name: the file's
	State            ImportState
	Created, Changed time.Time
	Bytes, Lines     int64
	Line             int64  // how far the present step is: lines of the list, or people
	Revision         int64  // grows when somebody decides
	Plan, Done       string // JSON of package members
}

const importColumns = "id, name, who, state, created, changed, bytes, lines, line, revision, plan, done"

func scanImport(rows *sql.Rows) (i Import, err error) {
	var created, changed int64
	err = rows.Scan(&i.ID, &i.Name, &i.Who, &i.State, &created, &changed, &i.Bytes, &i.Lines, &i.Line, &i.Revision, &i.Plan, &i.Done)
	i.Created, i.Changed = fromMicros(created), fromMicros(changed)
	return i, err
}

// AddImport keeps an import whose list is still to come.
func (tx *Tx) AddImport(ctx context.Context, i Import) error {
	_, err := tx.exec(ctx, "INSERT INTO imports ("+importColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		i.ID, i.Name, i.Who, i.State, micros(tx.Now), micros(tx.Now), i.Bytes, i.Lines, i.Line, i.Revision, i.Plan, i.Done)
	return err
}

// AddImportPart keeps the next part of an import's list.
func (tx *Tx) AddImportPart(ctx context.Context, id string, part int, data []byte) error {
	_, err := tx.exec(ctx, "INSERT INTO import_parts (import_id, part, data) VALUES ($1, $2, $3)", id, part, data)
	return err
}

// ChangeImport puts an import as it is now in place of it as it was, and tells
// whether it still was so: of two who go on with one at once, the second changes
// nothing.
func (tx *Tx) ChangeImport(ctx context.Context, was, now Import) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE imports SET state = $1, changed = $2, bytes = $3, lines = $4, line = $5, revision = $6, plan = $7, done = $8
		WHERE id = $9 AND state = $10 AND line = $11 AND revision = $12`,
		now.State, micros(tx.Now), now.Bytes, now.Lines, now.Line, now.Revision, now.Plan, now.Done, was.ID, was.State, was.Line, was.Revision)
	return n > 0, err
}

// TouchImport notes that an import still goes on, where it does.
func (tx *Tx) TouchImport(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE imports SET changed = $1 WHERE id = $2 AND state = $3", micros(tx.Now), id, ImportRunning)
	return err
}

// DropImportList forgets the list of an import.
func (tx *Tx) DropImportList(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "DELETE FROM import_parts WHERE import_id = $1", id)
	return err
}

// DeleteImport forgets an import that was dropped.
func (tx *Tx) DeleteImport(ctx context.Context, id string) error {
	if err := tx.DropImportList(ctx, id); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM imports WHERE id = $1", id)
	return err
}

// Import finds an import. NotFound: there is none.
func (s *Store) Import(ctx context.Context, id string) (Import, error) {
	return importOf(ctx, s.readers, id, "")
}

// Import is that of Store in a transaction, which locks it.
func (tx *Tx) Import(ctx context.Context, id string) (Import, error) {
	return importOf(ctx, tx, id, tx.s.dialect.forUpdate)
}

func importOf(ctx context.Context, q querier, id, lock string) (Import, error) {
	found, err := collect(ctx, q, scanImport, "SELECT "+importColumns+" FROM imports WHERE id = $1"+lock, id)
	if err == nil && len(found) == 0 {
		err = magazine.Errorf(magazine.NotFound, "there is no such import").Said("desk.import.none")
	}
	if err != nil {
		return Import{}, err
	}
	return found[0], nil
}

// Imports lists the last imports whose lists have come in, newest first.
func (s *Store) Imports(ctx context.Context, limit int) ([]Import, error) {
	return collect(ctx, s.readers, scanImport, "SELECT "+importColumns+" FROM imports WHERE state <> 'coming' ORDER BY created DESC, id LIMIT $1", limit)
}

// ImportList reads the list of an import as it came, a part at a time.
func (s *Store) ImportList(ctx context.Context, id string) io.Reader {
	return &importReader{ctx: ctx, s: s, id: id}
}

type importReader struct {
	ctx  context.Context
	s    *Store
	id   string
	part int
	data []byte
}

func (r *importReader) Read(p []byte) (int, error) {
	for len(r.data) == 0 {
		err := r.s.readers.QueryRowContext(r.ctx, "SELECT data FROM import_parts WHERE import_id = $1 AND part = $2", r.id, r.part).Scan(&r.data)
		if isNoRows(err) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		r.part++
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

// An ImportedPerson is one whom an import changed, or found as its list has them.
type ImportedPerson struct {
	Subscriber string // id
	Was        string // as package members tells it; empty: they are new by it
	Became     string // the same as Was: it changed nothing
}

// PutImportedPeople keeps whom an import changed, or found. Of one who comes again, how
// they first stood stays. Whom it found as they are is kept only where another import,
// which may be undone, has brought or changed them, and of the two latest alone: a list
// that is brought in each night and changes nobody leaves no more each time.
func (tx *Tx) PutImportedPeople(ctx context.Context, id string, people []ImportedPerson) error {
	var changed, found []any
	var ids []string
	for _, p := range people {
		if p.Was != p.Became {
			changed = append(changed, id, p.Subscriber, p.Was, p.Became)
		} else {
			ids = append(ids, p.Subscriber)
		}
	}
	others, err := tx.OtherImports(ctx, id, ids)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Was == p.Became && slices.ContainsFunc(others[p.Subscriber], OtherImport.changed) {
			found = append(found, id, p.Subscriber, p.Was, p.Became)
		}
	}
	for other, people := range outdated(others) {
		if err := tx.ForgetImported(ctx, other, people); err != nil {
			return err
		}
	}
	const into = "INSERT INTO import_people (import_id, subscriber_id, was, became)"
	if _, err := tx.insert(ctx, into, 4, found, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	_, err = tx.insert(ctx, into, 4, changed, `ON CONFLICT (import_id, subscriber_id) DO UPDATE SET became = excluded.became,
		was = CASE WHEN import_people.was = import_people.became THEN excluded.was ELSE import_people.was END`)
	return err
}

// outdated tells, by import, whom it found as they are, and a later one that counts did,
// too.
func outdated(others map[string][]OtherImport) map[string][]string {
	people := map[string][]string{}
	for person, imports := range others {
		later := false
		for _, o := range slices.Backward(imports) {
			switch {
			case o.changed() || !o.Stands:
			case later:
				people[o.ID] = append(people[o.ID], person)
			default:
				later = true
			}
		}
	}
	return people
}

// ImportedPeople lists some of those whom an import changed or found, by their ids, above
// one.
func (s *Store) ImportedPeople(ctx context.Context, id, above string, limit int) ([]ImportedPerson, error) {
	return importedPeople(ctx, s.readers, id, above, limit)
}

// ImportedPeople is that of Store in a transaction.
func (tx *Tx) ImportedPeople(ctx context.Context, id, above string, limit int) ([]ImportedPerson, error) {
	return importedPeople(ctx, tx, id, above, limit)
}

func importedPeople(ctx context.Context, q querier, id, above string, limit int) ([]ImportedPerson, error) {
	return collect(ctx, q, func(rows *sql.Rows) (p ImportedPerson, err error) {
		err = rows.Scan(&p.Subscriber, &p.Was, &p.Became)
		return p, err
	}, "SELECT subscriber_id, was, became FROM import_people WHERE import_id = $1 AND subscriber_id > $2 ORDER BY subscriber_id LIMIT $3", id, above, limit)
}

// ForgetImported forgets that an import changed some people; nobody named: anybody.
func (tx *Tx) ForgetImported(ctx context.Context, id string, people []string) error {
	if len(people) == 0 {
		_, err := tx.exec(ctx, "DELETE FROM import_people WHERE import_id = $1", id)
		return err
	}
	for some := range slices.Chunk(people, batch) {
		if _, err := tx.exec(ctx, "DELETE FROM import_people WHERE import_id = $1 AND subscriber_id IN ("+in(len(some), 2)+")", append([]any{id}, anys(some)...)...); err != nil {
			return err
		}
	}
	return nil
}

// ImportsOf lists the imports that changed a person and can be undone, oldest first.
func (s *Store) ImportsOf(ctx context.Context, subscriber string) ([]Import, error) {
	return collect(ctx, s.readers, scanImport, "SELECT "+importColumns+" FROM imports WHERE id IN (SELECT import_id FROM import_people WHERE subscriber_id = $1 AND was <> became) ORDER BY created, id", subscriber)
}

// An OtherImport is an import that has a person, too, and is not undone.
type OtherImport struct {
	ID          string
	Was, Became string // how they stood before and after it, as of an ImportedPerson
	Stands      bool   // nobody has wanted it undone; else it is about to be
}

// changed tells that it brought them, or changed something of them.
func (o OtherImport) changed() bool { return o.Was != o.Became }

// OtherImports tells which other imports than one have some people, too, and are not
// undone: of each person, oldest first.
func (tx *Tx) OtherImports(ctx context.Context, than string, people []string) (map[string][]OtherImport, error) {
	return otherImports(ctx, tx, than, people)
}

// OtherImports is that of Tx.
func (s *Store) OtherImports(ctx context.Context, than string, people []string) (map[string][]OtherImport, error) {
	return otherImports(ctx, s.readers, than, people)
}

func otherImports(ctx context.Context, q querier, than string, people []string) (map[string][]OtherImport, error) {
	found := map[string][]OtherImport{}
	for some := range slices.Chunk(people, batch) {
		if _, err := collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
			var person string
			var state ImportState
			var other OtherImport
			err = rows.Scan(&person, &other.ID, &other.Was, &other.Became, &state)
			other.Stands = state != ImportUndoing
			found[person] = append(found[person], other)
			return none, err
		}, `SELECT p.subscriber_id, p.import_id, p.was, p.became, i.state FROM import_people p JOIN imports i ON i.id = p.import_id
			WHERE p.import_id <> $1 AND i.state <> 'undone' AND p.subscriber_id IN (`+in(len(some), 2)+`) ORDER BY i.created, i.id`,
			append([]any{than}, anys(some)...)...); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// RetellImported tells otherwise how a person stood before and after an import.
func (tx *Tx) RetellImported(ctx context.Context, o OtherImport, person string) error {
	_, err := tx.exec(ctx, "UPDATE import_people SET was = $1, became = $2 WHERE import_id = $3 AND subscriber_id = $4", o.Was, o.Became, o.ID, person)
	return err
}
