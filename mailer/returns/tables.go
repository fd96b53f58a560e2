package returns

// The tables below hold pieces of what servers say, in lower case, as regular
// expressions joined by "or". They are matched on text that folded has prepared:
// addresses stand as @, so that spam@example.org or disabled@example.org says
// nothing. Who adds a line also adds the server's words to the test.

// The parts of sentences about an address.
const (
	theAddress = `user|recipient|mail ?box|account|address|addressee|alias|customer|subscriber|(user|login) ?name|person|e-?mail (address|account)`
	itsState   = `('s)?( name| address| account| id)?( @)?:? ?(is |was |are |has |been |seems |appears to be |could |can |does |do |did |in this |on this |\(|-|,)*`
)

// noSuch: the address leads nowhere.
var noSuch = newPhrases(
	// Postfix, Sendmail, Exim and most others
	`(no such|unknown|invalid|non-?exist[ae]nt|inexistent|unrecogni[sz]ed|undefined|illegal|bad|wrong) `+
		`(local |virtual |destination |recipient |email |mail )?(user|recipient|mail ?box|account|person|addressee|alias|customer|subscriber|userid|final delivery userid|name here)`,
	`(no such|unknown|invalid|non-?existent|bad destination|bad recipient) (e-?mail )?address(?: here)?\b`,
	`(`+theAddress+`)`+itsState+`(unknown|invalid|inexistent|non-?existent|unrouteable|undeliverable address|unavailable for this domain|no longer exists)`,
	`(`+theAddress+`)`+itsState+`(not|doesn't|didn't|isn't|wasn't|cannot|couldn't|can't|couldnt|no|no longer) (be |a |an |on |longer |to )*`+
		`(found|known|exist|valid|recogni[sz]ed|listed|here|on (this )?server|this server|registered|present|our customer)`,
	`(@|mailbox|user|account) (does not|doesn't|do not|did not) exist`,
	`(@|this) is not a (valid|known|local) (user|mail ?box|recipient|address|account)`,
	`(is|am|are) not a (known|valid) (user|recipient|mail ?box|address|account)`,
	`(user|recipient|address|addressee) unknown|unknown (user|recipient|addressee|alias)`,
	`unknown or illegal alias|unknown[ -]user|user[ -]unknown|unknownuser|nosuchuser|no-such-user`,
	`not a known user|no known user|isn't a user`,
	// qmail, vpopmail, Plesk
	`no mail ?box (here|by that name|for)`,
	`no (user|account|mail ?box|one|person|recipient) (here )?(by|with|of|under) (that|this) (name|address|user)`,
	`here by that name`,
	`(this|the) (user|address|account|person|mail ?box) (doesn't|does not) have an? .{0,40}account`,
	`there is no (such )?(one|user|mail ?box|account|recipient|address|person)`,
	`not a mail ?box`,
	`no mail ?box (found|named|called|exists)`,
	`(doesn't|does not) have an? (account|mail ?box) (here|at)`,
	`has no mail ?box`,
	// Exim
	`unrout(e)?able (mail )?(address|domain)`,
	`all relevant mx records point to non-?existent hosts`,
	// Exchange, Microsoft 365
	`recip(ient)?notfound|recipientnotfound|recipient name is not recogni[sz]ed|e-?mail account does not exist`,
	`email address you entered couldn't be found`,
	`wasn't found (at|in)|couldn't be found( at|, or|\.|$)|because the address couldn't be found|adr\.(recip|addr)`,
	`unknown recipient`,
	`recipient not (found|recogni[sz]ed)`,
	`e-?mail address (you sent|doesn't exist|does not exist|is not valid|was not found)`,
	`destination (mail ?box|address) (is )?(invalid|unknown|unavailable|does)`,
	// Google, Yahoo, Apple, mail.ru
	`(account|address) that you tried to reach does not exist`,
	`address not found`,
	`invalid mail ?box`,
	`account not available`,
	`(user|account|mail ?box) (is )?(terminated|deleted|removed|cancelled|canceled|closed|discontinued|defunct|retired)`,
	`mail ?box (not found|does not exist|doesn't exist)`,
	`not our customer`,
	// Domino, Notes, GroupWise, MDaemon, Novell
	`not listed in (the )?(public name|domino directory|directory|name (&|and) address)`,
	`no (matches|match) found in`,
	`not unique in .{0,30}(directory|address book)|user .{0,60}not listed`,
	`no route found to domain .{0,80}from server`,
	`not (found|present|listed) in (the )?(directory|table|database|ldap|virtual|local|address book|recipient)`,
	`recipient not in`,
	// gone for good
	`(account|mail ?box|user|address|recipient|e-?mail|customer)( @)?,? ?(that you tried to reach )?`+
		`(is |has |was |been |are |has been |now |currently |permanently |temporarily inactive|either )*`+
		`(disabled|inactive|deactivated|closed|terminated|deleted|discontinued|expired|inactivated|not active|non-?active|`+
		`no longer (active|available|in use|valid|used|accepting|monitored|in service)|blocked due to inactivity|obsolete|unused)`,
	`disabled or discontinued|inactive (user|account|mail ?box)|account (closed|inactive|disabled)`,
	`disabled (user|account|mail ?box|recipient)|user disabled`,
	`no longer (works|employed|with (us|the company)|a valid|valid|exists|in use|at this)`,
	`(has|have) moved (to|without|and|away)|user (has )?moved|mail ?box has moved|user not local; please try`,
	`(new|changed|other) (e-?mail )?address is`,
	`has left (the|our) (company|organi[sz]ation)`,
	// other languages: fr, de, es, pt, it, nl, pl, ru, ja, zh
	`(destinataire|utilisateur|adresse|compte|boite) (inconnue?|inexistante?|invalide|introuvable)`,
	`adresse d.? ?au moins un destinataire invalide`,
	`(adresse|compte|utilisateur|destinataire|bo[iî]te).{0,40}n'existe pas`,
	`(empfänger|empfaenger|benutzer|adresse|postfach|adressat|nutzer)( ist| wurde)? `+
		`(unbekannt|nicht gefunden|existiert nicht|nicht bekannt|ungültig|nicht vorhanden)`,
	`unbekannte?r? (empfänger|empfaenger|benutzer|nutzer|adresse)|nicht zustellbare adresse|konto.{0,120}nicht vorhanden`,
	`(usuario|destinatario|cuenta|buz[oó]n|direcci[oó]n|utente|casella|indirizzo|conta|usu[aá]rio|destinat[aá]rio|endere[cç]o)`+
		`( de correo)?( es| [eé]| est[aá])? (desconocid[oa]|no existe|inv[aá]lid[oa]|inexistente|sconosciut[oa]|non esiste|inesistente|`+
		`desconhecid[oa]|n[aã]o existe|no encontrad[oa]|non trovat[oa])`,
	`(no existe|non esiste|n[aã]o existe) (el |il |la |o |a )?(usuario|utente|casella|usu[aá]rio|destinat)`,
	`casilla .{0,20}(expirado|inexistente|no existe)`,
	`onbekende (gebruiker|ontvanger)|gebruiker onbekend|nieznany (u[zż]ytkownik|adresat|odbiorca)`,
	`пользователь (не найден|не существует|неизвестен|заблокирован навсегда)|ящик (не найден|не существует)`,
	`нет такого (пользователя|ящика|адреса)|неизвестн(ый|ого) (пользовател|получател)`,
	`(宛先|ユーザ|ユーザー|メールアドレス|アカウント).{0,80}(見つかりません|存在しません|不明)|リストにありません`,
	`用户不存在|收件人不存在|邮箱不存在|地址不存在|帐户不存在|账号不存在|使用者不存在`,
	`找不到收件人`,
)

