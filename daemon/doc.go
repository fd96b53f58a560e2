// Package daemon puts everything together: from a configuration it builds the
// store, the trades and the pages, runs them, and does the work in the
// background.
//
// One step a second (step.go) looks at what time has brought: articles whose
// time has come, schedules that are due, editions and parts of editions that
// nobody works on, deliveries to be tried again, nodes that have died. It does
// nothing itself but insert jobs, in the transaction that makes each necessary.
// River hands the jobs to workers (compose.go, crew.go, retry.go,
// confirmation.go); what is done stands in our own tables, so that a job may be
// lost or run twice and nothing comes of it.
//
// An edition's way:
//
//	planned   made by a schedule or a person, under a unique key
//	          compose: fix the cut-off and the candidates; render and keep one
//	          message per group of people; cut the people into ranges
//	sending   a crew of conversations: claim a range, send to its people, each
//	          conversation to one after the other, recording each before the
//	          next; close: move the served numbers
//	paused    a person has stopped it, until somebody resumes or cancels it
//	sent      when every range is done and nothing waits to be tried again
//	skipped   where nobody who can be mailed has anything new
//	held      where it is too late, or a message cannot be made
//
// What may go wrong, and what then holds:
//
//  1. Killed between a relay's 250 and the record: the person's message goes
//     once more, with the same Message-ID; one for each connection at the most.
//  2. Taken for dead while it still works: another has the range under a higher
//     fence. The first writes down a 250 that it hears, and stops.
//  3. The database refuses for a moment: what a relay has said is written again
//     and again for as long as the lease is sure to last.
//  4. A relay's own fault: nobody pays, and what is left of the range is given
//     back for as long as the relay rests. One at whose name or message it fails
//     is set aside, so that the others go first whoever is at fault.
//     At a limit nothing failed, and the same follows. People of a domain that is at
//     its limit, or asks again and again to send later, are put off one by one, so
//     that the others go on (domains.go).
//  5. A message cannot be made: what is left is held. Who got the edition is
//     served, so that the next one brings the others what they lack, and them
//     nothing twice.
//  6. Ending: jobs come to a place to stop within 8 s. A conversation that takes
//     longer is cut, and its message counts as one that may have arrived.
package daemon
