package smtptest

// Step is a point of the conversation at which a Fault is asked.
type Step string

// The steps. Each but the last two is asked before the server's own reply to
// that command, with the command's argument.
const (
	Greeting Step = "greeting"
	EHLO     Step = "ehlo" // HELO too
	STARTTLS Step = "starttls"
	AUTH     Step = "auth" // the mechanism
	MAIL     Step = "mail" // the address
	RCPT     Step = "rcpt" // the address
	DATA     Step = "data" // before the 354
	RSET     Step = "rset"
	NOOP     Step = "noop"
	QUIT     Step = "quit"

	Body Step = "body" // after the 354, before a byte of the message is read
	End  Step = "end"  // after the final dot; the argument is the raw message
)

// Action is what a Fault does at its step.
type Action int

// The actions. A reply given with Proceed replaces the server's own: a 250 at
// MAIL goes on, a 550 does not; at End it decides whether the message counts as
// accepted, and so it does with Close. A 354 at DATA has the text read even where
// there is no recipient. A reply may have several lines, parted by \n; the code stands on the
// first alone.
const (
	Proceed Action = iota // as usual, or with the given reply
	Close                 // send the reply, where there is one, and close
	Hang                  // wait for Release, then go on as usual
	Drop                  // at Body: read dropAfter bytes of the message, then close
	Endless               // send lines of a reply that never ends
	Vanish                // at End: accept the message, and close without a reply
)

// Fault decides what goes wrong. It is called by every connection and must be
// safe for that.
type Fault func(step Step, argument string) (reply string, action Action)

// dropAfter is how much of a message Drop reads.
const dropAfter = 100

// At is the Fault that does one thing at one step, every time.
func At(step Step, reply string, action Action) Fault {
	return func(at Step, _ string) (string, Action) {
		if at == step {
			return reply, action
		}
		return "", Proceed
	}
}

// answer asks the fault, gives its reply or the usual one, and tells whether
// the command has succeeded.
func (c *session) answer(step Step, argument, usual string) bool {
	reply, action := c.ask(step, argument)
	return c.carryOut(reply, action, usual)
}

// ask asks the fault what to do. Hanging happens here: it ends in Proceed, or
// in Close when the server is closed.
func (c *session) ask(step Step, argument string) (string, Action) {
	s := c.server
	s.mu.Lock()
	fault, release := s.fault, s.release
	s.mu.Unlock()
	if fault == nil {
		return "", Proceed
	}
	reply, action := fault(step, argument)
	if action != Hang {
		return reply, action
	}
	select {
	case <-release:
		return reply, Proceed
	case <-s.done:
		return "", Close
	}
}

// carryOut does what the fault said and tells whether the command has succeeded.
func (c *session) carryOut(reply string, action Action, usual string) bool {
	switch action {
	case Endless:
		c.endless(usual)
		return false
	case Close, Drop, Vanish:
		c.over = true
		if reply != "" {
			c.say(reply)
		}
		return false
	}
	if reply == "" {
		reply = usual
	}
	c.say(reply)
	return reply[0] == '2' || reply[0] == '3'
}

// endless sends lines of one reply until the client has had enough.
func (c *session) endless(usual string) {
	c.over = true
	line := []byte(usual[:3] + "-and another thing\r\n")
	for {
		if _, err := c.conn.Write(line); err != nil {
			return
		}
	}
}
