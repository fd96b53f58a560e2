// Package mailer puts messages on the wire. It knows people only as addresses
// and content only as HTML and text.
//
// A Transport is where mail leaves: Relays (SMTP servers, tried in order) or an
// Outbox (a folder of files). A Conversation is one line to it, held by one
// goroutine, which sends message after message and gives a Result for each.
//
// A Message is compiled once for the group of people who share it; each person's
// Parcel then costs only what is their own. To a relay that offers PIPELINING (RFC
// 2920) a Conversation sends the envelope of the next Parcel together with the end
// of the one before, whose Result is known, and can be recorded, before the next
// text leaves.
//
// What a Result means is decided by Judge alone, a table over phase, reply code
// and enhanced code. Who is meant decides, not the first digit:
//
//  1. The relay's or our own fault (BlameRelay): the relay is paused with growing
//     waits, the next takes over within the same Send. With none left the Result
//     says when to try again. Nobody pays an attempt: it must not be recorded
//     against the person.
//  2. The person's address, or the message: recorded against the person; a hard
//     refusal also suppresses the address.
//  3. Nothing is known (BlameUnknown): the connection was lost after the final
//     dot. The repeat carries the same Message-ID and is counted.
//
// A fault of the relay that comes when a person has been named, such as a lost
// connection or a 421 to RCPT, may be that message's doing all the same, and
// would keep all behind it waiting for ever. So the Result is Suspect: others go
// first, and the message is given up after as many times as any other.
//
// A message is Sent only by the reply 250 to its final dot. After DATA's 354
// there are two ways out: the whole message, or closing the connection; never a
// dot, a QUIT or a graceful close on an abandoned body.
package mailer
