//go:build !linux

package feeds

import "os"

// syncLater waits for the disk at once: only Linux can wait for a whole file
// system.
func syncLater(f *os.File) error { return f.Sync() }

// flush has nothing to do where syncLater waits.
func flush(*os.Root) error { return nil }

// flushNames leaves it to the system when names come to the disk: not every one
// can be asked.
func flushNames(*os.Root) error { return nil }