// noDomain: the address's domain takes no mail.
var noDomain = newPhrases(
	`host (or domain name )?not found`,
	`(domain|host)( name)?( @)?( \S{1,80})? (is |was )?`+
		`(not found|unknown|does not exist|doesn't exist|not exist|non-?existent|isn't registered|is not registered)`,
	`(no such|unknown|invalid|non-?existent|unresolvable|unrouteable) (domain|host|mail domain)`,
	`unknown (mail )?(host|domain)`,
	`couldn't find any host|could not find any host|cannot find (any )?(host|domain)|can't find (host|domain)`,
	`nxdomain|domain not found|hostname lookup failed: unknown`,
	`illegal host|does not appear to be registered|not a registered domain|bad (host|domain)( name)?`,
	`no mx (record|host)|domain (has )?no (mx|mail exchanger)`,
	`null ?mx|domain (@ )?does(n't| not) accept (e-?)?mail|domain never accepts mail|indicated no smtp service`,
	`domain .{0,80}does not exist|domain .{0,80}couldn't be found`,
)

// noRoom: the mailbox exists, and is full.
var noRoom = newPhrases(
	`mail ?(box|folder|drop|file)( @)?( for @)?,? ?(is |was |has been |currently |already |size |would |has |storage )*`+
		`(full|exceed|over ?quota|overflow|too large|too full)`,
	`(over|out of|above|exceed(s|ed|ing)?|beyond|insufficient|exceeds? (the|its|his|her|their|your|allowed|maximum|allotted)?) ?`+
		`(disk |mail |storage |mail ?box |their |the |his |her |its |allowed |user |allotted |maximum )*(quota|storage|space|mail ?box size)`,
	`overquota|quota( is| has been| was| limit)? (exceed|full|violation|reached)|quota_?exceeded|disk quota`,
	`quotaexceeded|full mail ?box|mail ?box_?full|mailboxfull|inbox is full|storage (limit|allocation|quota)`,
	`(not enough|insufficient|no|out of) (disk |mail ?box |system |storage |free |more )*(space|storage)( left)?`,
	`account is full|mail ?box quota|user is over|user (is )?over ?quota`,
	`too many messages in (the )?(mail ?box|inbox)|no (more )?room|maximum (mail ?box|storage)|message quota`,
	`overdrawn|disk ?space quota|bo[iî]te.{0,30}(pleine|satur)|quota.{0,20}d[eé]pass`,
	`(postfach|mailbox|konto).{0,30}(voll|[uü]berf[uü]llt|ueberfuellt|speicherplatz)`,
	`buz[oó]n.{0,20}(llen|sin espacio)|casella.{0,20}pien|caixa (postal|de correio|de entrada).{0,20}cheia`,
	`skrzynka.{0,20}pe[lł]na|postvak.{0,20}vol\b`,
	`переполнен|превышен.{0,20}(квот|лимит|размер ящика)`,
	`(容量|クォータ).{0,15}(超|オーバー|いっぱい)|邮箱(已满|空间不足|容量不足)|信箱已滿|空间不足`,
)

