package articles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"slices"
	"sync"

	"postrider/magazine"
	"postrider/store"
)

// parsed is a file that was read, before the store's knowledge is applied.
type parsed struct {
	file     File
	hash     string // of its bytes
	doc      *Document
	claim    claim
	problems []magazine.Problem
	skip     bool // it is not there any more, or being written
	same     bool // the bytes are known: only its time has changed
	edited   bool // it, or what it shows, is not as it was when it was read last
	spent    bool // the document was used up by a transaction that failed
}

// parallel does n things, as many at once as there are processors, until ctx
// is done.
func parallel(ctx context.Context, n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
}

// readChunks reads, parses and saves files, and parses the next of them while it
// saves some. told is told how many are done.
func (p *pass) readChunks(ctx context.Context, files []File, told func(done int)) error {
	list := slices.Collect(chunks(files))
	var coming []<-chan []parsed // the next chunks
	defer func() {
		for _, c := range coming {
			<-c // it reads the folder, which is closed after this
		}
	}()
	done := 0
	for i, some := range list {
		if i == 0 {
			coming = append(coming, p.parseAhead(ctx, some))
		}
		all := <-coming[0]
		coming = coming[1:]
		for next := i + 1 + len(coming); next < len(list) && len(coming) < ahead; next++ {
			coming = append(coming, p.parseAhead(ctx, list[next]))
		}
		if err := p.saveParsed(ctx, some, all); err != nil {
			return err
		}
		done += len(some)
		told(done)
	}
	return nil
}

// neighbours is how many files one goroutine parses one after the other.
const neighbours = 10

// parseAhead begins to parse files. What is known of them is looked up at once,
// so that nothing is shared with the pass, which saves others meanwhile.
func (p *pass) parseAhead(ctx context.Context, files []File) <-chan []parsed {
	looks := make([]look, len(files))
	for i, f := range files {
		looks[i] = p.beforeReading(f)
	}
	coming := make(chan []parsed, 1)
	go func() {
		all := make([]parsed, len(files))
		parallel(ctx, (len(files)+neighbours-1)/neighbours, func(n int) {
			in := nearby{root: p.root}
			defer in.close()
			for i := n * neighbours; i < min((n+1)*neighbours, len(files)); i++ {
				all[i] = p.parseAs(&in, files[i], looks[i])
			}
		})
		coming <- all
	}()
	return coming
}

// look is what is known of a file before it is read.
type look struct {
	file    knownFile
	known   bool
	changed bool // something that it shows is not as it was
}

func (p *pass) beforeReading(f File) look {
	k, known := p.known[f.Name]
	return look{k, known, known && p.usesChanged(k.uses)}
}

// parse reads and parses a file.
func (p *pass) parse(f File) parsed {
	in := nearby{root: p.root}
	defer in.close()
	return p.parseAs(&in, f, p.beforeReading(f))
}

func (p *pass) parseAs(in *nearby, f File, was look) parsed {
	one := parsed{file: f}
	data, err := in.readFile(f.Name)
	if err != nil {
		one.skip = magazine.CodeOf(err) == magazine.NotFound
		one.problems = []magazine.Problem{{Text: err.Error()}}
		return one
	}
	one.hash = hashOf(data)
	k := was.file
	one.edited = !was.known || k.hash != one.hash || was.changed
	if !one.edited && k.state != store.FileGone && k.reader == p.revision {
		one.same = true
		return one
	}
	if failed := p.sound(f.Name, func() {
		if one.doc, one.problems = p.reader.Parse(f.Name, data); one.doc != nil {
			one.claim = claimOf(one.doc)
		}
	}); failed != nil {
		one.doc, one.problems = nil, []magazine.Problem{*failed}
	}
	return one
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}
