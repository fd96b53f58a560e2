package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
)

// TestProgram runs the real program and kills it.
func TestProgram(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, p *program)
	}{
		{"killed while sending", killedWhileSending},
		{"killed again and again", killedAgainAndAgain},
		{"killed with several connections", killedWithConnections},
		{"ended while sending", endedWhileSending},
		{"sending goes on when the daemon ends", daemonEndsBesideSend},
		{"two daemons on one file", twoOnOneFile},
		{"commands beside a daemon", commandsBesideADaemon},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, publication(t, "sqlite"))
		})
	}
	t.Run("killed while sending on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		killedWhileSending(t, publication(t, "postgres"))
	})
}

// program is the real program on a publication of its own.
type program struct {
	t      *testing.T
	bin    string
	file   string
	env    []string // besides the test's own
	server *smtptest.Server
}

func publication(t *testing.T, engine string) *program {
	t.Helper()
	server := smtptest.Start(t, smtptest.Options{})
	p := &program{t: t, bin: posttest.Program(t), server: server, file: settings(t, posttest.URL(t, engine), server.Addr())}
	p.listen(p.file)
	return p
}

// listen gives a configuration a port of its own.
func (p *program) listen(file string) {
	p.t.Helper()
	port, err := posttest.FreePort()
	if err != nil {
		p.t.Fatal(err)
	}
	config, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	write(p.t, file, string(config)+fmt.Sprintf("server:\n  listen: 127.0.0.1:%d\n", port))
}

// subscribe brings people and an article for them.
func (p *program) subscribe(people int) {
	p.t.Helper()
	d := open(p.t, p.file)
	defer d.Close()
	var list strings.Builder
	list.WriteString("email\n")
	for i := range people {
		fmt.Fprintf(&list, "person%d@people.example\n", i)
	}
	ctx := context.Background()
	if done, err := d.Members.Import(ctx, strings.NewReader(list.String()), members.ImportOptions{Confirmed: true}); err != nil || done.Added != people {
		p.t.Fatalf("%+v, %v", done, err)
	}
	write(p.t, filepath.Join(filepath.Dir(p.file), "pieces", "tide.md"), tide)
	if done, err := d.Read(ctx, false, nil); err != nil || done.New != 1 {
		p.t.Fatalf("%+v, %v", done, err)
	}
}

// child is one run of the program.
type child struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  bytes.Buffer // standard output
	errs lines
	done chan struct{} // closed when it has ended
}

// lines keeps standard error, and tells when more of it comes.
type lines struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// wait waits until standard error has some words.
func (l *lines) wait(c *child, words string) {
	for end := deadline(c.t); ; {
		l.mu.Lock()
		has := strings.Contains(l.text.String(), words)
		if l.grown == nil {
			l.grown = make(chan struct{})
		}
		grown := l.grown
		l.mu.Unlock()
		if has {
			return
		}
		select {
		case <-grown:
		case <-c.done:
			c.t.Fatalf("ended without saying %q:\n%s", words, l)
		case <-end.Done():
			c.t.Fatalf("%q was not said:\n%s", words, l)
		}
	}
}

func (p *program) start(args ...string) *child {
	p.t.Helper()
	c := &child{t: p.t, cmd: exec.Command(p.bin, append(args, "--config", p.file)...), done: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), p.env...)
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.errs
	if err := c.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { c.cmd.Wait(); close(c.done) }()
	p.t.Cleanup(c.kill)
	return c
}

// kill ends it as a power cut does.
func (c *child) kill() {
	c.cmd.Process.Kill()
	<-c.done
}

// stop ends it in order.
func (c *child) stop() {
	c.t.Helper()
	c.cmd.Process.Signal(syscall.SIGTERM)
	c.ends(0)
}

// ends waits until it has ended, with an exit code.
func (c *child) ends(code int) {
	c.t.Helper()
	select {
	case <-c.done:
	case <-deadline(c.t).Done():
		c.t.Fatalf("it did not end:\n%s", &c.errs)
	}
	if got := c.cmd.ProcessState.ExitCode(); got != code {
		c.t.Fatalf("%v: exit code %d\n%s\n%s", c.cmd.Args, got, &c.out, &c.errs)
	}
}

// run runs a command to its end and returns what it printed.
func (p *program) run(args ...string) string {
	p.t.Helper()
	c := p.start(args...)
	c.ends(0)
	return c.out.String()
}

func (p *program) sent(n int) {
	p.t.Helper()
	if _, err := p.server.Wait(deadline(p.t), n); err != nil {
		p.t.Fatal(err)
	}
}

// everybody waits until so many people have their message and the daemon has
// recorded all, ends it, and checks that nobody got more than is allowed.
func (p *program) everybody(serve *child, people, repeats int) {
	p.t.Helper()
	d := open(p.t, p.file)
	defer d.Close()
	if c := settled(p.t, d, serve).Counts; c.Sent != people || c.Deferred+c.Failed+c.Skipped+c.Nothing > 0 {
		p.t.Fatalf("%+v", c)
	}
	serve.stop()
	all := p.server.Messages()
	to := map[string]bool{}
	for _, m := range all {
		to[m.To] = true
	}
	if len(to) != people {
		p.t.Errorf("%d of %d people have their message", len(to), people)
	}
	if got := sameID(p.t, all); got > repeats {
		p.t.Errorf("%d messages went twice, %d may", got, repeats)
	}
}