// ofSender: the content, the sender, or where it comes from.
var ofSender = newPhrases(
	// lists and reputation
	`spam|blocklist|black ?-?list(ed|ing)?|block(ed)? ?-?list|deny ?-?list|\brbl\b|dnsbl|reputation`,
	`blocked (using|by|due to|for|because|from|via|ip|email from|sender)|(is|are|been|was|were|has been) blocked\b`,
	`(is|are|was|were|been|currently|client|ip|host|address) (currently )?listed\b|unsolicited|ubl\d|senderbase`,
	`complaints|bulk ?mail|bulk e-?mail|suspicio|suspect|phish|mail abuse|abus(e|ive)|poor reputation|untrusted`,
	`(your|sending|client|source|connecting) (ip|host|server|network|domain|mail server)|client host|sender ip|your (account|plan|service)`,
	`unwanted (messages|mail)|(mail|messages?) .{0,40}weren't sent|internet service provider|recipient preferences`,
	`google groups`,
	// policy and authentication
	`polic(y|ies)|politique|richtlinie|dmarc|\bspf\b|dkim|sender ?id|senderid|unauthenticated|smtp authentication`,
	`authentication (required|failed|checks?|information|results?)|not authenticated|auth(entication)? is required`,
	`5\.7\.26|arc-`,
	`relay(ing)?( access)?( is| was| not)? ?`+
		`(denied|not permitted|prohibited|not allowed|disallowed|permission|rejected|forbidden|isn't allowed)`,
	`unable to relay|not permitted to relay|cannot relay|can't relay|no relay|won't relay|does not relay|open relay`,
	`relay mail|we do not relay|not a gateway|not my domain|rcpthosts|isn't in my list`,
	`(sender|from|envelope|return[ -]path|originator|mail from|reverse path)('s)?( address| domain| host| verify| @| is| was| ip|:)* ?`+
		`(rejected|denied|refused|not (allowed|permitted|valid|found|accepted|exist|authori[sz]ed|verified)|unknown|invalid|verif|callout|blocked|does not exist|must|could not|couldn't|forged|address rejected|domain)`,
	`(invalid|unknown|bad|unverified|forged|blocked) (envelope )?sender|verify (the )?sender|cannot verify`,
	`verification failed|domain of sender|sender domain|sendernotauth|block(ed)? sender|senders?' list`,
	// content, size, virus
	`virus|malware|trojan|infected|malicious|dangerous|banned (file|attachment|content)|attachment|executable`,
	`content (rejected|filter|denied|refused|reject|policy|not|is|was|block)|(message|mail) content|content filtering`,
	`prohibited content|objectionable|profan|scanner|filtered|url (in|is|list)|link in`,
	`(message|mail|e-?mail|letter|it)( @)?( is| was| has been| have been)? ?`+
		`(rejected|refused|denied|blocked|quarantined|discarded|not accepted|classified|identified|detected|looks like|considered|too (large|big|long)|contains?|size|was not accepted|exceeds|header)`,
	`reject(ed|ing)? (the )?(message|mail|your mail|your message|e-?mail|for|due|because)`,
	`rejected by (header|filter|the|a|our|content|policy|anti)|too large (for|to)`,
	`(line (limit|length|too long)|lines? too long)|larger than|size limit`,
	`(message|maximum|max|fixed maximum|file) size|size (exceed|of)|exceeds (the )?(maximum|size|limit|fixed|message)`,
	`sizelimit|too big`,
	`mail rejet[eé]|message refus[eé]|rejet[eé]|nachricht (wurde )?(abgelehnt|abgewiesen)|abgelehnt|mensaje rechazado`,
	`mensagem rejeitada|messaggio (rifiutato|respinto)|спам|отклонен|垃圾|拒收|拒绝|スパム|迷惑メール`,
	// the connection
	`reverse dns|rdns|\bptr\b|fcrdns|reverse (lookup|mapping|hostname)`,
	`(invalid|bad|reject|need|require|fake|forged|your|improper|mismatch).{0,20}(helo|ehlo)`,
	`(helo|ehlo) (command|name|host|argument|domain|string)`,
	`(helo|ehlo).{0,30}(reject|invalid|denied|blocked|not resolv)|dynamic (ip|host|address)|dial-?up`,
	`hostname (does|mismatch|is)|dns mx or a|must issue a starttls|tls (is )?required|encryption required`,
	`requires? tls`,
	// lists and closed groups
	`not (allowed|permitted|authori[sz]ed) to (send|post|submit|mail|contact|deliver)`,
	`closed (list|group|mailing list)|moderated|members only|only (members|subscribers|accepts|allows|takes)`,
	`restricted|submitpermission|rst\.(sender|not)|you do(n't| not) have permission|permission to (send|post|publish)`,
	`challenge`,
	`administrative (prohibition|lockout|policy)|prohibited|forbidden|(local |security )?(block|ban)ned`,
	`envelope blocked|not accepting mail from`,
	`(does not|doesn't|do not|will not|won't|not) accept(ed|ing)? (any )?(e-?mails?|mails?|messages?|connections?)?( |) ?from`,
	`too many (invalid|bad|wrong|failed|unknown|non-?existent)|(bare|stray) (lf|line ?feed|newline)`,
	`(malformed|missing|invalid|duplicate|multiple|no) (message |mail |from |date |to |subject |mime )?-?headers?`,
	`missing (date|message-id|from)|8 ?bit|non-?ascii|null byte|rfc ?(2822|5322|5321|822)`,
	`cannot be (converted|transformed)|conversion|smtputf8|internationali`,
	`policyd|postgrey reject|transport rules?|rejected by|mail loop from you`,
)

