//go:build race

package daemon_test

// Under the race detector a daemon is several times slower, above all while it opens.
const (
	seasonDays = 30
	walksAnew  = 60 // after so many steps of a walk the daemon is opened anew
)