// settled waits until nothing more will happen to the last edition, and was sent.
func settled(t *testing.T, d *daemon.Daemon, run *child) *magazine.Edition {
	t.Helper()
	for end := deadline(t); ; {
		all, err := d.Store.Editions(end, "weekly", 10)
		if err != nil || len(all) == 0 {
			t.Fatalf("%v, %v\n%s", all, err, &run.errs)
		}
		e, ended, err := d.Settled(end, all[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if ended {
			if e.State != magazine.EditionSent {
				t.Fatalf("%+v", e)
			}
			return e
		}
		select {
		case <-time.After(50 * time.Millisecond): // another process settles it: nothing here tells when
		case <-run.done:
			t.Fatalf("it ended:\n%s", &run.errs)
		}
	}
}

// connections is how many there are to a relay, where the configuration is silent:
// each costs one repeat at most when the program is killed.
const connections = 10

func killedWhileSending(t *testing.T, p *program) {
	p.subscribe(300)
	send := p.start("send", "weekly")
	p.sent(100)
	send.kill()
	n, began := len(p.server.Messages()), time.Now()
	serve := p.start("serve")
	p.sent(n + 1)
	t.Logf("it goes on after %v", time.Since(began))
	p.everybody(serve, 300, connections)
}

func killedAgainAndAgain(t *testing.T, p *program) {
	p.subscribe(300)
	run := p.start("send", "weekly")
	at := []int{1, 2, 40, 150, 280, 299}
	for _, n := range at {
		p.sent(n)
		run.kill()
		run = p.start("serve")
	}
	p.everybody(run, 300, connections*len(at))
}

func killedWithConnections(t *testing.T, p *program) {
	p.subscribe(1100) // three ranges, and as many connections
	send := p.start("send", "weekly")
	p.sent(500)
	send.kill()
	before := p.server.Connections()
	if before < 3 {
		t.Fatalf("%d connections", before)
	}
	p.everybody(p.start("serve"), 1100, before)
}

func endedWhileSending(t *testing.T, p *program) {
	p.subscribe(300)
	send := p.start("send", "weekly")
	p.sent(60)
	send.cmd.Process.Signal(syscall.SIGTERM)
	send.ends(1)
	if !strings.Contains(send.errs.String(), "the next postrider serve or send goes on with it") {
		t.Errorf("it said %s", &send.errs)
	}
	serve := p.start("serve")
	p.sent(200)
	serve.stop()
	if strings.Contains(serve.errs.String(), "did not come to an end") {
		t.Errorf("it said %s", &serve.errs)
	}
	p.everybody(p.start("serve"), 300, 0)
}

func daemonEndsBesideSend(t *testing.T, p *program) {
	p.subscribe(300)
	serve := p.start("serve")
	serve.errs.wait(serve, `"msg":"serving"`)
	send := p.start("send", "weekly", "--json")
	p.sent(50)
	serve.stop()
	send.ends(0)
	var said struct{ Sent int }
	if err := json.Unmarshal(send.out.Bytes(), &said); err != nil || said.Sent != 300 || len(p.server.Messages()) != 300 {
		t.Errorf("%v, %d messages: %s", err, len(p.server.Messages()), &send.out)
	}
}

func twoOnOneFile(t *testing.T, p *program) {
	first := p.start("serve")
	first.errs.wait(first, `"msg":"serving"`)
	p.listen(copyOf(t, p.file))
	second := p.start("serve")
	second.ends(1)
	if !strings.Contains(second.errs.String(), "another postrider already works on") {
		t.Errorf("it said %s", &second.errs)
	}
	first.kill()
	third := p.start("serve") // a lock dies with its holder
	third.errs.wait(third, `"msg":"serving"`)
	third.stop()
}

// copyOf makes a file's text that of the configuration without its last listen.
func copyOf(t *testing.T, file string) string {
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(config), "server:\n")
	write(t, file, text)
	return file
}

func commandsBesideADaemon(t *testing.T, p *program) {
	p.subscribe(3)
	serve := p.start("serve")
	serve.errs.wait(serve, `"msg":"serving"`)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"check"}, ""},
		{[]string{"read"}, ""},
		{[]string{"articles"}, "Clockmakers"},
		{[]string{"subscribers", "add", "amina@people.example", "--confirmed"}, "added"},
		{[]string{"subscribers", "list"}, "amina@people.example"},
		{[]string{"schedules"}, "weekly"},
		{[]string{"preview", "weekly", "--to", "person1@people.example"}, "Clockmakers"},
		{[]string{"send", "weekly"}, "3 sent"},
		{[]string{"deliveries"}, "person1@people.example"},
		{[]string{"send", "weekly"}, "Nothing is new"},
		{[]string{"feeds", "--out", filepath.Join(t.TempDir(), "feeds")}, ""},
		{[]string{"version"}, ""},
	} {
		if out := p.run(c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%v printed %s", c.args, out)
		}
	}
	if n := len(p.server.Messages()); n != 3 {
		t.Errorf("%d messages", n)
	}
	serve.stop()
}
