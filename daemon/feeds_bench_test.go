package daemon_test

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/yuin/goldmark"
	"golang.org/x/sys/unix"

	"postrider/internal/posttest"
)

// words are what the bench's articles are made of.
var words = strings.Fields("the sea harbour lamp tide rope keeper boat net stone morning ledger wind gull pilot anchor market letter bell fog of and in with under between before after at by who said that was had been taken written kept")

// BenchmarkFeedsFromFiles runs the real program over a folder that it makes
// itself: 10,000 and 100,000 articles of about 900 words, a twentieth as many
// authors, 40 an issue. Its yardstick, the floor, is what cannot be saved by
// anybody: read all files, split the front matter, goldmark over every body on
// all cores, the same feeds written, nothing kept. x-floor says how many times
// that the program takes, for RSS the median of three rounds; MB is its peak of
// memory; x-walk is reading again with nothing changed beside walking the tree.
// What was written before is on the disk when each of them begins: nobody waits
// for another's. -short leaves the larger out.
func BenchmarkFeedsFromFiles(b *testing.B) {
	bin := posttest.Program(b)
	top := b.TempDir() // nothing is removed while something is measured: that makes what comes after it slow
	for _, n := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			if n > 10_000 && testing.Short() {
				b.Skip("it takes some minutes")
			}
			dir := filepath.Join(top, strconv.Itoa(n))
			pieces := filepath.Join(dir, "pieces")
			corpus(b, pieces, n)
			for i := 0; b.Loop(); i++ {
				var first []float64
				var floor, read time.Duration
				var in string
				var peaks [6]int64
				for round := range 3 { // each in a folder of its own
					in = filepath.Join(dir, fmt.Sprint(i), fmt.Sprint(round))
					if err := os.MkdirAll(in, 0o755); err != nil {
						b.Fatal(err)
					}
					write(b, filepath.Join(in, "config.yaml"), "publication: {title: Harbour, url: \"http://localhost:8080\"}\narticles: [{folder: "+pieces+"}]\n")
					floor = alone(func() { lowest(b, pieces, filepath.Join(in, "floor")) })
					var rss time.Duration
					read, peaks[0] = run(b, bin, in, "read")
					rss, peaks[1] = run(b, bin, in, "feeds", "--out", "rss", "--format", "rss", "--no-archives")
					first = append(first, float64(read+rss)/float64(floor))
					b.Logf("floor %.1f s, read %.1f s, RSS %.1f s", floor.Seconds(), read.Seconds(), rss.Seconds())
					peaks[5] = max(peaks[5], peaks[0], peaks[1])
				}
				var all, archives, unchanged time.Duration
				all, peaks[2] = run(b, bin, in, "feeds", "--out", "all", "--no-archives")
				archives, peaks[3] = run(b, bin, in, "feeds", "--out", "archives", "--compress", "all")
				walk := alone(func() { walked(b, pieces) })
				unchanged, peaks[4] = run(b, bin, in, "read")
				slices.Sort(first)
				b.ReportMetric(first[1], "x-floor-rss")
				b.ReportMetric(float64(read+all)/float64(floor), "x-floor-all")
				b.ReportMetric(float64(read+archives)/float64(floor), "x-floor-archives")
				b.ReportMetric(float64(unchanged)/float64(walk), "x-walk")
				b.ReportMetric(float64(slices.Max(peaks[:]))/1024, "MB")
			}
		})
	}
}

// corpus writes n articles below a folder, in one a month.
func corpus(b *testing.B, dir string, n int) {
	r := rand.New(rand.NewPCG(1, 2))
	old := time.Now().Add(-time.Hour)
	for i := range n {
		var body strings.Builder
		for range 9 {
			for w := range 100 {
				word := words[r.IntN(len(words))]
				switch {
				case w == 40:
					fmt.Fprintf(&body, "*%s* ", word)
				case w == 70:
					fmt.Fprintf(&body, "[%s](https://elsewhere.example/%d) ", word, w)
				default:
					body.WriteString(word + " ")
				}
			}
			body.WriteString("\n\n")
		}
		month := filepath.Join(dir, fmt.Sprintf("%04d", 1900+i/1200), fmt.Sprintf("%02d", 1+i/100%12))
		if i%100 == 0 {
			if err := os.MkdirAll(month, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		file := filepath.Join(month, fmt.Sprintf("piece-%06d.md", i))
		text := fmt.Sprintf("---\ntitle: Piece %d of the %s\nauthors: [Author %d, Author %d]\nsection: Section %d\nvolume: %d\nnumber: %d\ndate: %04d-%02d-%02d\nsummary: About the %s.\n---\n\n%s",
			i, words[i%len(words)], r.IntN(max(n/20, 10)), r.IntN(max(n/20, 10)), i%8, 1+i/480, 1+i/40%12, 1900+i/1200, 1+i/100%12, 1+i%28, words[i%len(words)], body.String())
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(file, old, old); err != nil {
			b.Fatal(err)
		}
	}
}

// lowest is the floor: the feeds of the corpus from its files, and nothing else.
func lowest(b *testing.B, pieces, out string) {
	type piece struct {
		title, html string
		groups      []string
	}
	var files []string
	filepath.WalkDir(pieces, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	all := make([]piece, len(files))
	var next atomic.Int64
	each := func(n int, do func(i int)) {
		next.Store(0)
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					do(i)
				}
			})
		}
		wg.Wait()
	}
	each(len(files), func(i int) {
		text, err := os.ReadFile(files[i])
		if err != nil {
			b.Error(err)
			return
		}
		front, body, _ := bytes.Cut(text[4:], []byte("\n---\n"))
		var html bytes.Buffer
		goldmark.Convert(body, &html)
		p := piece{html: html.String(), groups: []string{"site"}}
		volume := ""
		for line := range strings.Lines(string(front)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "title":
				p.title = value
			case "authors":
				p.groups = append(p.groups, strings.Split(strings.Trim(value, "[]"), ", ")...)
			case "section":
				p.groups = append(p.groups, value)
			case "volume":
				volume = value
			case "number":
				p.groups = append(p.groups, "issue "+volume+" "+value)
			}
		}
		all[i] = p
	})
	groups := map[string][]int{}
	var names []string
	for i := len(all) - 1; i >= 0; i-- {
		for _, g := range all[i].groups {
			if groups[g] == nil {
				names = append(names, g)
			}
			if len(groups[g]) < 50 {
				groups[g] = append(groups[g], i)
			}
		}
	}
	os.MkdirAll(out, 0o755)
	each(len(names), func(i int) {
		var doc bytes.Buffer
		doc.WriteString("<rss version=\"2.0\"><channel>")
		for _, at := range groups[names[i]] {
			doc.WriteString("<item><title>")
			xml.EscapeText(&doc, []byte(all[at].title))
			doc.WriteString("</title><description>")
			xml.EscapeText(&doc, []byte(all[at].html))
			doc.WriteString("</description></item>")
		}
		doc.WriteString("</channel></rss>")
		if err := os.WriteFile(filepath.Join(out, strconv.Itoa(i)+".xml"), doc.Bytes(), 0o644); err != nil {
			b.Error(err)
		}
	})
}

