package daemon

import (
	"fmt"
	"sync"

	"postrider/digests"
)

// Under the race detector the built-in templates take a fifth of the time of all tests,
// where each daemon that opens tries them out.
func init() {
	made := newRenderer
	var known sync.Map // by what they are made of: functions that make a renderer once
	newRenderer = func(o digests.Options) (renderer, error) {
		if o.Templates != nil {
			return made(o)
		}
		of, p := o, *o.Publication
		of.Publication, p.Figures = nil, nil // these go by the language
		once, _ := known.LoadOrStore(fmt.Sprintf("%+v %+v", of, p), sync.OnceValues(func() (renderer, error) { return made(o) }))
		return once.(func() (renderer, error))()
	}
}
