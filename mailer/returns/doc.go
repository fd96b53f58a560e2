// Package returns understands the messages that come back: reports that a
// message could not be delivered, is delayed or has arrived (RFC 3464, RFC 6533,
// and the free words of many mail servers), complaints (RFC 5965) and automatic
// replies (RFC 3834). It only reads: what follows from a Report is the caller's.
//
// Who reads a message asks in this order, and the first answer counts:
//
//  1. Is there a report for machines, of a delivery or a complaint? (delivery.go, complaint.go)
//  2. Do its headers or its subject call it an automatic reply? (autoreply.go)
//  3. Does a mail server speak (server.go), of a failure (told.go), and of whom? (freeform.go, blocks.go)
//
// A wrong Hard takes a person's newsletter away, a missing one costs another
// bounce. So what a person wrote, quoted or forwarded is never more than Other,
// and what is unclear about a failure is Soft or Sender. Only a clear code, clear
// words, or a plain 550 to the recipient are Hard (verdict.go, tables.go).
//
// Messages are strangers' input. They are read once, line by line, however large
// they are; what is kept of one stays within the limits in message.go.
package returns
