// Package templates holds the pages, the style sheet and the mails that
// Postrider is built with. A publication changes any of them by a file of the
// same name in a folder of its own; what it does not have is taken from here.
package templates

import (
	"embed"
	"errors"
	"io/fs"
)

// FS has the built-in files: pages/*.html for the public pages, mail/ for
// mails, style.css, feed.css for feeds in a browser, copy.js and
// the icons.
//
//go:embed mail pages style.css feed.css copy.js favicon.svg favicon.ico
var FS embed.FS

// Overlay is FS with the files of over in front: where over has a file of the
// same name, that one is used. Over may be nil.
func Overlay(over fs.FS) fs.FS {
	if over == nil {
		return FS
	}
	return overlay{over: over}
}

// overlay opens files only: every reader of templates names the file it wants,
// so that a stray file in the publication's folder is never picked up.
type overlay struct{ over fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.over.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return FS.Open(name)
	}
	return f, err
}
