package returns

import "strings"

var (
	// tellsFailure is said of a message that could not be delivered, by language.
	tellsFailure = newPhrases(
		`undeliver|un-?delivered|non-?deliver|nondeliverable|not (be )?deliver`,
		`deliver(y|ing)? (has |of .{0,40})?(failed|failure|error|problem|status|report|notification)`,
		`failure (notice|notification|delivery)|returned? (mail|to sender|message|e-?mail)`,
		`could ?n[o']t (be )?(deliver|send|reach)|unable to (deliver|send)|wasn't able to deliver|did not reach`,
		`permanent(ly)? (error|failed|fatal)|fatal (errors?|delivery)|could not be (reached|sent)`,
		`(cannot|can't|couldn't|wasn't|has not been) (be )?delivered|failed (recipient|address|permanently)`,
		`has been returned|had trouble delivering|error delivering|did not receive`,
		`rejected by (a|the) (remote|server|recipient)`,
		`unzustellbar|zustell(ung|fehler).{0,40}(fehl|nicht)|nicht zugestellt|nicht zustellbar|non remis|non distribu`,
		`échec|echec|n'a pas (pu|été)|no (se )?(ha )?(pudo|podido) (ser )?entreg|no entregado|devuelto|mancata consegna`,
		`non recapitabile|impossibile (recapitare|consegnare)|n[aã]o (foi )?(p[oô]de ser )?entreg|devolvid`,
		`nie dostarczono|onbestelbaar|niet (worden )?(af)?geleverd|kunde inte levereras|ikke leveres|недоставлен`,
		`не доставлен|не удалось доставить|не может быть доставлен|недоставка|配信不能|配信できません|エラーメール|送信できませんでした|退信|无法发送|发送失败`,
		`无法投递|投递失败|系统退信|傳送失敗`,
	)
	// tellsProblem is enough in a subject that a mail server wrote.
	tellsProblem = newPhrases(
		`fail(ed|ure)|rejected|bounce|blocked|mail (error|system error)|(sending|processing) .{0,10}error`,
		`error (sending|during)|processing error|permanent|problem|user unknown|unknown user`,
	)
	tellsDelay = newPhrases(
		`delay(ed)?\b|warning: (could not send message for past|message .{0,60} delayed|message still)`,
		`still being retried|will (keep|continue) (trying|to (try|be retried))|will (be )?(retried|retry)`,
		`temporarily (undeliver|unable)|is still (in the queue|undelivered)`,
		`not been delivered (yet|to all of its recipients after)|has not yet been delivered`,
		`do not need to (re-?send|send)|delivery incomplete|verz[oö]ger|retard[eé]|retrasad|ritard|atrasad|opóźnion`,
		`vertraagd|задерж|遅延|延迟`,
	)
	// firmDelay says that nothing is lost yet, whatever the subject says.
	firmDelay = newPhrases(
		`still being retried|will (keep|continue) (trying|to (try|be retried|attempt))|(will|is to) be retried`,
		`will (re)?try (again |to deliver |for )|attempts will continue|warning (message )?only`,
		`do(es)? not need to (re-?send|send)|has not yet been delivered`,
	)
	tellsSuccess = newPhrases(
		`^(delivered|relayed|successful mail delivery|return receipt|delivery (receipt|confirmation)|successfully delivered|delivery status notification \(success\)|delivery notification: delivery has been successful)`,
	)
)

// told is what a server's words tell: Bounce, Delay, Success, or Other for nothing.
func (l *letter) told() Kind {
	subject := folded(l.root.header.text("Subject"))
	words := folded(joined(l.text.lines, 3000))
	failure := tellsFailure.MatchString(subject) || tellsProblem.MatchString(subject)
	final := strings.Contains(words, "permanent") || strings.Contains(words, "given up") || strings.Contains(words, "giving up") || strings.Contains(words, "fatal error")
	switch {
	case tellsSuccess.MatchString(subject):
		return Success
	case tellsDelay.MatchString(subject), !final && firmDelay.MatchString(words), !final && !failure && tellsDelay.MatchString(words):
		return Delay
	case failure, tellsFailure.MatchString(words), l.root.header.has("X-Failed-Recipients"):
		return Bounce
	}
	return Other
}
