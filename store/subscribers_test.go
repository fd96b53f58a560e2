package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

var (
	salma   = magazine.Follow{Kind: magazine.FollowAuthor, Slug: "salma-oduya"}
	fiction = magazine.Follow{Kind: magazine.FollowSection, Slug: "fiction"}
)

func testSubscriberIsKnownByAddress(t *testing.T, s *store.Store, clock *posttest.Clock) {
	write(t, s, func(tx *store.Tx) error {
		p, isNew, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: "Amina@Example.org", Name: "Amina", Timezone: "Africa/Nairobi"})
		if err != nil || !isNew || p.ID == "" || p.Email != "Amina@Example.org" || p.Name != "Amina" || p.Timezone != "Africa/Nairobi" || p.State != magazine.Pending || !p.Created.Equal(clock.Now()) || !p.Confirmed.IsZero() {
			t.Errorf("%+v, %v, %v", p, isNew, err)
		}
		same, isNew, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: "amina@example.ORG", Name: "Somebody else", Timezone: "Asia/Tehran"})
		if err != nil || isNew || same != p {
			t.Errorf("%+v, %v, %v", same, isNew, err)
		}
		for _, c := range []struct {
			name, zone         string
			over               bool
			wantName, wantZone string
		}{{"B", "B/B", false, "Amina", "Africa/Nairobi"}, {"", "", true, "Amina", "Africa/Nairobi"}, {"C", "", true, "C", "Africa/Nairobi"}} {
			if err := tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: p.ID, Name: c.name, Timezone: c.zone}, c.over); err != nil {
				return err
			}
			if p, err = tx.Subscriber(ctx, p.ID); err != nil || p.Name != c.wantName || p.Timezone != c.wantZone {
				t.Errorf("%+v: %+v, %v", c, p, err)
			}
		}
		for _, language := range []string{"ar-MA", "", "fr"} {
			if err := tx.SetLanguage(ctx, p.ID, language); err != nil {
				return err
			}
			if p, err = tx.Subscriber(ctx, p.ID); err != nil || p.Language != language {
				t.Errorf("in %q: %+v, %v", language, p, err)
			}
		}
		clock.Add(time.Hour)
		return tx.SetSubscriberState(ctx, p.ID, magazine.Confirmed)
	})
	p, err := s.SubscriberByEmail(ctx, "AMINA@example.org")
	if err != nil || p.State != magazine.Confirmed || p.Language != "fr" || !p.Confirmed.Equal(posttest.Start) {
		t.Errorf("%+v, %v", p, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.SetSubscriberState(ctx, p.ID, magazine.Bounced) })
	if p, err = s.Subscriber(ctx, p.ID); err != nil || p.State != magazine.Bounced || !p.Confirmed.Equal(posttest.Start) {
		t.Errorf("when they agreed stays: %+v, %v", p, err)
	}
	if _, err := s.Subscriber(ctx, "nobody"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
}

func testServedNumbersStartWhenTheyAreMade(t *testing.T, s *store.Store, clock *posttest.Clock) {
	check := func(what, id string, own, follow int64) {
		t.Helper()
		if o, f := served(t, s, id); o != own || f != follow {
			t.Errorf("%s: served %d and %d, want %d and %d", what, o, f, own, follow)
		}
	}
	count(t, s, 5)
	id := join(t, s, "amina@example.org")
	check("made", id, 5, 0)
	count(t, s, 8)
	join(t, s, "amina@example.org")
	check("made again", id, 5, 0)
	join(t, s, "amina@example.org", salma)
	check("a later follow", id, 5, 8)
	count(t, s, 9)
	join(t, s, "amina@example.org", salma)
	check("followed again", id, 5, 8)
	write(t, s, func(tx *store.Tx) error { return tx.FollowEverything(ctx, "weekly", id) })
	check("widened: what waits is not lost", id, 5, 0)

	join(t, s, "amina@example.org", fiction)
	leave := func() {
		t.Helper()
		write(t, s, func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, "weekly", id); return err })
	}
	leave()
	count(t, s, 12)
	write(t, s, func(tx *store.Tx) error {
		if made, err := tx.Subscribe(ctx, "weekly", id, false); made || err != nil {
			t.Errorf("one who left was revived: %v", err)
		}
		return nil
	})
	if n, _ := s.Subscription(ctx, "weekly", id); n.State != magazine.SubscriptionLeft {
		t.Errorf("%+v", n)
	}
	write(t, s, func(tx *store.Tx) error {
		if made, err := tx.Subscribe(ctx, "weekly", id, true); !made || err != nil {
			t.Errorf("not revived: %v", err)
		}
		return nil
	})
	check("joined again: now, and all of it", id, 12, 0)
	write(t, s, func(tx *store.Tx) error {
		for _, number := range []int64{20, 7} { // it only grows
			if err := tx.Serve(ctx, "weekly", id, number); err != nil {
				return err
			}
		}
		return tx.Serve(ctx, "monthly", id, 30)
	})
	check("served", id, 20, 0)
}

