package media

import (
	"bytes"
	"encoding/binary"
)

// orientation finds how Exif data says that an image is to be turned: 2 to 8
// as in the tag Orientation (Exif 2.32, section 4.6.4), else 1. data is a TIFF
// file, with or without "Exif" before it.
func orientation(data []byte) int {
	data = bytes.TrimPrefix(data, []byte("Exif\x00\x00"))
	if len(data) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(data[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := order.Uint32(data[4:])
	if uint64(at)+2 > uint64(len(data)) {
		return 1
	}
	entries := data[at:]
	n := int(order.Uint16(entries))
	entries = entries[2:]
	for ; n > 0 && len(entries) >= 12; n-- {
		const tagOrientation, typeShort = 0x112, 3
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			if turn := int(order.Uint16(entries[8:])); turn >= 1 && turn <= 8 {
				return turn
			}
		}
		entries = entries[12:]
	}
	return 1
}
