package returns

import (
	"slices"
	"strings"
	"testing"
)

// said is what servers say, in their own words, and whose doing it is.
var said = map[Class][]string{
	Hard: {
		"550 5.1.1 <amina@example.org>: Recipient address rejected: User unknown in local recipient table",
		"550 5.1.1 <amina@example.org>: Recipient address rejected: undeliverable address: host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown",
		"550 5.1.1 unknown or illegal alias: amina@example.org",
		"550 5.1.1 <amina@example.org> User doesn't exist: amina@example.org",
		"550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1  https://support.google.example/mail/?p=NoSuchUser - gsmtp",
		"550-5.2.1 The email account that you tried to reach is inactive. For more 550-5.2.1 information, go to 550 5.2.1  https://support.google.example/mail/?p=DisabledUser",
		"550 5.2.1 The email account that you tried to reach is disabled. Learn more at https://support.google.example/mail/?p=DisabledUser",
		"550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [AM0EUR01.prod.example]",
		"550 Requested action not taken: mailbox unavailable",
		"550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
		"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
		"550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found",
		"550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM5EUR02FT034.eop-EUR02.prod.protection.example]",
		"550 5.4.310 DNS domain nowhere.example does not exist [Message=InfoDomainNonexistent]",
		"554 delivery error: dd This user doesn't have a yahoo.example account (amina@yahoo.example) [0] - mta1.example.org",
		"554 delivery error: dd Sorry your message to amina@yahoo.example cannot be delivered. This mailbox is disabled (554.30). - mta1.example.org",
		"552 1 Requested mail action aborted, mailbox not found",
		"550 <amina@web.example> Unknown user",
		"550 5.1.1 <amina@mail.example>: Message was not accepted -- invalid mailbox. Local mailbox amina@mail.example is unavailable: user not found",
		"550 Message was not accepted -- invalid mailbox. Local mailbox amina@mail.example is unavailable: account is disabled",
		"550 5.7.1 No such user!",
		"550 No such user (amina@example.org)",
		"550 Mailbox not found. http://service.mail.example/cgi-bin/help?subtype=1&&id=20022&&no=1000728",
		"550 User not found: amina@example.org",
		"550 5.1.1 <amina@example.org> is not a valid mailbox",
		"550 5.1.1 amina@example.org user unknown",
		"550 unknown user account",
		"550 Address unknown",
		"550 Invalid recipient amina@example.org (#5.1.1)",
		"550 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
		"511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
		"550 5.1.1 Mailbox does not exist",
		"550 5.1.1 The email account does not exist",
		"550 5.1.6 recipient no longer on server: amina@example.org",
		"550 5.1.1 <amina@comcast.example> Account not available",
		"550 Not our Customer",
		"550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
		"550 5.2.1 This mailbox has been blocked due to inactivity (UserSearch)",
		"550 #5.1.0 Unknown recipient",
		"550 Unrouteable address",
		"550 Recipient Rejected: No account by that name here",
		"550 amina@example.org... No such user",
		"553 5.3.0 <amina@example.org>... Addressee unknown, relay=[192.0.2.1]",
		"550 <amina@example.org>, Recipient unknown",
		"550 cuda_nsu <amina@example.org>: no such user here",
		"550 No Such User Here\"",
		"550 Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550 [x1]",
		"550 5.1.1 <amina@example.org>... User unknown; rejecting",
		"550 5.1.1 User unknown: spam-list@example.org",
		"550 unknown user <spam@example.org>",
		"550 Recipient address rejected: User unknown in relay recipient table",
		"User amina (amina@example.org) not listed in public Name & Address Book",
		"unknown user: \"amina\"",
		"Host or domain name not found. Name service error for name=nowhere.example type=A: Host not found",
		"Sorry, I couldn't find any host named nowhere.example. (#5.1.2)",
		"556 5.1.10 <amina@example.org>: Recipient address rejected: Domain example.org does not accept mail (nullMX)",
		"Domain example.org does not accept mail (nullMX)",
		"an MX or SRV record indicated no SMTP service",
		"Esta casilla ha expirado por falta de uso.",
		"Requested action not taken: mailbox unavailable. [SMTP Error Code 550]",
		"all relevant MX records point to non-existent hosts",
		"550 Empfänger unbekannt",
		"550 5.1.1 Benutzer unbekannt",
		"550 usuario desconocido",
		"550 Пользователь не найден",
		"550 551 5.1.1 用户不存在",
		"550 5.1.6 Recipient has moved; please try bashir@example.net",
		"551 User not local; please try <bashir@example.net>",
		"550 Unavailable",
		"551 no",
		"553 sorry",
	},
	Soft: {
		"552 5.2.2 <amina@example.org>: Recipient address rejected: Mailbox is full / Blz dolu",
		"552-5.2.2 The email account that you tried to reach is over quota and inactive. 552-5.2.2 Please direct the recipient to 552 5.2.2 https://support.google.example/mail/?p=OverQuotaPerm",
		"452-4.2.2 The email account that you tried to reach is over quota. Please direct 452-4.2.2 the recipient to clear space",
		"554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException; Failed to process message due to a permanent exception",
		"550 5.7.1 mailbox full",
		"550 5.1.1 mailbox is full",
		"554 Quota exceeded",
		"552 Requested mail action aborted: exceeded storage allocation",
		"550 Message was not accepted -- the user's mailbox is full. (over quota)",
		"550 Mailbox has exceeded the limit",
		"552 sorry, that recipient's mailbox is over quota (#5.2.2)",
		"550 Postfach voll",
		"550 ящик переполнен",
		"451 4.7.1 Greylisted, try again in 300 seconds",
		"451 4.7.1 <amina@example.org>: Recipient address rejected: Greylisting in effect, please come back later: retry timeout exceeded",
		"421 4.7.0 Too many messages, closing connection",
		"450-4.2.1 The user you are trying to contact is receiving mail too quickly. 450 4.2.1 Please resend your message at a later time",
		"550-5.2.1 The user you are trying to contact is receiving mail at a rate that 550-5.2.1 prevents additional messages from being delivered.",
		"450 4.1.1 <amina@example.org>: Recipient address rejected: unverified address",
		"connect to mx.example.org[192.0.2.1]:25: Connection refused",
		"connect to mx.example.org[192.0.2.1]:25: No route to host",
		"lost connection with mx.example.org[192.0.2.1] while receiving the initial server greeting",
		"lost connection with mx.example.org[192.0.2.1] while performing the HELO handshake",
		"conversation with mx.example.org[192.0.2.1] timed out while sending RCPT TO",
		"Host or domain name not found. Name service error for name=example.org type=MX: Host not found, try again",
		"retry timeout exceeded",
		"all hosts for 'example.org' have been failing for a long time (and retry time not reached)",
		"550 4.4.7 QUEUE.Expired; message expired",
		"550 5.4.300 Message expired -> 421 4.4.1 Connection timed out",
		"550 5.4.316 Message expired, connection refused(Socket error code 10061)",
		"554 5.4.14 Hop count exceeded - possible mail loop ATTR34",
		"5.4.6 (mail loop) too many hops",
		"delivery temporarily suspended: lost connection",
		"Sorry, I wasn't able to establish an SMTP connection. (#4.4.1) I'm not going to try again; this message has been in the queue too long.",
		"550 Connection frequency limited",
		"550 5.1.0 Address rejected.",
		"554 5.3.0 unknown mailer error 1",
		"something else entirely",
		"",
	},
	Sender: {
		"550 5.7.1 <amina@example.org>: Recipient address rejected: Message refused by local policy",
		"550 5.7.1 Service unavailable, Client host [192.0.2.25] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.example/query/ip/192.0.2.25 (AS16012611)",
		"554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; https://www.spamhaus.org/sbl/query/SBL1",
		"550 5.1.1 <amina@example.org>: Client host [192.0.2.25] blocked using bl.spamcop.net",
		"550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.",
		"550-5.7.26 Unauthenticated email from magazine.example is not accepted due to domain's DMARC policy.",
		"550 5.7.509 Access denied, sending domain MAGAZINE.EXAMPLE does not pass DMARC verification and has a DMARC policy of reject.",
		"550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
		"550 SC-001 (COL004-MC1F1) Unfortunately, messages from 192.0.2.25 weren't sent.",
		"550-5.7.1 [192.0.2.25] Our system has detected that this message is likely unsolicited mail.",
		"554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.example/error-codes",
		"553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.25, because the ip is in Spamhaus's list",
		"554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.example/en-us/HT204137",
		"550 spam message rejected. Please visit http://help.mail.example/notspam-support/id",
		"554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.example/spam",
		"550 5.7.1 Relaying denied",
		"550 relay not permitted",
		"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
		"550 5.7.1 Unable to relay for amina@example.org",
		"550 Administrative prohibition",
		"550 Access denied",
		"550 Rejected",
		"550 Sender verify failed: no such user",
		"550 Verification failed for <letters@magazine.example> The mail server could not deliver mail to letters@magazine.example. The account or domain may not exist",
		"553 5.1.8 <letters@magazine.example>... Domain of sender address letters@magazine.example does not exist",
		"550 5.1.7 Invalid sender address",
		"450 4.1.8 <letters@magazine.example>: Sender address rejected: Domain not found",
		"552 5.3.4 Message size exceeds fixed maximum message size",
		"552 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
		"552 Message too large",
		"554 5.6.0 Message content refused",
		"554 5.6.0 STOREDRV.Deliver; Corrupt message content",
		"550 5.6.7 SMTPUTF8 is required, but was not offered by host mx.example.org",
		"550 5.7.1 Message content rejected, UBE, id=01530-01-625",
		"550 This message contains a virus (Eicar-Test-Signature)",
		"552-5.7.0 This message was blocked because its content presents a potential security issue.",
		"554 5.7.1 <amina@example.org>: Recipient address rejected: Access denied",
		"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
		"550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
		"550 5.7.124 RESOLVER.RST.SenderNotInAllowedList; sender not in allowed list",
		"550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
		"550 Your message was rejected by header based Blocked Senders: 192.0.2.25",
		"550 Envelope blocked - User Entry - https://community.mimecast.example/docs/DOC-1369#550",
		"550 permanent failure for one or more recipients (amina@example.org:blocked)",
		"554 Transaction failed. For explanation visit https://postmaster.1und1.example/en/case?c=r0801",
		"554-No SMTP service. Bad DNS PTR resource record. 554 For explanation visit https://postmaster.gmx.example/en/error-messages",
		"550-Requested action not taken: mailbox unavailable 550-Invalid DNS MX or A/AAAA resource record.",
		"554 Transaction failed 554 Reject due to policy restrictions.",
		"550 5.7.1 Mail from 192.0.2.25 refused: reverse DNS lookup failed",
		"550 5.7.1 Helo command rejected: need fully-qualified hostname",
		"554 5.7.1 Recipient not accepting mail from this list",
		"550 5.5.0 Mail rejete. Mail rejected. ofr_506 [506]",
		"550 Mail content denied. http://service.mail.example/cgi-bin/help?subtype=1",
		"554 DT:SPM 163 smtp1,X8CowAB",
		"554",
		"550 Denied by policy",
		"550 5.1.0 <letters@magazine.example> sender rejected. Refer to Error Codes section",
	},
}

