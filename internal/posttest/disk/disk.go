// Package disk lets a test cut the power of a process that writes to SQLite: what
// was not synced is then lost, as on a disk that keeps no promise but that one.
//
// It stands below SQLite and sees each of its writes. The files stay as they are;
// beside them a folder has what the disk is sure to have.
package disk

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// ends are those of the names of the files that make a database.
var ends = []string{"", "-wal", "-journal"}

// Sync has a folder have all of a database that nobody has open.
func Sync(database, folder string) error {
	return bring(database, filepath.Join(folder, filepath.Base(database)))
}

// Lose has a database be what the folder has, as after a power cut of the process
// that had it open. It tells whether anything was lost.
func Lose(database, folder string) (lost bool, err error) {
	for _, end := range ends {
		there, err := read(database + end)
		if err != nil {
			return false, err
		}
		kept, err := read(filepath.Join(folder, filepath.Base(database)) + end)
		if err != nil {
			return false, err
		}
		lost = lost || !bytes.Equal(there, kept)
	}
	if err := os.Remove(database + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return lost, bring(filepath.Join(folder, filepath.Base(database)), database)
}

// bring has a database be another one.
func bring(from, to string) error {
	for _, end := range ends {
		if err := os.Remove(to + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		text, err := read(from + end)
		if err != nil {
			return err
		}
		if text == nil {
			continue
		}
		if err := os.WriteFile(to+end, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// read reads a file; nil: there is none.
func read(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// disk is what this process has written to.
var disk struct {
	folder       string
	open, unlink uintptr             // SQLite's own
	mu           sync.Mutex          // of the maps
	files        map[string]*file    // by name
	handles      map[uintptr]*handle // by SQLite's
	methods      map[uintptr]uintptr // by SQLite's own, those that are used instead
}

// file is a file of a database, and what was written to it since it was synced.
type file struct {
	mu      sync.Mutex
	synced  string // the one that has what is synced
	pending []write
}

// write is one that is not synced; text nil: the file was cut off there.
type write struct {
	at   int64
	text []byte
}

type handle struct {
	*file
	own *sqlite3.Tsqlite3_io_methods // SQLite's
}

// Install has a folder have what this process syncs of databases, from now on. It
// comes before the first is opened.
func Install(folder string) error {
	disk.folder = folder
	disk.files, disk.handles, disk.methods = map[string]*file{}, map[uintptr]*handle{}, map[uintptr]uintptr{}
	tls := libc.NewTLS() // for as long as the process lives
	if sqlite3.Xsqlite3_initialize(tls) != sqlite3.SQLITE_OK {
		return errors.New("SQLite does not start")
	}
	vfs := at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	disk.open, disk.unlink = vfs.FxOpen, vfs.FxDelete
	vfs.FxOpen, vfs.FxDelete = pointer(open), pointer(unlink)
	return nil
}

// at is what stands at an address of SQLite's.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function is a function that SQLite knows by its address, and pointer is the
// address of one that stays where it is, which those at the top level do.
func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }
func pointer[F any](f F) uintptr        { return *(*uintptr)(unsafe.Pointer(&f)) }

type (
	opens     = func(tls *libc.TLS, vfs, name, handle uintptr, flags int32, outFlags uintptr) int32
	unlinks   = func(tls *libc.TLS, vfs, name uintptr, sync int32) int32
	closes    = func(tls *libc.TLS, handle uintptr) int32
	writes    = func(tls *libc.TLS, handle, text uintptr, n int32, at int64) int32
	truncates = func(tls *libc.TLS, handle uintptr, size int64) int32
	syncs     = func(tls *libc.TLS, handle uintptr, flags int32) int32
)

func open(tls *libc.TLS, vfs, name, h uintptr, flags int32, outFlags uintptr) int32 {
	code := function[opens](disk.open)(tls, vfs, name, h, flags, outFlags)
	if code != sqlite3.SQLITE_OK || name == 0 || flags&(sqlite3.SQLITE_OPEN_MAIN_DB|sqlite3.SQLITE_OPEN_WAL|sqlite3.SQLITE_OPEN_MAIN_JOURNAL) == 0 {
		return code
	}
	opened := at[sqlite3.Tsqlite3_file](h)
	disk.mu.Lock()
	defer disk.mu.Unlock()
	base := filepath.Base(strings.Clone(libc.GoString(name)))
	if disk.files[base] == nil {
		disk.files[base] = &file{synced: filepath.Join(disk.folder, base)}
	}
	own := opened.FpMethods
	disk.handles[h] = &handle{disk.files[base], at[sqlite3.Tsqlite3_io_methods](own)}
	if disk.methods[own] == 0 {
		instead := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		m := at[sqlite3.Tsqlite3_io_methods](instead)
		*m = *at[sqlite3.Tsqlite3_io_methods](own)
		m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = pointer(closeFile), pointer(writeFile), pointer(truncate), pointer(syncFile)
		disk.methods[own] = instead
	}
	opened.FpMethods = disk.methods[own]
	return code
}

func of(h uintptr) *handle {
	disk.mu.Lock()
	defer disk.mu.Unlock()
	return disk.handles[h]
}

func closeFile(tls *libc.TLS, h uintptr) int32 {
	own := of(h).own
	disk.mu.Lock()
	delete(disk.handles, h)
	disk.mu.Unlock()
	return function[closes](own.FxClose)(tls, h)
}

func writeFile(tls *libc.TLS, h, text uintptr, n int32, offset int64) int32 {
	f := of(h)
	f.mu.Lock()
	defer f.mu.Unlock()
	code := function[writes](f.own.FxWrite)(tls, h, text, n, offset)
	f.pending = append(f.pending, write{offset, bytes.Clone(unsafe.Slice(at[byte](text), n))})
	return code
}

func truncate(tls *libc.TLS, h uintptr, size int64) int32 {
	f := of(h)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, write{at: size})
	return function[truncates](f.own.FxTruncate)(tls, h, size)
}

// takes is how long the disk takes to sync, so that the power often goes meanwhile.
const takes = 3 * time.Millisecond

// syncFile returns when the disk is sure to have all that was written before.
func syncFile(tls *libc.TLS, h uintptr, flags int32) int32 {
	f := of(h)
	f.mu.Lock()
	defer f.mu.Unlock()
	time.Sleep(takes)
	code := function[syncs](f.own.FxSync)(tls, h, flags)
	if err := f.sync(); err != nil {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return code
}

func (f *file) sync() error {
	to, err := os.OpenFile(f.synced, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer to.Close()
	for _, w := range f.pending {
		if w.text == nil {
			err = to.Truncate(w.at)
		} else {
			_, err = to.WriteAt(w.text, w.at)
		}
		if err != nil {
			return err
		}
	}
	f.pending = nil
	return nil
}

// unlink removes a file, which counts as synced at once.
func unlink(tls *libc.TLS, vfs, name uintptr, sync int32) int32 {
	base := filepath.Base(libc.GoString(name))
	disk.mu.Lock()
	if f := disk.files[base]; f != nil {
		f.mu.Lock()
		f.pending = nil
		os.Remove(f.synced)
		f.mu.Unlock()
	}
	disk.mu.Unlock()
	return function[unlinks](disk.unlink)(tls, vfs, name, sync)
}
