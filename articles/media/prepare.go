// Package media makes the files that articles show fit to be published: images,
// PDF and audio.
//
// Prepare is pure: it takes a file's name and bytes and gives what the store
// keeps and how an article speaks of it. It goes in these steps:
//
//  1. The kind is told from the bytes, never from the name (kind.go). What is
//     on no list is left out, so that nothing is ever served as a page.
//  2. A kind's own file walks its structure and copies what shows the picture,
//     leaving out who took it, where and with what (jpeg.go, png.go, gif.go,
//     webp.go, avif.go). Pixels are not encoded anew, except where the metadata
//     said to turn them. SVG is checked and passes as it is (svg.go): it is
//     served under a policy that refuses scripts. PDF and audio pass.
//  3. Images are decoded once, after their size is known to be bearable, so
//     that no broken one gets through, and a form for mails is made (mail.go).
//
// Files are named by a hash of the bytes that are served, so an address never
// changes its meaning. The same input gives the same output.
package media

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"image"
	"net/url"
	"path"
	"strings"
	"sync"

	"postrider/magazine"
	"postrider/store"
)

// MaxBytes is how large a file may be.
const MaxBytes = 32 << 20

// maxPixels is how many pixels an image may have. A decoded image takes up to
// eight bytes for each.
const maxPixels = 50_000_000

// largeImage is from how many pixels on images are decoded one after the other:
// several at once could fill the memory of a small machine.
const largeImage = 4_000_000

var one sync.Mutex // a large image at a time

// Prepared is a file made fit to be published.
type Prepared struct {
	// Image has Src ("/media/HASH/dial.png"), Type and Bytes, of images Width
	// and Height in pixels (0 where an SVG doesn't say), and Mail, nil where
	// mails cannot show it. PDF and audio have it too, without sizes.
	Image magazine.Image
	// Files are what the addresses give: the public file, then the form for
	// mails where it is another.
	Files []store.Media
}

// Prepare makes a file fit to be published. name is the file's name, with or
// without its folders, for the address and for messages only.
//
// Problems are always warnings. Without Prepared, the file is left out. With
// it, the problem is about mails alone: the image is left out of them.
func Prepare(name string, data []byte) (*Prepared, *magazine.Problem) {
	if len(data) > MaxBytes {
		return nil, refusal(name, fmt.Sprintf("is larger than %d MiB", MaxBytes>>20), "make it smaller")
	}
	k := kindOf(data)
	if k.clean == nil {
		return nil, refusal(name, "is "+k.noun, "give "+allowed)
	}
	c, err := k.clean(data)
	if err == nil && c.width*c.height > largeImage {
		one.Lock()
		defer one.Unlock()
	}
	if err == nil && k.still != nil {
		err = c.open(k)
	}
	if err != nil {
		mend := k.mend
		if mend == "" {
			mend = "save or export it again"
		}
		return nil, refusal(name, "is "+k.noun+" that cannot be used: "+plainly(err).Error(), mend)
	}
	p := &Prepared{}
	p.Image = p.add(name, c)
	return p, p.addMail(name, c)
}

// cleaned is a file without metadata.
type cleaned struct {
	data          []byte
	ext, mime     string
	width, height int
	turn          int         // Exif orientation, 2 to 8; else it stands upright. An animation is not turned
	icc           []byte      // colour profile, for forms that are encoded anew
	moving        bool        // an animation
	pixels        image.Image // of what data shows first, where it can be decoded
}

// add keeps the file and says how to speak of it.
func (p *Prepared) add(name string, c *cleaned) magazine.Image {
	hash := hashOf(c.data)
	p.Files = append(p.Files, store.Media{Hash: hash, Type: c.mime, Width: c.width, Height: c.height, Data: c.data})
	return magazine.Image{
		Src: "/media/" + hash + "/" + url.PathEscape(publicName(name, c.ext)), Type: c.mime,
		Width: c.width, Height: c.height, Bytes: int64(len(c.data)),
	}
}

// hashOf names bytes: half of their SHA-256, in 26 small letters and digits.
func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// publicName is the last part of an address: the file's name without folders
// and with the ending of what it really is.
func publicName(name, ext string) string {
	base := baseName(name)
	slug := magazine.Slugify(strings.TrimSuffix(base, path.Ext(base)))
	if slug == "" {
		slug = "file"
	}
	return slug + "." + ext
}

// baseName is the name without its folders, on whatever system it was written.
func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// refusal is the problem of a file that is left out.
func refusal(name, what, mend string) *magazine.Problem {
	return warning(name, what+"; it is left out", mend)
}

func warning(name, what, mend string) *magazine.Problem {
	shown := magazine.CleanText(baseName(name))
	if len(shown) > 200 {
		shown = strings.ToValidUTF8(shown[:197], "") + "…"
	}
	return &magazine.Problem{Value: shown, Text: "the file " + what, Mend: mend, Warning: true}
}
