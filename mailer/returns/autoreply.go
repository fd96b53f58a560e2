package returns

import (
	"strings"
)

// answersByItself tells whether the headers or the subject call a message an
// automatic reply that no mail server wrote (RFC 3834, RFC 8098, and what
// programs do that know neither).
func (l *letter) answersByItself() bool {
	h := l.root.header
	if l.isReceipt() {
		return !l.fromServer() // Dovecot rejects in this form
	}
	if l.fromList() {
		return false
	}
	for _, name := range replyHeaders {
		if value := strings.ToLower(h.get(name)); value != "" && value != "no" && value != "none" && value != "false" {
			return !h.has("X-Failed-Recipients")
		}
	}
	if strings.HasPrefix(strings.ToLower(h.get("Auto-Submitted")), "auto-replied") && !l.fromServer() && !l.saysServer() {
		return true
	}
	subject := h.text("Subject")
	return awaySubject().MatchString(subject) && !l.fromServer() || challengeSubject().MatchString(subject)
}

// isReceipt tells whether a message says what became of another in a mailbox (RFC 8098).
func (l *letter) isReceipt() bool {
	return l.root.media == "multipart/report" && strings.EqualFold(l.root.params["report-type"], "disposition-notification") ||
		l.root.find(func(p *part) bool { return p.media == "message/disposition-notification" }) != nil
}

// maybeByItself tells whether a message that is no report of a server was made
// by a program, as far as weaker signs go.
func (l *letter) maybeByItself() bool {
	h := l.root.header
	if l.fromList() {
		return false
	}
	submitted := strings.ToLower(strings.TrimSpace(h.get("Auto-Submitted")))
	precedence := strings.ToLower(strings.TrimSpace(h.get("Precedence")))
	answers := h.has("In-Reply-To") || h.has("References") || answered().MatchString(h.text("Subject"))
	switch {
	case strings.HasPrefix(submitted, "auto-replied"), strings.HasPrefix(precedence, "auto"), l.isReceipt():
		return true
	case awaySubject().MatchString(h.text("Subject")):
		return true
	case submitted != "" && submitted != "no", h.has("X-Auto-Response-Suppress"), precedence == "bulk", precedence == "junk":
		return answers
	}
	return strings.TrimSpace(h.get("Return-Path")) == "<>" && answers
}

// replyHeaders are what programs add to the replies that they write in somebody's
// name: Exim's and cPanel's autoresponders, Zimbra, Communigate, Lotus, Google,
// KMail, FirstClass, Boxbe, TMDA, Spam Arrest.
var replyHeaders = []string{
	"X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder", "X-Autoresponse", "X-Autoreply-From", "X-Auto-Reply-From",
	"X-Mail-Autoreply", "X-AutoReply-Sender", "X-Vacation", "X-Away", "X-Out-Of-Office", "X-FC-MachineGenerated",
	"X-MS-Exchange-Inbox-Rules-Loop", "X-TMDA-Confirm", "X-Boxbe-Challenge", "X-Spamarrest-Challenge", "X-Challenge-Response", "X-Rules-Loop-Reply",
}

