// Package daemon puts everything together: from a configuration it builds the
// store, the trades and the pages, runs them, and does the work in the
// background.
//
// One step a second (step.go) looks at what time has brought: articles whose
// time has come, schedules that are due, parts of editions that nobody works
// on, deliveries to be tried again. It does nothing itself but insert jobs, in
// the transaction that makes each necessary. River hands the jobs to workers
// (compose.go, range.go, retry.go, confirmation.go); what is done stands in
// our own tables, so that a job may be lost or run twice and nothing comes of it.
//
// An edition's way:
//
//	planned   made by a schedule or a person, under a unique key
//	          compose: fix the cut-off and the candidates; render and keep one
//	          message per group of people; cut the people into ranges
//	sending   range: claim, send to one person after the other, record each
//	          before the next; close: move the served numbers
//	sent      when every range is done and nothing waits to be tried again
package daemon
