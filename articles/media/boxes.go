package media

import "encoding/binary"

// box is the content of one box of an ISO base media file (ISO/IEC 14496-12,
// section 4.2), boxes a row of them. Both are views of the file's bytes.
type (
	box   []byte
	boxes []namedBox
)

type namedBox struct {
	name string
	head []byte // where the name stands
	box  box
}

// free makes the box one that every reader skips.
func (b namedBox) free() {
	copy(b.head, "free")
	clear(b.box)
}

// maxBoxes bounds a row of boxes. Real files have some tens.
const maxBoxes = 10_000

// boxesOf reads a row of boxes, until the end or until one does not fit.
func boxesOf(data []byte) boxes {
	row, _ := parseBoxes(data)
	return row
}

// parseBoxes also says whether all the bytes were whole boxes.
func parseBoxes(data []byte) (row boxes, whole bool) {
	for len(data) >= 8 && len(row) < maxBoxes {
		size, head := uint64(binary.BigEndian.Uint32(data)), 8
		switch {
		case size == 0: // to the end
			size = uint64(len(data))
		case size == 1:
			if len(data) < 16 {
				return row, false
			}
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		}
		if size < uint64(head) || size > uint64(len(data)) {
			return row, false
		}
		row = append(row, namedBox{string(data[4:8]), data[4:8], box(data[head:size:size])})
		data = data[size:]
	}
	return row, len(data) == 0
}

// find is the first box of that name, or empty.
func (row boxes) find(name string) box {
	for _, b := range row {
		if b.name == name {
			return b.box
		}
	}
	return nil
}

func (row boxes) all(name string) []box {
	var found []box
	for _, b := range row {
		if b.name == name {
			found = append(found, b.box)
		}
	}
	return found
}

// boxes reads what stands in a box.
func (b box) boxes() boxes { return boxesOf(b) }

// after drops the n bytes before a box's boxes.
func (b box) after(n int) box {
	if len(b) < n {
		return nil
	}
	return b[n:]
}

// brands lists the brands of an ftyp box.
func (b box) brands() []string {
	var names []string
	for at := 0; at+4 <= len(b); at += 4 {
		if at != 4 { // the minor version
			names = append(names, string(b[at:at+4]))
		}
	}
	return names
}

// fields reads numbers one after another. Past the end they are 0 and short is set.
type fields struct {
	data  []byte
	short bool
}

// number reads a number of 0 to 8 bytes.
func (f *fields) number(size int) uint64 {
	if size > len(f.data) {
		f.data, f.short = nil, true
		return 0
	}
	var n uint64
	for _, b := range f.data[:size] {
		n = n<<8 | uint64(b)
	}
	f.data = f.data[size:]
	return n
}

// either reads a number of large bytes where wide is set, else of small ones.
func (f *fields) either(wide bool, large, small int) uint64 {
	if wide {
		return f.number(large)
	}
	return f.number(small)
}
