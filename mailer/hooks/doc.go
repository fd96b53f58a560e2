// Package hooks understands what mail providers tell over HTTP of mail that came
// back: Amazon SES (through SNS), Postmark, Mailgun, SendGrid and Brevo. It proves
// that a call is the provider's, and makes Events of it, in the words of package
// returns. What follows from them is the caller's.
//
// What proves a call, and what is reliably told of the message:
//
//	ses       SNS's signature, and the topic    the envelope's sender, our Message-ID
//	postmark  a secret in the address           the recipient alone
//	mailgun   HMAC over timestamp and token     the envelope's sender, our Message-ID
//	sendgrid  ECDSA over timestamp and body     our Message-ID (smtp-id)
//	brevo     a secret in the address           our Message-ID
//
// A provider may have put a Message-ID of its own in the place of ours; then the
// recipient is what is left. All compares of secrets take constant time.
package hooks
