package admin

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/templates"
)

func TestMain(m *testing.M) { posttest.Main(m) }

// Words of relays that say the same of different messages and people are one.
func TestAlike(t *testing.T) {
	for text, want := range map[string]string{
		"5.1.1 <noor@people.example> unknown (id 4Xk29ab771)":  "5.1.1 <…> unknown (id …)",
		"5.1.1 <amina@people.example> unknown (id 9Zz01cd882)": "5.1.1 <…> unknown (id …)",
		"mailbox full":                         "mailbox full",
		"4.2.2 over quota":                     "4.2.2 over quota",
		"try again in 300 seconds":             "try again in 300 seconds",
		"rejected a1b2c3d4-e5f6 by policy\r\n": "rejected … by policy",
		"queued as 1A2B3C4D5E":                 "queued as …",
		"":                                     "",
	} {
		if got := alike(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	m, err := (*templates.Files)(nil).Messages()
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[time.Duration]string{
		0: "now", -59 * time.Second: "now", 12*time.Minute + 40*time.Second: "in 12 min", -90 * time.Minute: "90 min ago", 3 * time.Hour: "in 3 h", -47 * time.Hour: "47 h ago", 6*24*time.Hour + time.Hour: "in 6 d",
	} {
		if got := distance(m.In("en"), d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

// A figure is counted once for all who look, again when it is old, and what was
// counted last stands while it is, or cannot be, counted.
func TestKept(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	s := posttest.Open(t, posttest.URL(t, "sqlite"), clock.Now)
	d := &Desk{Options: Options{Store: s, Ending: context.Background(), Log: slog.New(slog.DiscardHandler)}, counting: make(chan struct{}, 1)}
	var k kept[int]
	counted, goOn := 0, make(chan struct{})
	count := func(context.Context) (int, error) {
		<-goOn
		counted++
		return counted, nil
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if n, known := k.get(t.Context(), d, time.Hour, count); !known || n != 1 {
				t.Errorf("%d, %v", n, known)
			}
		})
	}
	goOn <- struct{}{}
	all.Wait()
	if n, _ := k.get(t.Context(), d, time.Hour, count); n != 1 || counted != 1 {
		t.Errorf("%d, counted %d times", n, counted)
	}
	clock.Add(2 * time.Hour)
	if n, known := k.get(t.Context(), d, time.Hour, count); n != 1 || !known { // the last, while it is counted
		t.Errorf("while it is counted: %d, %v", n, known)
	}
	goOn <- struct{}{}
	settled := func() {
		k.mu.Lock()
		busy := k.busy
		k.mu.Unlock()
		if busy != nil {
			<-busy
		}
	}
	settled()
	if n, _ := k.get(t.Context(), d, time.Hour, count); n != 2 {
		t.Errorf("counted anew: %d", n)
	}
	clock.Add(2 * time.Hour)
	k.get(t.Context(), d, time.Hour, func(context.Context) (int, error) { return 0, errors.New("the disk is full") })
	settled()
	if n, known := k.get(t.Context(), d, time.Hour, count); n != 2 || !known {
		t.Errorf("where it cannot be counted: %d, %v", n, known)
	}
	var long kept[int]
	long.get(t.Context(), d, time.Hour, func(context.Context) (int, error) { clock.Add(2 * time.Hour); return 7, nil })
	clock.Add(59 * time.Minute) // since it was counted, however long that took
	if n, known := long.get(t.Context(), d, time.Hour, func(context.Context) (int, error) { t.Error("it is counted anew"); return 8, nil }); n != 7 || !known {
		t.Errorf("what took long to count: %d, %v", n, known)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	var never kept[int]
	if _, known := never.get(gone, d, time.Hour, count); known {
		t.Error("who has left waits")
	}
	goOn <- struct{}{}
}

// A page waits for all of its figures together no longer than for one.
func TestAPageIsPatientOnce(t *testing.T) {
	s := posttest.Open(t, posttest.URL(t, "sqlite"), posttest.NewClock(posttest.Start).Now)
	synctest.Test(t, func(t *testing.T) {
		d := &Desk{Options: Options{Store: s, Ending: context.Background(), Log: slog.New(slog.DiscardHandler)}, counting: make(chan struct{}, 1)}
		goOn := make(chan struct{})
		patient, done := context.WithTimeout(t.Context(), patience)
		defer done()
		v := &visit{Desk: d, patient: patient}
		d.Reach = func(context.Context, *magazine.Edition) (int, error) { <-goOn; return 1, nil }
		begun := time.Now()
		for i := range 50 {
			if _, known := v.reach(&magazine.Edition{Newsletter: strconv.Itoa(i)}); known {
				t.Error("it is known")
			}
		}
		if took := time.Since(begun); took != patience {
			t.Errorf("the page waits for %s", took)
		}
		close(goOn)
		synctest.Wait()
	})
}

// What the first page says of what comes is not shown when it is old, nor once something
// was decided, be it while it is counted.
func TestFiguresThatAreOver(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	s := posttest.Open(t, posttest.URL(t, "sqlite"), clock.Now)
	synctest.Test(t, func(t *testing.T) {
		d := &Desk{Options: Options{Store: s, Ending: context.Background(), Log: slog.New(slog.DiscardHandler)}, counting: make(chan struct{}, 1)}
		k := kept[int]{brief: true}
		n, goOn := 0, make(chan struct{})
		look := func() (int, bool) {
			patient, done := context.WithTimeout(t.Context(), patience)
			defer done()
			return k.get(patient, d, time.Minute, func(context.Context) (int, error) { n++; at := n; <-goOn; return at, nil })
		}
		counted := func() { goOn <- struct{}{}; synctest.Wait() }
		look()
		counted()
		clock.Add(90 * time.Second)
		if got, known := look(); got != 1 || !known {
			t.Errorf("not that old: %d, %v", got, known)
		}
		counted()
		clock.Add(2 * time.Minute)
		if got, known := look(); known {
			t.Errorf("old: %d", got)
		}
		k.anew() // while it is counted
		counted()
		if got, known := look(); known {
			t.Errorf("from before a decision: %d", got)
		}
		counted()
		if got, known := look(); got != 4 || !known {
			t.Errorf("counted twice: %d, %v", got, known)
		}
		k.anew()
		if got, known := look(); known {
			t.Errorf("after a decision: %d", got)
		}
		counted()
		if got, known := look(); got != 5 || !known {
			t.Errorf("counted anew: %d, %v", got, known)
		}
	})
}