// refusing: somebody is refused, and it isn't said who.
var refusing = newPhrases(
	`access denied|denied|refused|reject|not (allowed|permitted|authori[sz]ed|accepted)|permission|disallow|blocked`,
	`go away|unacceptable|transaction failed|not welcome`,
)

// passing: this may pass.
var passing = newPhrases(
	`gr[ea]y ?-?list|try (again|later)|retry|tempor|timed? ?out|timeout`,
	`(connection|connect|connexion|network|host|server|route|line)( \S{1,60})? (is |was |be |has )*`+
		`(refused|reset|dropped|lost|closed|failed|unreachable|down|unavailable|not responding|busy|broken|aborted|interrupted)`,
	`too many|too much|too (quickly|fast|often)|\brate\b|ratelimit|throttl|frequency limited|in the queue too long`,
	`queue too long|expired|not been delivered|could not be delivered (for|within|in)|(not |un)reachable`,
	`no route to host|can't be reached|service (is |currently )?(not available|unavailable|shutting|temporarily)`,
	`unable to connect|could not connect|couldn't connect|cannot connect|can't connect|connect to|no answer`,
	`not respond|unresponsive|no response|did not answer|mail loop|looping|\bloops?\b|too many hops|hop ?count`,
	`resources|\bbusy\b|lost connection`,
	`(server|network|internal|local|system|configuration|software|processing|i/o|lookup|dns|database) (error|failure|problem)`,
	`overload|suspended|locked|frozen|unable to (open|write|lock|save|chdir|deliver to)`,
	`cannot (open|append|write|lock)|disk|load (is )?too high|name service error|name server|dns|lookup`,
	`alias(es)? (loop|expansion)|maintenance|failing for a long time|delivery time|deferred|delayed`,
)

// tooMuch: one mailbox, one time.
var tooMuch = newPhrases(
	`receiving mail (too quickly|at a rate)|too many (messages|connections|recipients)|rate (limit|that)|\bloop`,
	`try again later|temporarily`,
)

// waiting: a server that asks to wait is no judge of the sender.
var waiting = newPhrases(
	`gr[ea]y ?-?list|too many (messages|connections|concurrent|sessions)|\brate\b|frequency limited|try again in`,
	`throttl`,
)

// again: words that make a missing domain a matter of a server that didn't answer.
var again = newPhrases(
	`try again|temporar|tempor|servfail|timed? ?out`,
)