// walked looks at every file of a tree, and tells how many there are.
func walked(b *testing.B, dir string) (n int) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			_, err = d.Info()
			n++
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// alone is timed, of something that begins when all that was written is on the disk.
func alone(do func()) time.Duration {
	unix.Sync()
	return timed(do)
}

func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

// run runs the program once and tells its time and its peak of memory in kB. The
// peak is that which the kernel notes of the running program (VmHWM): what it
// tells of one that has ended counts the process that started it, too.
func run(b *testing.B, bin, dir string, args ...string) (took time.Duration, memory int64) {
	b.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	took = alone(func() {
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-tick.C:
				memory = max(memory, kB(cmd.Process.Pid, "VmHWM"))
				continue
			case err := <-ended:
				tick.Stop()
				if err != nil {
					b.Fatalf("%v: %v\n%s", args, err, out.Bytes())
				}
			}
			return
		}
	})
	return took, memory
}

// kB is a figure that the kernel notes of a running process (proc_pid_status(5)): VmRSS
// is the memory that it has, VmHWM the most that it has had; 0 where it has ended.
func kB(pid int, name string) (kB int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	fmt.Sscan(rest, &kB)
	return kB
}

// BenchmarkPolls asks the running daemon for a feed, as many readers do at once,
// and a bare handler for the same bytes: x-bare is how many a second beside the
// bare handler's. The aim is 0.7 at the least.
func BenchmarkPolls(b *testing.B) {
	file := settings(b, "sqlite:"+filepath.Join(b.TempDir(), "postrider.db"), "127.0.0.1:9")
	corpus(b, filepath.Join(filepath.Dir(file), "pieces"), 60)
	d := open(b, file)
	if _, err := d.Read(b.Context(), false, nil); err != nil {
		b.Fatal(err)
	}
	pages, err := d.Pages()
	if err != nil {
		b.Fatal(err)
	}
	ours := httptest.NewServer(pages)
	defer ours.Close()
	get := func(headers string) []byte {
		return []byte("GET /issues/1/1/rss.xml HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept-Encoding: gzip\r\n" + headers + "\r\n")
	}
	first := ask(b, ours.Listener.Addr().String(), get(""), 1)
	etag := first.Header.Get("ETag")
	body, err := io.ReadAll(first.Body)
	if err != nil || len(body) == 0 || etag == "" {
		b.Fatal(err, len(body), etag)
	}
	if z, err := gzip.NewReader(bytes.NewReader(body)); err != nil {
		b.Fatal(err)
	} else if plain, err := io.ReadAll(z); err == nil {
		b.Logf("the feed has %d bytes, %d of them sent", len(plain), len(body))
	}
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Etag"] = []string{etag}
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h["Content-Type"], h["Content-Encoding"], h["Content-Length"] = []string{"application/rss+xml"}, []string{"gzip"}, []string{strconv.Itoa(len(body))}
		w.Write(body)
	}))
	defer bare.Close()
	for name, headers := range map[string]string{"304": "If-None-Match: " + etag + "\r\n", "gzip": ""} {
		b.Run(name, func(b *testing.B) {
			const polls = 20_000
			var mine, yard time.Duration
			for b.Loop() { // by turns, so that whatever else the machine does meets both
				for range 5 {
					mine += timed(func() { ask(b, ours.Listener.Addr().String(), get(headers), polls/5) })
					yard += timed(func() { ask(b, bare.Listener.Addr().String(), get(headers), polls/5) })
				}
			}
			b.ReportMetric(float64(yard)/float64(mine), "x-bare")
		})
	}
}

// ask sends a request so many times over 16 connections and returns the last
// answer; its body is there only where it is asked once.
func ask(b *testing.B, address string, request []byte, times int) *http.Response {
	b.Helper()
	lines := min(16, times)
	answers := make([]*http.Response, lines)
	var wg sync.WaitGroup
	for line := range lines {
		wg.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 64<<10)
			for range times / lines {
				if _, err := conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				r, err := http.ReadResponse(in, nil)
				if err != nil || r.StatusCode >= 400 {
					b.Error(err)
					return
				}
				var kept bytes.Buffer
				io.Copy(&kept, r.Body)
				r.Body = io.NopCloser(&kept)
				answers[line] = r
			}
		})
	}
	wg.Wait()
	return answers[0]
}