func TestClass(t *testing.T) {
	for want, all := range said {
		for _, words := range all {
			if got := newEvidence(words).class(); got != want {
				t.Errorf("%s, want %s: %s\n%+v", got, want, words, newEvidence(words))
			}
		}
	}
}

// TestClassByCode judges reports that have a status, and perhaps words that say nothing.
func TestClassByCode(t *testing.T) {
	for _, test := range []struct {
		status, words string
		want          Class
	}{
		{"5.1.1", "", Hard}, {"5.1.2", "", Hard}, {"5.1.3", "", Hard}, {"5.1.6", "", Hard}, {"5.1.10", "", Hard}, {"5.2.1", "", Hard},
		{"5.2.2", "", Soft}, {"5.2.0", "", Soft}, {"5.4.1", "", Soft}, {"5.4.4", "", Soft}, {"5.4.7", "", Soft}, {"5.3.0", "", Soft}, {"4.4.7", "", Soft}, {"4.2.2", "", Soft}, {"5.0.0", "", Soft}, {"", "", Soft}, {"5.1.0", "", Soft},
		{"5.7.1", "", Sender}, {"5.7.26", "", Sender}, {"5.6.0", "", Sender}, {"5.3.4", "", Sender}, {"5.1.8", "", Sender}, {"5.5.4", "", Sender},
		{"5.0.0", "550 5.1.1 x", Hard}, {"5.0.0", "550 x", Hard}, {"5.5.0", "550 x", Hard}, {"5.5.0", "554 x", Sender}, {"5.1.1", "550 5.7.1 x", Sender},
		{"5.7.1", "550 5.1.1 x", Hard}, {"4.4.7", "550 5.1.1 unknown user", Hard}, {"4.4.7", "451 4.1.1 unknown user", Soft}, {"5.1.1", "450 x", Soft},
		{"5.0.0", "550 x (in reply to end of DATA command)", Sender}, {"5.0.0", "550 x (in reply to MAIL FROM command)", Sender}, {"5.0.0", "550 5.1.1 unknown user (in reply to end of DATA command)", Hard},
		{"5.0.0", "SMTP error from remote mail server after end of data: 550 x", Sender}, {"5.0.0", "SMTP error from remote mail server after RCPT TO:<amina@example.org>: 550 x", Hard},
	} {
		e := newEvidence(test.words)
		e.status = test.status
		if got := e.class(); got != test.want {
			t.Errorf("%s %q: %s, want %s", test.status, test.words, got, test.want)
		}
	}
}

