package media

import (
	"bytes"
	"errors"
)

// cleanAVIF blanks Exif, XMP and other texts and reads the size. An AVIF file
// says by absolute places where its parts are, so metadata is blanked where it
// stands and nothing is moved. The pixels are not decoded: browsers do that.
func cleanAVIF(data []byte) (*cleaned, error) {
	c := &cleaned{data: bytes.Clone(data), ext: "avif", mime: "image/avif"}
	top, whole := parseBoxes(c.data)
	if !whole {
		return nil, errShort
	}
	film := top.find("moov").boxes() // of an animation
	metas := []box{top.find("meta")}
	for _, row := range append([]boxes{top, film}, tracksOf(film)...) {
		for _, b := range row {
			switch b.name {
			case "uuid", "udta":
				b.free()
			case "meta":
				metas = append(metas, b.box)
			}
		}
	}
	left := len(c.data) // a file is not blanked more than once over
	for _, meta := range metas {
		if err := blankMetadata(c.data, meta.after(4).boxes(), &left); err != nil {
			return nil, err
		}
	}
	var err error
	if c.width, c.height, err = avifSize(metas[0].after(4).boxes()); err != nil {
		return nil, err
	}
	return c, bearable(c.width, c.height, maxPixels)
}

var errAVIF = errors.New("its structure is broken")

func tracksOf(film boxes) []boxes {
	var tracks []boxes
	for _, t := range film.all("trak") {
		tracks = append(tracks, t.boxes())
	}
	return tracks
}

// emptyExif is Exif data without entries, with the four bytes before it that
// say where it begins (ISO/IEC 23008-12, annex A.2.1).
const emptyExif = "\x00\x00\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// blankMetadata overwrites the items of a meta box that are no image: Exif and
// XMP. An item's parts are where the iloc box says, in the file or in the idat
// box (ISO/IEC 14496-12, section 8.11).
func blankMetadata(file []byte, meta boxes, left *int) error {
	filler := map[uint64]string{} // by item
	for _, b := range meta.find("iinf").entries() {
		f := fields{data: b}
		version := f.number(1)
		f.number(3)
		id := f.either(version >= 3, 4, 2)
		f.number(2)
		if version < 2 || len(f.data) < 4 {
			continue
		}
		switch string(f.data[:4]) {
		case "Exif":
			filler[id] = emptyExif
		case "mime", "uri ":
			filler[id] = ""
		}
	}
	places, err := itemPlaces(file, meta)
	if err != nil {
		return err
	}
	for id, fill := range filler {
		for _, part := range places[id] {
			if *left -= len(part); *left < 0 || len(part) == 0 { // no length: to the end of the file
				return errAVIF
			}
			n := copy(part, fill)
			clear(part[n:])
			fill = fill[n:]
		}
	}
	return nil
}

// entries are the boxes of an iinf box, behind its version, flags and count.
func (b box) entries() []box {
	if len(b) > 0 && b[0] == 0 {
		return b.after(6).boxes().all("infe")
	}
	return b.after(8).boxes().all("infe")
}

// itemPlaces reads the iloc box: for each item the bytes that it consists of.
func itemPlaces(file []byte, meta boxes) (map[uint64][][]byte, error) {
	f := fields{data: meta.find("iloc")}
	version := f.number(1)
	f.number(3)
	sizes := f.number(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		index = 0
	}
	if max(offset, length, base, index) > 8 || version > 2 {
		return nil, errAVIF
	}
	places, count := map[uint64][][]byte{}, 0
	for items := f.either(version == 2, 4, 2); items > 0 && !f.short; items-- {
		id, within := f.either(version == 2, 4, 2), uint64(0)
		if version > 0 {
			within = f.number(2) & 15
		}
		f.number(2)
		whole := file
		if within == 1 {
			whole = meta.find("idat")
		}
		from := f.number(base)
		for parts := f.number(2); parts > 0 && !f.short; parts-- {
			f.number(index)
			at, n := from+f.number(offset), f.number(length)
			if count++; count > maxBoxes || within > 1 || at > uint64(len(whole)) || n > uint64(len(whole))-at {
				return nil, errAVIF
			}
			places[id] = append(places[id], whole[at:at+n])
		}
	}
	if f.short {
		return nil, errAVIF
	}
	return places, nil
}

// avifSize is the size of the primary item: of its properties the one named
// ispe, turned by irot (ISO/IEC 23008-12, sections 6.5.3 and 6.5.10).
func avifSize(meta boxes) (width, height int, err error) {
	p := fields{data: meta.find("pitm")}
	version := p.number(1)
	p.number(3)
	primary := p.either(version > 0, 4, 2)
	props := meta.find("iprp").boxes()
	all := props.find("ipco").boxes()
	quarters := 0
	for _, n := range propertiesOf(primary, props) {
		if n < 1 || n > len(all) {
			continue
		}
		f := fields{data: all[n-1].box}
		switch all[n-1].name {
		case "ispe":
			f.number(4)
			width, height = int(f.number(4)), int(f.number(4))
		case "irot":
			quarters = int(f.number(1) & 3)
		}
	}
	if p.short || width == 0 || height == 0 {
		return 0, 0, errAVIF
	}
	if quarters%2 == 1 {
		width, height = height, width
	}
	return width, height, nil
}

// propertiesOf lists an item's properties, counted from 1, from the ipma boxes.
func propertiesOf(item uint64, props boxes) []int {
	var list []int
	for _, b := range props.all("ipma") {
		f := fields{data: b}
		version := f.number(1)
		wide := f.number(3)&1 == 1
		for entries := f.number(4); entries > 0 && !f.short; entries-- {
			id := f.either(version > 0, 4, 2)
			for n := f.number(1); n > 0 && !f.short; n-- {
				property := f.either(wide, 2, 1)
				if wide {
					property &= 0x7fff
				} else {
					property &= 0x7f
				}
				if id == item && !f.short {
					list = append(list, int(property))
				}
			}
		}
	}
	return list
}
