package daemon_test

import (
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/store"
)

// TestDatabaseCrash has PostgreSQL end without a word at random instants while a
// daemon sends, and start again after a while. The daemon goes on by itself; nobody
// misses a message, and each crash may repeat one a connection.
func TestDatabaseCrash(t *testing.T) {
	t.Parallel()
	const connections = 10
	people := 2000 * *times
	server := posttest.OwnPostgres(t)
	relay := keepingSink(t)
	p := &program{t: t, bin: posttest.Program(t), file: settings(t, server.Database(t), relay.Addr())}
	p.listen(p.file)
	p.connections(connections)
	p.subscribe(people)
	random, seed := atRandom()
	run := p.start("serve")
	run.errs.wait(run, `"msg":"serving"`)
	d := open(t, p.file)
	defer d.Close()
	if _, err := d.SendNow(t.Context(), "weekly", "test"); err != nil {
		t.Fatal(err)
	}
	crashes := 0
	for crashes < *times && relay.Taken() < people {
		if before := relay.Taken(); relay.WaitFor(deadline(t), before+1) != nil {
			t.Fatalf("it does not go on by itself after %d crashes:\n%s", crashes, &run.errs)
		}
		time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond) // it crashes at any instant: that is the point
		server.Crash()
		crashes++
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Millisecond) // the daemon insists for 15 s
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
	}
	e := settled(t, d, run)
	run.stop()
	missed, repeats := count(people, relay)
	t.Logf("%d crashes (-chaos-seed %d): %d people, %d missed, %d repeats", crashes, seed, people, missed, repeats)
	if missed > 0 || repeats > crashes*connections || e.Counts.Sent != people {
		t.Errorf("%d of %d people have no message, %d went twice, recorded %+v\n%s", missed, people, repeats, e.Counts, &run.errs)
	}
	if crashes < *times/2 {
		t.Errorf("it crashed %d times, and was to %d times", crashes, *times)
	}
}

// TestJobThatEndsWhileTheDatabaseIsGone: River tries three times to write down how a
// job ended. If it left it at that, the job would count as running for ever, on a
// node that lives, and keep a second one for the same edition from being made.
func TestJobThatEndsWhileTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	address := posttest.URL(t, "postgres")
	line := lineTo(t, address)
	h := buildOn(t, line.address(address), &clock{posttest.NewClock(posttest.Start), time.Now()})
	h.join("amina")
	h.publish("tide")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	first := true
	h.BeforeRendering(func() {
		if first {
			first = false
			line.cut()
		}
	})
	serve(t, h.Daemon)
	for end := deadline(t); !h.log.has("Too many errors; giving up"); {
		select {
		case <-time.After(50 * time.Millisecond): // only its log tells that River gives up
		case <-end.Done():
			t.Fatalf("River goes on:\n%s", h.log.text.String())
		}
	}
	line.mend()
	h.settled(1)
	h.expectEdition(id, "sent, 1 sent")
}

// TestJobThatNobodyHeardOf: the database has given a job to this node, and the
// connection broke before it could say so.
func TestJobThatNobodyHeardOf(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "postgres")
	h.join("amina")
	h.publish("tide")
	get(t, serve(t, h.Daemon)+"/") // it has taken over what it had left
	for _, statement := range []string{
		"CREATE SEQUENCE jobs",
		"CREATE FUNCTION give() RETURNS trigger AS $$ BEGIN IF nextval('jobs') = 1 THEN NEW.state = 'running'; NEW.attempt = 1; NEW.attempted_at = now() - interval '2 minutes'; NEW.attempted_by = '{" + h.Node() + "}'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
		"CREATE TRIGGER give BEFORE INSERT ON river_job FOR EACH ROW EXECUTE FUNCTION give()",
	} {
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(h.ctx, statement)
			return err
		})
	}
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.settled(1)
	h.expectEdition(id, "sent, 1 sent")
}
