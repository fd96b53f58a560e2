package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"postrider/config"
	"postrider/daemon"
	"postrider/internal/posttest/disk"
	"postrider/internal/posttest/sink"
)

// onDisk makes this test's program be a daemon whose database loses what was not
// synced: the folder that has what was.
const onDisk = "POSTRIDER_TEST_DISK"

// serveOnDisk does what postrider serve does, with such a database below it.
func serveOnDisk(folder string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	serve := func() error {
		if err := disk.Install(folder); err != nil {
			return err
		}
		c, err := config.Load(os.Args[len(os.Args)-1], nil, daemon.CheckConfig)
		if err != nil {
			return err
		}
		d, err := daemon.Open(ctx, daemon.Options{Config: c, Version: "test", Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))})
		if err != nil {
			return err
		}
		defer d.Close()
		l, err := net.Listen("tcp", c.Server.Listen)
		if err != nil {
			return err
		}
		return d.Serve(ctx, l)
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestPowerCut cuts the power at random instants while a daemon sends: of its
// database only that is left which SQLite had synced. Nobody misses a message, each
// cut may repeat one a connection, and no more is forgotten of what the relay took.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	const connections = 10
	people := 600 * *kills
	relay := keepingSink(t)
	folder, synced := t.TempDir(), t.TempDir()
	database := filepath.Join(folder, "postrider.db")
	p := &program{t: t, bin: os.Args[0], file: settings(t, "sqlite:"+database, relay.Addr()), env: []string{onDisk + "=" + synced}}
	p.listen(p.file)
	p.connections(connections)
	p.subscribe(people)
	looking(t, p.file, func(d *daemon.Daemon) {
		if _, err := d.SendNow(t.Context(), "weekly", "test"); err != nil {
			t.Fatal(err)
		}
	})
	random, seed := atRandom()
	cuts, losses, atWorst, already := 0, 0, 0, 0
	for cuts < *kills && relay.Taken() < people {
		if err := disk.Sync(database, synced); err != nil {
			t.Fatal(err)
		}
		run, before := p.start("serve"), relay.Taken()
		if relay.WaitFor(deadline(t), before+1) != nil {
			t.Fatalf("it does not go on:\n%s", &run.errs)
		}
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // the power goes at any instant: that is the point
		run.kill()
		cuts++
		lost, err := disk.Lose(database, synced)
		if err != nil {
			t.Fatal(err)
		}
		if lost {
			losses++
		}
		of := forgotten(t, p.file, relay)
		if of > already+connections {
			t.Errorf("after cut %d %d messages are not recorded that the relay took, of which %d were not before", cuts, of, already)
		}
		atWorst, already = max(atWorst, of-already), of
	}
	run := p.start("serve")
	d := open(t, p.file)
	defer d.Close()
	e := settled(t, d, run)
	run.stop()
	missed, repeats := count(people, relay)
	t.Logf("%d power cuts, at %d of which something was lost (-chaos-seed %d): %d people, %d missed, %d repeats, at most %d forgotten at once", cuts, losses, seed, people, missed, repeats, atWorst)
	if missed > 0 || repeats > cuts*connections || e.Counts.Sent != people {
		t.Errorf("%d of %d people have no message, %d went twice, recorded %+v\n%s", missed, people, repeats, e.Counts, &run.errs)
	}
	if cuts < *kills/2 || losses == 0 {
		t.Errorf("the power was cut %d times, and something lost %d times; %d cuts were to be", cuts, losses, *kills)
	}
}

// forgotten counts who has a message from the relay of which nothing is recorded.
func forgotten(t *testing.T, file string, relay *sink.Sink) (n int) {
	t.Helper()
	looking(t, file, func(d *daemon.Daemon) {
		all, err := d.Store.Editions(t.Context(), "weekly", 1)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		e, err := d.Store.Edition(t.Context(), all[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		n = -e.Counts.Sent
	})
	missed, _ := count(0, relay)
	return n - missed
}

// looking opens a publication for a moment.
func looking(t *testing.T, file string, look func(*daemon.Daemon)) {
	t.Helper()
	d := open(t, file)
	defer d.Close()
	look(d)
}
