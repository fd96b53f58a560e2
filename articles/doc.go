// Package articles reads the publication's sources: from a file's name and
// bytes to an article, and from a folder to the files that matter in it.
//
// Reading a file is pure: a Reader knows the publication's zone, language and
// calendar, but neither the store nor the disk. It goes in these steps:
//
//  1. Bytes become text: byte order marks and line ends are evened out, broken
//     bytes and control characters repaired (text.go).
//  2. Front matter in YAML, TOML or JSON, or the meta elements of an HTML file,
//     become values with line numbers (front.go, value.go), and these become
//     the article's fields (fields.go and its neighbours). The text of a
//     captured page is taken apart by its layout (page.go).
//  3. The body becomes a sanitised tree of HTML (markdown.go, sanitize.go,
//     tree.go). Its links to other files of the source stay open.
//  4. When the caller knows the article's final slug and where those files are
//     published, Document.Rewrite closes the links and prints the HTML.
//
// A Source brings a folder into the store. One pass goes in these steps:
//
//  1. It lists the folder (source.go), waits for what is being written
//     (settle.go), and picks what is not as the store knows it (pass.go).
//  2. Files of authors, issues and sections are saved first (data_files.go),
//     then articles, some at a time: parsed side by side, with the pictures that
//     they show (assets.go), and saved in one transaction (save.go).
//  3. In it each file is matched with the article that it is, by all that says
//     so (identity.go, claim.go); then slugs are given, and links closed
//     (slugs.go). What links to an article that comes later is read again at the
//     end.
//  4. What is gone is withdrawn, unless it is too much (gone.go).
//  5. All of it becomes visible together, in the order of dates.
//
// Where a watcher knows which articles' files have changed, a pass is over these
// alone and goes the same steps (some.go, watch.go); whatever else has changed, it
// is over everything.
//
// Every transaction takes the article counter's lock first, so passes of several
// processes follow one another; what a transaction learns is known to its pass
// only when it is on disk. A pass may die anywhere: the next one goes on.
//
// What is wrong in a file is a list of magazine.Problem. A warning was
// repaired; any other problem holds the file, and then there is no Document. A
// date or a title that is there and wrong is never repaired.
package articles
