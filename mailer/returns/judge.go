package returns

import "strings"

// Judge tells whose doing a bounce is of which no more is known than a server's
// words and an enhanced code, either of which may be empty. It is not clear where
// they leave it open: the class is then Soft.
func Judge(status, words string) (f Finding, clear bool) {
	e := newEvidence(strings.TrimSpace(diagnosticType().ReplaceAllString(words, "")))
	e.status = statusIn(status)
	f = Finding{Kind: Bounce, Class: e.class(), Status: e.shownStatus(), Code: e.code, Diagnostic: clip(oneLine(e.text), longestDiagnostic)}
	said := e.said.full || e.said.later || e.said.waiting || e.said.busy || e.transient(e.specific())
	return f, f.Class != Soft || said
}
