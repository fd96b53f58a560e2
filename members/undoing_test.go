package members_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/members"
	"postrider/store"
)

// Whom another list has, too, stays when one is undone, and is new by the other one then:
// in whatever order both are undone, they are gone in the end.
func TestUndoLeavesWhomAnotherListHas(t *testing.T) {
	each(t, func(h *house) {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}} {
			h.forget()
			lists := []members.Import{}
			for _, list := range []string{"x y", "x z", "x"} {
				h.clock.Add(time.Hour)
				lists = append(lists, h.taken("email\n"+strings.ReplaceAll(list, " ", "@example.org\n")+"@example.org\n"))
			}
			if lists[1].Done.Known != 1 || lists[1].Done.Added != 1 || lists[2].Done.Known != 1 {
				h.Fatalf("%+v", lists)
			}
			for n, at := range order {
				h.clock.Add(time.Hour)
				h.undone(lists[at])
				if got := h.state("x@example.org"); (got == "unknown") != (n == 2) {
					h.Errorf("order %v, after %d: x is %s", order, n+1, got)
				}
			}
			if got := h.people(); got != "" {
				h.Errorf("order %v: %s stay", order, got)
			}
		}
	})
}

// Who is new by a list, and found as they are or changed by later ones, is gone when all
// of them are undone, at once or one by one, whichever comes first; until then they stay.
func TestListsUndoneInAnyOrderLeaveNobody(t *testing.T) {
	each(t, func(h *house) {
		for what, lines := range map[string][]string{
			"changed, changed":             {",,,", "Xenia,member,,", ",,fr,"},
			"found, changed":               {",,,", ",,,", ",,fr,"},
			"changed, found":               {",,,", "Xenia,member,,noor", ",,,"},
			"what they get, and what not":  {",,,salma-oduya", "Xenia,,,noor", ",,fr,noor"},
			"changed, changed and changed": {",,,", "Xenia,,,", ",member,,", ",,fr,"},
		} {
			for _, order := range orders(len(lines)) {
				for _, atOnce := range []bool{true, false} {
					h.forget()
					lists := make([]members.Import, len(lines))
					for at, line := range lines {
						h.clock.Add(time.Hour)
						lists[at] = h.taken("email,name,tier,language,author\nx@example.org," + line + "\n")
					}
					for _, i := range lists {
						if atOnce {
							h.must(h.UndoImport(ctx, i.ID, i.Revision, "owner@example.org"))
						}
					}
					for n, at := range order {
						if !atOnce {
							h.must(h.UndoImport(ctx, lists[at].ID, lists[at].Revision, "owner@example.org"))
						}
						h.worked(lists[at].ID, store.ImportUndone)
						if n < len(order)-1 && !atOnce && h.people() == "" {
							h.Errorf("%s, order %v: gone with list %d", what, order, at)
						}
					}
					if got := h.people(); got != "" {
						h.Errorf("%s, order %v, at once %v: %s stay", what, order, atOnce, got)
					}
				}
			}
		}
	})
}

// orders are all in which so many things can come.
func orders(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, order := range orders(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(order), at, n-1))
		}
	}
	return all
}

// What one who was known got by a list stays, too, where a later list has them, as if that
// one had given it: it goes with the later one.
func TestUndoLeavesWhatAnotherListGives(t *testing.T) {
	each(t, func(h *house) {
		h.add("known", request("x@example.org", "new-books"), true, false, members.Added)
		first := h.taken("email,name\nx@example.org,X\ny@example.org,Y\n")
		h.clock.Add(time.Hour)
		second := h.taken("email\nx@example.org\n")
		if people, err := h.store.ImportedPeople(ctx, second.ID, "", 10); len(people) != 1 || people[0].Was != people[0].Became || err != nil {
			h.Errorf("it changed %+v, %v", people, err)
		}
		if n := h.undone(first); n != (members.Undone{Out: 1, Stay: 1}) {
			h.Errorf("%+v", n)
		}
		h.want("undone", "x@example.org", "confirmed new-books weekly")
		if n := h.undone(second); n != (members.Undone{Back: 1}) {
			h.Errorf("%+v", n)
		}
		h.want("both undone", "x@example.org", "confirmed new-books")
	})
}

// What a later list changed stays as it is where one before it is undone, and is all that
// is put back when the later one is undone, too; but what a mail was sent for since is
// nobody's to take.
func TestUndoLeavesWhatALaterListChanged(t *testing.T) {
	each(t, func(h *house) {
		h.add("known", request("x@example.org", "new-books"), true, false, members.Added)
		x, err := h.store.SubscriberByEmail(ctx, "x@example.org")
		h.must(err)
		first := h.taken("email,name,tier\nx@example.org,X,member\n")
		h.clock.Add(time.Hour)
		h.sent(x.ID)
		h.clock.Add(time.Hour)
		second := h.taken("email,language\nx@example.org,fr\n")
		for _, c := range []struct {
			i    members.Import
			want string
			n    members.Undone
		}{{first, " fr free", members.Undone{Stay: 1}}, {second, "  free", members.Undone{Back: 1}}} {
			if n := h.undone(c.i); n != c.n {
				h.Errorf("%+v, want %+v", n, c.n)
			}
			if x, err = h.store.SubscriberByEmail(ctx, "x@example.org"); err != nil || x.Name+" "+x.Language+" "+string(x.Tier) != c.want {
				h.Errorf("%+v, %v", x, err)
			}
			h.want("undone", "x@example.org", "confirmed new-books weekly")
		}
	})
}

// What a list gives to whom an earlier one brought is taken back with it: the earlier one
// had not given that. So nobody stays when both are undone, the later one first.
func TestUndoTakesBackWhatAnEarlierListDidNotGive(t *testing.T) {
	each(t, func(h *house) {
		var lists []members.Import
		for _, author := range []string{"salma-oduya", "salma-oduya", "noor"} {
			h.clock.Add(time.Hour)
			lists = append(lists, h.taken("email,author\nx@example.org,"+author+"\n"))
		}
		h.want("taken", "x@example.org", "confirmed weekly(noor salma-oduya)")
		if n := h.undone(lists[2]); n != (members.Undone{Back: 1}) {
			h.Errorf("%+v", n)
		}
		h.want("undone", "x@example.org", "confirmed weekly(salma-oduya)")
		h.undone(lists[1])
		if n := h.undone(lists[0]); n != (members.Undone{Out: 1}) || h.people() != "" {
			h.Errorf("%+v, %q", n, h.people())
		}
	})
}
