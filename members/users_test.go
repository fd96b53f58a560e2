package members_test

import (
	"slices"
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

func TestUsers(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		h := newHouse(t, s, clock)
		set := func(email string, role magazine.Role, want magazine.Code) magazine.User {
			t.Helper()
			u, err := h.SetUser(ctx, email, role, "root")
			if magazine.CodeOf(err) != want && !(want == "" && err == nil) {
				t.Fatalf("%s as %q: %v", email, role, err)
			}
			return u
		}
		first := set(" Amina@Example.org", "", "")
		if first.Role != magazine.Owner {
			t.Fatalf("the first is %q", first.Role)
		}
		set("badr@example.org", "", magazine.Invalid)
		if _, err := s.SubscriberByEmail(ctx, "badr@example.org"); magazine.CodeOf(err) != magazine.NotFound {
			t.Errorf("one who was refused is kept: %v", err)
		}
		set("nowhere", magazine.Viewer, magazine.Invalid)
		set("badr@example.org", magazine.Viewer, "")
		set("amina@example.org", magazine.Editor, magazine.Conflict)
		if err := h.RemoveUser(ctx, "amina@example.org", "root"); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("the only owner is removed: %v", err)
		}
		if u := set("badr@example.org", "", ""); u.Role != magazine.Viewer {
			t.Errorf("without a role they have %q", u.Role)
		}
		if err := h.Erase(ctx, first.Subscriber.ID); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("a user is erased: %v", err)
		}
		set("badr@example.org", magazine.Owner, "")
		if err := h.RemoveUser(ctx, "amina@example.org", "badr@example.org"); err != nil {
			t.Error(err)
		}
		for _, email := range []string{"amina@example.org", "nobody@example.org"} {
			if err := h.RemoveUser(ctx, email, "root"); magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("%s: %v", email, err)
			}
		}
		if err := h.Erase(ctx, first.Subscriber.ID); err != nil {
			t.Error(err)
		}
		var log []string
		if err := s.EachAct(ctx, posttest.Start, func(a store.Act) error {
			log = append(log, a.Who+" "+a.What+" "+a.Whom+": "+a.Detail)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"root user : nothing to owner", "root user badr@example.org: viewer to owner", "badr@example.org user : owner to nothing"} {
			if !strings.Contains(strings.Join(log, "\n"), want) {
				t.Errorf("no %q in\n%s", want, strings.Join(log, "\n"))
			}
		}
		if len(log) != 4 {
			t.Errorf("%d acts: %q", len(log), log)
		}
	})
}

// The link of a user signs in once, for a quarter of an hour, and mails nobody.
func TestUserLink(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		h := newHouse(t, s, clock)
		u, err := h.SetUser(ctx, "amina@example.org", "", "root")
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.UserLink(ctx, u, "root")
		if err != nil || len(h.signs) != 0 {
			t.Fatalf("%v, %d mails", err, len(h.signs))
		}
		if opened, err := h.SignInByLink(ctx, token, members.Browser{}); err != nil || opened.Next != members.DeskPath {
			t.Errorf("%+v, %v", opened, err)
		}
		if _, err := h.SignInByLink(ctx, token, members.Browser{}); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("once more: %v", err)
		}
		if token, err = h.UserLink(ctx, u, "root"); err != nil {
			t.Fatal(err)
		}
		acts, err := s.SubscriberActs(ctx, u.Subscriber.ID)
		if err != nil || len(acts) != 3 || !slices.ContainsFunc(acts, func(a store.Act) bool { return a.What == "link" && a.Who == "root" }) {
			t.Errorf("that links were made: %+v, %v", acts, err)
		}
		clock.Add(members.SignInWithin)
		if _, err := h.SignInByLink(ctx, token, members.Browser{}); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("too late: %v", err)
		}
	})
}
