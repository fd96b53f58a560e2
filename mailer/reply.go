package mailer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// reply is a relay's answer to one command. The zero reply is none.
type reply struct {
	code     int
	enhanced string
	text     string // printable, with the enhanced code
}

func newReply(code int, text string) reply {
	return reply{code: code, enhanced: enhancedCode(code, text), text: printable(text)}
}

// readReply reads one reply (RFC 5321 4.2). Unlike net/textproto it takes a code
// without words, and no line with another code than the first: what follows that
// one belongs to the next command. A line without a code goes on with the one
// before it, as there.
func readReply(r *textproto.Reader) (code int, text string, err error) {
	var lines []string
	for {
		line, err := r.ReadLine()
		if err != nil {
			return 0, "", err
		}
		n, words, last := replyLine(line)
		switch {
		case n == 0 && code != 0:
			words, last = strings.TrimRight(line, "\r"), false
		case n == 0, code != 0 && n != code:
			return 0, "", textproto.ProtocolError(fmt.Sprintf("it said %q", clip(line, 100)))
		default:
			code = n
		}
		if lines = append(lines, words); last {
			return code, strings.Join(lines, "\n"), nil
		}
	}
}

// replyLine takes a line of a reply apart; the code is 0 where it has none.
func replyLine(line string) (code int, words string, last bool) {
	digits := line[:min(3, len(line))]
	code, err := strconv.Atoi(digits)
	switch rest := line[len(digits):]; {
	case err != nil, code < 100, rest != "" && rest[0] != ' ' && rest[0] != '-':
		return 0, "", false
	case rest == "":
		return code, "", true
	default:
		return code, rest[1:], rest[0] == ' '
	}
}

// replyIn takes the reply out of an error of go-mail or textproto, where it holds one.
func replyIn(err error) reply {
	var refused *textproto.Error
	if errors.As(err, &refused) {
		return newReply(refused.Code, refused.Msg)
	}
	return reply{}
}

// enhancedCode reads the class.subject.detail that may begin a reply's text
// (RFC 2034 4, RFC 3463 2). One whose class contradicts the code is kept: it
// then matches no row that would suppress anybody.
func enhancedCode(code int, text string) string {
	if class := code / 100; class != 2 && class != 4 && class != 5 {
		return ""
	}
	word, _, _ := strings.Cut(text, "\n")
	word, _, _ = strings.Cut(word, " ")
	class, rest, _ := strings.Cut(word, ".")
	subject, detail, _ := strings.Cut(rest, ".")
	if class != "2" && class != "4" && class != "5" || !upToThreeDigits(subject) || !upToThreeDigits(detail) {
		return ""
	}
	return word
}

func upToThreeDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 3
}

// silence says in plain words why a step had no reply.
func (f fault) silence() string {
	var did, why string
	switch {
	case errors.Is(f.err, errFlood):
		did = "sent more than 64 kB in one answer"
	case timedOut(f.err):
		did = "did not answer within " + spell(f.within)
	case errors.Is(f.err, io.EOF), errors.Is(f.err, io.ErrUnexpectedEOF), errors.Is(f.err, net.ErrClosed), errors.Is(f.err, io.ErrClosedPipe),
		errors.Is(f.err, syscall.ECONNRESET), errors.Is(f.err, syscall.EPIPE):
		did = "closed the connection"
	default:
		did, why = "failed", ": "+printable(f.err.Error())
	}
	return "the relay " + did + " " + f.phase.at() + why
}

// spell prints a wait as people say it: 30 s, 5 min.
func spell(wait time.Duration) string {
	if wait < time.Minute {
		return fmt.Sprintf("%.3g s", wait.Seconds())
	}
	return fmt.Sprintf("%.3g min", wait.Minutes())
}

// timedOut tells a relay that hangs from one that closed.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
