// Package magazine has the nouns of a periodical and their rules: Publication,
// Article, Author, Section, Issue, Subscriber, Newsletter, Edition, Delivery.
// It does no I/O and imports only the standard library, and Unicode's tables of
// domains (x/net/idna), so that every other package can speak of the same things in the same words.
//
// Instants are UTC. Dates that people see are reckoned in the publication's
// zone. Volume and number are text ("12", "3-4", "S1"). HTML in an Article has
// been sanitised when it was read, in the form that golang.org/x/net/html
// writes; its links to the publication's own pages and files start with "/"
// and are made absolute by AbsoluteHTML where they are published.
package magazine
