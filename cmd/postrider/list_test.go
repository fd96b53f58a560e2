package main

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestListOfManyRows(t *testing.T) {
	for _, n := range []int{0, 1, 2, pageRows, pageRows + 1, 3*pageRows + 7} {
		var out, errs strings.Builder
		a := &app{out: &out, errs: &errs}
		l := a.list(true, "none", "Number")
		for i := range n {
			if err := l.add(map[string]int{"number": i}, "x"); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.end(); err != nil {
			t.Fatal(err)
		}
		var got []map[string]int
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got == nil || len(got) != n || n > 0 && got[n-1]["number"] != n-1 {
			t.Errorf("%d rows: %v, %d in the list", n, err, len(got))
		}
		if errs.Len() > 0 {
			t.Errorf("%d rows: %q on standard error", n, errs.String())
		}
	}
}

func TestTableIsFitForATerminal(t *testing.T) {
	var out, errs strings.Builder
	a := &app{out: &out, errs: &errs}
	l := a.list(false, "Nothing.", "Name", "Reply")
	if err := l.add(nil, "an\x1b[31m apple", "one\ttwo\nthree\x07"); err != nil {
		t.Fatal(err)
	}
	if err := l.end(); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "Name          Reply\nan[31m apple  one two three\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := a.list(false, "Nothing.", "Name").end(); err != nil || errs.String() != "Nothing.\n" {
		t.Errorf("an empty table: %v, %q", err, errs.String())
	}
}

type broken struct{}

var errBroken = errors.New("no space left")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestListTellsThatNothingIsWritten(t *testing.T) {
	for _, asJSON := range []bool{true, false} {
		l := (&app{out: broken{}, errs: broken{}}).list(asJSON, "none", "Number")
		if err := errors.Join(l.add(1, "1"), l.end()); !errors.Is(err, errBroken) {
			t.Errorf("json %v: %v", asJSON, err)
		}
	}
}

// TestBar checks that progress is drawn on a terminal only, and only where
// something takes longer than a second.
func TestBar(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if isTerminal(w) || isTerminal(&strings.Builder{}) {
		t.Error("a pipe or a buffer is taken for a terminal")
	}
	for _, test := range []struct {
		terminal bool
		wait     time.Duration
		drawn    bool
	}{{true, 2 * time.Second, true}, {true, time.Second / 3, false}, {false, 2 * time.Second, false}} {
		synctest.Test(t, func(t *testing.T) {
			var errs strings.Builder
			b := (&app{errs: &errs, terminal: test.terminal}).bar("sending")
			b.show(0, 0)
			time.Sleep(test.wait)
			b.show(3, 10)
			time.Sleep(test.wait)
			b.show(4, 10)
			b.clear()
			if got := strings.Contains(errs.String(), "sending"); got != test.drawn {
				t.Errorf("%+v: drawn is %v: %q", test, got, errs.String())
			}
			if test.drawn && !strings.HasSuffix(errs.String(), "\r") {
				t.Errorf("the bar stays on the line: %q", errs.String())
			}
		})
	}
}
