package feeds

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// A draft is a channel's document before it has a format. Its entries stand on
// a shelf, ready in each of the formats: an article stands in several feeds, and
// the same in each.
type draft struct {
	builder *Builder
	channel *Channel
	version store.Version
	formats []Format
	shelf   shelf
	entries []*ready
}

// A ready entry is one whose texts stand on a shelf.
type ready struct {
	id, guid string
	changed  time.Time // when its article changed last
	at       int64     // where its first text begins; the others follow
	sizes    []int     // of its texts, in the order of the draft's formats
}

// draft drafts a document of articles that somebody has read.
func (b *Builder) draft(formats []Format, ch *Channel, articles []magazine.Article, v store.Version) (*draft, error) {
	s := &memoryShelf{}
	entries, err := b.makeReady(s, formats, b.makeEntries(ch, articles, v))
	return &draft{b, ch, v, formats, s, entries}, err
}

// makeReady writes entries in each format and puts them on a shelf.
func (b *Builder) makeReady(s shelf, formats []Format, entries []entry) ([]*ready, error) {
	texts := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(texts)
	texts.Reset()
	list := make([]*ready, len(entries))
	for i := range entries {
		e := &entries[i]
		r := &ready{id: e.id.s, guid: e.guid.s, changed: lastChange(e.article), at: int64(texts.Len()), sizes: make([]int, len(formats))}
		for k, f := range formats {
			from := texts.Len()
			if err := b.writeEntry(texts, f, e); err != nil {
				return nil, fmt.Errorf("article %s: %w", e.article.Slug, err)
			}
			r.sizes[k] = texts.Len() - from
		}
		list[i] = r
	}
	at, err := s.put(texts.Bytes())
	for _, r := range list {
		r.at += at
	}
	return list, err
}

// writeEntry writes an entry as it stands in a document: in XML on lines of its
// own.
func (b *Builder) writeEntry(to *bytes.Buffer, f Format, e *entry) error {
	switch f {
	case RSS:
		return writeElement(to, "    ", b.rssItem(e))
	case Atom:
		return writeElement(to, "  ", b.atomEntry(e))
	case JSON:
		return writeJSON(to, b.jsonItem(e))
	default:
		return unknownFormat(f)
	}
}

// writeElement writes an element on new lines, as deep as indent says.
func writeElement(to *bytes.Buffer, indent string, element any) error {
	to.WriteByte('\n')
	e := xml.NewEncoder(to)
	e.Indent(indent, "  ")
	return e.Encode(element)
}

func unknownFormat(f Format) error {
	return magazine.Errorf(magazine.NotFound, "there is no feed format %q; the formats are rss, atom and json", f.Name)
}

// distinct tells that no two of the entries have the same identity.
func distinct(entries []*ready) bool {
	ids, guids := make(map[string]bool, len(entries)), make(map[string]bool, len(entries))
	for _, e := range entries {
		ids[e.id], guids[e.guid] = true, true
	}
	return len(ids) == len(entries) && len(guids) == len(entries)
}

// document makes the document in one of the draft's formats.
func (d *draft) document(format int) ([]byte, error) {
	var doc bytes.Buffer
	err := d.write(&doc, format)
	return doc.Bytes(), err
}

// write writes the document in one of the draft's formats.
func (d *draft) write(doc *bytes.Buffer, format int) error {
	f := d.formats[format]
	head, tail, err := d.builder.frame(f, d.channel, d.version)
	if err != nil {
		return fmt.Errorf("build feed %s: %w", d.channel.Path(f), err)
	}
	size := len(head) + len(tail) + len(d.entries)
	for _, e := range d.entries {
		size += e.sizes[format]
	}
	doc.Grow(size)
	doc.Write(head)
	for i, e := range d.entries {
		if i > 0 && f == JSON {
			doc.WriteByte(',')
		}
		at := e.at
		for _, before := range e.sizes[:format] {
			at += int64(before)
		}
		text := doc.AvailableBuffer()[:e.sizes[format]]
		if err := d.shelf.get(text, at); err != nil {
			return fmt.Errorf("build feed %s: %w", d.channel.Path(f), err)
		}
		doc.Write(text)
	}
	doc.Write(tail)
	return nil
}

// frame is what stands in a document before its entries and after them.
func (b *Builder) frame(f Format, ch *Channel, v store.Version) (head, tail []byte, err error) {
	switch f {
	case RSS:
		head, err = b.writeXML(b.rssChannel(ch, v))
		tail = []byte("\n  </channel>\n</rss>\n")
	case Atom:
		head, err = b.writeXML(b.atomFeed(ch, v))
		tail = []byte("\n</feed>\n")
	case JSON:
		var doc bytes.Buffer
		err = writeJSON(&doc, b.jsonFeed(ch))
		head, tail = doc.Bytes(), []byte("}")
	default:
		return nil, nil, unknownFormat(f)
	}
	head, ok := bytes.CutSuffix(head, tail)
	switch {
	case err != nil:
		return nil, nil, err
	case !ok:
		return nil, nil, magazine.Errorf(magazine.Internal, "a feed in the format %s does not end with %q", f.Name, tail)
	case f == JSON:
		head, tail = append(head, `,"items":[`...), []byte("]}\n")
	}
	return head, tail, nil
}