func TestReplyIn(t *testing.T) {
	for _, test := range []struct {
		words    string
		code     int
		enhanced string
	}{
		{"550 5.1.1 x", 550, "5.1.1"}, {"550-5.1.1 x", 550, "5.1.1"}, {"550 #5.1.0 x", 550, "5.1.0"}, {"550-'5.7.1 x'", 550, "5.7.1"}, {"550 x (#5.1.1)", 550, "5.1.1"},
		{"host mx.example.org[192.0.2.1] said: 554 x", 554, ""}, {"host mx.example.org [192.0.2.1]: 451 x", 451, ""}, {"250 2.0.0 Ok", 250, "2.0.0"},
		{"waited for 550 seconds", 0, ""}, {"192.0.2.1 does not like recipient", 0, ""}, {"connect to 192.0.2.1[192.0.2.1]:25: x", 0, ""},
		{"5.1.1", 0, "5.1.1"}, {"Postfix 4.5.1.1", 0, ""}, {"550", 550, ""}, {"550.5.1.1", 0, ""}, {"", 0, ""},
		{"Remote Server returned '550 5.1.10 x'", 550, "5.1.10"}, {"554 delivery error: 421 x", 554, ""},
	} {
		if code, enhanced := replyIn(test.words); code != test.code || enhanced != test.enhanced {
			t.Errorf("%q: %d %q, want %d %q", test.words, code, enhanced, test.code, test.enhanced)
		}
	}
}

