package store

import (
	"context"
	"database/sql"
	"strings"

	"postrider/magazine"
)

// Lists behind the figures of the desk go from person to person, by id, and look at so
// many at a time, however few of them fit: a page never waits for a million.

// everybody is a look at so many people, $2, above an id, $1.
const everybody = "(SELECT id FROM subscribers WHERE id > $1 ORDER BY id LIMIT $2) p"

// ofState is such a look at those alone who are of a state, $3.
const ofState = "(SELECT id FROM subscribers WHERE state = $3 AND id > $1 ORDER BY id LIMIT $2) p"

// unsent are looks at those alone of whose deliveries of an edition, $3, a state other
// than sent is kept: they have an index of their own.
var unsent = func() map[magazine.DeliveryState]string {
	all := map[magazine.DeliveryState]string{}
	for _, state := range []magazine.DeliveryState{magazine.Failed, magazine.Deferred, magazine.Skipped} {
		all[state] = "(SELECT subscriber_id AS id FROM deliveries WHERE edition_id = $3 AND state = '" + string(state) + "' AND state <> 'sent' AND subscriber_id > $1 ORDER BY subscriber_id LIMIT $2) p"
	}
	return all
}()

// stretch tells where a look at so many people ends, the second of args; empty: there
// are no more.
func (s *Store) stretch(ctx context.Context, look string, args ...any) (last string, more bool, err error) {
	var n int
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MAX(p.id), '') FROM "+look, args...).Scan(&n, &last)
	return last, n == args[1], err
}

// A DeliveryFilter says which deliveries of an edition are listed.
type DeliveryFilter struct {
	State  magazine.DeliveryState // empty: any
	Relay  string                 // empty: any
	Domain string                 // of the address, in small letters; empty: any
	Saying string                 // that is somewhere in the relay's words, or in ours where it said none; empty: any
}

// fewFirst looks at a few people first, and at all only where those are not enough:
// mostly they are.
func fewFirst[T any](people, limit int, look func(people int) (list []T, next string, err error)) (list []T, next string, err error) {
	const times = 10 // as many as are wanted
	if few := times * limit; few < people {
		if list, next, err = look(few); err != nil || next == "" || len(list) == limit {
			return list, next, err
		}
	}
	return look(people)
}

// DeliveriesOf lists up to limit deliveries of an edition by their people's ids, above
// one, among so many people. next is where to go on; empty: there are no more. Who was
// erased is not among them.
func (s *Store) DeliveriesOf(ctx context.Context, edition string, f DeliveryFilter, after string, people, limit int) (list []magazine.Delivery, next string, err error) {
	return fewFirst(people, limit, func(people int) ([]magazine.Delivery, string, error) {
		return s.deliveriesOf(ctx, edition, f, after, people, limit)
	})
}

func (s *Store) deliveriesOf(ctx context.Context, edition string, f DeliveryFilter, after string, people, limit int) (list []magazine.Delivery, next string, err error) {
	look, args := everybody, []any{after, people}
	if few, ok := unsent[f.State]; ok {
		look, args = few, append(args, edition)
	}
	last, more, err := s.stretch(ctx, look, args...)
	if err != nil || last == "" {
		return nil, "", err
	}
	where, args := "", []any{after, people, edition}
	also := func(condition string, value string) {
		if value != "" {
			args = append(args, value)
			where += " AND " + condition + in(1, len(args))
		}
	}
	also("d.state = ", string(f.State))
	also("d.relay = ", f.Relay)
	if f.Domain != "" {
		also("LOWER(d.email) LIKE '%@' || ", f.Domain)
	}
	if f.Saying != "" {
		args = append(args, within(f.Saying))
		where += " AND CASE WHEN d.reply = '' THEN d.reason ELSE d.reply END LIKE " + in(1, len(args)) + ` ESCAPE '\'`
	}
	args = append(args, limit+1)
	list, err = collect(ctx, s.readers, scanDelivery, "SELECT d."+strings.ReplaceAll(deliveryColumns, ", ", ", d.")+" FROM "+look+" CROSS JOIN deliveries d WHERE d.subscriber_id = p.id AND d.edition_id = $3"+where+" AND "+anyOf("subscribers u WHERE u.id = p.id")+" ORDER BY p.id LIMIT "+in(1, len(args)), args...)
	switch {
	case err != nil:
	case len(list) > limit:
		list = list[:limit]
		next = list[limit-1].Subscriber
	case more:
		next = last
	}
	return list, next, err
}

// A PersonFilter says which people are listed: of a state, or who would get a
// newsletter as its schedule sends it.
type PersonFilter struct {
	State    magazine.SubscriberState // empty: any
	Audience Audience                 // with no newsletter: anybody
}

// PeopleOf lists up to limit people by their ids, above one, among so many. next is
// where to go on; empty: there are no more.
func (s *Store) PeopleOf(ctx context.Context, f PersonFilter, after string, people, limit int) (list []magazine.Subscriber, next string, err error) {
	return fewFirst(people, limit, func(people int) ([]magazine.Subscriber, string, error) {
		return s.peopleOf(ctx, f, after, people, limit)
	})
}

func (s *Store) peopleOf(ctx context.Context, f PersonFilter, after string, people, limit int) (list []magazine.Subscriber, next string, err error) {
	look, of := everybody, []any{after, people}
	if f.State != "" {
		look, of = ofState, append(of, string(f.State))
	}
	last, more, err := s.stretch(ctx, look, of...)
	if err != nil || last == "" {
		return nil, "", err
	}
	where, args := "p.id > $1 AND p.id <= $2", []any{after, last}
	if f.State != "" {
		args = append(args, string(f.State))
		where += " AND p.state = " + in(1, len(args))
	}
	if f.Audience.Newsletter != "" {
		var of string
		of, args = f.Audience.where(args...)
		where += " AND " + mailable + " AND EXISTS (SELECT 1 FROM subscriptions n WHERE n.subscriber_id = p.id AND n.paused_until = 0 AND " + of + ")"
	}
	args = append(args, limit+1)
	now := s.Now()
	list, err = collect(ctx, s.readers, func(rows *sql.Rows) (p magazine.Subscriber, err error) {
		return p, scanPerson(rows, now, &p)
	}, "SELECT "+subscriberColumns+" FROM subscribers p WHERE "+where+" ORDER BY p.id LIMIT "+in(1, len(args)), args...)
	switch {
	case err != nil:
	case len(list) > limit:
		list = list[:limit]
		next = list[limit-1].ID
	case more:
		next = last
	}
	return list, next, err
}
