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
// What is wrong in a file is a list of magazine.Problem. A warning was
// repaired; any other problem holds the file, and then there is no Document. A
// date or a title that is there and wrong is never repaired.
package articles