// TestPhrases checks that words only save time: a table says the same of every
// text as its expressions do.
func TestPhrases(t *testing.T) {
	for name, table := range map[string]phrases{"noSuch": noSuch, "noDomain": noDomain, "noRoom": noRoom, "ofSender": ofSender, "refusing": refusing, "passing": passing, "waiting": waiting, "tooMuch": tooMuch, "tellsFailure": tellsFailure, "tellsDelay": tellsDelay} {
		matched := false
		for _, all := range said {
			for _, words := range all {
				s := folded(words)
				plain := slices.ContainsFunc(table(), func(p phrase) bool { return p.pattern.MatchString(s) })
				if table.MatchString(s) != plain {
					t.Errorf("%s of %q: %v, want %v", name, s, !plain, plain)
				}
				matched = matched || plain
			}
		}
		if !matched && !strings.HasPrefix(name, "tells") {
			t.Errorf("%s matches nothing that a server said", name)
		}
	}
}

func TestOriginalAddress(t *testing.T) {
	for _, test := range []struct{ value, final, want string }{
		{"rfc822;amina@example.org", "amina@example.org", "amina@example.org"},
		{"rfc822; <amina@example.org>", "", "amina@example.org"},
		{"rfc822;amina+2Btide@example.org", "amina+tide@example.org", "amina+tide@example.org"},
		{"rfc822;amina+2Btide@example.org", "box@inside.example", "amina+tide@example.org"},
		{"rfc822;amina+2Btide@example.org", "amina+2btide@example.org", "amina+2Btide@example.org"},
		{"rfc822;amina+B2tide@example.org", "", "amina+B2tide@example.org"},
		{"rfc822;amina+0Atide@example.org", "", "amina+0Atide@example.org"},
		{"rfc822;amina+42@example.org", "box@inside.example", "amina+42@example.org"},
		{"rfc822;amina+tide@example.org", "", "amina+tide@example.org"},
		{`utf-8;\x{430}\x{43C}\x{438}\x{43D}\x{430}@example.org`, "", "амина@example.org"},
		{"utf-8;амина@example.org", "", "амина@example.org"},
		{`utf-8;\x{0}\x{110000}\x{D800}a@example.org`, "", ""},
		{"x400;/C=WW/", "", "/C=WW/"},
		{"rfc822;@relay.example:amina@example.org", "", "amina@example.org"},
	} {
		kind, value := typed(test.value)
		if got := originalAddress(kind, value, test.final); got != test.want && test.want != "" {
			t.Errorf("%s: %q, want %q", test.value, got, test.want)
		}
	}
}
