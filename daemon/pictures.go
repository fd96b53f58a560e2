package daemon

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"slices"
	"strings"

	"postrider/articles/media"
	"postrider/config"
	"postrider/magazine"
	"postrider/store"
	"postrider/web"
)

// maxPicture is the largest logo or icon, in bytes. They stay in memory.
const maxPicture = 1 << 20

// pictures are the publication's own; nil: none.
type pictures struct{ logo, icon *store.Media }

// readPictures reads the logo and the icon, and tells what is wrong with those
// that cannot be used.
func readPictures(p *config.Publication) (read pictures, wrong []config.Mistake) {
	open := func(path, file string, icon bool) *store.Media {
		picture, problem := openPicture(file, icon)
		if problem != nil {
			wrong = append(wrong, config.Mistake{Path: path, Text: file + ": " + problem.Text, Mend: problem.Mend})
		}
		return picture
	}
	read.logo = open("publication.logo", p.Logo, false)
	read.icon = open("publication.icon", p.Icon, true)
	return read, wrong
}

// showPictures reads the pictures and tells the feeds of them.
func (d *Daemon) showPictures() error {
	read, wrong := readPictures(&d.config.Publication)
	if len(wrong) > 0 {
		return magazine.Errorf(magazine.Invalid, "%s: %s; %s", wrong[0].Path, wrong[0].Text, wrong[0].Mend)
	}
	d.pictures = read
	d.Feeds.Logo, d.Feeds.Icon = shown(read.logo, web.LogoPath), shown(read.icon, web.IconPath)
	return nil
}

// shown is how feeds speak of a picture at an address.
func shown(m *store.Media, path string) *magazine.Image {
	if m == nil {
		return nil
	}
	return &magazine.Image{Src: path, Type: m.Type, Width: m.Width, Height: m.Height, Bytes: int64(len(m.Data))}
}

// openPicture reads a picture file and takes out what the public need not know,
// as with the pictures of articles; nil where no file is named. Only an icon
// may be an ICO.
func openPicture(file string, icon bool) (*store.Media, *magazine.Problem) {
	if file == "" {
		return nil, nil
	}
	data, err := readPictureFile(file)
	if err != nil {
		return nil, &magazine.Problem{Text: "the file cannot be read: " + err.Error(), Mend: "correct the path, or give the user that runs postrider the right to read it"}
	}
	kinds := "a PNG, JPEG, GIF or SVG"
	if icon {
		kinds = "a PNG, JPEG, GIF, SVG or ICO"
	}
	kinds += " of at most 1 MiB"
	if len(data) > maxPicture {
		return nil, &magazine.Problem{Text: "the file is larger than 1 MiB", Mend: "give " + kinds}
	}
	if ico, ok := icoOf(data); ok && icon {
		return ico, nil
	}
	made, problem := media.Prepare(file, data)
	if made == nil {
		return nil, &magazine.Problem{Text: strings.TrimSuffix(problem.Text, "; it is left out"), Mend: "give " + kinds}
	}
	switch picture := made.Files[0]; picture.Type {
	case "image/png", "image/jpeg", "image/gif", "image/svg+xml":
		return &picture, nil
	default:
		return nil, &magazine.Problem{Text: "the file is " + picture.Type + ", which not every reader shows", Mend: "give " + kinds}
	}
}

// readPictureFile reads up to a byte more than a picture may have.
func readPictureFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPicture+1))
}

// icoOf knows a Windows icon by its directory: 0, 1, the number of pictures,
// and for each of them 16 bytes that end in its size and place.
func icoOf(data []byte) (*store.Media, bool) {
	if !bytes.HasPrefix(data, []byte{0, 0, 1, 0}) || len(data) < 6 {
		return nil, false
	}
	m := store.Media{Type: "image/x-icon", Data: data}
	count := int(binary.LittleEndian.Uint16(data[4:]))
	if count == 0 || len(data) < 6+16*count {
		return nil, false
	}
	for entry := range slices.Chunk(data[6:6+16*count], 16) {
		size, place := binary.LittleEndian.Uint32(entry[8:]), binary.LittleEndian.Uint32(entry[12:])
		if size == 0 || uint64(place)+uint64(size) > uint64(len(data)) {
			return nil, false
		}
		width, height := int(entry[0]), int(entry[1])
		if width == 0 { // 256 does not fit
			width = 256
		}
		if height == 0 {
			height = 256
		}
		if width > m.Width {
			m.Width, m.Height = width, height
		}
	}
	return &m, true
}
