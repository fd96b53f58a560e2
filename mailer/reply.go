package mailer

import (
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
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
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != "2" && parts[0] != "4" && parts[0] != "5" {
		return ""
	}
	for _, part := range parts[1:] {
		if len(part) < 1 || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return ""
		}
	}
	return word
}

// lost puts a broken connection into plain words.
func lost(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, errFlood):
		return err.Error()
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "the connection was closed"
	}
	return printable(err.Error())
}

// timedOut tells a relay that hangs from one that closed.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
