package articles

import (
	"os"
	"testing"
	"time"

	"postrider/magazine"
)

func TestPublishedDateStays(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("1 0 0 0 0")
		was := d.article("alpha")
		if was.Hijri != "Shawwal 22, 1445" {
			d.t.Fatalf("Hijri date %s", was.Hijri)
		}
		d.write("a.md", page("Alpha", "2024-06-01", passage))
		d.wants("0 0 0 0 1")
		d.same(was, "alpha")
		d.warned("a.md", "date", "2024-06-01", "2024-05-01", "kept")
		if a := d.article("alpha"); a.Hijri != was.Hijri || a.HijriMonth != was.HijriMonth || !a.Updated.Equal(was.Updated) {
			d.t.Errorf("%s, %s, updated %v", a.Hijri, a.HijriMonth, a.Updated)
		}
		d.wants("0 0 0 0 1")
		d.write("a.md", page("Alpha", "2024-05-01T09:00:00+03:00", passage))
		d.wants("0 0 0 0 1")
		d.warned("a.md", "date", "kept")
		d.write("a.md", page("Alpha", "", passage))
		d.wants("0 0 0 0 1")
		d.same(was, "alpha")
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("0 0 0 0 1")
		d.unwarned("a.md")
		// The publication moves to another zone: no file has changed its date.
		d.src.reader = New(Options{Publication: &magazine.Publication{URL: "https://harbour.example", Language: "en", Zone: time.UTC}})
		d.read()
		d.same(was, "alpha")
		d.unwarned("a.md")
	})
}

func TestMissingDates(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("issues/v1-n2.yaml", "date: 2024-03-20\n")
		d.write("a.md", page("Alpha", "", passage, "issue: v1-n2"))
		d.write("b.md", page("Beta", "", "It is in no issue."))
		d.write("2024/02/c.md", page("Gamma", "", "Its folder says the month."))
		first := d.stamp
		d.write("d.md", page("Delta", "", "It is of the future, by its clock."))
		future := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
		d.must(os.Chtimes(d.path("d.md"), future, future))
		d.wants("4 0 0 0 0")
		for slug, want := range map[string]time.Time{
			"alpha": time.Date(2024, 3, 20, 0, 0, 0, 0, nairobi), "beta": first.Add(-time.Second),
			"gamma": time.Date(2024, 2, 1, 0, 0, 0, 0, nairobi), "delta": d.clock.Now(),
		} {
			if a := d.article(slug); !a.Published.Equal(want) || a.State != magazine.Published {
				d.t.Errorf("%s: %v, want %v", slug, a.Published, want)
			}
		}
		d.clock.Add(24 * time.Hour)
		was := d.article("beta")
		d.write("b.md", page("Beta", "", "It is in no issue, still.")) // another time of the file
		d.touch("d.md")
		d.write("issues/v1-n2.yaml", "date: 2024-03-21\n")
		d.wants("0 1 0 0 3")
		d.same(was, "beta")
		if a := d.article("alpha"); a.Published.In(nairobi).Format(time.DateOnly) != "2024-03-20" {
			d.t.Errorf("alpha: %v", a.Published)
		}
		d.rename("b.md", "e.md")
		d.touch("e.md")
		d.wants("0 0 0 0 4")
		d.same(was, "beta")
	})
}

func TestUpdated(t *testing.T) {
	d := liteDesk(t)
	start := d.clock.Now()
	check := func(want time.Time, counts string) {
		t.Helper()
		d.wants(counts)
		if a := d.article("alpha"); !a.Updated.Equal(want) || a.Seq != 1 {
			t.Errorf("updated %v, want %v; number %d", a.Updated, want, a.Seq)
		}
		d.wants("0 0 0 0 1")
	}
	day := func(text string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, text, nairobi)
		d.must(err)
		return at
	}
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	check(day("2024-05-01"), "1 0 0 0 0")
	d.write("a.md", page("Alpha", "2024-05-01", passage, "updated: 2024-05-03"))
	check(day("2024-05-03"), "0 1 0 0 0")
	d.clock.Add(time.Hour)
	d.write("a.md", page("Alpha", "2024-05-01", passage, "corrections: [{date: 2024-05-07, text: The walk is longer.}]"))
	check(day("2024-05-07"), "0 1 0 0 0")
	d.clock.Add(time.Hour)
	d.write("a.md", page("Alpha", "2024-05-01", passage+" More.", "corrections: [{date: 2024-05-07, text: The walk is longer.}]"))
	check(day("2024-05-07"), "0 1 0 0 0") // the file says when
	d.clock.Add(time.Hour)
	d.write("a.md", page("Alpha", "2024-05-01", passage+" More."))
	check(start.Add(3*time.Hour), "0 1 0 0 0")
	d.clock.Add(time.Hour)
	d.write("a.md", page("Alpha", "2024-05-01", passage+" More.", "corrections: [{date: 2024-05-09, text: Noted late.}]"))
	check(start.Add(4*time.Hour), "0 1 0 0 0") // it never goes back
	d.write("a.md", page("Alpha", "2024-05-01", passage+" More.", "corrections: [{date: 2024-05-09, text: Noted late.}]", "updated: 2044-01-01"))
	check(start.Add(4*time.Hour), "0 0 0 0 1")
	d.write("a.md", page("Alpha", "2024-05-01", passage+" More.", "corrections: [{date: 2024-05-09, text: Noted late.}]", "expires: 2044-01-01"))
	check(start.Add(4*time.Hour), "0 1 0 0 0")
}

// What leads digests is no part of what an article says.
func TestPinningUpdatesNothing(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.read()
		was := d.article("alpha")
		d.clock.Add(24 * time.Hour)
		d.write("a.md", page("Alpha", "2024-05-01", passage, "pin: 2024-12-31"))
		d.wants("0 1 0 0 0")
		a := d.article("alpha")
		if !a.Updated.Equal(was.Updated) || !a.Pinned.Equal(time.Date(2024, 12, 31, 0, 0, 0, 0, nairobi)) {
			d.t.Errorf("updated %v (was %v), pinned until %v", a.Updated, was.Updated, a.Pinned)
		}
	})
}
