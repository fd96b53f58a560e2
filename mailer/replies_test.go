package mailer

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// scripted is a relay that answers each command with what says makes of it, in
// raw form, and the final dot as the command ".". It offers PIPELINING where asked.
func scripted(t *testing.T, pipelining bool, says func(command string) string) (rs *Relays, dots *int) {
	t.Helper()
	return scriptedAnd(t, pipelining, false, says)
}

// scriptedAnd is one that, where it is deaf, throws away what comes with a final dot.
func scriptedAnd(t *testing.T, pipelining, deaf bool, says func(command string) string) (rs *Relays, dots *int) {
	t.Helper()
	rs, dots = piped(t, nil), new(int)
	rs.relays[0].dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := pipe()
		t.Cleanup(func() { client.Close(); server.Close() })
		go func() {
			defer server.Close()
			r := bufio.NewReader(server)
			io.WriteString(server, "220 here\r\n")
			for text := false; ; {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				command := strings.TrimRight(line, "\r\n")
				switch {
				case text && command != ".":
					continue
				case text:
					*dots++
					text = false
					if deaf {
						r.Discard(r.Buffered())
					}
				case strings.HasPrefix(command, "EHLO"):
					if pipelining {
						io.WriteString(server, "250-here\r\n250 PIPELINING\r\n")
					} else {
						io.WriteString(server, "250 here\r\n")
					}
					continue
				}
				answer := says(command)
				text = command == "DATA" && strings.HasPrefix(answer, "354")
				io.WriteString(server, answer)
			}
		}()
		return client, nil
	}
	return rs, dots
}

func bothWays(t *testing.T, f func(t *testing.T, pipelining bool)) {
	for name, pipelining := range map[string]bool{"pipelined": true, "lockstep": false} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(t, pipelining) }) })
	}
}

// A code may stand alone on its line (RFC 5321 4.2). What is taken is not sent again.
func TestRepliesWithoutWords(t *testing.T) {
	bothWays(t, func(t *testing.T, pipelining bool) {
		rs, dots := scripted(t, pipelining, func(command string) string {
			if command == "DATA" {
				return "354\r\n"
			}
			return "250\r\n"
		})
		c := opened(t, rs)
		first, second := numbered(1).pack(), numbered(2).pack()
		mustBeSent(t, c.Send(t.Context(), first, second))
		mustBeSent(t, c.Send(t.Context(), second, nil))
		if *dots != 2 {
			t.Errorf("%d messages", *dots)
		}
	})
}

// What a relay says before the final dot is no answer to it.
func TestAnswerBeforeTheQuestion(t *testing.T) {
	bothWays(t, func(t *testing.T, pipelining bool) {
		rs, dots := scripted(t, pipelining, func(command string) string {
			if command == "DATA" {
				return "354 go ahead\r\n250 and another thing\r\n"
			}
			return "250 fine\r\n"
		})
		if r := send(t.Context(), opened(t, rs), numbered(1)); r.State == Sent || r.PossibleRepeat || *dots != 0 {
			t.Errorf("%+v, and %d final dots", r, *dots)
		}
	})
}

// The last line of a reply that says something else than those before it is not
// passed over for the answer to the next command.
func TestReplyAtOddsWithItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs, _ := scripted(t, true, func(command string) string {
			switch command {
			case "DATA":
				return "354 go ahead\r\n"
			case ".":
				return "250-looking at it\r\n550 no\r\n"
			}
			return "250 fine\r\n"
		})
		first, second := numbered(1).pack(), numbered(2).pack()
		if r := opened(t, rs).Send(t.Context(), first, second); r.State == Sent {
			t.Errorf("%+v", r)
		}
	})
}

// An empty message goes to nobody: where the recipient stands although MAIL was
// refused, there is no lone dot.
func TestNoLoneDotWithARecipient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs, dots := scripted(t, true, func(command string) string {
			switch {
			case strings.HasPrefix(command, "MAIL"):
				return "451 4.3.0 not now\r\n"
			case command == "DATA":
				return "354 go ahead\r\n"
			}
			return "250 fine\r\n"
		})
		if r := send(t.Context(), opened(t, rs), numbered(1)); r.State == Sent || r.Phase != PhaseMail || *dots != 0 {
			t.Errorf("%+v, and %d final dots", r, *dots)
		}
	})
}

// A relay that throws away what comes with the final dot is waited for once.
func TestThrowsAwayWhatIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs, dots := scriptedAnd(t, true, true, func(command string) string {
			if command == "DATA" {
				return "354 go ahead\r\n"
			}
			return "250 fine\r\n"
		})
		before, c := time.Now(), opened(t, rs)
		var all []*Parcel
		for n := range 6 {
			all = append(all, numbered(n+1).pack())
		}
		for i, p := range all {
			next := all[min(i+1, len(all)-1)]
			r := c.Send(t.Context(), p, next)
			for !r.CostsAttempt() {
				time.Sleep(r.RetryAfter) // the bubble's clock
				r = c.Send(t.Context(), p, next)
			}
			mustBeSent(t, r)
		}
		if took := time.Since(before); *dots != len(all) || took > waitCommand+time.Minute {
			t.Errorf("%d messages in %v", *dots, took)
		}
	})
}

func FuzzReadReply(f *testing.F) {
	for _, s := range []string{"250 fine\r\n", "250\r\n", "250-a\r\n250 b\r\n", "250-a\r\nb\r\n250\r\n", "250-a\r\n550 b\r\n", "2500\r\n", "25", "\r\n", "+25 x\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, text, err := readReply(textproto.NewReader(bufio.NewReader(strings.NewReader(s))))
		if err != nil {
			return
		}
		if code < 100 || code > 999 {
			t.Errorf("%q is %d %q", s, code, text)
		}
		bare := false
		for line := range strings.Lines(s) {
			bare = bare || len(strings.TrimRight(line, "\r\n")) == 3
		}
		if std, words, err := textproto.NewReader(bufio.NewReader(strings.NewReader(s))).ReadResponse(0); err == nil && !bare && (std != code || words != text) {
			t.Errorf("%q is %d %q, and to net/textproto %d %q", s, code, text, std, words)
		}
	})
}
