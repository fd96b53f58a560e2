//go:build race

package daemon_test

// Under the race detector SQLite, and the templates of a daemon that opens, are
// ten times slower.
const (
	seasonDays = 30
	walksAnew  = 60 // after so many steps of a walk the daemon is opened anew
)
