package feeds

import (
	"bytes"
	"container/list"
	"sync"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/singleflight"
	"postrider/store"
)

// A document is a feed's bytes, ready to be sent in either coding.
type document struct {
	etag    string // of the plain bytes
	version store.Version
	plain   []byte
	gzip    []byte
}

func (d *document) size() int64 { return int64(len(d.plain) + len(d.gzip)) }

// newDocument compresses the bytes, once for all who will ask.
func newDocument(etag string, v store.Version, plain []byte) (*document, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &document{etag, v, plain, bytes.Clone(buf.Bytes())}, nil
}

// A cache keeps the newest document of each address, up to a number of bytes;
// the least used goes first. A document is built by one asker while the others
// wait for it.
type cache struct {
	room   int64
	builds singleflight.Group

	mu    sync.Mutex
	used  int64
	byKey map[string]*list.Element // of *cached
	order *list.List               // most lately used first
}

type cached struct {
	key string
	doc *document
}

func newCache(room int64) *cache {
	return &cache{room: room, byKey: map[string]*list.Element{}, order: list.New()}
}

// get returns the document of an address in the version that etag names. Where
// it isn't there, build makes it, which may be of a newer version.
func (c *cache) get(key, etag string, build func() (*document, error)) (*document, error) {
	if doc := c.look(key, etag); doc != nil {
		return doc, nil
	}
	made, err, _ := c.builds.Do(key+" "+etag, func() (any, error) {
		if doc := c.look(key, etag); doc != nil { // made between our look and our turn
			return doc, nil
		}
		doc, err := build()
		if err == nil {
			c.keep(key, doc)
		}
		return doc, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*document), nil
}

func (c *cache) look(key, etag string) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[key]
	if e == nil || e.Value.(*cached).doc.etag != etag {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).doc
}

// keep puts the document in the place of its address's older one.
func (c *cache) keep(key string, doc *document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byKey[key]; e != nil {
		c.drop(e)
	}
	if doc.size() > c.room {
		return
	}
	c.byKey[key] = c.order.PushFront(&cached{key, doc})
	c.used += doc.size()
	for c.used > c.room {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	gone := c.order.Remove(e).(*cached)
	delete(c.byKey, gone.key)
	c.used -= gone.doc.size()
}
