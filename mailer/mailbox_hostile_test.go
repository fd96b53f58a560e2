package mailer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is an IMAP server that answers as its test wants. It keeps what it is told.
type script struct {
	mu   sync.Mutex
	told []string

	caps    string
	answers map[string]string // by how a command begins; the tag is put before the last line, and nothing is said where it is empty
	silent  chan bool         // told of each command to which nothing is said; nil: nobody waits for that
}

// serve answers on an address until the test ends.
func (s *script) serve(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return l.Addr().String()
}

func (s *script) talk(c net.Conn) {
	defer c.Close()
	caps := strings.TrimSpace("CAPABILITY IMAP4rev1 " + s.caps)
	fmt.Fprintf(c, "* OK [%s] ready\r\n", caps)
	for in := bufio.NewScanner(c); in.Scan(); {
		tag, command, _ := strings.Cut(in.Text(), " ")
		s.mu.Lock()
		s.told = append(s.told, command)
		s.mu.Unlock()
		answer := "OK done"
		if command == "CAPABILITY" {
			answer = "* " + caps + "\r\nOK told"
		}
		for begin, one := range s.answers {
			if strings.HasPrefix(command, begin) {
				answer = one
			}
		}
		if answer == "" && s.silent != nil {
			s.silent <- true
		}
		if last := strings.LastIndexByte(answer, '\n') + 1; answer != "" {
			io.WriteString(c, answer[:last]+tag+" "+answer[last:]+"\r\n")
		}
	}
}

// heard tells whether a command began so.
func (s *script) heard(begin string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.told, func(command string) bool { return strings.HasPrefix(command, begin) })
}

const selected = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\nOK [READ-WRITE] selected"

// A message that cannot be copied is not deleted, where a move is a copy and a
// deletion.
func TestNothingIsDeletedThatWasNotCopied(t *testing.T) {
	s := &script{caps: "UIDPLUS", answers: map[string]string{
		"SELECT":     selected,
		"UID SEARCH": "* SEARCH 3\r\nOK found",
		"UID FETCH":  "* 1 FETCH (UID 3 BODY[]<0> {5}\r\nhello)\r\nOK fetched",
		"UID COPY":   "NO [TRYCREATE] there is no such folder",
	}}
	w := &watcher{}
	w.watch(t, s.serve(t), 1)
	if s.heard("UID EXPUNGE") || s.heard("EXPUNGE") || s.heard(`UID STORE 3 +FLAGS.SILENT (\Deleted)`) {
		t.Errorf("it was told %q", s.told)
	}
	if !s.heard(`UID STORE 3 +FLAGS.SILENT (\Seen)`) || w.place.UID != 3 {
		t.Errorf("it is not passed over: %+v, told %q", w.place, s.told)
	}
}

// Where it can be copied, it goes, and no other with it.
func TestMoveByACopy(t *testing.T) {
	s := &script{caps: "UIDPLUS", answers: map[string]string{
		"SELECT":     selected,
		"UID SEARCH": "* SEARCH 3\r\nOK found",
		"UID FETCH":  "* 1 FETCH (UID 3 BODY[]<0> {5}\r\nhello)\r\nOK fetched",
	}}
	w := &watcher{}
	w.watch(t, s.serve(t), 1)
	for _, command := range []string{`UID COPY 3 "Processed"`, `UID STORE 3 +FLAGS.SILENT (\Deleted)`, "UID EXPUNGE 3"} {
		if !s.heard(command) {
			t.Errorf("%s is missing in %q", command, s.told)
		}
	}
}

// A server that lists what cannot be costs nobody anything.
func TestMailboxThatListsWhatCannotBe(t *testing.T) {
	for name, list := range map[string]string{
		"no number":   "* SEARCH 0\r\nOK found",
		"all numbers": "* ESEARCH UID ALL 1:4294967295\r\nOK found",
		"the last":    "* ESEARCH UID ALL *\r\nOK found",
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{caps: "IDLE ESEARCH", answers: map[string]string{"SELECT": selected, "UID SEARCH": list, "UID FETCH": "BYE enough"}}
			m := (&watcher{works: make(chan struct{}, 1)}).mailbox(s.serve(t))
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			m.Works = cancel
			m.Watch(ctx)
		})
	}
}

// Whoever ends the daemon does not wait for a server that says nothing.
func TestMailboxThatSaysNothingAtTheEnd(t *testing.T) {
	for _, command := range []string{"LOGIN", "CREATE", "SELECT"} {
		t.Run(command, func(t *testing.T) {
			s := &script{answers: map[string]string{command: ""}, silent: make(chan bool, 9)}
			m := (&watcher{works: make(chan struct{}, 1)}).mailbox(s.serve(t))
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- m.Watch(ctx) }()
			select {
			case <-s.silent:
			case err := <-ended:
				t.Fatalf("it ended before %s: %v", command, err)
			}
			cancel()
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(mailboxStep / 2):
				t.Error("it waits")
			}
		})
	}
}

// What is dealt with is kept also where the connection breaks on the way.
func TestMailboxThatBreaksOnTheWay(t *testing.T) {
	s := &script{answers: map[string]string{
		"SELECT":      selected,
		"UID SEARCH":  "* SEARCH 3 4\r\nOK found",
		"UID FETCH 3": "* 1 FETCH (UID 3 BODY[]<0> {5}\r\nhello)\r\nOK fetched",
		"UID FETCH 4": "* 2 FETCH (UID 4 BODY[]<0> {5}\r\nworse}\r\nOK fetched",
	}}
	w := &watcher{works: make(chan struct{}, 1)}
	if err := w.mailbox(s.serve(t)).Watch(context.Background()); err == nil {
		t.Error("it did not break")
	}
	if want := (MailboxPlace{Validity: 7, UID: 3}); w.place != want {
		t.Errorf("place %+v, want %+v", w.place, want)
	}
}
