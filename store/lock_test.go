package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// lockChild takes the lock of a database, says so, and holds it until its
// input ends.
func lockChild(args []string) {
	s, err := store.Open(ctx, store.Options{URL: args[0]})
	if err == nil {
		_, err = s.Lock(ctx)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	io.Copy(io.Discard, os.Stdin)
}

// holder starts another process that holds the lock. kill ends it by force.
func holder(t *testing.T, url string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], url)
	cmd.Env = append(os.Environ(), "POSTRIDER_TEST_CHILD=lock")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process says %q", line)
	}
	return func() { cmd.Process.Kill(); cmd.Wait() }
}

func TestASecondProcessIsRefused(t *testing.T) {
	url := posttest.Bare(t, "sqlite")
	clock := posttest.NewClock(posttest.Start)
	s := posttest.Open(t, url, clock.Now)
	if worked, err := s.Worked(ctx); worked || err != nil {
		t.Errorf("worked on by nobody: %v, %v", worked, err)
	}
	kill := holder(t, url)
	if worked, err := s.Worked(ctx); !worked || err != nil {
		t.Errorf("worked on: %v, %v", worked, err)
	}
	_, err := s.Lock(ctx)
	if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), strings.TrimPrefix(url, "sqlite:")) {
		t.Errorf("a second lock: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Lock(gone); err == nil || magazine.CodeOf(err) == magazine.Unavailable {
		t.Errorf("an interrupt is no second process: %v", err)
	}
	put(t, s, piece("a", clock.Now())) // the commands work beside it
	kill()
	unlock, err := s.Lock(ctx)
	if err != nil {
		t.Fatalf("after it was killed: %v", err)
	}
	if worked, err := s.Worked(ctx); !worked || err != nil {
		t.Errorf("worked on by ourselves: %v, %v", worked, err)
	}
	unlock()
	if worked, err := s.Worked(ctx); worked || err != nil {
		t.Errorf("after the end: %v, %v", worked, err)
	}
}

func TestSeveralNodesWorkOnPostgres(t *testing.T) {
	url := posttest.Bare(t, "postgres")
	clock := posttest.NewClock(posttest.Start)
	s, other := posttest.Open(t, url, clock.Now), posttest.Open(t, url, clock.Now)
	for _, one := range []*store.Store{s, other} {
		unlock, err := one.Lock(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
	}
	worked := func(want bool) {
		t.Helper()
		if got, err := other.Worked(ctx); got != want || err != nil {
			t.Errorf("worked on: %v, %v", got, err)
		}
	}
	worked(false)
	for range 2 {
		write(t, s, func(tx *store.Tx) error { return tx.Beat(ctx, "a@:8080") })
		clock.Add(14 * time.Second)
		worked(true)
	}
	clock.Add(2 * time.Second)
	worked(false) // a killed one
	write(t, s, func(tx *store.Tx) error { return tx.Beat(ctx, "a@:8080") })
	worked(true)
	write(t, s, func(tx *store.Tx) error { return tx.Leave(ctx, "a@:8080") })
	worked(false)
}

// What a killed node held is free when it starts again: on PostgreSQL its own
// only, for the others live.
func testTakeOver(t *testing.T, s *store.Store, clock *posttest.Clock) {
	sqlite := !onPostgres(t)
	owners := map[string]bool{"a_b@:80": true, "axb@:80": false, "a_b@:8080": false} // in LIKE, _ would be any letter
	ranges := map[string]string{}
	for owner := range owners {
		join(t, s, strings.NewReplacer("@:", "-").Replace(owner)+"@example.org")
	}
	edition(t, s, "e", 1)
	parts := plan(t, s, "e", 1)
	write(t, s, func(tx *store.Tx) error {
		i := 0
		for owner := range owners {
			ranges[owner] = parts[i].Last
			i++
			if err := tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "e", Subscriber: "d" + owner, State: magazine.Deferred}); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE deliveries SET owner = $2, lease = $3 WHERE subscriber_id = $1", "d"+owner, owner+"/job", clock.Now().Add(time.Hour).UnixMicro()); err != nil {
				return err
			}
			if err := tx.Beat(ctx, owner); err != nil {
				return err
			}
			array := map[bool]string{true: "json_array($1)", false: "ARRAY[$1]"}[sqlite]
			if _, err := tx.ExecContext(ctx, `INSERT INTO river_job (args, kind, max_attempts, queue, state, attempt, attempted_at, attempted_by)
				VALUES ('{}', $1, 9, 'soon', 'running', 1, CURRENT_TIMESTAMP, `+array+`)`, owner); err != nil {
				return err
			}
		}
		return nil
	})
	for owner := range owners {
		claim(t, s, "e", ranges[owner], owner+"/job")
	}
	if err := s.TakeOver(ctx, "a_b@:80"); err != nil {
		t.Fatal(err)
	}
	for owner, own := range owners {
		free := own || sqlite
		if got := claim(t, s, "e", ranges[owner], "next") != nil; got != free {
			t.Errorf("the range of %s is free: %v", owner, got)
		}
		if held, err := s.HoldsDelivery(ctx, magazine.Delivery{Edition: "e", Subscriber: "d" + owner}, owner+"/job"); held == free || err != nil {
			t.Errorf("the delivery of %s is held: %v, %v", owner, held, err)
		}
		write(t, s, func(tx *store.Tx) error {
			var state string
			err := tx.QueryRowContext(ctx, "SELECT state FROM river_job WHERE kind = $1", owner).Scan(&state)
			if (state == "available") != free {
				t.Errorf("the job of %s is %s", owner, state)
			}
			return err
		})
	}
}

// What a command held that worked in the place of a node, and was killed, is free
// when the node starts; what one holds that lives is not. Both have beaten just now.
func TestHelpers(t *testing.T) {
	url := posttest.Bare(t, "postgres")
	clock := posttest.NewClock(posttest.Start)
	s, helper := posttest.Open(t, url, clock.Now), posttest.Open(t, url, clock.Now)
	stranger := posttest.Open(t, url, clock.Now)
	join(t, s, "a@example.org")
	edition(t, s, "e", 1)
	last := plan(t, s, "e", 1)[0].Last
	for _, one := range []*store.Store{helper, stranger} {
		if err := one.TakeOver(ctx, one.Helper("a@:80")); err != nil {
			t.Fatal(err)
		}
	}
	claim(t, helper, "e", last, helper.Helper("a@:80")+"/job")
	for _, c := range []struct {
		what, node string
		die, free  bool
	}{{"it lives", "a@:80", false, false}, {"of another node", "a@:8080", true, false}, {"it is dead", "a@:80", true, true}} {
		if c.die {
			helper.Close()
		}
		got := false
		for end := time.Now().Add(time.Minute); ; {
			if err := s.TakeOver(ctx, c.node); err != nil {
				t.Fatal(err)
			}
			if got = claim(t, s, "e", last, "next") != nil; got || !c.free || time.Now().After(end) {
				break
			}
			time.Sleep(10 * time.Millisecond) // PostgreSQL does not say when a connection is gone
		}
		if got != c.free {
			t.Errorf("%s: its range is free: %v", c.what, got)
		}
	}
	write(t, s, func(tx *store.Tx) error {
		if others, err := tx.OthersAlive(ctx, "a@:80"); !others || err != nil {
			t.Errorf("the one that lives is forgotten: %v, %v", others, err)
		}
		return nil
	})
}