func testLeaving(t *testing.T, s *store.Store, clock *posttest.Clock) {
	id := join(t, s, "amina@example.org")
	write(t, s, func(tx *store.Tx) error { _, err := tx.Subscribe(ctx, "monthly", id, false); return err })
	leave := func(newsletter string, want bool, state magazine.SubscriberState) {
		t.Helper()
		clock.Add(time.Hour)
		write(t, s, func(tx *store.Tx) error {
			if was, err := tx.Unsubscribe(ctx, newsletter, id); was != want || err != nil {
				t.Errorf("%s: %v, %v", newsletter, was, err)
			}
			return nil
		})
		if p, _ := s.Subscriber(ctx, id); p.State != state {
			t.Errorf("after %s: %s, want %s", newsletter, p.State, state)
		}
		if at, err := s.LeftAt(ctx, newsletter, id); err != nil || newsletter != "daily" && !at.Equal(clock.Now()) || newsletter == "daily" && !at.IsZero() {
			t.Errorf("left %s at %v, %v", newsletter, at, err)
		}
	}
	if at, err := s.LeftAt(ctx, "weekly", id); err != nil || !at.IsZero() {
		t.Errorf("never left: %v, %v", at, err)
	}
	leave("daily", false, magazine.Confirmed)
	leave("weekly", true, magazine.Confirmed)
	leave("weekly", false, magazine.Confirmed)
	leave("monthly", true, magazine.Unsubscribed)
	leave("monthly", false, magazine.Unsubscribed)
	write(t, s, func(tx *store.Tx) error {
		if was, err := tx.Unsubscribe(ctx, "weekly", "nobody"); was || err != nil {
			t.Errorf("%v, %v", was, err)
		}
		return nil
	})
	if n, err := s.CountReaders(ctx, weekly); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func testReadersComeInPages(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var ids []string
	for i := range 25 {
		var follows []magazine.Follow
		if i%3 == 0 {
			follows = []magazine.Follow{salma, fiction}
		}
		ids = append(ids, join(t, s, fmt.Sprintf("p%d@example.org", i), follows...))
	}
	left := ids[4]
	write(t, s, func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, "weekly", left); return err })
	pages, seen, above := 0, map[string]bool{}, ""
	for {
		list, err := s.Readers(ctx, weekly, above, "", 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		pages++
		for _, n := range list {
			above = n.Subscriber.ID
			if seen[above] || above == left {
				t.Errorf("%s comes twice, or has left", above)
			}
			seen[above] = true
			if want := slices.Index(ids, above)%3 == 0; want != (len(n.Follows) == 2) {
				t.Errorf("%s follows %v", n.Subscriber.Email, n.Follows)
			}
		}
	}
	if pages != 4 || len(seen) != 24 {
		t.Errorf("%d pages of %d people", pages, len(seen))
	}
	var all []store.SubscriberListing
	if err := s.EachSubscriber(ctx, func(l store.SubscriberListing) error { all = append(all, l); return nil }); err != nil || len(all) != 25 {
		t.Fatalf("%d, %v", len(all), err)
	}
	for _, l := range all {
		if len(l.Subscriptions) != 1 || l.Subscriptions[0].Newsletter != "weekly" || l.Suppressed != "" {
			t.Errorf("%+v", l)
		}
	}
	stop := errors.New("stop")
	if err := s.EachSubscriber(ctx, func(store.SubscriberListing) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// Ids are compared in SQL alone, and in every collation a page goes on where
// the last one ended; the last of all characters is above every id.
func TestReadersInAnyCollation(t *testing.T) {
	url := posttest.URL(t, "postgres")
	admin, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	var name string
	if err := admin.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	for i, collation := range []string{"LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'", "LOCALE_PROVIDER icu ICU_LOCALE 'cs' LOCALE 'C.UTF-8'", "LOCALE 'C'"} {
		db := fmt.Sprintf("%s_%d", name, i)
		if _, err := admin.Exec("CREATE DATABASE " + db + " TEMPLATE template0 ENCODING 'UTF8' " + collation); err != nil {
			t.Fatal(err)
		}
		clock := posttest.NewClock(posttest.Start)
		s := posttest.Open(t, strings.Replace(url, "/"+name+"?", "/"+db+"?", 1), clock.Now)
		for i := range 20 {
			join(t, s, fmt.Sprintf("p%d@example.org", i), salma)
		}
		seen := map[string]bool{}
		for above := ""; ; {
			list, err := s.Readers(ctx, weekly, above, "", 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, n := range list {
				above = n.Subscriber.ID
				if seen[above] || len(n.Follows) != 1 {
					t.Errorf("%s: %s comes twice, or follows %v", collation, above, n.Follows)
				}
				seen[above] = true
			}
		}
		ranges := plan(t, s, "e", 7)
		if len(seen) != 20 || len(ranges) != 3 {
			t.Errorf("%s: %d people in pages, %d ranges", collation, len(seen), len(ranges))
		}
	}
}

func testSuppression(t *testing.T, s *store.Store, clock *posttest.Clock) {
	join(t, s, "Amina@example.org")
	write(t, s, func(tx *store.Tx) error {
		if err := tx.Suppress(ctx, "amina@EXAMPLE.org", "bounced"); err != nil {
			return err
		}
		return tx.Suppress(ctx, "amina@example.org", "complained") // an earlier reason stays
	})
	why, err := s.Suppressed(ctx, "AMINA@example.org")
	if why != "bounced" || err != nil {
		t.Error(why, err)
	}
	if err := s.EachSubscriber(ctx, func(l store.SubscriberListing) error {
		if l.Suppressed != "bounced" {
			t.Errorf("%+v", l)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	write(t, s, func(tx *store.Tx) error {
		why, err := tx.Suppressed(ctx, "amina@example.org")
		if why != "bounced" {
			t.Error(why)
		}
		return err
	})
}

func testSignUps(t *testing.T, s *store.Store, clock *posttest.Clock) {
	id := join(t, s, "amina@example.org")
	u := store.SignUp{ID: "u1", Subscriber: id, Name: "Amina", Timezone: "Africa/Nairobi", Wants: []store.Share{{Newsletter: "weekly", Follows: []magazine.Follow{salma}}},
		Origin: "/join", Client: "192.0.2.1", Asked: true}
	write(t, s, func(tx *store.Tx) error { return tx.PutSignUp(ctx, u) })
	u.Created = clock.Now().UnixMicro()
	if got, err := s.SignUp(ctx, "u1"); err != nil || !reflect.DeepEqual(got, u) {
		t.Errorf("%+v, %v", got, err)
	}
	clock.Add(time.Hour)
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutSignUp(ctx, store.SignUp{ID: "u2", Subscriber: id}); err != nil {
			return err
		}
		if err := tx.SignUpMailed(ctx, "u1"); err != nil {
			return err
		}
		for after, want := range map[time.Time]string{{}: "u1 u2", posttest.Start: "u2", clock.Now(): ""} {
			open, err := tx.OpenSignUps(ctx, id, after)
			var got []string
			for _, u := range open {
				got = append(got, u.ID)
			}
			if strings.Join(got, " ") != want || err != nil {
				t.Errorf("after %v: %v, %v", after, got, err)
			}
		}
		return tx.SignUpConfirmed(ctx, "u1")
	})
	at := clock.Now().UnixMicro()
	clock.Add(time.Hour)
	write(t, s, func(tx *store.Tx) error {
		if err := tx.SignUpConfirmed(ctx, "u1"); err != nil { // the first time counts
			return err
		}
		open, err := tx.OpenSignUps(ctx, id, time.Time{})
		if len(open) != 1 || open[0].ID != "u2" || open[0].Asked {
			t.Errorf("%+v", open)
		}
		return err
	})
	if got, err := s.SignUp(ctx, "u1"); err != nil || got.Mailed != at || got.Confirmed != at {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.SignUp(ctx, "u3"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
}
