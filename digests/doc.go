// Package digests says who gets which article in an edition, and makes the
// edition's mail: its subject, its HTML part and its text part.
//
// An edition goes through four steps here; what lies between them, the store
// and the jobs, is the daemon's:
//
//  1. Candidates are the visible articles up to the edition's cut-off that are
//     not too old.
//  2. Select picks a subscription's share of them. Pause, leaving and
//     suppression are judged elsewhere, when the person's turn comes.
//  3. People with the same share and language have the same Key and share one
//     Mail, which Renderer.Render makes.
//  4. Mail.For fills in what differs from person to person.
//
// The Mail of step 3 has marks where a person's fields go. A mark is a word
// between two noncharacters (Unicode 23.7: never used for interchange), which
// are taken out of everything that an article or a person brings, so that
// nobody can forge one. Templates write a mark as [[unsubscribe]]; it becomes
// one before the template is parsed, and a [[ in an article stays what it is.
//
// A mail's own words, its dates among them, are in the language of what they
// stand with, where there are messages in it: a digest in Arabic is Arabic
// throughout, and an Arabic article keeps its language in an English one. A person
// who has chosen another language than the publication's gets all of our words in
// that one, and what the publication itself says, marked with its own.
//
// Nothing here reads a clock: the same edition and articles always give the
// same bytes, so that a restart sends what was sent before it.
package digests
