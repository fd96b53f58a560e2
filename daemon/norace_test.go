//go:build !race

package daemon_test

const (
	seasonDays = 150
	walksAnew  = 7
)
