package smtptest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

const (
	longestLine    = 1000     // of a message, with CRLF: RFC 5321 4.5.3.1.6
	largestMessage = 64 << 20 // bytes
)

func (c *session) offers(extension string) bool {
	for _, e := range c.server.options.Extensions {
		if strings.EqualFold(e, extension) {
			return true
		}
	}
	return false
}

func (c *session) mailFrom(argument string) {
	o := c.server.options
	address, parameters, ok := splitPath(argument, "FROM:")
	switch {
	case c.envelope.Hello == "":
		c.say("503 5.5.1 say EHLO first")
	case o.STARTTLS && !c.envelope.TLS:
		c.say("530 5.7.0 STARTTLS first")
	case o.Username != "" && c.envelope.Username == "":
		c.say("530 5.7.0 sign in first")
	case c.mail:
		c.say("503 5.5.1 a transaction is open")
	case !ok:
		c.say("501 5.5.4 malformed MAIL")
	case !c.parametersOffered(parameters):
		c.say("555 5.5.4 a parameter that is not offered")
	case !ascii(address) && !strings.Contains(parameters, "SMTPUTF8"):
		c.say("553 5.6.7 the address needs SMTPUTF8")
	default:
		if c.answer(MAIL, address, "250 2.1.0 fine") {
			c.mail = true
			c.envelope.From, c.envelope.Parameters = address, parameters
		}
	}
}

func (c *session) parametersOffered(parameters string) bool {
	for _, p := range strings.Fields(parameters) {
		name, _, _ := strings.Cut(p, "=")
		if name == "BODY" {
			name = "8BITMIME"
		}
		if !c.offers(name) {
			return false
		}
	}
	return true
}

func (c *session) rcptTo(argument string) {
	address, _, ok := splitPath(argument, "TO:")
	switch {
	case !c.mail:
		c.say("503 5.5.1 MAIL first")
	case c.rcpt:
		c.say("452 4.5.3 one recipient a message")
	case !ok || address == "":
		c.say("501 5.1.3 malformed RCPT")
	case !ascii(address) && !strings.Contains(c.envelope.Parameters, "SMTPUTF8"):
		c.say("553 5.6.7 the address needs SMTPUTF8")
	default:
		if c.answer(RCPT, address, "250 2.1.5 fine") {
			c.rcpt = true
			c.envelope.To = address
		}
	}
}

// splitPath takes FROM:<address> and the parameters after it apart.
func splitPath(argument, prefix string) (address, parameters string, ok bool) {
	if len(argument) < len(prefix) || !strings.EqualFold(argument[:len(prefix)], prefix) {
		return "", "", false
	}
	rest, ok := strings.CutPrefix(argument[len(prefix):], "<")
	end := strings.LastIndexByte(rest, '>')
	if !ok || end < 0 {
		return "", "", false
	}
	return rest[:end], strings.TrimSpace(rest[end+1:]), true
}

func (c *session) data() {
	usual := "354 end with a dot"
	if !c.rcpt {
		usual = "503 5.5.1 RCPT first"
	}
	if !c.answer(DATA, "", usual) {
		return
	}
	if !c.bodyBegins() {
		return
	}
	raw, complaint, err := c.readBody()
	if err != nil {
		c.over = true
		return
	}
	m := c.envelope
	m.Raw = raw
	c.reset()
	if complaint != "" {
		c.say(complaint)
		return
	}
	c.end(m)
}

// bodyBegins asks the fault before the body; the usual way is to read it.
func (c *session) bodyBegins() bool {
	reply, action := c.ask(Body, "")
	if action == Proceed {
		return true
	}
	if action == Drop {
		io.CopyN(io.Discard, c.r, dropAfter)
	}
	return c.carryOut(reply, action, "250 2.0.0 taken")
}

// end decides over a whole message. It is recorded before the 250 leaves, so
// that whoever has seen the 250 finds it.
func (c *session) end(m Message) {
	reply, action := c.ask(End, string(m.Raw))
	if action == Vanish || action == Proceed && reply == "" || strings.HasPrefix(reply, "250") {
		c.server.accept(m)
	}
	c.carryOut(reply, action, "250 2.0.0 taken")
}

// readBody reads up to the final dot and takes the dot-stuffing away. A body
// that breaks RFC 5321 2.3.8 or 4.5.3.1.6 is read to its end and complained of.
func (c *session) readBody() (raw []byte, complaint string, err error) {
	for {
		line, err := c.r.ReadBytes('\n')
		if err != nil {
			return nil, "", fmt.Errorf("read the message: %w", err)
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return raw, complaint, nil
		}
		line = bytes.TrimPrefix(line, []byte("."))
		switch {
		case !bytes.HasSuffix(line, []byte("\r\n")) || bytes.Count(line, []byte("\r")) > 1:
			complaint = "550 5.6.11 a bare CR or LF"
		case len(line) > longestLine:
			complaint = "500 5.6.0 a line of the message is too long"
		case len(raw) > largestMessage:
			complaint = "552 5.3.4 the message is too large"
			continue
		case !ascii(string(line)) && c.envelope.Parameters == "":
			complaint = "554 5.6.3 8-bit content without 8BITMIME"
		}
		raw = append(raw, line...)
	}
}

func (c *session) reset() {
	c.mail, c.rcpt = false, false
	c.envelope.From, c.envelope.To, c.envelope.Parameters = "", "", ""
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
