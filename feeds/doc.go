// Package feeds publishes lists of articles as RSS 2.0, Atom (RFC 4287) and
// JSON Feed 1.1, for the site, each author, section and issue, and lists all
// of them as OPML 2.0.
//
// Building is pure: a Builder makes a document from a Channel, articles and the
// scope's version, and the same input makes the same bytes on every node. An
// article first becomes an entry, whose fields have types that cannot hold what
// no feed may: plain text without control characters, absolute addresses,
// instants that every format can write. Each format then only arranges entries.
// They are written first and spliced into the document afterwards, so that an
// export writes each once for all the feeds that it stands in.
// The structures are gorilla/feeds', embedded in own types that shadow what
// they get wrong.
//
// Serving is cheap: an entity tag is hashed from the scope, its version, the
// configuration that shows, the format and its revision, so a poll of an
// unchanged feed is answered without reading an article. A document is built
// once for all who ask at the same time, compressed once, and kept while the
// cache has room.
package feeds