// awaySubject begins what mail programs write over an absence, by language.
var awaySubject = pattern(`(?i)^[\s\["'*«(]*(?:(?:re|aw|sv|antw|res|rif)\s*:\s*)?[\["'*«(]*(?:` + strings.Join([]string{
	`auto\s?:`, `auto(?:matic|mated|mat)?[- ]?(?:reply|response|re|answer|respond)(?:er)?\b`, `out[- ]of[- ](?:the[- ])?office`, `ooo\b`, `ooo:`, `away from (?:my |the )?(?:mail|office|desk|e-?mail)`, // en
	`(?:i am|i'm|is|currently) (?:away|on (?:leave|vacation|holiday|annual leave|maternity|parental)|out of)`, `on (?:vacation|holiday|leave|annual leave|maternity leave|sabbatical)\b`, `vacation (?:reply|message|notice|response)`, `absence (?:notice|notification)`, `not in the office`, `holiday (?:reply|notice)`, `(?:thank you for|thanks for) (?:your (?:e-?mail|message|mail|enquiry|inquiry)|contacting|writing)`, `we (?:have )?received your (?:e-?mail|message|request|enquiry)`,
	`automatische antwort`, `abwesenheit`, `abwesend`, `(?:bin |ich bin )?(?:nicht im büro|im urlaub|außer haus|ausser haus)`, `urlaubs?(?:notiz|meldung|vertretung|benachrichtigung)`, `autom\. antwort`, `automatische r[uü]ckantwort`, // de
	`réponse automatique`, `reponse automatique`, `absen(?:ce|t|te)\b`, `absence du bureau`, `message d'absence`, `en (?:congés?|vacances)`, `hors du bureau`, // fr
	`respuesta autom[aá]tica`, `respuesta de ausencia`, `fuera de (?:la )?oficina`, `ausente\b`, `ausencia`, `de vacaciones`, // es
	`resposta autom[aá]tica`, `resposta de ausência`, `fora do escrit[oó]rio`, `ausência`, `estou de f[eé]rias`, `em f[eé]rias`, // pt
	`risposta automatica`, `fuori (?:sede|ufficio)`, `assenza`, `assente`, `in ferie`, // it
	`automatisch antwoord`, `afwezig(?:heid)?`, `niet aanwezig`, `met vakantie`, // nl
	`autosvar`, `automatiskt? svar`, `frånvaro`, `frånvarande`, `fravær`, `fraværende`, `ikke på kontoret`, `automaattinen vastaus`, `poissa`, `lomalla`, // sv, no, da, fi
	`odpowied[zź] automatyczna`, `automatyczna odpowied[zź]`, `poza biurem`, `nieobecno[sś][cć]`, `urlop\b`, // pl
	`automatick[aá] odpov[eě][dď]`, `mimo kancel[aá][rř]`, `nepř[ií]tomnost`, `automatikus válasz`, `házon kívül`, `răspuns automat`, `raspuns automat`, `automatski odgovor`, `samodejni odgovor`, `automatinis atsakymas`, `automātiskā atbilde`, `automaatvastus`, // cs, sk, hu, ro, hr, sl, lt, lv, et
	`otomatik (?:yan[ıi]t|cevap)`, `ofis d[ıi]ş[ıi]nda`, `balasan otomatis`, `jawapan automatik`, `trả lời tự động`, `resposta automàtica`, `erantzun automatikoa`, // tr, id, ms, vi, ca, eu
	`автоматический ответ`, `автоответ`, `вне офиса`, `в отпуске`, `отсутствую`, `автоматична відповідь`, `автоматичен отговор`, `αυτόματη απάντηση`, `εκτός γραφείου`, // ru, uk, bg, el
	`自動返信`, `自动回复`, `自動回覆`, `自动答复`, `不在通知`, `不在のお知らせ`, `외출 중`, `자동 회신`, `자동 응답`, `부재중`, // ja, zh, ko
	`رد تلقائي`, `الرد التلقائي`, `خارج المكتب`, `پاسخ خودکار`, `خودکار جواب`, `מענה אוטומטי`, `תשובה אוטומטית`, `स्वचालित उत्तर`, `การตอบกลับอัตโนมัติ`, `ตอบกลับอัตโนมัติ`, // ar, fa, ur, he, hi, th
}, "|") + `)`)

// challengeSubject is what programs write that let a message through only after
// an answer: TMDA, Boxbe, Spam Arrest, mailing lists' moderators.
var challengeSubject = oneOf(
	`please (?:confirm|verify) (?:your (?:message|e-?mail|identity)|that you|you are)`, `\[?(?:confirm|verify) your (?:message|e-?mail)\b`,
	`(?:sender|message) verification`, `requires? (?:confirmation|verification)`, `\(verifying message\)`, `\(verification\)`,
	`awaits moderator approval`, `action required.{0,40}(?:deliver|waiting)`, `messages? from .{0,80} (?:is |are )?(?:waiting|held)`,
)
