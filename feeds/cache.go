package feeds

import (
	"container/list"
	"sync"

	"golang.org/x/sync/singleflight"
)

// A document is a feed's bytes in one coding, ready to be sent.
type document struct {
	current
	etag string
	body []byte
}

// keptBytes is about what keeping a document costs besides its body.
const keptBytes = 512

func (d *document) size() int64 { return int64(len(d.body)) + keptBytes }

// A cache keeps the newest document of each address and coding, up to a number
// of bytes; the least used goes first. A document is built by one asker while the others
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

// get returns the document of a key in the version that etag names. Where
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
