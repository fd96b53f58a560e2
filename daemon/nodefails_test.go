package daemon_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/internal/posttest/sink"
)

var times = flag.Int("times", 1, "how often TestNodeFails has each thing happen to a node, and TestDatabaseCrash crashes PostgreSQL; make chaos sets 20")

// nodeConnections is how many conversations each of two nodes may have.
const nodeConnections = 4

// TestNodeFails has two nodes share an edition on PostgreSQL, and one of them fail
// in the midst of it. Each node has a relay of its own, whose lists tell who has a
// message: nobody misses theirs, and each connection of the node that failed may
// have cost one repeat, which is what SENDING.md promises.
func TestNodeFails(t *testing.T) {
	t.Parallel()
	atOnce := make(chan struct{}, 5) // most of the time each waits for a lease to run out
	var all sync.WaitGroup
	for _, c := range []struct {
		name string
		fail func(*failing)
	}{
		{"killed", func(n *failing) { n.run.kill() }},
		{"hangs", (*failing).hang},
		{"hangs to the end", (*failing).hangToTheEnd},
		{"loses its database", (*failing).loseDatabase},
		{"hears nothing of its database", (*failing).hearNothing},
	} {
		total := &tally{name: c.name}
		t.Cleanup(func() {
			if total.runs > 0 {
				t.Log(total)
			}
		})
		for range *times {
			all.Go(func() {
				atOnce <- struct{}{}
				defer func() { <-atOnce }()
				t.Run(c.name, func(t *testing.T) { total.add(oneOfTwoFails(t, c.fail)) })
			})
		}
	}
	all.Wait()
}

// tally adds up what runs of a test came to.
type tally struct {
	name                           string
	mu                             sync.Mutex
	runs, missed, repeats, atWorst int
}

func (c *tally) add(missed, repeats int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	c.missed += missed
	c.repeats += repeats
	c.atWorst = max(c.atWorst, repeats)
}

func (c *tally) String() string {
	return fmt.Sprintf("%s: %d times, %d missed, %d repeats, at most %d at once", c.name, c.runs, c.missed, c.repeats, c.atWorst)
}

// failing is the node to which something happens.
type failing struct {
	t      *testing.T
	run    *child
	line   *line // to its database
	random *rand.Rand
	d      *daemon.Daemon // to look at the edition
	other  *child         // the node that is well
}

func oneOfTwoFails(t *testing.T, fail func(*failing)) (missed, repeats int) {
	const people = 8 * 1000 // eight ranges, so that there is something for both
	random, seed := atRandom()
	n := &failing{t: t, random: random}
	address := posttest.Postgres(t)
	n.line = lineTo(t, address)
	own, others := keepingSink(t), keepingSink(t)
	p := &program{t: t, bin: posttest.Program(t), file: settings(t, address, others.Addr())}
	node := p.beside("failing.yaml", strings.NewReplacer(address, n.line.address(address), others.Addr(), own.Addr()))
	for _, one := range []*program{p, node} {
		one.listen(one.file)
		one.connections(nodeConnections)
	}
	p.subscribe(people)
	n.other, n.run = p.start("serve"), node.start("serve")
	for _, c := range []*child{n.other, n.run} {
		c.errs.wait(c, `"msg":"serving"`)
	}
	n.d = open(t, p.file)
	defer n.d.Close()
	if _, err := n.d.SendNow(t.Context(), "weekly", "test"); err != nil {
		t.Fatal(err)
	}
	if err := own.WaitFor(deadline(t), 1); err != nil {
		t.Fatalf("the node that is to fail sends nothing: %v\n%s", err, &n.run.errs)
	}
	n.wait(0, 2*time.Second) // it fails at any instant
	before := own.Taken()
	struck := time.Now()
	fail(n)
	lasted, meanwhile := time.Since(struck), others.Taken()
	e := settled(t, n.d, n.other)
	for _, c := range []*child{n.run, n.other} {
		select {
		case <-c.done: // it was killed
		default:
			c.stop()
		}
	}
	missed, repeats = count(people, own, others)
	t.Logf("seed %d: failed after its message %d, for %v, in which the other came to %d; itself came to %d; of %d people %d missed, %d repeats", seed, before, lasted.Round(time.Millisecond), meanwhile, own.Taken(), people, missed, repeats)
	if missed > 0 || repeats > nodeConnections || e.Counts.Sent != people {
		t.Errorf("%d of %d people have no message, %d went twice, recorded %+v\n%s\n%s", missed, people, repeats, e.Counts, &n.run.errs, &n.other.errs)
	}
	return missed, repeats
}

// wait lets some time go by, at random: what happens to the node is to happen at
// any instant.
func (n *failing) wait(atLeast, atMost time.Duration) {
	time.Sleep(atLeast + time.Duration(n.random.Int64N(int64(atMost-atLeast))))
}

// hang stops the node for longer than its lease.
func (n *failing) hang() {
	n.run.cmd.Process.Signal(syscall.SIGSTOP)
	n.wait(31*time.Second, 40*time.Second)
	n.run.cmd.Process.Signal(syscall.SIGCONT)
}

// hangToTheEnd stops the node until the other has done all that is left.
func (n *failing) hangToTheEnd() {
	n.run.cmd.Process.Signal(syscall.SIGSTOP)
	settled(n.t, n.d, n.other)
	n.run.cmd.Process.Signal(syscall.SIGCONT)
}

// loseDatabase cuts the node off from its database, for less than its lease or more.
func (n *failing) loseDatabase() {
	n.line.cut()
	n.wait(time.Second, 40*time.Second)
	n.line.mend()
}

// hearNothing has the node's words and its database's get lost on the way.
func (n *failing) hearNothing() {
	n.line.gate.Lock()
	n.wait(time.Second, 40*time.Second)
	n.line.gate.Unlock()
}

func keepingSink(t *testing.T) *sink.Sink {
	return sink.Start(t, &sink.Sink{Keep: true, Delay: 4 * time.Millisecond})
}

// count finds, in the relays' lists, how many of so many people have no message,
// and how many messages went once more.
func count(people int, relays ...*sink.Sink) (missed, repeats int) {
	to, all := map[string]bool{}, 0
	for _, relay := range relays {
		for _, one := range relay.Recipients() {
			to[one] = true
			all++
		}
	}
	return people - len(to), all - len(to)
}

// connections says how many conversations the relay takes at once.
func (p *program) connections(n int) {
	p.t.Helper()
	config, err := os.ReadFile(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	write(p.t, p.file, strings.Replace(string(config), "      tls: none\n", fmt.Sprintf("      tls: none\n      connections: %d\n", n), 1))
}

// beside makes another node of the publication, with its configuration changed.
func (p *program) beside(name string, changed *strings.Replacer) *program {
	p.t.Helper()
	config, err := os.ReadFile(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(p.file), name)
	write(p.t, file, changed.Replace(string(config)))
	return &program{t: p.t, bin: p.bin, file: file}
}

// hostOf is host:port of a database's address.
func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
