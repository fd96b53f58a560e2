package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"strings"
)

const longestCommand = 2048 // bytes, with CRLF

// session is one connection's state.
type session struct {
	server *Server
	conn   net.Conn
	r      *bufio.Reader
	over   bool

	envelope Message // as far as it goes
	mail     bool    // MAIL was accepted
	rcpt     bool    // RCPT was accepted
}

func newSession(s *Server, conn net.Conn, number int) *session {
	return &session{server: s, conn: conn, r: bufio.NewReader(conn), envelope: Message{Connection: number}}
}

func (c *session) run() {
	if c.server.options.ImplicitTLS && !c.secure() {
		return
	}
	c.answer(Greeting, "", "220 relay.test ESMTP")
	for !c.over {
		line, err := c.r.ReadSlice('\n')
		if err != nil || len(line) > longestCommand {
			return
		}
		verb, argument, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if !bytes.HasSuffix(line, []byte("\r\n")) {
			c.say("500 5.5.2 a command ends with CR LF")
			continue
		}
		c.command(strings.ToUpper(verb), argument)
	}
}

func (c *session) command(verb, argument string) {
	switch verb {
	case "EHLO", "HELO":
		c.hello(verb, argument)
	case "STARTTLS":
		c.startTLS()
	case "AUTH":
		c.auth(argument)
	case "MAIL":
		c.mailFrom(argument)
	case "RCPT":
		c.rcptTo(argument)
	case "DATA":
		c.data()
	case "RSET":
		if c.answer(RSET, argument, "250 2.0.0 reset") {
			c.reset()
		}
	case "NOOP":
		c.answer(NOOP, argument, "250 2.0.0 fine")
	case "QUIT":
		c.answer(QUIT, argument, "221 2.0.0 goodbye")
		c.over = true
	default:
		c.say("502 5.5.1 no such command")
	}
}

// say writes a reply of one line or, parted by \n, several (RFC 5321 4.2.1).
func (c *session) say(reply string) {
	var b strings.Builder
	code, text := reply[:3], strings.TrimPrefix(reply[3:], " ")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		b.WriteString(code + mark + line + "\r\n")
	}
	if _, err := io.WriteString(c.conn, b.String()); err != nil {
		c.over = true
	}
}

func (c *session) hello(verb, name string) {
	usual := "250 relay.test"
	o := c.server.options
	if verb == "EHLO" {
		for _, extension := range o.Extensions {
			usual += "\n" + extension
		}
		if o.STARTTLS && !c.envelope.TLS {
			usual += "\nSTARTTLS"
		}
		if o.Username != "" {
			usual += "\nAUTH " + strings.Join(o.Mechanisms, " ")
		}
	}
	if c.answer(EHLO, name, usual) {
		c.reset()
		c.envelope.Hello = name
	}
}

func (c *session) startTLS() {
	if !c.server.options.STARTTLS || c.envelope.TLS {
		c.say("503 5.5.1 no STARTTLS here")
		return
	}
	if c.answer(STARTTLS, "", "220 2.0.0 go ahead") && c.secure() {
		c.envelope.Hello = "" // RFC 3207 4.2: begin again
	}
}

func (c *session) secure() bool {
	conn := tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{*c.server.options.Certificate}})
	if err := conn.Handshake(); err != nil {
		c.over = true
		return false
	}
	c.conn, c.r = conn, bufio.NewReader(conn)
	c.envelope.TLS = true
	return true
}

func (c *session) auth(argument string) {
	o := c.server.options
	mechanism, first, _ := strings.Cut(argument, " ")
	var username, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		parts := strings.Split(decode(first), "\x00")
		if len(parts) != 3 {
			c.say("501 5.5.2 malformed")
			return
		}
		username, password = parts[1], parts[2]
	case "LOGIN":
		username, password = c.question("Username:"), c.question("Password:")
	default:
		c.say("504 5.5.4 no such mechanism")
		return
	}
	usual := "235 2.7.0 welcome"
	if o.Username == "" || username != o.Username || password != o.Password {
		usual = "535 5.7.8 wrong user name or password"
	}
	if c.answer(AUTH, mechanism, usual) {
		c.envelope.Username = username
	}
}

func (c *session) question(text string) string {
	c.say("334 " + base64.StdEncoding.EncodeToString([]byte(text)))
	line, err := c.r.ReadString('\n')
	if err != nil {
		c.over = true
	}
	return decode(strings.TrimSpace(line))
}

func decode(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}
