package store_test

import (
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testPasskeys(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var amina, badr magazine.Subscriber
	write(t, s, func(tx *store.Tx) (err error) {
		if amina, _, err = tx.PutSubscriber(ctx, magazine.Subscriber{Email: "amina@example.org"}); err != nil {
			return err
		}
		badr, _, err = tx.PutSubscriber(ctx, magazine.Subscriber{Email: "badr@example.org"})
		return err
	})
	put := func(id, subscriber string) (isNew bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) (err error) {
			isNew, err = tx.PutPasskey(ctx, store.Passkey{ID: id, Subscriber: subscriber, Name: "Phone", Doc: "{}"})
			return err
		})
		return isNew
	}
	if !put("a", amina.ID) || put("a", badr.ID) || !put("b", badr.ID) {
		t.Error("a passkey is taken over, or is not kept")
	}
	clock.Add(time.Hour)
	write(t, s, func(tx *store.Tx) error {
		if err := tx.DropPasskey(ctx, amina.ID, "b"); err != nil {
			return err
		}
		if err := tx.DropPasskey(ctx, badr.ID, ""); err != nil { // names none, and is not all
			return err
		}
		there, err := tx.PasskeyUsed(ctx, "b", `{"n":1}`)
		if !there {
			t.Error("one that is there is not found")
		}
		return err
	})
	if list, err := s.Passkeys(ctx, badr.ID); err != nil || len(list) != 1 || list[0] != (store.Passkey{ID: "b", Subscriber: badr.ID, Name: "Phone", Doc: `{"n":1}`, Created: posttest.Start, Used: clock.Now()}) {
		t.Errorf("%+v, %v", list, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.DropPasskey(ctx, badr.ID, "b"); err != nil {
			return err
		}
		there, err := tx.PasskeyUsed(ctx, "b", `{"n":2}`)
		if there {
			t.Error("one that was removed is used still")
		}
		return err
	})
	if list, err := s.Passkeys(ctx, badr.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Each question is answered once, for as long as it is remembered.
func testAnswered(t *testing.T, s *store.Store, clock *posttest.Clock) {
	answered := func(question string) (first bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) (err error) {
			first, err = tx.Answered(ctx, question, tx.Now.Add(-time.Hour))
			return err
		})
		return first
	}
	if !answered("a") || answered("a") || !answered("b") {
		t.Error("a question is answered twice, or not at all")
	}
	clock.Add(2 * time.Hour)
	if !answered("a") {
		t.Error("it is remembered for ever")
	}
}
