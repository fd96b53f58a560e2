package media

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"

	"golang.org/x/image/webp"
)

// allowed tells what Prepare takes.
const allowed = "a PNG, JPEG, GIF, WebP, AVIF or SVG image, a PDF, or audio as MP3, M4A, Ogg, FLAC or WAV"

// kind is a sort of file.
type kind struct {
	noun  string                               // with its article: "a PNG image"
	mend  string                               // what to do where one is broken; may be empty
	clean func([]byte) (*cleaned, error)       // nil: not allowed
	still func(io.Reader) (image.Image, error) // decodes the image, or an animation's first; nil: cannot
}

var (
	kindPNG  = kind{noun: "a PNG image", clean: cleanPNG, still: png.Decode}
	kindJPEG = kind{noun: "a JPEG image", clean: cleanJPEG, still: jpeg.Decode, mend: "save it again as an ordinary JPEG with 8 bits a colour"}
	kindGIF  = kind{noun: "a GIF image", clean: cleanGIF, still: gif.Decode}
	kindWebP = kind{noun: "a WebP image", clean: cleanWebP, still: decodeWebP}
	kindAVIF = kind{noun: "an AVIF image", clean: cleanAVIF}
	kindSVG  = kind{noun: "an SVG image", clean: cleanSVG, mend: "export it again as plain SVG in UTF-8"}
	kindPDF  = kind{noun: "a PDF", clean: cleanPDF}
)

// decodeWebP is webp.Decode after taking the first image out of an animation,
// which webp.Decode does not read.
func decodeWebP(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return webp.Decode(bytes.NewReader(firstWebP(data)))
}

// audio is a kind that passes as it is.
func audio(noun, ext, mime string) kind {
	return kind{noun: noun, clean: func(data []byte) (*cleaned, error) {
		return &cleaned{data: data, ext: ext, mime: mime}, nil
	}}
}

// other is a kind that is not allowed.
func other(noun string) kind { return kind{noun: noun} }

// kindOf tells a file's kind from its bytes.
func kindOf(data []byte) kind {
	switch starts := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }; {
	case len(data) == 0:
		return other("empty")
	case starts("\x89PNG\r\n\x1a\n"):
		return kindPNG
	case starts("\xff\xd8\xff"):
		return kindJPEG
	case starts("GIF87a"), starts("GIF89a"):
		return kindGIF
	case starts("RIFF") && len(data) >= 12:
		return kindOfRIFF(string(data[8:12]))
	case starts("%PDF-"):
		return kindPDF
	case starts("OggS"):
		return kindOfOgg(data)
	case starts("fLaC"):
		return audio("a FLAC recording", "flac", "audio/flac")
	case starts("ID3"), isMP3(data):
		return audio("an MP3 recording", "mp3", "audio/mpeg")
	case len(data) >= 8 && string(data[4:8]) == "ftyp":
		return kindOfISO(data)
	case starts("\x1f\x8b"):
		return other("a gzip archive (perhaps a compressed SVG)")
	}
	mime := http.DetectContentType(data)
	switch root, isXML := rootElement(data); {
	case root == "svg":
		return kindSVG
	case root == "html":
		return kindByName("text/html")
	case isXML && !strings.HasPrefix(mime, "text/html"):
		return other("an XML document, not an image")
	}
	return kindByName(mime)
}

// kindByName names what is not allowed, for the message only.
func kindByName(mime string) kind {
	switch mime, _, _ = strings.Cut(mime, ";"); mime {
	case "text/html":
		return other("an HTML page, not an image")
	case "text/plain":
		return other("plain text, not an image")
	case "application/octet-stream":
		return other("of no known type")
	}
	return other("of the type " + mime)
}

func kindOfRIFF(form string) kind {
	switch form {
	case "WEBP":
		return kindWebP
	case "WAVE":
		return audio("a WAV recording", "wav", "audio/wav")
	}
	return other("a video or of an unknown RIFF kind")
}

// kindOfOgg looks at the first pages, each of which begins a stream and names
// its codec (RFC 3533, section 6; RFC 5334).
func kindOfOgg(data []byte) kind {
	head := data[:min(len(data), 4096)]
	for _, video := range []string{"\x80theora", "BBCD\x00", "OVP80"} {
		if bytes.Contains(head, []byte(video)) {
			return other("an Ogg video")
		}
	}
	for _, codec := range []string{"\x01vorbis", "OpusHead", "Speex   ", "\x7fFLAC"} {
		if bytes.Contains(head, []byte(codec)) {
			return audio("an Ogg recording", "ogg", "audio/ogg")
		}
	}
	return other("an Ogg file of an unknown kind")
}

// kindOfISO tells an AVIF image and an audio file from the many other kinds
// that share the ISO base media file format (ISO/IEC 14496-12).
func kindOfISO(data []byte) kind {
	top := boxesOf(data)
	for _, brand := range top.find("ftyp").brands() {
		if brand == "avif" || brand == "avis" {
			return kindAVIF
		}
	}
	sound, video := false, false
	for _, track := range top.find("moov").boxes().all("trak") {
		handler := track.boxes().find("mdia").boxes().find("hdlr") // version, flags, a reserved word, type
		switch {
		case len(handler) < 12:
		case string(handler[8:12]) == "soun":
			sound = true
		case string(handler[8:12]) == "vide":
			video = true
		}
	}
	if sound && !video {
		return audio("an M4A recording", "m4a", "audio/mp4")
	}
	if video {
		return other("a video")
	}
	return other("an MP4, HEIC or other file that browsers don't all show")
}

// isMP3 tells two frames of MPEG audio layer III, one behind the other, from
// other bytes (ISO/IEC 11172-3, section 2.4.1.3).
func isMP3(data []byte) bool {
	n := mp3Frame(data)
	return n > 0 && n < len(data) && mp3Frame(data[n:]) > 0
}

// mp3Frame is the length in bytes of the frame that data begins with, or 0.
func mp3Frame(data []byte) int {
	if len(data) < 4 || data[0] != 0xff || data[1]&0xe6 != 0xe2 { // layer III
		return 0
	}
	version, rate, hertz := data[1]>>3&3, data[2]>>4, data[2]>>2&3
	if version == 1 || rate == 0 || rate == 15 || hertz == 3 {
		return 0
	}
	rates := [...]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	scale, frequency := 144, [...]int{44100, 48000, 32000}[hertz]
	if version != 3 { // MPEG 2 and 2.5: half the samples, lower rates
		rates = [...]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
		scale, frequency = 72, frequency/2
		if version == 0 {
			frequency /= 2
		}
	}
	return scale*rates[rate]*1000/frequency + int(data[2]>>1&1)
}

// cleanPDF lets a whole PDF pass. Its end is marked (ISO 32000-1, section 7.5.5).
func cleanPDF(data []byte) (*cleaned, error) {
	if !bytes.Contains(data[max(0, len(data)-4096):], []byte("%%EOF")) {
		return nil, errShort
	}
	return &cleaned{data: data, ext: "pdf", mime: "application/pdf"}, nil
}

// errShort says that a file is cut off.
var errShort = errors.New("it ends too early")

// plainly says in our words what decoders say of a file that is cut off.
func plainly(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errShort
	}
	return err
}
